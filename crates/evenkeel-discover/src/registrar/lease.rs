use super::RegisterError;
use evenkeel_core::Instance;

/// What a registry has to be able to do for one instance. When it is done, how often and for how long is [`register`](super::register)'s
/// business, written once for all.
///
/// Each method may be dropped before it is done (it took too long, or there is something newer to do); the next call starts
/// over.
pub trait Lease: Send + 'static {
    /// Writes the instance, in the place of what this lease wrote before, under a lease or session that is alive: a new one if there
    /// is none. Done once the registry has acknowledged it. Doing it twice is doing it once.
    fn put(&mut self, instance: &Instance) -> impl Future<Output = Result<(), RegisterError>> + Send;

    /// Keeps the lease alive for as long as it can, and yields why it no longer is: an error, or an answer of the registry. It is
    /// followed by a [`put`](Self::put), at once where the lease is lost, else with back-off.
    fn keep(&mut self) -> impl Future<Output = RegisterError> + Send;

    /// Takes the instance out. Well done also where it is not there.
    fn remove(&mut self) -> impl Future<Output = Result<(), RegisterError>> + Send;
}
