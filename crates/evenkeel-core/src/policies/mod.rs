//! The built-in policies, a file each.

mod pick_first;
mod round_robin;
#[cfg(test)]
mod testing;

use crate::Registry;
pub use pick_first::{PickFirst, PickFirstConfig};
pub use round_robin::{Order, RoundRobin, RoundRobinConfig};

/// The built-in policies. Add your own with [`Registry::with`].
pub fn registry() -> Registry {
    Registry::empty().replace::<PickFirst>().replace::<RoundRobin>()
}
