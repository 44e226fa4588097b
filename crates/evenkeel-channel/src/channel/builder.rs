use super::Channel;
use crate::{
    call::{Limits, Sender},
    driver::{Driver, Front, Parts, Publication},
    error::Error,
    http2::{Http2, Http2Options},
    hub::{Hub, Settings, Table},
    machine::Timing,
    transport::{Connect, Connection},
};
use evenkeel_core::{
    BadConfig, Choice, Connectivity, Registry, ServiceConfig, State, policies,
    service_config::{Configs, InvalidServiceConfig, OwnPolicy},
};
use evenkeel_discover::{BadTarget, Source, Sources, Target, TargetText, Watching};
use http::{HeaderValue, uri};
use std::{sync::Arc, time::Duration};
use tokio::{runtime, sync::mpsc};

/// A channel to be built. Every setting has a default that is right for most.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    target: TargetText,
    sources: Sources,
    source: Option<Source>,
    registry: Registry,
    policy: OwnPolicy,
    service_config: Option<String>,
    authority: Option<String>,
    http2: Http2Options,
    #[cfg(feature = "tls")]
    tls: Option<Arc<rustls::ClientConfig>>,
    timing: Timing,
    idle_timeout: Option<Duration>,
    max_waiting: usize,
    queue_timeout: Option<Duration>,
    replay_limit: usize,
    wait_for_ready: bool,
}

/// Why a channel cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The target is malformed, or no source has its scheme.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The service config is unusable.
    #[error(transparent)]
    Config(#[from] InvalidServiceConfig),
    /// The policy is not known, or has no defaults.
    #[error(transparent)]
    Policy(#[from] BadConfig),
    /// The authority is not a host with an optional port.
    #[error("authority {0:?}: want HOST or HOST:PORT")]
    Authority(String),
    /// TLS cannot verify such a name.
    #[error("TLS cannot verify the server name {0:?}: set an authority that is a host name or an IP address")]
    ServerName(String),
    /// A channel runs a task, and there is no tokio runtime to run it.
    #[error("no tokio runtime: build the channel inside one")]
    NoRuntime,
    /// The first connection failed.
    #[error(transparent)]
    Connect(#[from] Error),
}

impl Builder {
    pub(super) fn new(target: &str) -> Self {
        Self {
            target: TargetText::new(target),
            sources: Sources::default(),
            source: None,
            registry: policies::registry(),
            policy: OwnPolicy::Default,
            service_config: None,
            authority: None,
            http2: Http2Options::default(),
            #[cfg(feature = "tls")]
            tls: None,
            timing: Timing::default(),
            idle_timeout: Some(Duration::from_secs(30 * 60)),
            max_waiting: 10_000,
            queue_timeout: None,
            replay_limit: 256 * 1024,
            wait_for_ready: false,
        }
    }

    /// The sources by scheme, in place of the built-in ones.
    pub fn sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    /// The source itself; the target's scheme then does not matter.
    pub fn discover(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The policies that configs can name, in place of the built-in ones.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// The policy by its name, with its defaults. A service config that names one wins. Default: `adaptive`, where gRPC has
    /// `pick_first`.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policy = OwnPolicy::Named(name.into());
        self
    }

    /// The policy with its config. A service config that names one wins.
    pub fn choice(mut self, choice: Choice) -> Self {
        self.policy = OwnPolicy::Chosen(choice);
        self
    }

    /// The service config, as JSON, for when the source gives none.
    pub fn service_config(mut self, json: impl Into<String>) -> Self {
        self.service_config = Some(json.into());
        self
    }

    /// The `:authority` of requests, and the name that TLS verifies. Default: the target's name.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// TLS with this configuration; ALPN is set by the channel. The name verified is the authority's, wherever the address
    /// came from.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// The settings of HTTP/2 connections.
    pub fn http2(mut self, options: Http2Options) -> Self {
        self.http2 = options;
        self
    }

    /// How long a connection hears nothing before it sends a PING. At least 10 s; off by default (gRFC A8).
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.http2.keepalive_interval = Some(interval);
        self
    }

    /// How long an attempt to connect may take at least. Default 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timing.connect_timeout = timeout;
        self
    }

    /// Connect timeout, Happy Eyeballs delay and back-off.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// After how long without a call the channel lets go of discovery and connections; the next call wakes it. `None`: never.
    /// Default 30 minutes, as in gRPC.
    pub fn idle_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How many calls may wait for a connection; one more fails at once. Default 10,000.
    pub fn max_waiting(mut self, calls: usize) -> Self {
        self.max_waiting = calls;
        self
    }

    /// How long a call may wait for a connection. Default: to its deadline.
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = Some(timeout);
        self
    }

    /// How many bytes of a request are kept until its response begins, to send it again if a server refuses it unseen.
    /// Default 256 KiB, as in grpc-go.
    pub fn replay_limit(mut self, bytes: usize) -> Self {
        self.replay_limit = bytes;
        self
    }

    /// Whether calls wait through TRANSIENT_FAILURE to their deadline, unless they or the service config say otherwise.
    /// Default: they fail at once.
    pub fn wait_for_ready(mut self, wait: bool) -> Self {
        self.wait_for_ready = wait;
        self
    }

    /// Builds the channel. It connects with its first call.
    ///
    /// # Errors
    /// A setting is unusable, or there is no tokio runtime.
    pub fn build(self) -> Result<Channel, BuildError> {
        let target = self.target.parse()?;
        let names = self.source_of(&target)?.addresses(&target)?;
        let http2 = Http2::new(self.http2.clone()).names(names);
        #[cfg(feature = "tls")]
        if let Some(config) = self.tls.clone() {
            let authority = self.authority_of(&target)?;
            let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
            let name = rustls::pki_types::ServerName::try_from(host.clone())
                .map_err(|_| BuildError::ServerName(host))?;
            let http2 = http2.tls(config, name);
            return self.assemble(http2, uri::Scheme::HTTPS);
        }
        let scheme = http2.scheme();
        self.assemble(http2, scheme)
    }

    /// Builds the channel and waits for its first connection.
    ///
    /// # Errors
    /// As [`build`](Self::build), and when nothing could be connected.
    pub async fn connect(self) -> Result<Channel, BuildError> {
        let channel = self.build()?;
        channel.ready().await?;
        Ok(channel)
    }

    /// Builds the channel over another transport than HTTP/2.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_over<T: Connect>(self, transport: T) -> Result<Channel<T::Connection>, BuildError> {
        self.assemble(transport, uri::Scheme::HTTP)
    }

    fn source_of(&self, target: &Target) -> Result<Source, BadTarget> {
        self.source.clone().map_or_else(|| self.sources.find(target), Ok)
    }

    fn authority_of(&self, target: &Target) -> Result<uri::Authority, BuildError> {
        let text = self.authority.clone().unwrap_or_else(|| target.service_name());
        let authority = text.parse::<uri::Authority>().ok();
        // A user and a password are not for a request (RFC 9113 section 8.3.1), nor for an error.
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        authority.ok_or_else(|| BuildError::Authority(Target::redact(&text)))
    }

    fn assemble<T: Connect>(
        self,
        transport: T,
        scheme: uri::Scheme,
    ) -> Result<Channel<T::Connection>, BuildError> {
        let target = self.target.parse()?;
        let authority = self.authority_of(&target)?;
        let source = self.source_of(&target)?;
        let own = self
            .service_config
            .as_deref()
            .map(|json| ServiceConfig::parse(json, &self.registry))
            .transpose()?;
        let configs = Configs::new(self.registry.clone(), own, self.policy.choice(&self.registry)?);
        let runtime = runtime::Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let (events, receiver) = mpsc::unbounded_channel();
        let front = Arc::new(Front::new(first_publication()));
        let settings = Settings { timing: self.timing, health_checks: false, seed: fastrand::u64(..) };
        let driver = Driver::new(Parts {
            name: self.target.to_string().chars().take(256).collect::<String>().into(),
            hub: Hub::new(configs.first(), settings),
            front: front.clone(),
            transport,
            events: events.downgrade(),
            discovery: Watching::new(source, target, self.timing.backoff, fastrand::u64(..))?,
            configs,
            idle_timeout: self.idle_timeout,
        });
        runtime.spawn(driver.run(receiver));
        let limits = Limits {
            max_waiting: self.max_waiting,
            queue_timeout: self.queue_timeout,
            replay: self.replay_limit,
            wait_for_ready: self.wait_for_ready,
            user_agent: HeaderValue::from_static(concat!("evenkeel/", env!("CARGO_PKG_VERSION"))),
        };
        Ok(Channel { sender: Arc::new(Sender { front, events, scheme, authority, limits }) })
    }
}

/// What calls see before anything was discovered.
fn first_publication<C: Connection>() -> Publication<C> {
    Publication {
        version: 0,
        state: State { connectivity: Connectivity::Idle, ..State::connecting() },
        table: Table::default(),
        config: ServiceConfig::default(),
        asleep: true,
        closed: false,
    }
}
