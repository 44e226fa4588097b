use super::{
    Candidates, Estimate, Member,
    gauge::{Gauge, seconds},
    standing::Standing,
};
use crate::{Call, CallInfo, Endpoint, EndpointId, MAX_DRAWN, Pick, Picker};
use std::sync::Arc;

/// What is known of a server's latency.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::policies) struct Reading {
    /// In seconds; it means nothing where `trust` is 0.
    pub(in crate::policies) latency: f64,
    /// How many recent samples are behind it; 0: nothing is known.
    pub(in crate::policies) trust: f64,
    /// The share of recent calls that failed.
    pub(in crate::policies) failed: f64,
}

/// By how much one must be cheaper to win against one drawn before it. Below that it is noise, and the order of the draws, which
/// follows the weights, is the better judge.
const MARGIN: f64 = 0.1;

/// One server of a picker.
#[derive(Debug)]
pub(super) struct Server<E> {
    id: EndpointId,
    weight: u64,
    /// How much of it one call takes, against a server of the mean weight.
    share: f64,
    gauge: Arc<Gauge<E>>,
}

impl<E> Server<E> {
    #[expect(clippy::cast_precision_loss, reason = "a ratio of weights")]
    pub(super) fn new(endpoint: &Endpoint, mean: f64, gauge: Arc<Gauge<E>>) -> Self {
        let weight = endpoint.weight.max(1);
        Self { id: endpoint.id, weight, share: mean / weight as f64, gauge }
    }
}

impl<E> Member for Server<E> {
    fn id(&self) -> EndpointId {
        self.id
    }

    fn weight(&self) -> u64 {
        self.weight
    }
}

/// Picks the cheapest of a few.
///
/// A newcomer that is still being filled is compared with filled ones only where it was drawn first: however idle or fast it is, it gets no
/// more than its weight's share.
#[derive(Debug)]
pub(in crate::policies) struct Cheapest<E>(pub(super) Candidates<Server<E>>);

impl<E: Estimate> Picker for Cheapest<E> {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let drawn = self.0.draw(call);
        let now = drawn.first().gauge.time(call.now());
        let time = seconds(now);
        let mut seen = [(Reading::default(), Standing::Fit); MAX_DRAWN];
        for (seen, server) in seen.iter_mut().zip(drawn.iter()) {
            *seen = (server.gauge.estimate.read(time), server.gauge.standing(now));
        }
        let filled = |(server, (_, standing)): (&Server<E>, &(_, Standing))| {
            *standing == Standing::Fit && server.gauge.is_filled(now)
        };
        if drawn.iter().zip(&seen).any(filled) {
            for (server, (_, standing)) in drawn.iter().zip(&mut seen).skip(1) {
                if !server.gauge.is_filled(now) {
                    *standing = Standing::Unproven.max(*standing);
                }
            }
        }
        let typical = typical(seen.iter().take(drawn.len()));
        let offers = drawn.iter().zip(&seen).map(|(server, (known, standing))| {
            let full = server.gauge.full(now, server.share);
            (server, *standing, server.gauge.estimate.cost(*known, typical, full))
        });
        let best =
            offers.reduce(|best, next| if beats((next.1, next.2), (best.1, best.2)) { next } else { best });
        let server = best.map_or(drawn.first(), |(server, ..)| server);
        server.gauge.begin(now);
        Pick::Endpoint(server.id, Call::tracked(server.gauge.clone()))
    }
}

#[inline]
fn beats((standing, cost): (Standing, f64), (best, least): (Standing, f64)) -> bool {
    standing < best || (standing == best && cost < least * (1.0 - MARGIN))
}

/// The latency of those that are known and work: the harmonic mean, which one slow server hardly moves.
#[inline]
fn typical<'a>(seen: impl Iterator<Item = &'a (Reading, Standing)>) -> Option<f64> {
    let works = |(known, standing): &&(Reading, Standing)| {
        *standing != Standing::BackingOff && known.trust > 0.0 && known.failed < 0.5
    };
    let (count, rates) = seen.filter(works).fold((0.0, 0.0), |(count, rates), (known, _)| {
        (count + 1.0, rates + 1.0 / known.latency.max(super::QUANTUM))
    });
    (count > 0.0).then(|| count / rates)
}
