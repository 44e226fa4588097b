use super::{Count, judge::Judge, picks, world::World};
use evenkeel_core::{Child, Choice, Connectivity, Snapshot, State};

const HISTORIES: u64 = 64;
const STEPS: u32 = 40;

/// One policy's life.
struct History<'a> {
    choice: &'a Choice,
    child: Child,
    world: World,
    set: Snapshot,
    good: Option<Snapshot>,
    judge: Judge,
}

pub(super) fn run(choice: &Choice, mut count: Option<Count<'_>>) {
    for history in 0..HISTORIES {
        let mut world = World::new(history);
        let (set, judge) = (world.draw.set(), Judge { policy: choice.name(), history, step: 0 });
        let mut life = History { choice, child: Child::default(), world, set, good: None, judge };
        for step in 0..STEPS {
            life.judge.step = step;
            life.step();
            let state = life.update();
            life.judge_state(&state);
            picks::judge(&life.judge, &state, &mut life.world, &mut count);
        }
    }
}

impl History<'_> {
    /// Something happens: another set, other states, or all is well.
    fn step(&mut self) {
        match self.world.draw.below(4) {
            0 => self.set = self.world.draw.set(),
            1 => self.world.calm(),
            _ => self.world.stir(),
        }
    }

    fn update(&mut self) -> State {
        let Self { choice, child, world, set, good, judge } = self;
        world.begin(good.iter().chain([&*set]));
        let state = child.update(set, choice, world);
        world.end();
        let refused = world.refused.as_ref().map(ToString::to_string).unwrap_or_default();
        judge.holds(!refused.contains("panicked"), "an update never panics", || refused.clone());
        let foreign = world.foreign.take();
        judge.holds(foreign.is_none(), "it asks only for instances that it was given", || {
            format!("{foreign:?}")
        });
        if set.is_empty() {
            *good = None;
        } else if refused.is_empty() {
            *good = Some(set.clone());
        }
        state
    }

    fn judge_state(&self, state: &State) {
        let Self { world, set, good, judge, .. } = self;
        let asked = world.asked();
        let seen =
            || format!("{}, asked for {} endpoints, set of {}", state.connectivity, asked.len(), set.len());
        let all_ready = !asked.is_empty() && asked.iter().all(|endpoint| endpoint.is_ready());
        if good.is_none() {
            let fails = state.connectivity == Connectivity::TransientFailure;
            return judge.holds(fails, "without a set that it accepts, calls fail", seen);
        }
        judge.holds(
            !asked.is_empty(),
            "it asks for endpoints, after a refusal for those of the last good set",
            seen,
        );
        let ready = state.connectivity == Connectivity::Ready;
        judge.holds(ready || !all_ready, "when all that it asks for is READY, it is READY", seen);
        let possible = asked.iter().any(|endpoint| endpoint.is_ready());
        judge.holds(!ready || possible, "it is READY only over a READY endpoint", seen);
    }
}
