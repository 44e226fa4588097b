use super::Draw;
use crate::Outcome;
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, time::Duration};

/// How long a failing server takes to say so, in seconds.
const FAILS_IN: f64 = 0.000_5;
/// How many calls may wait at a server with workers.
const WAITING: usize = 64;

/// How much work a call is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::policies) enum Work {
    /// Always the same.
    Constant,
    /// Exponential.
    Exponential,
    /// Nine of ten are short, one is long (0.8 and 2.8 of the mean), both exponential.
    Mixed,
}

/// One server; times in seconds.
#[derive(Debug, Clone)]
pub(in crate::policies) struct Server {
    pub(in crate::policies) mean: f64,
    pub(in crate::policies) work: Work,
    /// How many calls it serves at a time, the others wait in line; none: all that come.
    pub(in crate::policies) workers: Option<usize>,
    pub(in crate::policies) weight: u32,
    /// When it joins the set.
    pub(in crate::policies) from: f64,
    /// Its speed from these times on; 1 before.
    pub(in crate::policies) speeds: Vec<(f64, f64)>,
    pub(in crate::policies) fails: Range<f64>,
    /// The network, both ways.
    pub(in crate::policies) network: f64,
}

#[derive(Debug, Clone)]
pub(in crate::policies) struct Fleet {
    pub(in crate::policies) servers: Vec<Server>,
}

impl Fleet {
    pub(in crate::policies) fn even(n: usize, mean: Duration, workers: Option<usize>) -> Self {
        let server = Server {
            mean: mean.as_secs_f64(),
            work: Work::Constant,
            workers,
            weight: 1,
            from: 0.0,
            speeds: Vec::new(),
            fails: 0.0..0.0,
            network: 0.0,
        };
        Self { servers: vec![server; n] }
    }

    pub(in crate::policies) fn with(mut self, change: impl FnMut(&mut Server)) -> Self {
        self.servers.iter_mut().for_each(change);
        self
    }

    pub(in crate::policies) fn slower(self, which: usize, times: f64) -> Self {
        self.at_speed(which, vec![(0.0, 1.0 / times)])
    }

    pub(in crate::policies) fn at_speed(mut self, which: usize, speeds: Vec<(f64, f64)>) -> Self {
        self.servers[which].speeds = speeds;
        self
    }

    pub(in crate::policies) fn failing(mut self, which: usize, when: Range<f64>) -> Self {
        self.servers[which].fails = when;
        self
    }

    pub(in crate::policies) fn joined_by(mut self, which: usize, from: f64) -> Self {
        self.servers[which].from = from;
        self
    }

    pub(in crate::policies) fn weighing(mut self, weights: &[u32]) -> Self {
        self.servers.iter_mut().zip(weights).for_each(|(server, weight)| server.weight = *weight);
        self
    }
}

/// A server at work.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// When each worker is free, in nanoseconds.
    free: BinaryHeap<Reverse<u64>>,
    /// When the calls in it end.
    ends: BinaryHeap<Reverse<u64>>,
}

impl Running {
    /// Takes a call: when it ends, and how.
    pub(super) fn serve(&mut self, server: &Server, now: f64, draw: &mut Draw) -> (f64, Outcome) {
        let work = server.draw(draw);
        if server.fails.contains(&now) {
            return (now + FAILS_IN, Outcome::Failure);
        }
        let Some(workers) = server.workers else {
            return (server.finish(now, work) + server.network, Outcome::Success);
        };
        while self.ends.peek().is_some_and(|Reverse(end)| *end <= nanos(now)) {
            self.ends.pop();
        }
        if self.ends.len() >= workers + WAITING {
            return (now + server.network, Outcome::Overloaded { retry_after: None });
        }
        let free =
            if self.free.len() < workers { 0 } else { self.free.pop().map_or(0, |Reverse(free)| free) };
        #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
        let end = server.finish(now.max(free as f64 / 1e9), work);
        self.free.push(Reverse(nanos(end)));
        self.ends.push(Reverse(nanos(end)));
        (end + server.network, Outcome::Success)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

impl Server {
    fn draw(&self, draw: &mut Draw) -> f64 {
        match self.work {
            Work::Constant => self.mean,
            Work::Exponential => draw.exponential(self.mean),
            Work::Mixed if draw.unit() < 0.9 => draw.exponential(0.8 * self.mean),
            Work::Mixed => draw.exponential(2.8 * self.mean),
        }
    }

    /// When `work` that begins then is done, at the speeds of that time.
    fn finish(&self, begin: f64, mut work: f64) -> f64 {
        let mut at = begin;
        let mut speed = 1.0;
        for (from, next) in &self.speeds {
            if *from > at {
                let done = (from - at) * speed;
                if done >= work {
                    break;
                }
                (at, work) = (*from, work - done);
            }
            speed = *next;
        }
        at + work / speed
    }
}
