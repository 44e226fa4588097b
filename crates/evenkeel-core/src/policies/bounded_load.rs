use crate::{
    BadConfig, BadUpdate, Child, Choice, Connectivity, Endpoint, Endpoints, Field, FieldKind, Kept, Named,
    Policy, RawConfig, Snapshot, State, View,
};
use calls::Calls;
use picker::Bounded;
use rooms::Rooms;
use serde_json::Value;
use std::sync::{Arc, atomic::AtomicU64};

mod calls;
mod picker;
mod rooms;

/// `bounded_load`: a hash policy in which no instance gets more than its share of the calls in flight times a factor
/// (Mirrokni, Thorup and Zadimoghaddam 2018). A key whose instance is full goes to the next of its list that has room.
///
/// With `c` the factor, an endpoint of weight `w` of the `W` of all READY ones is full at `ceil(c * calls * w / W)` calls,
/// the one that is to be placed among them: at equal weights, `c` times the mean. Counted are the calls that this policy placed,
/// in one step with the check, so that the bound holds for any number of threads.
///
/// A retry goes to an instance that the call has not tried even where all of these are full: exclusion wins over the bound.
#[derive(Debug, Default)]
pub struct BoundedLoad {
    child: Child,
    kept: Kept<Arc<Calls>>,
    total: Arc<AtomicU64>,
}

/// The config of [`BoundedLoad`].
#[derive(Debug, Clone)]
pub struct BoundedLoadConfig {
    /// How many times its share of the calls in flight an instance may have, in 1.01..=1000. Counted in millionths.
    pub load_factor: f64,
    /// The hash policy.
    pub child: Choice,
}

impl Policy for BoundedLoad {
    type Config = BoundedLoadConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &BoundedLoadConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let mut asked: Vec<Endpoint> = Vec::new();
        let see = |endpoint: Endpoint| {
            asked.push(endpoint.clone());
            endpoint
        };
        let state = self.child.update(instances, &config.child, &mut View { inner: endpoints, see });
        let (kept, total) = (&mut self.kept, &self.total);
        let rooms = Rooms::new(config.load_factor, total, asked, |endpoint| {
            let calls = kept.of(endpoint, || Calls::new(endpoint, total));
            if !calls.are_of(endpoint) {
                *calls = Calls::new(endpoint, total);
            }
            calls.clone()
        });
        self.kept.forget_the_rest();
        Ok(match state.connectivity {
            Connectivity::Ready => State::ready(Bounded { child: state.picker, rooms }),
            _ => state,
        })
    }
}

impl Named for BoundedLoad {
    const NAME: &'static str = "bounded_load";
    const FIELDS: &'static [Field] = &[
        Field::new(
            "loadFactor",
            FieldKind::Number { min: 1.01, max: 1000.0 },
            "1.25",
            "how many times its share of the calls in flight an instance may have",
        ),
        Field::new("childPolicy", FieldKind::Policies, "", "a hash policy"),
    ];

    fn parse(config: &RawConfig<'_>) -> Result<BoundedLoadConfig, BadConfig> {
        let child = config.child("childPolicy")?;
        if !child.is_by_key() {
            let list = config.get("childPolicy").unwrap_or(&Value::Null);
            return Err(config.wrong(
                "childPolicy",
                list,
                "a policy that picks by a key, such as consistent_hash",
            ));
        }
        let load_factor = config.get("loadFactor").and_then(Value::as_f64).unwrap_or(1.25);
        Ok(BoundedLoadConfig { load_factor, child })
    }
}

#[cfg(test)]
mod tests;
