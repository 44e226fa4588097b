use super::rooms::Rooms;
use crate::{Call, CallInfo, EndpointId, Pick, Picker};
use std::sync::Arc;

/// How often a pick goes back to its child after another thread took the last room before it.
const RACES: usize = 32;

/// Hands the child the calls with what is full to be avoided.
#[derive(Debug)]
pub(super) struct Bounded {
    pub(super) child: Arc<dyn Picker>,
    pub(super) rooms: Rooms,
}

impl Picker for Bounded {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        self.at_once(call).or_else(|| self.within(call)).unwrap_or_else(|| self.beyond(call))
    }
}

impl Bounded {
    /// The child's own choice, if it has room: most picks end here, in half the time of one that avoids what is full.
    #[inline]
    fn at_once(&self, call: &CallInfo<'_>) -> Option<Pick> {
        let (id, guard) = match self.child.pick(call) {
            Pick::Endpoint(id, guard) => (id, guard),
            other => return Some(other),
        };
        match self.rooms.of(id) {
            Some(room) if call.is_fresh(id) && !self.rooms.is_full(room) && self.rooms.enter(room) => {
                Some(Pick::Endpoint(id, guard.with(room.calls.clone())))
            }
            _ => {
                guard.unsent();
                None
            }
        }
    }

    /// A pick within the bound; nothing where all that the call may use are full.
    fn within(&self, call: &CallInfo<'_>) -> Option<Pick> {
        let avoid = |id| !call.is_fresh(id) || self.rooms.of(id).is_some_and(|room| self.rooms.is_full(room));
        for _ in 0..RACES {
            let asked = call.avoiding(&avoid);
            let pick = self.child.pick(&asked);
            if let Some(id) = asked.take_connect() {
                call.connect(id);
            }
            let Pick::Endpoint(id, guard) = pick else { return Some(pick) };
            if !call.is_fresh(id) {
                guard.unsent();
                return None;
            }
            match self.rooms.of(id) {
                Some(room) if self.rooms.enter(room) => {
                    return Some(Pick::Endpoint(id, guard.with(room.calls.clone())));
                }
                Some(_) => guard.unsent(),
                None => return Some(Pick::Endpoint(id, guard)),
            }
        }
        // Others were faster each time. The total is more than the sum of its parts, so somewhere there is room.
        let mut left = self.rooms.iter().filter(|room| call.is_fresh(room.id));
        let room = left.find(|room| self.rooms.enter(room))?;
        Some(Pick::Endpoint(room.id, Call::tracked(room.calls.clone())))
    }

    /// All that the call has not tried are full, which only happens to retries: one of them, or else a tried one with room.
    fn beyond(&self, call: &CallInfo<'_>) -> Pick {
        let (id, guard) = match self.child.pick(call) {
            Pick::Endpoint(id, guard) => (id, guard),
            other => return other,
        };
        if call.is_fresh(id) {
            return self.force(id, guard);
        }
        let untried = |id| !call.is_tried(id);
        let again = call.avoiding(&untried).with_tried(&[]);
        match self.within(&again) {
            Some(pick) => {
                guard.unsent();
                if let Some(id) = again.take_connect() {
                    call.connect(id);
                }
                pick
            }
            None => self.force(id, guard),
        }
    }

    fn force(&self, id: EndpointId, guard: Call) -> Pick {
        match self.rooms.of(id) {
            Some(room) => {
                room.calls.begin_if(|_, _| true);
                Pick::Endpoint(id, guard.with(room.calls.clone()))
            }
            None => Pick::Endpoint(id, guard),
        }
    }
}
