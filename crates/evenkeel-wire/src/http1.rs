use crate::{Stream, Tls, WireError, connect};
use bytes::Bytes;
use evenkeel_discover::Server;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::task::AbortHandle;

/// One HTTP/1.1 connection to a registry. Dropping it closes it.
#[derive(Debug)]
pub struct Http1 {
    server: Server,
    sender: http1::SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

/// A response with its body still to be read.
pub type Answer = Response<Incoming>;

impl Http1 {
    /// Connects to a server.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn connect(server: &Server, tls: Option<&Tls>, limit: Duration) -> Result<Self, WireError> {
        let stream: Stream = connect(server, tls, limit).await?;
        let failed = |error| WireError::Http { server: server.clone(), error };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let task = tokio::spawn(async move {
            // Whoever has a request on it is told of its end.
            let _ = connection.await;
        });
        Ok(Self { server: server.clone(), sender, task: task.abort_handle() })
    }

    /// Sends a request; its URI is a path with a query. `Host` is set where it is missing.
    ///
    /// # Errors
    /// The connection failed, or was closed by the server.
    pub async fn send(&mut self, mut request: Request<Bytes>) -> Result<Answer, WireError> {
        let failed = |error| WireError::Http { server: self.server.clone(), error };
        if let Ok(host) = self.server.to_string().parse() {
            request.headers_mut().entry(http::header::HOST).or_insert(host);
        }
        self.sender.ready().await.map_err(failed)?;
        self.sender.send_request(request.map(Full::new)).await.map_err(failed)
    }

    /// Whether the connection is known to have ended.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Drop for Http1 {
    fn drop(&mut self) {
        self.task.abort();
    }
}
