use super::{
    body::{Http2Body, Ongoing},
    failure,
    link::{Link, Phase, Slot},
    outgoing::Outgoing,
    tasks::Tasks,
};
use crate::{
    call::RequestBody,
    transport::{Closed, ConnectError, Connection, SendError},
};
use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};
use std::{future::Future, io, sync::Arc};
use tokio::task::AbortHandle;

/// A handle to one HTTP/2 connection; clones share it.
///
/// The connection closes after its last call once it is drained, or its last handle is dropped, or the peer said GOAWAY.
/// Handles that live on after that hold a few hundred bytes, no socket and no task.
#[derive(Debug, Clone)]
pub struct Http2Connection {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    link: Arc<Link>,
    tasks: Tasks,
    dispatch: AbortHandle,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.link.lost("every handle was dropped".into());
    }
}

impl Http2Connection {
    pub(super) fn new(link: Arc<Link>, tasks: Tasks, dispatch: AbortHandle) -> Self {
        Self { handle: Arc::new(Handle { link, tasks, dispatch }) }
    }

    /// How many streams the peer takes at a time, as its latest SETTINGS say; without a limit, `None`.
    ///
    /// A call beyond it waits within the connection, oldest first; it is given back unsent when the connection closes. From a
    /// limit of 16 on, one stream is left free.
    pub fn max_concurrent_streams(&self) -> Option<u32> {
        self.handle.link.max_concurrent_streams()
    }

    /// Waits for the peer's SETTINGS.
    pub(super) async fn ready(&self) -> Result<(), ConnectError> {
        let mut phase = self.handle.link.phase();
        let now = phase.wait_for(|phase| !matches!(phase, Phase::Handshake)).await;
        match now.as_deref() {
            // A GOAWAY in the same read is no failure to connect: this is a connection that has ended already, and gracefully so.
            Ok(Phase::Ready | Phase::Closed(Closed::GoAway { .. })) => Ok(()),
            Ok(Phase::NotHttp2(why)) => Err(ConnectError::NotHttp2(why.clone())),
            // SETTINGS and the end in one read: no connection that a call could use.
            Ok(Phase::Closed(why)) => {
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, why.to_string()).into())
            }
            Ok(Phase::Handshake) | Err(_) => Err(ConnectError::NotHttp2("it was given up".into())),
        }
    }
}

impl Connection for Http2Connection {
    type Body = Http2Body;

    fn send(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Http2Body>, SendError>> + Send + 'static {
        let link = self.handle.link.clone();
        // Without room at once the request waits here, in hand, until it has its turn or the connection closes.
        let sending = match link.try_slot() {
            Some(slot) => Ok(dispatch(&link, slot, request)),
            None => Err(request),
        };
        async move {
            let sent = match sending {
                Ok(sent) => sent,
                Err(request) => match link.slot().await {
                    Some(slot) => dispatch(&link, slot, request),
                    None => Err(Box::new(request)),
                },
            };
            match sent {
                Ok((sent, ongoing)) => answer(sent.await, ongoing, &link),
                Err(request) => Err(SendError::Unsent(request)),
            }
        }
    }

    fn closed(&self) -> impl Future<Output = Closed> + Send + 'static {
        let mut phase = self.handle.link.phase();
        async move {
            match phase.wait_for(|phase| matches!(phase, Phase::Closed(_))).await.as_deref() {
                Ok(Phase::Closed(why)) => why.clone(),
                _ => Closed::Lost("it is gone".into()),
            }
        }
    }

    fn is_open(&self) -> bool {
        self.handle.link.is_open()
    }

    fn drain(&self) {
        self.handle.link.lost("closed by this side".into());
    }

    fn abort(&self) {
        self.drain();
        self.handle.tasks.abort();
        self.handle.dispatch.abort();
    }
}

type Sent = Result<Response<Incoming>, TrySendError<Request<Outgoing>>>;

/// Hands a request to hyper, or back when the connection has closed.
fn dispatch(
    link: &Link,
    slot: Slot,
    request: Request<RequestBody>,
) -> Result<(impl Future<Output = Sent> + Send + use<>, Ongoing), Box<Request<RequestBody>>> {
    let Some(mut sender) = link.sender() else { return Err(Box::new(request)) };
    let (head, body) = request.into_parts();
    let (body, reader) = Outgoing::new(body);
    Ok((sender.try_send_request(Request::from_parts(head, body)), Ongoing::new(reader, slot)))
}

fn answer(sent: Sent, ongoing: Ongoing, link: &Link) -> Result<Response<Http2Body>, SendError> {
    match sent {
        Ok(response) => Ok(response.map(|incoming| Http2Body::new(incoming, ongoing))),
        Err(error) => Err(unanswered(error, link)),
    }
}

/// A request that hyper gives back never left its queue. The connection is marked before the caller can try again, so that
/// it does not come here once more.
#[cold]
fn unanswered(mut error: TrySendError<Request<Outgoing>>, link: &Link) -> SendError {
    match error.take_message() {
        Some(request) => {
            link.lost(failure::innermost(error.error()));
            SendError::Unsent(Box::new(request.map(Outgoing::into_inner)))
        }
        None => failure::send_error(error.into_error()),
    }
}
