use super::{body, refusal};
use crate::{KubernetesError, access::Config};
use bytes::Bytes;
use evenkeel_wire::{Answer, Http1};
use http::{Request, header};
use std::time::Duration;
use tokio::time::timeout;

/// One connection to the API server, made when it is needed.
#[derive(Debug)]
pub(crate) struct Client {
    config: Config,
    http: Option<Http1>,
    /// How long a connection may take, and an answer.
    connect: Duration,
    answer: Duration,
}

/// What the logs of the API server say who asked.
const USER_AGENT: &str = concat!("evenkeel/", env!("CARGO_PKG_VERSION"));
/// The largest answer that is read whole, in bytes: a page of 500 slices of 100 endpoints has about 25 MiB.
const LARGEST: usize = 64 << 20;

impl Client {
    pub(crate) fn new(config: Config, connect: Duration, answer: Duration) -> Self {
        Self { config, http: None, connect, answer }
    }

    /// Asks for a path with a query below the API server's own, and waits this long for the answer to begin. Any other status than 200
    /// is an error.
    pub(crate) async fn get(&mut self, path: &str, within: Duration) -> Result<Answer, KubernetesError> {
        let answer = self.send(path, within).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let refused = refusal::read(answer, &self.config).await;
        self.close();
        Err(refused)
    }

    /// The same with the whole of the answer.
    pub(crate) async fn get_whole(&mut self, path: &str) -> Result<Vec<u8>, KubernetesError> {
        let answer = self.get(path, self.answer).await?;
        let whole = body::whole(answer, &self.config.server, LARGEST);
        timeout(self.answer, whole).await.map_err(|_| late("the API server's answer", self.answer))?
    }

    /// Closes the connection; the next request makes another.
    pub(crate) fn close(&mut self) {
        self.http = None;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// A connection that was kept may have been closed meanwhile by the server, or be dead: then another is made, once.
    async fn send(&mut self, path: &str, within: Duration) -> Result<Answer, KubernetesError> {
        let kept = self.http.take().filter(|http| !http.is_closed());
        if let Some(http) = kept
            && let Ok(answer) = self.send_on(http, path, within).await
        {
            return Ok(answer);
        }
        let config = &self.config;
        let http = Http1::connect(&config.server, config.tls.as_ref(), self.connect).await?;
        self.send_on(http, path, within).await
    }

    async fn send_on(
        &mut self,
        mut http: Http1,
        path: &str,
        within: Duration,
    ) -> Result<Answer, KubernetesError> {
        let mut request = Request::get(format!("{}{path}", self.config.base))
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, USER_AGENT);
        if let Some(who) = self.config.credentials.header().await? {
            request = request.header(header::AUTHORIZATION, who);
        }
        let malformed =
            |error: http::Error| KubernetesError::Malformed { what: "the request", why: error.to_string() };
        let request = request.body(Bytes::new()).map_err(malformed)?;
        let sent = timeout(within, http.send(request)).await;
        let answer = sent.map_err(|_| late("the API server's answer", within))??;
        self.http = Some(http);
        Ok(answer)
    }
}

fn late(what: &'static str, after: Duration) -> KubernetesError {
    KubernetesError::TooLate { what, after }
}
