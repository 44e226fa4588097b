use super::only::Only;
use crate::{
    BadConfig, BadUpdate, Connectivity, EndpointId, Endpoints, Field, FieldKind, Instance, Memo, Named,
    Policy, RawConfig, Slot, Snapshot, State, mix,
};
use std::sync::Arc;

/// `pick_first` (gRFC A62): all addresses as one endpoint; the first that connects takes all calls.
///
/// It connects when it starts, and when a new list lacks the address in use. After a loss it is IDLE until the next call.
#[derive(Debug, Default)]
pub struct PickFirst {
    slot: Slot,
    joined: Memo<bool, Arc<Instance>>,
    /// The endpoint, once it was READY or failed: from then on only calls wake it.
    settled: Option<EndpointId>,
}

/// The config of [`PickFirst`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PickFirstConfig {
    /// Whether to try the instances in random order.
    pub shuffle_address_list: bool,
}

impl Policy for PickFirst {
    type Config = PickFirstConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &PickFirstConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let random = endpoints.random();
        let joined = self.joined.get(instances, config.shuffle_address_list, |all, shuffle| {
            let mut order = all.to_vec();
            if *shuffle {
                shuffle_in_place(&mut order, random);
            }
            Arc::new(Instance::joined(&self.slot, &order))
        });
        let mut one = endpoints.lazy(joined);
        if matches!(one.state, Connectivity::Ready | Connectivity::TransientFailure) {
            self.settled = Some(one.id);
        }
        if self.settled != Some(one.id) {
            one = endpoints.connect(joined);
        }
        let id = one.id;
        Ok(State::over(vec![one], |_| Only(id)))
    }
}

/// Fisher and Yates.
fn shuffle_in_place<T>(list: &mut [T], mut random: u64) {
    for last in (1..list.len()).rev() {
        random = mix(random);
        list.swap(last, crate::below(random, last + 1));
    }
}

impl Named for PickFirst {
    const NAME: &'static str = "pick_first";
    const FIELDS: &'static [Field] =
        &[Field::new("shuffleAddressList", FieldKind::Bool, "false", "try the instances in random order")];

    fn parse(config: &RawConfig<'_>) -> Result<PickFirstConfig, BadConfig> {
        config.typed()
    }
}
