//! The built-in policies, a file each.

mod adaptive;
mod bounded_load;
mod by_weight;
#[cfg(test)]
mod closed_loop;
mod consistent_hash;
mod hashing;
mod interleaved_weighted_round_robin;
mod least_request;
mod load_aware;
mod maglev;
mod only;
mod peak_ewma;
mod pick_first;
mod random;
mod rendezvous;
mod round_robin;
mod tagging;
#[cfg(test)]
mod testing;
mod weighted_random;
mod weighted_round_robin_smooth;

use crate::{Choice, Named, Registry};
pub use adaptive::{Adaptive, AdaptiveConfig};
pub use bounded_load::{BoundedLoad, BoundedLoadConfig};
pub use consistent_hash::{ConsistentHash, ConsistentHashConfig};
pub use hashing::{KeySource, OnMissingKey};
pub use interleaved_weighted_round_robin::InterleavedWeightedRoundRobin;
pub use least_request::{LeastRequest, LeastRequestConfig};
pub use maglev::{Maglev, MaglevConfig};
pub use peak_ewma::{PeakEwma, PeakEwmaConfig};
pub use pick_first::{PickFirst, PickFirstConfig};
pub use random::Random;
pub use rendezvous::{Rendezvous, RendezvousConfig};
pub use round_robin::{Order, RoundRobin, RoundRobinConfig};
pub use tagging::{OnNoMatch, Tag, Tagging, TaggingConfig, Wanted};
pub use weighted_random::WeightedRandom;
pub use weighted_round_robin_smooth::WeightedRoundRobinSmooth;

/// The policy of a service that has none configured: [`Adaptive`] with its defaults.
pub fn default_choice() -> Choice {
    Choice::of::<Adaptive>(Adaptive::NAME, AdaptiveConfig::default())
}

/// The built-in policies. Add your own with [`Registry::with`].
pub fn registry() -> Registry {
    Registry::empty()
        .replace::<Adaptive>()
        .replace::<BoundedLoad>()
        .replace::<ConsistentHash>()
        .replace::<InterleavedWeightedRoundRobin>()
        .replace::<LeastRequest>()
        .replace::<Maglev>()
        .replace::<PeakEwma>()
        .replace::<PickFirst>()
        .replace::<Random>()
        .replace::<Rendezvous>()
        .replace::<RoundRobin>()
        .replace::<Tagging>()
        .replace::<WeightedRandom>()
        .replace::<WeightedRoundRobinSmooth>()
}
