use super::{Estimate, Pace, Reading, gauge::Gauge, standing::Standing};
use crate::{Call, Ended, Load, Outcome};
use std::{
    sync::{
        Arc, LazyLock,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

#[expect(clippy::disallowed_methods, reason = "some instant to count from")]
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

type Line = (&'static str, f64, f64);

/// Passes on what it is told.
#[derive(Debug)]
struct Log(Sender<Line>);

impl Log {
    fn write(&self, what: &'static str, at: f64, latency: f64) {
        // Most tests do not listen.
        let _ = self.0.send((what, at, latency));
    }
}

impl Estimate for Log {
    fn answered(&self, at: f64, latency: f64) {
        self.write("answered", at, latency);
    }

    fn failed(&self, at: f64, latency: f64) {
        self.write("failed", at, latency);
    }

    fn given_up(&self, at: f64, latency: f64) {
        self.write("given up", at, latency);
    }

    fn read(&self, _: f64) -> Reading {
        Reading::default()
    }

    fn cost(&self, _: Reading, _: Option<f64>, full: f64) -> f64 {
        full
    }
}

const SECOND: u64 = 1_000_000_000;
const PACE: Pace =
    Pace { first: Duration::from_secs(1), longest: Duration::from_secs(4), ramp: Duration::from_secs(1) };

fn listened() -> (Arc<Gauge<Log>>, Arc<Load>, Receiver<Line>) {
    let (load, (sender, told)) = (Arc::new(Load::default()), channel());
    (Arc::new(Gauge::new(load.clone(), *BEGIN, *BEGIN, PACE, Log(sender))), load, told)
}

fn gauge() -> (Arc<Gauge<Log>>, Arc<Load>) {
    let (gauge, load, _) = listened();
    (gauge, load)
}

fn at(seconds: f64) -> Instant {
    *BEGIN + Duration::from_secs_f64(seconds)
}

fn call(gauge: &Arc<Gauge<Log>>, began: f64, ended: f64, outcome: Outcome) {
    gauge.begin(gauge.time(at(began)));
    Call::tracked(gauge.clone()).end(Ended::from(outcome).between(at(began), at(ended)));
}

fn standing(gauge: &Gauge<Log>, seconds: f64) -> Standing {
    gauge.standing(gauge.time(at(seconds)))
}

/// F51: what each outcome teaches.
#[test]
fn each_outcome_is_told_for_what_it_is() {
    let (gauge, _, told) = listened();
    for outcome in [
        Outcome::Success,
        Outcome::Failure,
        Outcome::Canceled,
        Outcome::Overloaded { retry_after: None },
        Outcome::Unsent,
    ] {
        call(&gauge, 1.0, 1.5, outcome);
    }
    let told: Vec<Line> = told.try_iter().collect();
    assert_eq!(told, [("answered", 1.5, 0.5), ("failed", 1.5, 0.5), ("given up", 1.5, 0.5)]);
}

/// D 74, F52: a thousand callers give up, whether anybody timed them or not.
#[test]
fn a_thousand_cancelled_calls_leave_no_load() {
    let (gauge, load) = gauge();
    let calls: Vec<Call> = (0..1_000)
        .map(|_| {
            gauge.begin(0);
            Call::tracked(gauge.clone())
        })
        .collect();
    assert_eq!(load.pending(), 1_000);
    drop(calls);
    assert_eq!(load.pending(), 0);
    assert_eq!(standing(&gauge, 0.0), Standing::Fit);
}

/// One failure is an accident.
#[test]
fn two_failures_in_a_row_keep_calls_away_and_longer_each_time() {
    let (gauge, _) = gauge();
    call(&gauge, 0.0, 0.0, Outcome::Failure);
    assert_eq!(standing(&gauge, 0.0), Standing::Fit);
    let mut now = 0.0;
    for pause in [1.0, 2.0, 4.0, 4.0] {
        call(&gauge, now, now, Outcome::Failure);
        assert_eq!(standing(&gauge, now + pause - 0.01), Standing::BackingOff);
        now += pause;
        assert_eq!(standing(&gauge, now), Standing::Fit);
        gauge.begin(gauge.time(at(now)));
        assert_eq!(standing(&gauge, now), Standing::Unproven, "one call at a time");
        Call::tracked(gauge.clone()).unsent();
    }
    call(&gauge, now, now, Outcome::Success);
    call(&gauge, now, now, Outcome::Failure);
    assert_eq!(standing(&gauge, now), Standing::Fit, "a success ends the row");
}

/// Calls that were out when the server broke do not lengthen the pause.
#[test]
fn failures_that_end_together_count_once() {
    let (gauge, _) = gauge();
    (0..50).for_each(|_| call(&gauge, 0.0, 0.1, Outcome::Failure));
    assert_eq!(standing(&gauge, 1.2), Standing::Fit);
}

/// Nor do those that it had still answered make it whole again.
#[test]
fn answers_to_calls_from_before_it_broke_do_not_end_the_row() {
    let (gauge, _) = gauge();
    (0..2).for_each(|_| call(&gauge, 0.0, 0.0, Outcome::Failure));
    call(&gauge, 0.0, 0.5, Outcome::Success);
    call(&gauge, 1.0, 1.0, Outcome::Failure);
    assert_eq!(standing(&gauge, 2.99), Standing::BackingOff, "the third in a row");
    call(&gauge, 3.0, 3.0, Outcome::Success);
    call(&gauge, 3.0, 3.0, Outcome::Failure);
    assert_eq!(standing(&gauge, 3.0), Standing::Fit, "a new row");
}

/// Overload is no failure: it is left alone for as long as it said, within reason, and then like any other.
#[test]
fn an_overloaded_server_is_left_alone_for_as_long_as_it_said() {
    for (said, alone) in [(None, 0.1), (Some(2), 2.0), (Some(1_000_000), 30.0)] {
        let (gauge, _) = gauge();
        call(&gauge, 0.0, 0.0, Outcome::Success);
        call(&gauge, 0.0, 0.0, Outcome::Overloaded { retry_after: said.map(Duration::from_secs) });
        assert_eq!(standing(&gauge, alone - 0.01), Standing::BackingOff);
        gauge.begin(gauge.time(at(alone)));
        assert_eq!(standing(&gauge, alone), Standing::Fit);
    }
}

/// F53: one call at a time until the first answer, one more each second in case there never is one.
#[test]
fn a_new_server_gets_one_call_at_a_time_until_it_answers() {
    let (gauge, load) = gauge();
    assert_eq!(standing(&gauge, 0.0), Standing::Fit);
    gauge.begin(0);
    assert_eq!(standing(&gauge, 0.9), Standing::Unproven);
    assert_eq!(standing(&gauge, 1.0), Standing::Fit);
    load.pretend(100);
    assert_eq!(standing(&gauge, 9.0), Standing::Unproven);
    assert_eq!(standing(&gauge, 10.0), Standing::Fit);
    call(&gauge, 0.1, 0.2, Outcome::Success);
    assert_eq!(standing(&gauge, 0.2), Standing::Fit);
}

/// F53.
#[test]
fn a_server_that_has_answered_is_filled_evenly_over_the_ramp() {
    let (gauge, load) = gauge();
    call(&gauge, 0.0, 5.0, Outcome::Success);
    load.pretend(1);
    for (seconds, full) in [(5.0, 11.0), (5.05, 11.0), (5.5, 3.0), (6.0, 2.0), (60.0, 2.0)] {
        let got = gauge.full(gauge.time(at(seconds)), 1.0);
        assert!((got - full).abs() < 1e-6, "{got} at {seconds}");
    }
}

/// B 31: a clock from before the policy began.
#[test]
fn times_before_the_beginning_count_as_the_beginning() {
    let (gauge, _) = gauge();
    let before = BEGIN.checked_sub(Duration::from_secs(5)).unwrap();
    assert_eq!(gauge.time(before), 0);
    assert_eq!(gauge.time(at(1.0)), SECOND);
}
