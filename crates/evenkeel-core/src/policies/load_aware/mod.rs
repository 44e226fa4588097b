//! What the policies that follow load have in common: the draws, what is kept of each server, and the comparison.

mod candidates;
mod cheapest;
mod fields;
mod gauge;
mod gauges;
mod real;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod trials;

pub(super) use candidates::{Candidates, Member, Shares};
pub(super) use cheapest::{Cheapest, Reading};
pub(super) use fields::{choice_count, duration, duration_field};
pub(super) use gauge::Estimate;
pub(super) use gauges::{Gauges, Settings};
pub(super) use real::Real;
pub(super) use standing::Pace;

/// Latencies below this count as equal: the noise of clocks and schedulers is of that size, and following it is worse than not
/// knowing. In seconds.
pub(super) const QUANTUM: f64 = 0.000_1;
