use super::{
    Balancer,
    balancer::{Discovered, Inner, Way},
    driver::Driver,
    front::{Front, Latest},
};
use crate::{Budget, BuildError};
use evenkeel_core::{
    Address, Backoff, Choice, Instance, Registry, Roster, ServiceConfig, policies,
    service_config::{Configs, OwnPolicy},
};
use evenkeel_discover::{Source, Sources, Target, TargetText, Watching};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A balancer to be built. Every setting has a default that is right for most.
#[derive(Debug, Clone)]
#[must_use]
pub struct BalancerBuilder {
    target: TargetText,
    sources: Sources,
    source: Option<Source>,
    registry: Registry,
    policy: OwnPolicy,
    service_config: Option<String>,
    proxy: Option<String>,
    ready_timeout: Duration,
    retry_budget: Option<Arc<Budget>>,
    seed: Option<u64>,
    start: Option<u64>,
    clock: fn() -> Instant,
}

/// The time, which tests may hold still.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl BalancerBuilder {
    pub(super) fn new(target: &str) -> Self {
        Self {
            target: TargetText::new(target),
            sources: Sources::default(),
            source: None,
            registry: policies::registry(),
            policy: OwnPolicy::Default,
            service_config: None,
            proxy: None,
            ready_timeout: Duration::from_secs(5),
            retry_budget: None,
            seed: None,
            start: None,
            clock: now,
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

    /// The policy by its name, with its defaults. A service config that names one wins. Default: `adaptive`.
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

    /// All calls go to this address, such as a sidecar's: neither discovery nor a policy is run, and an attempt's
    /// [`authority`](crate::Attempt::authority) still names the target.
    pub fn proxy(mut self, address: impl Into<String>) -> Self {
        self.proxy = Some(address.into());
        self
    }

    /// How long [`ready`](Balancer::ready) waits for discovery's first answer. Default 5 s.
    pub fn ready_timeout(mut self, timeout: Duration) -> Self {
        self.ready_timeout = timeout;
        self
    }

    /// The budget of all retries over this balancer, such as one that several balancers share. Default: one of its own, 20 % of the
    /// calls and 10 a second, over 10 s.
    pub fn retry_budget(mut self, budget: Arc<Budget>) -> Self {
        self.retry_budget = Some(budget);
        self
    }

    /// Where random numbers begin, for tests: picks of one thread are then the same in every run. Default: random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Where rotations begin, for tests; 0 is the first of the sequence. Default: anywhere.
    pub fn start(mut self, start: u64) -> Self {
        self.start = Some(start);
        self
    }

    /// The clock, for tests. Default: tokio's, which is the system's unless it is paused.
    pub fn clock(mut self, clock: fn() -> Instant) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the balancer. It follows discovery from now on, or from its first use in a tokio runtime.
    ///
    /// # Errors
    /// A setting is unusable.
    pub fn build(self) -> Result<Balancer, BuildError> {
        let target = self.target.parse()?;
        let own = self
            .service_config
            .as_deref()
            .map(|json| ServiceConfig::parse(json, &self.registry))
            .transpose()?;
        let authority = target.service_name().into();
        let way = match &self.proxy {
            Some(proxy) => self.proxied(proxy, own.as_ref())?,
            None => self.discovered(target, own)?,
        };
        let (clock, ready_timeout) = (self.clock, self.ready_timeout);
        let retry_budget = self.retry_budget.unwrap_or_else(|| Arc::new(Budget::new(now())));
        let target = self.target.to_string().into();
        let balancer =
            Balancer(Arc::new(Inner { target, authority, way, clock, ready_timeout, retry_budget }));
        balancer.run();
        Ok(balancer)
    }

    fn proxied(&self, proxy: &str, own: Option<&ServiceConfig>) -> Result<Way, BuildError> {
        let configured = own.and_then(ServiceConfig::load_balancing).map(Choice::name);
        if let Some(policy) = self.policy.name().or(configured).map(str::to_owned) {
            return Err(BuildError::ProxyAndPolicy { proxy: proxy.to_owned(), policy });
        }
        let instance = Instance::from(proxy.parse::<Address>()?);
        Ok(Way::Proxied(Arc::new(instance), watch::Sender::new(())))
    }

    fn discovered(&self, target: Target, own: Option<ServiceConfig>) -> Result<Way, BuildError> {
        let source = self.source.clone().map_or_else(|| self.sources.find(&target), Ok)?;
        let configs = Configs::new(self.registry.clone(), own, self.policy.choice(&self.registry)?);
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut roster = Roster::new(configs.first(), seed);
        if let Some(start) = self.start {
            roster = roster.with_start(start);
        }
        let name = self.target.to_string().chars().take(256).collect::<String>().into();
        let mut watching = Watching::new(source, target, Backoff::default(), seed)?;
        watching.wake();
        let front = Arc::new(Front::new(self.seed));
        let latest = Latest::default();
        let mut driver = Driver { name, watching, configs, roster, clock: self.clock, latest };
        // What is known at once is there from the first pick on.
        if let Some(known) = driver.watching.peek() {
            driver.take(&known, &front);
        }
        let parked = Arc::new(Mutex::new(Some(driver)));
        Ok(Way::Discovered(Discovered { front, parked, task: Mutex::default() }))
    }
}
