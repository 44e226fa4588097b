//! The round robin that a Volo user writes by hand, as a policy of Evenkeel: one file, both modes.
//!
//! In Volo such a balancer owns a map of counters by service, is handed every list and every change, and must not divide by an
//! empty list; a retry takes the next of a list made at the first pick, and a drained instance is in it like any other. Here the
//! position is the only thing to own. The set is never empty and has no drained instance, a change comes as the whole new set, and
//! a retry asks for an instance that the call has not tried.
use evenkeel_core::{
    BadConfig, BadUpdate, CallInfo, EndpointId, Endpoints, Named, Pick, Picker, Policy, RawConfig, Snapshot,
    State, untried,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Each instance in turn; the position outlives a change of the set.
#[derive(Debug, Default)]
pub struct VoloRoundRobin {
    next: Arc<AtomicUsize>,
}

impl Policy for VoloRoundRobin {
    type Config = ();

    fn update(&mut self, set: &Snapshot, (): &(), endpoints: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let all = set.iter().map(|instance| endpoints.connect(instance)).collect();
        let next = self.next.clone();
        Ok(State::over(all, |ready| Turns { ready: ready.iter().map(|e| e.id).collect(), next }))
    }
}

impl Named for VoloRoundRobin {
    const NAME: &'static str = "volo_round_robin";

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

#[derive(Debug)]
struct Turns {
    /// Never empty.
    ready: Vec<EndpointId>,
    next: Arc<AtomicUsize>,
}

impl Picker for Turns {
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let all = &self.ready;
        if !call.is_first() {
            return Pick::plain(untried(call, all.len(), |n| all[n]).unwrap_or(all[0]));
        }
        Pick::plain(all[self.next.fetch_add(1, Relaxed) % all.len()])
    }
}
