use crate::{ConsulError, access::Access};
use bytes::Bytes;
use evenkeel_discover::Server;
use evenkeel_wire::{Http1, WireError};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Asks one of the servers over a connection that it keeps.
#[derive(Debug)]
pub(crate) struct Client {
    access: Access,
    /// Which server is in use, or to be tried first; counted around.
    turn: usize,
    open: Option<(Server, Http1)>,
}

/// What a server answered with success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) server: Server,
    /// Consul's index, where the answer has a readable one.
    pub(crate) index: Option<u64>,
    /// Whether Consul says that it left out what the token may not see; it does since 1.11.
    pub(crate) is_filtered: bool,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn new(access: Access, turn: usize) -> Self {
        Self { access, turn, open: None }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The turn of the server in use.
    pub(crate) fn turn(&self) -> usize {
        self.turn
    }

    /// Whether there is a connection that was left open.
    pub(crate) fn is_kept(&self) -> bool {
        self.open.is_some()
    }

    /// Asks once, and reads the answer whole within `limit`; on the connection that was kept if there is one.
    pub(crate) async fn ask_once(
        &mut self,
        method: &Method,
        path: &str,
        body: &Bytes,
        limit: Duration,
    ) -> Result<Answer, ConsulError> {
        let request = self.request(method, path, body)?;
        let connection = match self.open.take() {
            Some(kept) => kept,
            None => self.connect().await?,
        };
        self.ask_on(connection, request, limit).await
    }

    /// Asks. A connection that was kept and has been closed since, as proxies do, costs one more try on a new one: what is asked like
    /// this may be asked twice.
    pub(crate) async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        body: &Bytes,
        limit: Duration,
    ) -> Result<Answer, ConsulError> {
        let was_kept = self.is_kept();
        match self.ask_once(method, path, body, limit).await {
            Err(ConsulError::Wire(_)) if was_kept => self.ask_once(method, path, body, limit).await,
            other => other,
        }
    }

    fn request(&self, method: &Method, path: &str, body: &Bytes) -> Result<Request<Bytes>, ConsulError> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.access.token {
            request = request.header("X-Consul-Token", token.clone());
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        Ok(request.body(body.clone())?)
    }

    /// Connects to the server in use, or else to the first of the others that can be reached.
    async fn connect(&mut self) -> Result<(Server, Http1), WireError> {
        let tls = self.access.tls()?;
        let servers = &self.access.servers;
        // Every target has one.
        let mut failed = WireError::Tls("there is no server".to_owned());
        for _ in 0..servers.len() {
            let Some(server) = servers.get(self.turn % servers.len()) else { break };
            match Http1::connect(server, tls.as_ref(), CONNECT).await {
                Ok(connection) => return Ok((server.clone(), connection)),
                Err(error) => failed = error,
            }
            self.turn = self.turn.wrapping_add(1);
        }
        Err(failed)
    }

    /// Asks on a connection, and keeps it if all went well.
    async fn ask_on(
        &mut self,
        (server, mut connection): (Server, Http1),
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Answer, ConsulError> {
        let exchange = async {
            let answer = connection.send(request).await?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ConsulError::MAX_ANSWER).collect().await;
            let body =
                body.map_err(|error| ConsulError::Body { server: server.clone(), why: error.to_string() })?;
            Ok((head, body.to_bytes()))
        };
        let late = |_| Err(ConsulError::TooLate { server: server.clone(), after: limit });
        let (head, body) = timeout(limit, exchange).await.unwrap_or_else(late)?;
        self.open = Some((server.clone(), connection));
        if head.status != StatusCode::OK {
            return Err(ConsulError::status(server, head.status, &body));
        }
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let index = text("X-Consul-Index").and_then(|text| text.parse().ok());
        let is_filtered = text("X-Consul-Results-Filtered-By-ACLs") == Some("true");
        Ok(Answer { server, index, is_filtered, body })
    }
}
