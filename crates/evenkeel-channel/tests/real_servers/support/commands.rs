use super::say;
use evenkeel_echo::{EchoRequest, EchoResponse, echo_server::Echo};
use futures_util::{Stream, StreamExt, stream};
use std::{
    collections::HashSet,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tonic::{Code, Request, Response, Status, Streaming};

/// An echo that obeys the same commands as `grpcio_server.py`. A message is a command if it begins with `#`:
///
/// | message | effect |
/// | --- | --- |
/// | `#sleep MS` | the answer takes that long |
/// | `#status CODE` | the call ends with that status and the text `as asked` |
/// | `#reset` | the server resets the stream |
/// | `#hold` | a stream gets one answer, and then nothing until the client is gone |
/// | `#big COUNT BYTES` | a server stream of so many messages of that size |
/// | `#peers` | the answer is the number of connections that calls came over |
/// | `#sent`, `#received` | how many messages of `#big` were sent; how many bytes of client streams arrived |
/// | `#cancelled` | how many `#hold` calls ended because the client went away |
#[derive(Debug, Clone)]
pub(crate) struct Commands {
    name: Arc<str>,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    peers: Mutex<HashSet<SocketAddr>>,
    sent: AtomicU64,
    received: AtomicU64,
    cancelled: AtomicU64,
}

type Answer = Result<EchoResponse, Status>;
type Answers = Pin<Box<dyn Stream<Item = Answer> + Send>>;

/// Counts a call as cancelled when it is dropped.
struct Held(Arc<Seen>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.cancelled.fetch_add(1, Relaxed);
    }
}

impl Commands {
    pub(crate) fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), seen: Arc::default() }
    }

    fn note_peer<T>(&self, request: &Request<T>) {
        self.seen.peers.lock().unwrap().extend(request.remote_addr());
    }

    fn text(&self, message: &str) -> EchoResponse {
        EchoResponse { message: format!("{message} (from {})", self.name) }
    }

    async fn answer(&self, message: &str) -> Answer {
        let seen = &self.seen;
        let count = match message.split(' ').collect::<Vec<_>>()[..] {
            ["#peers"] => seen.peers.lock().unwrap().len() as u64,
            ["#sent"] => seen.sent.load(Relaxed),
            ["#received"] => seen.received.load(Relaxed),
            ["#cancelled"] => seen.cancelled.load(Relaxed),
            ["#sleep", time] => {
                tokio::time::sleep(Duration::from_millis(time.parse().unwrap())).await;
                return Ok(self.text(message));
            }
            ["#status", code] => return Err(Status::new(Code::from_i32(code.parse().unwrap()), "as asked")),
            // The call's task ends without an answer, and hyper resets its stream.
            ["#reset"] => std::panic::resume_unwind(Box::new("as asked")),
            _ => return Ok(self.text(message)),
        };
        Ok(EchoResponse { message: count.to_string() })
    }

    fn hold(&self) -> Answers {
        let (first, held) = (self.text("#hold"), Held(self.seen.clone()));
        let silence = stream::poll_fn(move |_| {
            let _ = &held;
            std::task::Poll::Pending
        });
        Box::pin(stream::iter([Ok(first)]).chain(silence))
    }

    fn big(&self, count: usize, size: usize) -> Answers {
        let (seen, message) = (self.seen.clone(), "x".repeat(size));
        Box::pin(stream::iter(0..count).map(move |_| {
            seen.sent.fetch_add(1, Relaxed);
            Ok(EchoResponse { message: message.clone() })
        }))
    }

    fn echoes(self, requests: Streaming<EchoRequest>) -> Answers {
        Box::pin(requests.then(move |request| {
            let me = self.clone();
            async move { me.answer(&request?.message).await }
        }))
    }
}

#[tonic::async_trait]
impl Echo for Commands {
    type ServerStreamingEchoStream = Answers;
    type BidirectionalStreamingEchoStream = Answers;

    async fn unary_echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        self.note_peer(&request);
        self.answer(&request.get_ref().message).await.map(Response::new)
    }

    async fn server_streaming_echo(
        &self,
        request: Request<EchoRequest>,
    ) -> Result<Response<Answers>, Status> {
        self.note_peer(&request);
        let message = request.into_inner().message;
        let answers = match message.split(' ').collect::<Vec<_>>()[..] {
            ["#hold"] => self.hold(),
            ["#big", count, size] => self.big(count.parse().unwrap(), size.parse().unwrap()),
            _ => {
                let me = self.clone();
                Box::pin(stream::iter(0..10).then(move |_| {
                    let (me, message) = (me.clone(), message.clone());
                    async move { me.answer(&message).await }
                }))
            }
        };
        Ok(Response::new(answers))
    }

    async fn client_streaming_echo(
        &self,
        request: Request<Streaming<EchoRequest>>,
    ) -> Result<Response<EchoResponse>, Status> {
        self.note_peer(&request);
        let (mut requests, mut last) = (request.into_inner(), say(""));
        while let Some(request) = requests.message().await? {
            self.seen.received.fetch_add(request.message.len() as u64, Relaxed);
            last = request;
        }
        self.answer(&last.message[..last.message.len().min(64)]).await.map(Response::new)
    }

    async fn bidirectional_streaming_echo(
        &self,
        request: Request<Streaming<EchoRequest>>,
    ) -> Result<Response<Answers>, Status> {
        self.note_peer(&request);
        let mut requests = request.into_inner();
        let me = self.clone();
        // Whether it is to be held, the first request says, which may come after the response's headers.
        let answers = stream::once(async move {
            match requests.message().await {
                Ok(Some(request)) if request.message == "#hold" => me.hold(),
                Ok(Some(request)) => {
                    let first = me.answer(&request.message).await;
                    Box::pin(stream::iter([first]).chain(me.echoes(requests)))
                }
                Ok(None) => Box::pin(stream::empty()),
                Err(status) => Box::pin(stream::iter([Err(status)])),
            }
        });
        Ok(Response::new(Box::pin(answers.flatten())))
    }
}
