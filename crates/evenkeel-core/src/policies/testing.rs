//! What the tests of the rotations and random policies share.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use crate::{CallInfo, EndpointId, Instance, Pick, Roster, Snapshot, State, mix};
use serde_json::Value;
use std::{collections::HashMap, time::Instant};

/// A policy over the instances 0, 1, 2, .. of some weights.
#[derive(Debug)]
pub(super) struct Bench {
    roster: Roster,
    pub(super) state: State,
    ids: HashMap<EndpointId, usize>,
    now: Instant,
    random: u64,
}

/// Instances named by their place.
pub(super) fn set(weights: &[u32]) -> Snapshot {
    let at = |n: usize| Instance::from(format!("host-{n}:80").parse::<crate::Address>().unwrap());
    weights.iter().enumerate().map(|(n, weight)| at(n).with_weight(*weight)).collect()
}

impl Bench {
    /// `start`: where rotations begin; none: anywhere.
    pub(super) fn new(config: &Value, weights: &[u32], start: Option<u64>) -> Self {
        let choice = super::registry().choose(&Value::Array(vec![config.clone()])).unwrap();
        let roster = Roster::new(choice, 7);
        let roster = if let Some(start) = start { roster.with_start(start) } else { roster };
        let (now, state) = (now(), State::connecting());
        let mut bench = Self { roster, state, ids: HashMap::new(), now, random: 1 };
        bench.update(weights);
        bench
    }

    /// The set changes to these weights; instances are known by their places.
    pub(super) fn update(&mut self, weights: &[u32]) {
        let all = set(weights);
        self.state = self.roster.update(&all, self.now).unwrap();
        let places: HashMap<_, usize> = all.iter().enumerate().map(|(place, i)| (i.key(), place)).collect();
        self.ids.clear();
        // Ids are given in the order of the first asking.
        for index in 0..u32::try_from(weights.len()).unwrap() * 8 {
            let id = EndpointId { index, generation: 1 };
            let place = self.roster.instance(id).and_then(|instance| places.get(instance.key()));
            self.ids.extend(place.map(|place| (id, *place)));
        }
    }

    /// The place of one pick's instance.
    pub(super) fn pick(&mut self, ticket: u64, tried: &[usize]) -> usize {
        let is_tried = |(id, place): (&EndpointId, &usize)| tried.contains(place).then_some(*id);
        let tried: Vec<EndpointId> =
            if tried.is_empty() { Vec::new() } else { self.ids.iter().filter_map(is_tried).collect() };
        self.random = mix(self.random);
        let (now, random) = (self.now, self.random);
        place(&self.ids, &self.state.picker.pick(&CallInfo::new(random, ticket, &|| now).with_tried(&tried)))
    }

    /// The place of a pick that is to avoid an instance.
    pub(super) fn pick_avoiding(&mut self, avoided: usize) -> usize {
        self.random = mix(self.random);
        let (now, random) = (self.now, self.random);
        let (clock, avoid) = (|| now, |id: EndpointId| self.ids[&id] == avoided);
        let call = CallInfo::new(random, 0, &clock);
        place(&self.ids, &self.state.picker.pick(&call.avoiding(&avoid)))
    }

    /// The places of the next `count` first picks.
    pub(super) fn next(&mut self, count: usize) -> Vec<usize> {
        (0..count as u64).map(|ticket| self.pick(ticket, &[])).collect()
    }

    /// The same as letters.
    pub(super) fn letters(&mut self, count: usize) -> String {
        let letter = |place: usize| char::from(b'a' + u8::try_from(place).unwrap());
        self.next(count).into_iter().map(letter).collect()
    }

    /// How many of `count` picks each instance got.
    pub(super) fn counts(&mut self, count: usize) -> Vec<usize> {
        let mut counts = vec![0; self.ids.len()];
        self.next(count).into_iter().for_each(|place| counts[place] += 1);
        counts
    }

    /// Many threads pick at once, `each` times each; how many each instance got.
    pub(super) fn counts_of_threads(&self, threads: u64, each: usize) -> Vec<usize> {
        let (ids, picker, now) = (&self.ids, &self.state.picker, self.now);
        let one = &|thread: u64| {
            let (mut counts, mut random) = (vec![0; ids.len()], thread);
            for ticket in 0..each as u64 {
                random = mix(random);
                let pick = picker.pick(&CallInfo::new(random, ticket, &|| now));
                counts[place(ids, &pick)] += 1;
            }
            counts
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads).map(|thread| scope.spawn(move || one(thread))).collect();
            let all = all.into_iter().map(|thread| thread.join().unwrap());
            all.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect()).unwrap_or_default()
        })
    }
}

fn place(ids: &HashMap<EndpointId, usize>, pick: &Pick) -> usize {
    match pick {
        Pick::Endpoint(id, _) => ids[id],
        other => panic!("{other:?}"),
    }
}

/// How far the counts are from these shares: the sum of (seen - wanted)^2 / wanted.
#[expect(clippy::cast_precision_loss, reason = "a statistic")]
pub(super) fn chi_square(counts: &[usize], weights: &[u32]) -> f64 {
    let (all, sum) =
        (counts.iter().sum::<usize>() as f64, weights.iter().map(|w| f64::from(*w)).sum::<f64>());
    let one = |(seen, weight): (&usize, &u32)| {
        let wanted = all * f64::from(*weight) / sum;
        (*seen as f64 - wanted).powi(2) / wanted
    };
    counts.iter().zip(weights).map(one).sum()
}

#[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
pub(super) fn now() -> Instant {
    Instant::now()
}
