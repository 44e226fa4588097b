use super::{
    Hub,
    seat::{SOONEST, Seat},
};
use crate::machine::Machine;
use evenkeel_core::{
    BadUpdate, Connectivity, Endpoint, EndpointId, Endpoints, Instance, WEIGHT_ONE, Want, mix,
};
use std::{sync::Arc, time::Instant};

/// What policies ask of the hub during one update. Asks are noted; what follows from them is done when the update is over.
pub(super) struct Asks<'a, C> {
    pub(super) hub: &'a mut Hub<C>,
    pub(super) now: Instant,
    /// The seats in the order in which the update before asked for them.
    pub(super) previous: &'a [u32],
    pub(super) cursor: usize,
}

impl<C: Clone> Asks<'_, C> {
    /// The seat of an instance. Asks come in nearly the same order as the last time, so the place is guessed before it is
    /// looked up: no hashing in a steady state.
    fn find(&mut self, instance: &Arc<Instance>) -> usize {
        if let Some(&index) = self.previous.get(self.cursor)
            && self.hub.seats[index as usize].as_ref().is_some_and(|seat| seat.holds(instance))
        {
            self.cursor += 1;
            return index as usize;
        }
        match self.hub.by_key.get(instance.key()) {
            Some(&index) => self.known(index, instance),
            None => self.newcomer(instance),
        }
    }

    fn known(&mut self, index: u32, instance: &Arc<Instance>) -> usize {
        let now = self.now;
        if let Some(seat) = &mut self.hub.seats[index as usize] {
            self.cursor = seat.order as usize + 1;
            if !seat.holds(instance) {
                let id = seat.id;
                seat.renew(instance);
                self.hub.with(id, |seat, acts| seat.machine.readdress(instance.addresses(), now, acts));
            }
        }
        index as usize
    }

    fn newcomer(&mut self, instance: &Arc<Instance>) -> usize {
        let hub = &mut *self.hub;
        let index = hub.free.pop().unwrap_or_else(|| {
            hub.seats.push(None);
            hub.generations.push(0);
            u32::try_from(hub.seats.len() - 1).unwrap_or(u32::MAX)
        });
        let place = index as usize;
        hub.generations[place] = hub.generations[place].wrapping_add(1);
        let id = EndpointId { index, generation: hub.generations[place] };
        hub.random = mix(hub.random);
        let machine = Machine::new(instance.addresses(), hub.settings.timing, hub.random, self.now);
        hub.seats[place] = Some(Seat::new(id, machine, instance.clone(), self.now));
        hub.by_key.insert(instance.key().clone(), index);
        place
    }
}

impl<C: Clone> Endpoints for Asks<'_, C> {
    fn now(&self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.hub.random = mix(self.hub.random);
        self.hub.random
    }

    fn ask(&mut self, instance: &Arc<Instance>, want: Want) -> Endpoint {
        let place = self.find(instance);
        let Hub { seats, order, round, settings, .. } = &mut *self.hub;
        let seat = seats[place].as_mut().expect("`find` yields the place of a seat");
        if seat.asked == *round {
            seat.want = seat.want.join(want);
        } else {
            (seat.asked, seat.want) = (*round, want);
            seat.order = u32::try_from(order.len()).unwrap_or(u32::MAX);
            order.push(seat.id.index);
        }
        let (state, since) = seat.state(want, settings.health_checks);
        if state == Connectivity::Idle {
            seat.told_idle = *round;
        }
        let weight = u64::from(instance.weight()) * WEIGHT_ONE;
        Endpoint { id: seat.id, state, since, weight, node: seat.node.clone() }
    }

    fn wake_at(&mut self, at: Instant) {
        let at = at.max(self.now + SOONEST);
        self.hub.wake = Some(self.hub.wake.map_or(at, |wake| wake.min(at)));
    }

    fn refuse(&mut self, why: BadUpdate) {
        self.hub.refused.get_or_insert(why);
    }
}
