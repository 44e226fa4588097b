use super::{Count, draw::Draw, judge::Judge, world::World};
use evenkeel_core::{CallInfo, Connectivity, EndpointId, Pick, State};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

/// How many calls are made on each picker; each with as many retries as there are endpoints.
const CALLS: u64 = 5;
const KEYS: [&[u8]; 4] = [b"a", b"bob", b"customer-4711", &[0, 255, 7]];
const FRESH: &str = "a pick yields an endpoint that the call has not tried, while there is one";
const READY: &str = "while it is READY, a pick yields a READY endpoint that it asked for in this update";

/// One picker under judgement.
struct Calls<'a> {
    judge: &'a Judge,
    state: &'a State,
    asked: Vec<EndpointId>,
    ready: Vec<EndpointId>,
    clock: &'a dyn Fn() -> Instant,
}

pub(super) fn judge(judge: &Judge, state: &State, world: &mut World, count: &mut Option<Count<'_>>) {
    let now = world.now;
    let clock = move || now;
    let asked = world.asked().iter().map(|endpoint| endpoint.id).collect();
    let calls = Calls { judge, state, asked, ready: world.ready(), clock: &clock };
    for ticket in 0..CALLS {
        if state.connectivity == Connectivity::Ready {
            calls.one_call(&mut world.draw, ticket);
        } else {
            calls.one_without_ready(&mut world.draw, ticket);
        }
    }
    if let Some(count) = count {
        calls.allocate_nothing(&mut world.draw, count);
    }
    let left: u32 = world.asked().iter().map(|endpoint| endpoint.node.load.pending()).sum();
    judge.holds(left == 0, "when all calls have ended, none is counted in flight", || format!("{left} are"));
}

impl Calls<'_> {
    /// A call that fails everywhere: it is to try each READY endpoint once, and then any.
    fn one_call(&self, draw: &mut Draw, ticket: u64) {
        // An endpoint of an earlier update may stand in the list.
        let mut tried: Vec<EndpointId> = Vec::new();
        if draw.below(4) == 0 {
            tried.push(EndpointId { index: 0, generation: 0 });
        }
        for _ in 0..self.ready.len() + 2 {
            let left = self.ready.iter().any(|id| !tried.contains(id));
            let seen = |id| format!("picked {id:?}, tried {tried:?}, READY {:?}", self.ready);
            let (info, pick) = self.pick(draw, ticket, &tried);
            let Pick::Endpoint(id, call) = pick else {
                return self.judge.holds(false, READY, || format!("{pick:?}, READY {:?}", self.ready));
            };
            self.judge.holds(self.ready.contains(&id), READY, || seen(id));
            self.judge.holds(!left || !tried.contains(&id), FRESH, || seen(id));
            self.wakes_its_own(&info);
            drop(call);
            tried.push(id);
        }
    }

    fn one_without_ready(&self, draw: &mut Draw, ticket: u64) {
        let (info, pick) = self.pick(draw, ticket, &[]);
        let stray = matches!(&pick, Pick::Endpoint(id, _) if !self.ready.contains(id));
        self.judge.holds(!stray, "a pick never yields an endpoint that is not READY", || format!("{pick:?}"));
        self.wakes_its_own(&info);
    }

    fn wakes_its_own(&self, info: &CallInfo<'_>) {
        let stray = info.take_connect().filter(|id| !self.asked.contains(id));
        self.judge.holds(stray.is_none(), "a pick wakes only an endpoint that was asked for", || {
            format!("{stray:?}")
        });
    }

    fn pick<'t>(&'t self, draw: &mut Draw, ticket: u64, tried: &'t [EndpointId]) -> (CallInfo<'t>, Pick) {
        let (random, key) = (draw.bits(), KEYS[draw.below(KEYS.len())]);
        let info = CallInfo::new(random, ticket, self.clock).with_key(Some(key)).with_tried(tried);
        let pick = catch_unwind(AssertUnwindSafe(|| self.state.picker.pick(&info)));
        self.judge.holds(pick.is_ok(), "a pick never panics", || format!("tried {tried:?}"));
        (info, pick.unwrap_or(Pick::Queue))
    }

    fn allocate_nothing(&self, draw: &mut Draw, count: &mut dyn FnMut(&mut dyn FnMut()) -> usize) {
        let random = draw.bits();
        for tried in [&[][..], &self.ready[..self.ready.len().min(1)], &self.ready[..]] {
            let allocations = count(&mut || {
                for ticket in 0..CALLS {
                    let info = CallInfo::new(random.wrapping_add(ticket), ticket, self.clock)
                        .with_key(Some(KEYS[0]));
                    drop(self.state.picker.pick(&info.with_tried(tried)));
                }
            });
            let promise = "a pick allocates nothing";
            self.judge.holds(allocations == 0, promise, || {
                format!("{allocations} in {CALLS} picks, tried {tried:?}")
            });
        }
    }
}
