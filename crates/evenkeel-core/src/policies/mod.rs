//! The built-in policies, a file each.

mod by_weight;
mod interleaved_weighted_round_robin;
mod pick_first;
mod random;
mod round_robin;
#[cfg(test)]
mod testing;
mod weighted_random;

use crate::Registry;
pub use interleaved_weighted_round_robin::InterleavedWeightedRoundRobin;
pub use pick_first::{PickFirst, PickFirstConfig};
pub use random::Random;
pub use round_robin::{Order, RoundRobin, RoundRobinConfig};
pub use weighted_random::WeightedRandom;

/// The built-in policies. Add your own with [`Registry::with`].
pub fn registry() -> Registry {
    Registry::empty()
        .replace::<InterleavedWeightedRoundRobin>()
        .replace::<PickFirst>()
        .replace::<Random>()
        .replace::<RoundRobin>()
        .replace::<WeightedRandom>()
}
