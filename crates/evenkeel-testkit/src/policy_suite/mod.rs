//! The suite that every policy must pass, a third party's too.
//!
//! It drives a policy through random histories of sets, weights and states, always the same ones, and holds it to the promises
//! of [`Policy`](evenkeel_core::Policy) and [`Picker`](evenkeel_core::Picker):
//!
//! 1. It asks only for instances of the set that it was given, or of its last good one.
//! 2. It never panics: not on one instance or many, not on weights of 1 or 2^32-1, not on any mix of states.
//! 3. When all endpoints that it asks for are READY, it is READY.
//! 4. While it is READY, each pick yields an endpoint that it asked for in this update and that is READY: one that the call has
//!    not tried while there is one, else a tried one.
//! 5. A pick wakes only an endpoint that it asked for in this update.
//! 6. After it refused a set it goes on with the last good one.
//! 7. When all calls have ended, it counts none in flight.
//! 8. A pick allocates nothing ([`check_with`]).
//!
//! There is no runtime and no socket; the states of endpoints are drawn.

mod draw;
mod history;
mod judge;
mod picks;
mod world;

use evenkeel_core::Choice;

/// Runs something and yields how many allocations that took.
pub type Count<'a> = &'a mut dyn FnMut(&mut dyn FnMut()) -> usize;

/// Holds a policy to all promises but that of no allocation.
///
/// # Panics
/// It broke one; the text names the policy and the promise.
///
/// ```
/// use evenkeel_core::policies;
/// let choice = policies::registry().default_of("round_robin").unwrap();
/// evenkeel_testkit::policy_suite::check(&choice);
/// ```
pub fn check(choice: &Choice) {
    history::run(choice, None);
}

/// Holds a policy to all promises. `count` is where allocations are counted: the suite itself brings no allocator.
///
/// # Panics
/// It broke one; the text names the policy and the promise.
///
/// ```
/// use evenkeel_core::policies;
/// use evenkeel_testkit::policy_suite;
/// let choice = policies::registry().default_of("round_robin").unwrap();
/// policy_suite::check_with(&choice, &mut |run| {
///     usize::try_from(allocation_counter::measure(run).count_total).unwrap()
/// });
/// ```
pub fn check_with(choice: &Choice, count: Count<'_>) {
    history::run(choice, Some(count));
}
