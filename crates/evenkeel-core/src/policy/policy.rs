use super::{BadConfig, BadUpdate, Field, RawConfig, State};
use crate::{Endpoints, Snapshot};
use std::{any::Any, fmt::Debug};

/// A load-balancing policy: one function.
///
/// The value lives as long as the policy is configured and keeps what must survive from one update to the next.
pub trait Policy: Debug + Send + 'static {
    /// Its configuration.
    type Config: Debug + Send + Sync + 'static;

    /// From the instances, the state of their connections and the time: what to connect, and how to pick.
    ///
    /// Called once for each batch of changes, never concurrently. No I/O, no clock, no spawning, no locks. `instances` is never
    /// empty. Ask for all endpoints that you want in every update; those not asked for are released.
    ///
    /// # Errors
    /// An `Err` refuses the set, not the policy. Check before you ask or change yourself: after an `Err` you run again, in the
    /// same update, on the last input that you accepted.
    fn update(
        &mut self,
        instances: &Snapshot,
        config: &Self::Config,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate>;
}

/// A policy with a name in service configs.
pub trait Named: Policy + Default {
    /// The name.
    const NAME: &'static str;

    /// Other names that mean the same.
    const ALIASES: &'static [&'static str] = &[];

    /// Whether it picks by a hash of the call's key, so that calls with one key go to one instance. A policy over one that does
    /// need not say so.
    const BY_KEY: bool = false;

    /// The fields of its config. Values are checked against their types and bounds before [`parse`](Self::parse) is called.
    const FIELDS: &'static [Field] = &[];

    /// Reads the config; for most policies `config.typed()`.
    ///
    /// # Errors
    /// What is wrong, with path, field, value and bound.
    fn parse(config: &RawConfig<'_>) -> Result<Self::Config, BadConfig>;
}

/// The object-safe twin of [`Policy`].
pub(super) trait AnyPolicy: Debug + Send {
    fn update_any(
        &mut self,
        instances: &Snapshot,
        config: &(dyn Any + Send + Sync),
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate>;
}

impl<P: Policy> AnyPolicy for P {
    fn update_any(
        &mut self,
        instances: &Snapshot,
        config: &(dyn Any + Send + Sync),
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        match config.downcast_ref::<P::Config>() {
            Some(config) => self.update(instances, config, endpoints),
            // A `Choice` is made with a policy and its own config, so this cannot be reached.
            None => Err(BadUpdate::new("the config belongs to another policy")),
        }
    }
}
