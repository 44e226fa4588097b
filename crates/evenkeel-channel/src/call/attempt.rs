use super::{
    CallOptions, RequestBody, ResponseBody, Served,
    deadline::{self, Deadline, GRPC_TIMEOUT},
    pick::{Picked, Wanted, pick},
    request_body::Replay,
    response_body::Watch,
    status,
};
use crate::{
    driver::{Event, Front, now},
    error::Error,
    transport::{Connection, SendError, TransportError},
};
use evenkeel_core::{Failure, Outcome};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header::USER_AGENT, uri};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
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

/// One call.
struct Journey<'a, C: Connection> {
    sender: &'a Sender<C>,
    /// The request without its body, for another attempt.
    head: Head,
    replay: Replay,
    wait_for_ready: bool,
    deadline: Option<Deadline>,
    last: Option<Arc<Failure>>,
    newer_than: Option<u64>,
    /// A server may refuse a call unseen once; a second time is the caller's business (A6).
    refused: bool,
    /// Who got the last attempt.
    served: Option<Served>,
}

struct Head {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

/// How one attempt ended.
enum Step<C: Connection> {
    Done(Response<C::Body>, Option<Watch>),
    Again(Request<RequestBody>),
    Failed(Error),
}

/// Sends one request, and yields its response. A gRPC request always gets one: errors are statuses.
pub(crate) async fn send<C: Connection>(
    sender: Arc<Sender<C>>,
    request: Request<RequestBody>,
) -> Result<Response<ResponseBody<C>>, Error> {
    let in_flight = sender.front.begin();
    let grpc = status::is_grpc(request.headers());
    let (mut journey, request) = Journey::begin(&sender, request)?;
    let result = journey.finish(request).await;
    let Journey { deadline, replay, served, .. } = journey;
    replay.commit();
    let mut response = match result {
        Ok((response, watch)) => {
            let is_over = response.headers().contains_key(status::GRPC_STATUS);
            let deadline = deadline.filter(|_| !is_over);
            response.map(|body| ResponseBody::new(body, grpc, deadline, watch, in_flight))
        }
        Err(error) if grpc => status::response(&error, ResponseBody::empty()),
        Err(error) => return Err(error),
    };
    if let Some(served) = served {
        response.extensions_mut().insert(served);
    }
    Ok(response)
}

impl<'a, C: Connection> Journey<'a, C> {
    fn begin(sender: &'a Sender<C>, request: Request<RequestBody>) -> Result<(Self, Request<RequestBody>), Error> {
        let (mut parts, body) = request.into_parts();
        let method = sender.front.published.read(|p, _| p.config.method(parts.uri.path()).cloned());
        let options = parts.extensions.get::<CallOptions>().copied().unwrap_or_default();
        let configured = method.as_ref().and_then(|m| m.wait_for_ready);
        let wait_for_ready = options.wait_for_ready.or(configured).unwrap_or(sender.limits.wait_for_ready);
        let timeouts = [deadline::of(&parts.headers), method.and_then(|m| m.timeout)];
        let timeout = timeouts.into_iter().flatten().min();
        parts.uri = sender.uri(parts.uri)?;
        parts.version = http::Version::HTTP_2;
        parts.headers.entry(USER_AGENT).or_insert_with(|| sender.limits.user_agent.clone());
        let head = Head {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
        };
        let journey = Self {
            sender,
            head,
            replay: body.replay(),
            wait_for_ready,
            deadline: timeout.map(|after| Deadline::new(after, now())),
            last: None,
            newer_than: None,
            refused: false,
            served: None,
        };
        Ok((journey, Request::from_parts(parts, body)))
    }

    /// Attempts until one is answered: what was never sent is sent again for as long as the deadline lets it.
    async fn finish(&mut self, mut request: Request<RequestBody>) -> Result<(Response<C::Body>, Option<Watch>), Error> {
        loop {
            let picked = self.pick(&request).await?;
            match self.attempt(picked, request).await {
                Step::Done(response, watch) => return Ok((response, watch)),
                Step::Again(back) => request = back,
                Step::Failed(error) => return Err(error),
            }
        }
    }

    async fn pick(&mut self, request: &Request<RequestBody>) -> Result<Picked<C>, Error> {
        let (wait_for_ready, newer_than) = (self.wait_for_ready, self.newer_than);
        let wanted = Wanted { headers: request.headers(), wait_for_ready, newer_than };
        let picking = pick(self.sender, &wanted, &mut self.last);
        match deadline::within(&mut self.deadline, picking).await {
            Some(picked) => picked,
            None => Err(self.too_late()),
        }
    }

    async fn attempt(&mut self, picked: Picked<C>, mut request: Request<RequestBody>) -> Step<C> {
        let Picked { handle, call, version } = picked;
        if let Some(deadline) = &self.deadline {
            request.headers_mut().insert(GRPC_TIMEOUT, deadline.header(now()));
        }
        let attempts = self.served.take().map_or(0, |served| served.attempts) + 1;
        self.served = Some(Served { peer: handle.peer.clone(), attempts });
        let started = call.is_tracked().then(now);
        let Some(sent) = deadline::within(&mut self.deadline, handle.connection.send(request)).await else {
            call.end(Outcome::Failure);
            self.last = None;
            return Step::Failed(self.too_late());
        };
        match sent {
            Ok(response) => {
                // Read first: the flag is shared by all calls on this connection, and is set once.
                if !handle.useful.load(Relaxed) {
                    handle.useful.store(true, Relaxed);
                }
                let watch = started.map(|started| Watch::new(call, started, now()));
                Step::Done(response, watch)
            }
            Err(error) => {
                self.newer_than = (!handle.connection.is_open()).then_some(version);
                match error {
                    SendError::Unsent(request) => {
                        call.unsent();
                        self.forget_attempt();
                        // The connection gave it back, so it takes none: only a newer table will do.
                        self.newer_than = Some(version);
                        Step::Again(*request)
                    }
                    SendError::Refused(error) => {
                        call.unsent();
                        self.again(error)
                    }
                    SendError::Failed(error) => {
                        call.end(Outcome::Failure);
                        Step::Failed(Error::Transport(error))
                    }
                }
            }
        }
    }

    /// Once more, after the server's transport refused the call unseen.
    fn again(&mut self, error: TransportError) -> Step<C> {
        if std::mem::replace(&mut self.refused, true) {
            return Step::Failed(Error::Transport(error));
        }
        let Some(body) = self.replay.again() else { return Step::Failed(Error::Transport(error)) };
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        *request.headers_mut() = self.head.headers.clone();
        *request.version_mut() = http::Version::HTTP_2;
        Step::Again(request)
    }

    /// It never left, so it does not count.
    fn forget_attempt(&mut self) {
        let served = self.served.take().map(|served| Served { attempts: served.attempts - 1, ..served });
        self.served = served.filter(|served| served.attempts > 0);
    }

    fn too_late(&self) -> Error {
        let after = self.deadline.as_ref().map(Deadline::after).unwrap_or_default();
        Error::Deadline { after, last: self.last.clone() }
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
