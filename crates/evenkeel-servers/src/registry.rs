use std::{future::Future, time::Duration};

/// A registry as the tests that every source must pass see it: one service whose entries come, change and go, and a server that can be
/// killed and started again with what it knew.
pub trait Registry: Send {
    /// The target of the service.
    fn target(&self) -> String;

    /// How long after a change the source may take to see it: its way of asking (a TTL), without the second that all have.
    fn slack(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether it has weights, other than that 0 is drained.
    fn has_weights(&self) -> bool {
        true
    }

    /// Whether taking out the last instance leaves an authoritative empty answer.
    fn can_be_empty(&self) -> bool {
        true
    }

    /// Puts an instance, or changes its weight.
    fn put(&mut self, address: &str, weight: u32) -> impl Future<Output = ()> + Send;

    /// Takes an instance out.
    fn remove(&mut self, address: &str) -> impl Future<Output = ()> + Send;

    /// Kills the server outright.
    fn kill(&mut self);

    /// Starts it again on the same ports with what it knew, and waits until it answers.
    fn restart(&mut self) -> impl Future<Output = ()> + Send;
}
