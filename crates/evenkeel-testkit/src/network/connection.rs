use super::{LineBody, Network, line::Line, site::Site};
use evenkeel_channel::{
    RequestBody,
    transport::{Closed, Connection, SendError, TransportError, TransportErrorKind},
};
use evenkeel_core::Address;
use http::{Request, Response};
use std::sync::Arc;

/// A connection of a [`Network`]. It ends with its last call once it is drained, or its last handle is dropped.
#[derive(Debug, Clone)]
pub struct MemoryConnection(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    network: Network,
    address: Address,
    line: Arc<Line>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.line.drain();
    }
}

impl MemoryConnection {
    pub(super) fn new(network: Network, address: Address, line: Arc<Line>) -> Self {
        Self(Arc::new(Handle { network, address, line }))
    }
}

/// What a peer does with a call.
enum Fate {
    Answer(super::reply::Handler),
    Refuse,
    GiveBack,
}

impl Fate {
    fn of_next(site: &mut Site) -> Self {
        if site.faults.give_back > 0 {
            site.faults.give_back -= 1;
            return Self::GiveBack;
        }
        site.calls += 1;
        if site.faults.refuse > 0 {
            site.faults.refuse -= 1;
            return Self::Refuse;
        }
        Self::Answer(site.handler.clone())
    }
}

pub(super) fn lost() -> TransportError {
    TransportError::new(TransportErrorKind::Lost, "the connection was cut")
}

/// The peer's transport refused the stream before its application saw it.
fn refused() -> TransportError {
    const REFUSED_STREAM: u32 = 7;
    TransportError::new(TransportErrorKind::Reset(REFUSED_STREAM), "refused unseen")
}

impl Connection for MemoryConnection {
    type Body = LineBody;

    fn send(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<LineBody>, SendError>> + Send + 'static {
        let Handle { network, address, line } = &*self.0;
        let (network, address, line) = (network.clone(), address.clone(), line.clone());
        async move {
            let Some(call) = line.begin() else { return Err(SendError::Unsent(Box::new(request))) };
            let handler = match network.with(&address, Fate::of_next) {
                Fate::Answer(handler) => handler,
                Fate::Refuse => return Err(SendError::Refused(refused())),
                Fate::GiveBack => {
                    line.go_away();
                    return Err(SendError::Unsent(Box::new(request)));
                }
            };
            let broken = line.broken();
            let response = tokio::select! {
                biased;
                () = broken => return Err(SendError::Failed(lost())),
                response = handler(address, request) => response,
            };
            Ok(response?.map(|body| LineBody::new(body, call, line.broken())))
        }
    }

    fn closed(&self) -> impl Future<Output = Closed> + Send + 'static {
        self.0.line.closed()
    }

    fn is_open(&self) -> bool {
        self.0.line.is_open()
    }

    fn drain(&self) {
        self.0.line.drain();
    }

    fn abort(&self) {
        self.0.line.cut("aborted by this side");
    }
}
