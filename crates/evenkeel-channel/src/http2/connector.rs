use super::{
    connection::Http2Connection,
    dial::{Stream, dial},
    failure,
    keepalive::Keepalive,
    link::Link,
    options::Http2Options,
    tasks::Tasks,
    watched_io::WatchedIo,
};
use crate::transport::{Connect, ConnectError, Connection};
use evenkeel_core::Address;
use evenkeel_discover::Addresses;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use std::{future::Future, sync::Arc, time::Duration};

#[cfg(feature = "tls")]
use super::tls::Tls;

/// The connector of the HTTP/2 transport: TCP with `TCP_NODELAY`, or a Unix socket; with TLS or without.
///
/// Clones share the keepalive interval, which doubles when a peer complains of too many pings.
#[derive(Debug, Clone)]
pub struct Http2 {
    options: Arc<Http2Options>,
    keepalive: Keepalive,
    names: Addresses,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

impl Http2 {
    /// A connector without TLS.
    pub fn new(options: Http2Options) -> Self {
        Self {
            keepalive: Keepalive::new(options.keepalive_interval),
            options: Arc::new(options),
            names: Addresses::default(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// The same connector with TLS, and never without.
    ///
    /// `server_name` is the name of the *target*, whatever address is dialled: a resolver must not be able to choose the name
    /// that is verified. Of `config` everything is kept but ALPN, which offers `h2` alone.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(
        mut self,
        config: Arc<rustls::ClientConfig>,
        server_name: rustls::pki_types::ServerName<'static>,
    ) -> Self {
        self.tls = Some(Tls::new(config, server_name));
        self
    }

    /// The same connector with these rules for what names, which are resolved when they are dialled, may mean. Whoever can write into
    /// a registry could else have calls sent to places that only look like services by a name of his own (DNS rebinding).
    ///
    /// Without this: the rules that discovery has by default. A channel sets those of its target; see
    /// [`Source::addresses`](evenkeel_discover::Source::addresses).
    #[must_use]
    pub fn names(mut self, rules: Addresses) -> Self {
        self.names = rules;
        self
    }

    /// The scheme of the URIs of requests over it: `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return Scheme::HTTPS;
        }
        Scheme::HTTP
    }

    /// The keepalive interval of the next connection; `None` when keepalive is off.
    pub fn keepalive_interval(&self) -> Option<Duration> {
        self.keepalive.interval()
    }

    async fn establish(self, address: Address) -> Result<Http2Connection, ConnectError> {
        let stream = dial(&address, self.names).await?;
        #[cfg(feature = "tls")]
        let stream = match &self.tls {
            Some(tls) => tls.handshake(stream).await?,
            None => stream,
        };
        let attempt = Attempt(Some(self.handshake(stream).await?));
        attempt.ready().await
    }

    /// hyper's handshake, which sends this side's SETTINGS and does not wait for the peer's.
    async fn handshake(&self, stream: Stream) -> Result<Http2Connection, ConnectError> {
        let (tasks, keepalive) = (Tasks::default(), self.keepalive.for_connection());
        let builder = self.options.builder(tasks.clone(), keepalive.interval());
        let link = Arc::new(Link::new(keepalive));
        let io = TokioIo::new(WatchedIo::new(stream, link.clone()));
        let (sender, dispatch) = builder
            .handshake(io)
            .await
            .map_err(|error| ConnectError::NotHttp2(failure::innermost(&error)))?;
        link.put(sender);
        let end = link.clone();
        let dispatch = tokio::spawn(async move {
            end.lost(match dispatch.await {
                Ok(()) => "the connection has ended".into(),
                Err(error) => failure::innermost(&error),
            });
        });
        Ok(Http2Connection::new(link, tasks, dispatch.abort_handle()))
    }
}

impl Connect for Http2 {
    type Connection = Http2Connection;

    fn connect(
        &self,
        address: &Address,
    ) -> impl Future<Output = Result<Http2Connection, ConnectError>> + Send + 'static {
        self.clone().establish(address.clone())
    }
}

/// A connection in the making; it is aborted unless it becomes ready.
struct Attempt(Option<Http2Connection>);

impl Attempt {
    async fn ready(mut self) -> Result<Http2Connection, ConnectError> {
        if let Some(connection) = &self.0 {
            connection.ready().await?;
        }
        self.0.take().ok_or_else(|| ConnectError::NotHttp2("it was given up".into()))
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.abort();
        }
    }
}
