//! `custom_round_robin`: every n-th call goes to the second of two instances, the others to the first.
use evenkeel_core::{
    BadConfig, BadUpdate, CallInfo, Endpoint, EndpointId, Endpoints, Field, Named, Pick, Picker, Policy,
    RawConfig, Snapshot, State,
    policies::{RoundRobin, RoundRobinConfig},
    untried,
};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// How often the second instance is chosen; 0 means never.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    choose_second: u32,
}
impl Default for Config {
    fn default() -> Self {
        Self { choose_second: 3 }
    }
}

/// While only one of the two is READY, it is a round robin over that one.
#[derive(Debug, Default)]
pub struct CustomRoundRobin(RoundRobin);
impl Policy for CustomRoundRobin {
    type Config = Config;
    fn update(
        &mut self,
        set: &Snapshot,
        config: &Config,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let [first, second] = &set[..] else {
            return Err(BadUpdate::new(format!("custom_round_robin wants two instances, got {}", set.len())));
        };
        let both = [endpoints.connect(first), endpoints.connect(second)];
        if !both.iter().all(Endpoint::is_ready) {
            return self.0.update(set, &RoundRobinConfig::default(), endpoints);
        }
        let (ids, count) = (both.map(|endpoint| endpoint.id), AtomicU32::new(0));
        Ok(State::ready(Alternate { ids, count, every: config.choose_second }))
    }
}
impl Named for CustomRoundRobin {
    const NAME: &'static str = "custom_round_robin";
    const FIELDS: &'static [Field] = &[Field::whole(
        "chooseSecond",
        0..=u32::MAX as u64,
        "3",
        "every n-th call goes to the second; 0: never",
    )];
    fn parse(config: &RawConfig<'_>) -> Result<Config, BadConfig> {
        config.typed()
    }
}

#[derive(Debug)]
struct Alternate {
    ids: [EndpointId; 2],
    count: AtomicU32,
    every: u32,
}
impl Picker for Alternate {
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        if !call.is_first() {
            return Pick::plain(untried(call, 2, |n| self.ids[n]).unwrap_or(self.ids[0]));
        }
        let turn = self.count.fetch_add(1, Relaxed).wrapping_add(1);
        // Every 0-th turn never comes: no number but 0 is a multiple of 0, and the wrap to 0 counts as the first.
        let second = turn != 0 && turn.is_multiple_of(self.every);
        Pick::plain(self.ids[usize::from(second)])
    }
}
