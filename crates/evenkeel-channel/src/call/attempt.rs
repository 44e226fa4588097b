use super::{
    AffinityKey, CallOptions, RequestBody, ResponseBody, Served,
    deadline::{self, Deadline, GRPC_TIMEOUT},
    pick::{Picked, Wanted, look, wait},
    request_body::Replay,
    status,
};
use crate::{
    driver::{Event, Front, Handle, InFlight, now},
    error::Error,
    transport::{Connection, SendError, TransportError},
};
use evenkeel_core::{Call, Code, EndpointId, Failure, Outcome};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version, header::USER_AGENT, uri};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// What calls need of their channel. Holding it keeps the channel alive.
#[derive(Debug)]
pub(crate) struct Sender<C: Connection> {
    pub(crate) front: Arc<Front<C>>,
    pub(crate) events: mpsc::UnboundedSender<Event<C>>,
    pub(crate) scheme: uri::Scheme,
    pub(crate) authority: uri::Authority,
    pub(crate) limits: Limits,
}

/// The limits and defaults of calls.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) max_waiting: usize,
    pub(crate) queue_timeout: Option<Duration>,
    pub(crate) replay: usize,
    pub(crate) wait_for_ready: bool,
    pub(crate) user_agent: HeaderValue,
}

/// One call, apart from its request.
struct Journey<'a, C: Connection> {
    sender: &'a Sender<C>,
    grpc: bool,
    /// The request without its body, for another attempt.
    head: Head,
    replay: Replay,
    options: CallOptions,
    needs: Needs,
    deadline: Option<Deadline>,
    /// Why the last wait was.
    last: Option<Arc<Failure>>,
    refusals: u32,
    goaways: u32,
    /// Who got the last attempt.
    served: Option<Served>,
}

/// What its next pick has to heed.
struct Needs {
    key: Option<AffinityKey>,
    wait_for_ready: bool,
    newer_than: Option<u64>,
    /// Who refused it unseen, on connections that stay.
    tried: Vec<EndpointId>,
}

impl Needs {
    fn wanted<'r>(&'r self, request: &'r Request<RequestBody>) -> Wanted<'r> {
        Wanted {
            headers: request.headers(),
            key: self.key.as_ref().map(AffinityKey::as_bytes),
            tried: &self.tried,
            wait_for_ready: self.wait_for_ready,
            newer_than: self.newer_than,
        }
    }
}

struct Head {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

/// How often a call is sent again after REFUSED_STREAM; a second refusal is the caller's business (gRFC A6).
const REFUSALS: u32 = 1;

/// How often a call is sent again after a GOAWAY that it came too late for. A6 has 1, which loses calls where servers recycle
/// connections quickly: one in a thousand at 30 ms, measured. Each attempt takes a new connection, so they are paced.
const GOAWAYS: u32 = 5;

/// One attempt on its way.
struct Attempt {
    id: EndpointId,
    call: Call,
    version: u64,
}

/// What follows from the end of an attempt.
enum Step<B> {
    Again(Box<Request<RequestBody>>),
    Done(Response<B>, Call),
    Failed(Error),
}

/// Sends one request, and yields its response. A gRPC request always gets one: errors are statuses.
///
/// What was never sent is sent again for as long as the deadline lets it. All of the common way is in this one future, so that
/// a request is moved as little as possible; waiting, which is rare, has a box of its own.
pub(crate) async fn send<C: Connection>(
    sender: Arc<Sender<C>>,
    mut request: Request<RequestBody>,
) -> Result<Response<ResponseBody<C>>, Error> {
    let in_flight = sender.front.begin();
    let mut journey = Journey::begin(&sender, &mut request)?;
    loop {
        let picked = match look(&sender, &journey.needs.wanted(&request), &mut journey.last) {
            Some(picked) => picked,
            None => Box::pin(journey.wait(&request)).await,
        };
        let picked = match picked {
            Ok(picked) => picked,
            Err(error) => {
                // It may have waited for nothing: a caller that tries again at once must not keep the driver from running.
                tokio::task::consume_budget().await;
                return journey.fail(error);
            }
        };
        let (handle, attempt) = journey.start(picked, &mut request);
        let sending = pin!(handle.connection.send(request));
        let sent = deadline::within(&mut journey.deadline, sending).await;
        match journey.judge(&handle, attempt, sent) {
            Step::Again(back) => request = *back,
            Step::Done(response, call) => return Ok(journey.respond(response, call, (in_flight, handle))),
            Step::Failed(error) => return journey.fail(error),
        }
    }
}

impl<'a, C: Connection> Journey<'a, C> {
    fn begin(sender: &'a Sender<C>, request: &mut Request<RequestBody>) -> Result<Self, Error> {
        let method = sender.front.published.read(|p, _| p.config.method(request.uri().path()).copied());
        let options = request.extensions().get::<CallOptions>().copied().unwrap_or_default();
        let configured = method.as_ref().and_then(|m| m.wait_for_ready);
        let wait_for_ready = options.wait_for_ready.or(configured).unwrap_or(sender.limits.wait_for_ready);
        let timeouts = [deadline::of(request.headers()), method.and_then(|m| m.timeout)];
        *request.uri_mut() = sender.uri(std::mem::take(request.uri_mut()))?;
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| sender.limits.user_agent.clone());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let key = request.extensions().get().cloned();
        Ok(Self {
            sender,
            grpc: status::is_grpc(request.headers()),
            head: Head { method, uri, headers: request.headers().clone() },
            replay: request.body().replay(),
            options,
            needs: Needs { key, wait_for_ready, newer_than: None, tried: Vec::new() },
            deadline: timeouts.into_iter().flatten().min().map(|after| Deadline::new(after, now())),
            last: None,
            refusals: 0,
            goaways: 0,
            served: None,
        })
    }

    /// Waits for a publication that has something to pick.
    async fn wait(&mut self, request: &Request<RequestBody>) -> Result<Picked<C>, Error> {
        let wanted = self.needs.wanted(request);
        let picked = {
            let waiting = pin!(wait(self.sender, &wanted, &mut self.last));
            deadline::within(&mut self.deadline, waiting).await
        };
        picked.unwrap_or_else(|| Err(self.too_late(self.last.clone())))
    }

    fn start(&mut self, picked: Picked<C>, request: &mut Request<RequestBody>) -> (Arc<Handle<C>>, Attempt) {
        let Picked { id, handle, call, version } = picked;
        if let Some(deadline) = &self.deadline {
            request.headers_mut().insert(GRPC_TIMEOUT, deadline.header(now()));
        }
        handle.begun();
        let attempts = self.served.as_ref().map_or(0, |served| served.attempts) + 1;
        self.served = Some(Served { peer: handle.peer.clone(), attempts });
        (handle, Attempt { id, call, version })
    }

    fn judge(
        &mut self,
        handle: &Handle<C>,
        attempt: Attempt,
        sent: Option<Result<Response<C::Body>, SendError>>,
    ) -> Step<C::Body> {
        let Attempt { id, mut call, version } = attempt;
        match sent {
            None => {
                call.end(Outcome::Failure);
                Step::Failed(self.too_late(None))
            }
            Some(Ok(response)) if status::is_cancelled(response.headers()) && self.is_late() => {
                call.end(Outcome::Failure);
                Step::Failed(self.too_late(None))
            }
            Some(Ok(response)) => {
                handle.answered();
                call.head();
                Step::Done(response, call)
            }
            Some(Err(SendError::Unsent(request))) => {
                call.unsent();
                self.forget_attempt();
                // The connection gave it back, so it takes none: only a newer table will do.
                self.needs.newer_than = Some(version);
                Step::Again(request)
            }
            Some(Err(SendError::Refused(error))) => {
                call.unsent();
                // Another server may take it; the same one only if there is no other.
                self.needs.tried.push(id);
                self.needs.newer_than = (!handle.connection.is_open()).then_some(version);
                self.refusals += 1;
                self.again(self.refusals <= REFUSALS, error)
            }
            Some(Err(SendError::GoneAway(error))) => {
                call.unsent();
                self.needs.newer_than = Some(version);
                self.goaways += 1;
                self.again(self.goaways <= GOAWAYS, error)
            }
            Some(Err(SendError::Failed(error))) => {
                call.end(Outcome::Failure);
                let error = Error::Transport(error);
                let late = error.code() == Code::Cancelled && self.is_late();
                Step::Failed(if late { self.too_late(None) } else { error })
            }
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.as_ref().is_some_and(|deadline| deadline.is_over(now()))
    }

    /// Once more, after a server has not seen the call, if that `may` be and the body was kept.
    fn again(&mut self, may: bool, error: TransportError) -> Step<C::Body> {
        let Some(body) = self.replay.again().filter(|_| may) else {
            return Step::Failed(Error::Transport(error));
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        *request.headers_mut() = self.head.headers.clone();
        *request.version_mut() = Version::HTTP_2;
        Step::Again(Box::new(request))
    }

    /// It never left, so it does not count.
    fn forget_attempt(&mut self) {
        let served = self.served.take().map(|served| Served { attempts: served.attempts - 1, ..served });
        self.served = served.filter(|served| served.attempts > 0);
    }

    fn too_late(&self, last: Option<Arc<Failure>>) -> Error {
        Error::Deadline { after: self.deadline.as_ref().map(Deadline::after).unwrap_or_default(), last }
    }

    fn respond(
        self,
        response: Response<C::Body>,
        call: Call,
        held: (InFlight<C>, Arc<Handle<C>>),
    ) -> Response<ResponseBody<C>> {
        self.replay.commit();
        let is_over = response.headers().contains_key(status::GRPC_STATUS);
        let deadline = self.deadline.filter(|_| !is_over);
        let mut response = response.map(|body| ResponseBody::new(body, self.grpc, deadline, call, held));
        if let Some(served) = self.served.filter(|_| self.options.report_server) {
            response.extensions_mut().insert(served);
        }
        response
    }

    fn fail(self, error: Error) -> Result<Response<ResponseBody<C>>, Error> {
        self.replay.commit();
        if !self.grpc {
            return Err(error);
        }
        let mut response = status::response(&error, ResponseBody::empty());
        if let Some(served) = self.served.filter(|_| self.options.report_server) {
            response.extensions_mut().insert(served);
        }
        Ok(response)
    }
}

impl<C: Connection> Sender<C> {
    /// The whole URI of a request: generated clients give the path alone.
    fn uri(&self, uri: Uri) -> Result<Uri, Error> {
        let mut parts = uri.into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query.get_or_insert(uri::PathAndQuery::from_static("/"));
        Uri::from_parts(parts).map_err(|_| Error::NoPath)
    }
}
