use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Consul's HTTP API, one connection a request.
#[derive(Debug, Clone)]
pub struct ConsulApi {
    authority: String,
    token: Option<String>,
}

impl ConsulApi {
    pub(super) fn new(authority: String, token: Option<String>) -> Self {
        Self { authority, token }
    }

    /// Its host and port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Asks; nothing if nobody answers.
    pub async fn ask(&self, method: Method, path: &str, body: String) -> Option<(u16, String)> {
        let stream = TcpStream::connect(&self.authority).await.ok()?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
        let mut request = Request::builder().method(method).uri(path).header("Host", &self.authority);
        if let Some(token) = &self.token {
            request = request.header("X-Consul-Token", token);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let exchange = async {
            let answer = sender.send_request(request).await.ok()?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.ok()?.to_bytes();
            Some((status, String::from_utf8_lossy(&body).into_owned()))
        };
        tokio::select! {
            answer = exchange => answer,
            () = async {
                // The end of the connection is told to the exchange.
                let _ = connection.await;
                std::future::pending::<()>().await;
            } => None,
        }
    }

    /// Reads.
    ///
    /// # Panics
    /// The answer is no success.
    pub async fn get(&self, path: &str) -> Value {
        let (status, text) = self.ask(Method::GET, path, String::new()).await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Writes.
    ///
    /// # Panics
    /// The answer is no success.
    pub async fn put(&self, path: &str, body: &Value) {
        let (status, text) = self.ask(Method::PUT, path, body.to_string()).await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
    }

    /// Registers a service with the agent.
    pub async fn register(&self, service: &Value) {
        self.put("/v1/agent/service/register", service).await;
    }

    /// Takes a service out.
    pub async fn deregister(&self, id: &str) {
        self.put(&format!("/v1/agent/service/deregister/{id}"), &Value::Null).await;
    }
}
