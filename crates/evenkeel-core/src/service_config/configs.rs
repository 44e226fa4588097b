use super::InvalidServiceConfig;
use crate::{BadConfig, Choice, Registry, ServiceConfig, Snapshot, policies};
use std::sync::Arc;

/// The policy of a client where no service config names one, as its builder was told.
#[derive(Debug, Clone, Default)]
pub enum OwnPolicy {
    /// [`policies::default_choice`].
    #[default]
    Default,
    /// This one, with its defaults.
    Named(String),
    /// This one, with its config.
    Chosen(Choice),
}

impl OwnPolicy {
    /// The policy.
    ///
    /// # Errors
    /// The name is not registered, or the policy has a field without a default.
    pub fn choice(&self, registry: &Registry) -> Result<Choice, BadConfig> {
        match self {
            Self::Default => Ok(policies::default_choice()),
            Self::Named(name) => registry.default_of(name),
            Self::Chosen(choice) => Ok(choice.clone()),
        }
    }

    /// Its name, where the builder was told of one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Default => None,
            Self::Named(name) => Some(name),
            Self::Chosen(choice) => Some(choice.name()),
        }
    }
}

/// Which service config is in force (gRFC A21): the source's newest good one, else the caller's own.
#[derive(Debug)]
pub struct Configs {
    registry: Registry,
    /// The caller's own, for when the source gives none.
    own: Option<ServiceConfig>,
    /// The policy where no config names one.
    policy: Choice,
    current: Option<ServiceConfig>,
    /// The source's last text, good or bad, to tell a repeat.
    last: Option<(Arc<str>, Option<InvalidServiceConfig>)>,
}

impl Configs {
    /// With the caller's own config, and the policy where no config names one.
    pub fn new(registry: Registry, own: Option<ServiceConfig>, policy: Choice) -> Self {
        Self { registry, own, policy, current: None, last: None }
    }

    /// Takes over what came with a set.
    ///
    /// # Errors
    /// The text is unusable. If there was a good config before, or the caller has its own, it stays in force and
    /// [`current`](Self::current) yields it; otherwise the set must not be used.
    pub fn accept(&mut self, set: &Snapshot) -> Result<(), InvalidServiceConfig> {
        let Some(text) = set.service_config() else {
            (self.current, self.last) = (Some(self.own.clone().unwrap_or_default()), None);
            return Ok(());
        };
        if let Some((last, invalid)) = &self.last
            && last == text
        {
            return invalid.clone().map_or(Ok(()), Err);
        }
        let parsed = ServiceConfig::parse(text, &self.registry);
        self.last = Some((text.clone(), parsed.as_ref().err().cloned()));
        self.current = match parsed {
            Ok(config) => Some(config),
            Err(invalid) => {
                self.current = self.current.take().or_else(|| self.own.clone());
                return Err(invalid);
            }
        };
        Ok(())
    }

    /// The config in force, if there is one.
    pub fn current(&self) -> Option<&ServiceConfig> {
        self.current.as_ref()
    }

    /// The policy that a config names, else the default.
    pub fn choice(&self, config: &ServiceConfig) -> Choice {
        config.load_balancing().unwrap_or(&self.policy).clone()
    }

    /// The policy of the caller's own config, for before the first set.
    pub fn first(&self) -> Choice {
        self.own.as_ref().map_or_else(|| self.policy.clone(), |own| self.choice(own))
    }
}
