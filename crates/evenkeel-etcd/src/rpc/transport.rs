use super::tasks::Tasks;
use crate::error::EtcdError;
use evenkeel_discover::Server;
use evenkeel_wire::{Tls, connect};
use http::{Request, Response, Uri};
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, SendRequest},
    rt::Executor,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tonic::body::Body;

/// One HTTP/2 connection to a server. When the last clone is dropped, it is closed.
#[derive(Clone)]
pub(super) struct Transport {
    sender: SendRequest<Body>,
    _tasks: Arc<Tasks>,
}

/// How often a connection with a stream on it is pinged: a dead peer is seen after this and [`PONG`]. Twice the 5 s below which etcd
/// takes pings for abuse (its flag `grpc-keepalive-min-time`); without a stream it takes none, so none are sent.
const PING: Duration = Duration::from_secs(10);
/// How long a ping may be without an answer.
const PONG: Duration = Duration::from_secs(5);

impl Transport {
    pub(super) async fn connect(
        server: &Server,
        tls: Option<&Tls>,
        limit: Duration,
    ) -> Result<Self, EtcdError> {
        let stream = connect(server, tls, limit).await?;
        let tasks = Tasks::default();
        let spawner = tasks.spawner();
        let handshake = Builder::new(spawner.clone())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(|error| failed(server, error))?;
        spawner.execute(async move {
            // Whoever has a call on it is told of its end.
            let _ = connection.await;
        });
        Ok(Self { sender, _tasks: Arc::new(tasks) })
    }
}

/// Where the requests to a server go.
pub(super) fn origin(server: &Server, is_tls: bool) -> Result<Uri, EtcdError> {
    let scheme = if is_tls { "https" } else { "http" };
    let origin = Uri::builder().scheme(scheme).authority(server.to_string()).path_and_query("/");
    origin.build().map_err(|error| failed(server, error))
}

fn failed(server: &Server, error: impl std::error::Error + Send + Sync + 'static) -> EtcdError {
    EtcdError::Connection { server: server.clone(), error: Box::new(error) }
}

impl tower_service::Service<Request<Body>> for Transport {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.sender.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.sender.send_request(request))
    }
}
