#![allow(clippy::disallowed_methods, reason = "a test needs some time to begin with")]

use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn at(origin: Instant, millis: u64) -> Instant {
    origin + Duration::from_millis(millis)
}

/// E 80: at 1,000 calls a second that all fail, for a minute, attempts stay below 1.2 x calls + 10/s.
#[test]
fn a_service_that_is_down_is_asked_a_fifth_more_often_at_most() {
    let origin = Instant::now();
    let budget = RetryBudget::new(origin);
    let mut attempts = 0_u64;
    for millis in 0..60_000 {
        let now = at(origin, millis);
        budget.deposit(now);
        attempts += 1 + u64::from(budget.withdraw(now)) + u64::from(budget.withdraw(now));
    }
    assert!(attempts <= 72_600, "{attempts}");
    assert!(attempts > 72_000, "the budget is there to be used: {attempts}");
}

#[test]
fn a_new_budget_has_a_seconds_worth_and_an_idle_one_a_windows() {
    let origin = Instant::now();
    let budget = RetryBudget::new(origin);
    assert_eq!(budget.available(origin), 10);
    assert_eq!(budget.available(at(origin, 3_000)), 40);
    assert_eq!(budget.available(at(origin, 100_000)), 100);
}

#[test]
fn a_deposit_is_forgotten_after_ten_seconds() {
    let origin = Instant::now();
    let budget = RetryBudget::of(0.5, 0, origin).unwrap();
    (0..4).for_each(|_| budget.deposit(origin));
    assert_eq!(budget.available(at(origin, 9_999)), 2);
    assert_eq!(budget.available(at(origin, 10_000)), 0);
    assert!(!budget.withdraw(at(origin, 10_000)));
}

#[test]
fn nothing_is_given_where_nothing_is_put_in() {
    let origin = Instant::now();
    let budget = RetryBudget::of(0.0, 0, origin).unwrap();
    budget.deposit(origin);
    assert!(!budget.withdraw(at(origin, 5_000)));
}

#[test]
fn settings_out_of_bounds_are_errors() {
    let now = Instant::now();
    for ratio in [-0.1, 1.01, f64::NAN, f64::INFINITY] {
        assert!(matches!(RetryBudget::of(ratio, 10, now), Err(InvalidBudget::Ratio(_))), "{ratio}");
    }
    assert_eq!(RetryBudget::of(0.2, u32::MAX, now).unwrap_err(), InvalidBudget::PerSecond(u32::MAX));
    let text = RetryBudget::of(0.2, 1_000_001, now).unwrap_err().to_string();
    assert_eq!(text, "budget per second: 1000001; want at most 1000000");
}

/// More than a counter holds saturates: no overflow, and no token out of nothing.
#[test]
fn the_largest_settings_and_the_latest_times_do_not_overflow() {
    let origin = Instant::now();
    let budget = RetryBudget::of(1.0, MOST_PER_SECOND, origin).unwrap();
    budget.deposit(origin);
    let late = origin + Duration::from_secs(u64::from(u32::MAX) * 2);
    assert_eq!(budget.available(late), 10_000_000);
    assert!(budget.withdraw(late) && budget.withdraw(origin));
}

#[test]
fn a_full_second_takes_no_more_and_says_so() {
    let slot = Slot::new(1, i32::MAX - 5);
    assert_eq!((slot.add(10), slot.add(10)), (5, 0));
    assert_eq!((slot.turn(2, 7), slot.turn(2, 7)), (7 - i64::from(i32::MAX), 0));
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Call,
    Retry,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (0_u64..30_000).prop_map(Step::Wait),
        5 => (0_u64..900).prop_map(Step::Wait),
        20 => Just(Step::Call),
        20 => Just(Step::Retry),
    ];
    proptest::collection::vec(step, 0..400)
}

/// The budget as its definition: lists of what went in and out in each second.
#[derive(Debug, Default)]
struct Model {
    entries: Vec<(i64, i64)>,
}

impl Model {
    fn balance(&self, second: i64, reserve: i64) -> i64 {
        let first = (second - 9).max(0);
        let entries: i64 = self.entries.iter().filter(|(s, _)| *s >= first).map(|(_, amount)| amount).sum();
        entries + reserve * (second + 1 - first)
    }
}

proptest! {
    /// E 80, as a property: it gives exactly what the last 10 s put in, and over any history attempts stay below
    /// (1 + ratio) x calls + a reserve for each second begun.
    #[test]
    fn it_gives_what_its_window_holds_and_never_more_than_its_share(
        steps in steps(), ratio in 0_u32..=1000, per_second in 0_u32..20,
    ) {
        let origin = Instant::now();
        let budget = RetryBudget::of(f64::from(ratio) / 1000.0, per_second, origin).unwrap();
        let reserve = i64::from(per_second) * 1000;
        let (mut model, mut millis, mut calls, mut retries) = (Model::default(), 0, 0_u64, 0_u64);
        for step in steps {
            let (now, second) = (at(origin, millis), i64::try_from(millis / 1000).unwrap());
            match step {
                Step::Wait(more) => millis += more,
                Step::Call => {
                    budget.deposit(now);
                    calls += 1;
                    model.entries.push((second, i64::from(ratio)));
                }
                Step::Retry => {
                    let want = model.balance(second, reserve) >= 1000;
                    prop_assert_eq!(budget.withdraw(now), want);
                    if want {
                        retries += 1;
                        model.entries.push((second, -1000));
                    }
                }
            }
            let most = calls * u64::from(ratio) + u64::from(per_second) * (millis / 1000 + 1) * 1000;
            prop_assert!(retries * 1000 <= most, "{} retries of {} calls in {} ms", retries, calls, millis);
        }
    }
}

/// Each token is given once, however many threads want it and whatever second turns meanwhile.
#[test]
fn threads_share_a_budget_without_a_token_too_many() {
    let origin = Instant::now();
    let budget = RetryBudget::of(0.2, 10, origin).unwrap();
    let retries: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut retries = 0;
                    for millis in 0..20_000 {
                        let now = at(origin, millis);
                        budget.deposit(now);
                        retries += u64::from(budget.withdraw(now)) + u64::from(budget.withdraw(now));
                    }
                    retries
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(retries <= 4 * 4_000 + 200, "{retries}");
}
