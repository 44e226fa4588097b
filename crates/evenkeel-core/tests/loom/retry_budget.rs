#![allow(clippy::disallowed_methods, reason = "a test needs some time to begin with")]

use crate::check;
use evenkeel_core::RetryBudget;
use loom::{sync::Arc, thread};
use std::time::{Duration, Instant};

/// E 81: of two threads that want the last token exactly one gets it.
#[test]
fn two_threads_race_for_the_last_token_and_one_gets_it() {
    let now = Instant::now();
    check(move || {
        let budget = Arc::new(RetryBudget::of(0.0, 1, now).unwrap());
        let other = {
            let budget = budget.clone();
            thread::spawn(move || budget.withdraw(now))
        };
        let mine = budget.withdraw(now);
        assert!(mine ^ other.join().unwrap());
    });
}

/// Where a second turns under them, its tokens come once, and none is lost: what was given and what is left add up.
#[test]
fn a_second_that_turns_meanwhile_brings_its_tokens_once() {
    let now = Instant::now();
    let later = now + Duration::from_secs(1);
    check(move || {
        let budget = Arc::new(RetryBudget::of(1.0, 1, now).unwrap());
        let other = {
            let budget = budget.clone();
            thread::spawn(move || {
                budget.deposit(later);
                u64::from(budget.withdraw(later))
            })
        };
        let given = u64::from(budget.withdraw(later)) + other.join().unwrap();
        // One of each second, and one of the call.
        assert_eq!(given + budget.available(later), 3);
        assert_eq!(budget.available(now + Duration::from_secs(11)), 10);
    });
}

/// A deposit that is forgotten while two threads want it is not given twice, and not missed afterwards.
#[test]
fn a_deposit_that_is_forgotten_meanwhile_is_given_at_most_once() {
    let now = Instant::now();
    let (last, gone) = (now + Duration::from_secs(9), now + Duration::from_secs(10));
    check(move || {
        let budget = Arc::new(RetryBudget::of(1.0, 0, now).unwrap());
        budget.deposit(now);
        let other = {
            let budget = budget.clone();
            thread::spawn(move || budget.withdraw(last))
        };
        let mine = budget.withdraw(gone);
        let other = other.join().unwrap();
        assert!(!(mine && other));
        assert_eq!(budget.available(now + Duration::from_secs(20)), 0);
        budget.deposit(now + Duration::from_secs(20));
        assert_eq!(budget.available(now + Duration::from_secs(20)), 1);
    });
}
