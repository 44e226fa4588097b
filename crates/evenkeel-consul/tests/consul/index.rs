//! What the index of Consul's answers may do, and how often it is asked then. Time is virtual.

use crate::support::{SECOND, are, becomes, until, watch, within};
use evenkeel_servers::{ConsulFake, ConsulIndexHabit, Registry};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

async fn fake(habit: ConsulIndexHabit) -> ConsulFake {
    let mut fake = ConsulFake::start().await;
    fake.misbehave(|habits| habits.index = habit);
    fake.put("10.0.0.1:80", 5).await;
    fake
}

/// How many questions a watch asks within a time, all of them answered with the same set.
async fn questions(fake: &ConsulFake, time: Duration) -> usize {
    let mut watch = watch(&fake.target());
    let (before, end) = (fake.queries(), Instant::now() + time);
    while let Ok(answer) = timeout_at(end, watch.next()).await {
        assert!(are(&[("10.0.0.1:80", 5)])(&answer.unwrap().unwrap()));
    }
    fake.queries() - before
}

/// A 22: nothing is lost and nothing is twice.
#[tokio::test(start_paused = true)]
async fn an_index_that_goes_backwards_starts_the_watch_over() {
    let mut fake = fake(ConsulIndexHabit::True).await;
    fake.set_index(1000);
    let mut watch = watch(&fake.target());
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    fake.set_index(3);
    fake.put("10.0.0.2:80", 1).await;
    // Consul sees no reason to answer before the wait is over: 4 is not past 1000.
    within(70 * SECOND, &mut watch, are(&[("10.0.0.1:80", 5), ("10.0.0.2:80", 1)])).await;
    let paths = fake.paths();
    assert!(paths.last().unwrap().contains("index=1000"), "{paths:?}");
    fake.remove("10.0.0.1:80").await;
    within(2 * SECOND, &mut watch, are(&[("10.0.0.2:80", 1)])).await;
    assert!(!fake.paths().last().unwrap().contains("index="), "{:?}", fake.paths());
    fake.put("10.0.0.2:80", 9).await;
    until(&mut watch, are(&[("10.0.0.2:80", 9)])).await;
    assert!(fake.paths().last().unwrap().contains("&index=5&wait=55s"), "{:?}", fake.paths());
}

/// A 22: a Consul that has lost everything in the time of a broken connection.
#[tokio::test]
async fn after_a_broken_connection_nothing_is_taken_for_known() {
    let mut fake = fake(ConsulIndexHabit::True).await;
    fake.set_index(1000);
    let mut watch = watch(&fake.target());
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    tokio::select! {
        answer = watch.next() => panic!("{answer:?} without a change"),
        () = becomes(|| fake.waiting() == 1) => {}
    }
    fake.set_index(3);
    fake.put("10.0.0.1:80", 6).await;
    fake.hang_up();
    until(&mut watch, are(&[("10.0.0.1:80", 6)])).await;
    fake.put("10.0.0.1:80", 7).await;
    until(&mut watch, are(&[("10.0.0.1:80", 7)])).await;
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_closes_each_connection_is_asked_once_a_second() {
    let mut fake = fake(ConsulIndexHabit::True).await;
    fake.misbehave(|habits| habits.closes = true);
    let asked = questions(&fake, 60 * SECOND).await;
    assert!((55..=62).contains(&asked), "{asked} in a minute");
    let mut watch = watch(&fake.target());
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    fake.put("10.0.0.1:80", 6).await;
    within(2 * SECOND, &mut watch, are(&[("10.0.0.1:80", 6)])).await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_service_is_asked_for_once_a_wait() {
    let fake = fake(ConsulIndexHabit::True).await;
    let asked = questions(&fake, 600 * SECOND).await;
    assert!((11..=12).contains(&asked), "{asked} in ten minutes");
}

/// go-kit #1214: hundreds of questions a second.
#[tokio::test(start_paused = true)]
async fn a_consul_that_never_waits_is_asked_once_a_second() {
    let fake = fake(ConsulIndexHabit::True).await;
    fake.misbehave(|habits| habits.never_waits = true);
    let asked = questions(&fake, 60 * SECOND).await;
    assert!((55..=62).contains(&asked), "{asked} in a minute");
}

#[tokio::test(start_paused = true)]
async fn an_index_of_zero_or_none_at_all_is_no_busy_loop_and_loses_nothing() {
    for habit in [ConsulIndexHabit::Fixed(0), ConsulIndexHabit::Missing] {
        let mut fake = fake(habit).await;
        fake.set_index(100);
        let asked = questions(&fake, 60 * SECOND).await;
        assert!((55..=62).contains(&asked), "{asked} in a minute");
        let mut watch = watch(&fake.target());
        until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
        fake.put("10.0.0.1:80", 6).await;
        within(2 * SECOND, &mut watch, are(&[("10.0.0.1:80", 6)])).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_changes_all_the_time_is_asked_for_ten_times_a_second() {
    let mut fake = fake(ConsulIndexHabit::True).await;
    let mut watch = watch(&fake.target());
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    let before = fake.queries();
    let end = Instant::now() + 10 * SECOND;
    let mut weight = 10;
    while Instant::now() < end {
        weight += 1;
        fake.put("10.0.0.1:80", weight).await;
        let _ = timeout_at(Instant::now() + Duration::from_millis(5), watch.next()).await;
    }
    let asked = fake.queries() - before;
    assert!((50..=101).contains(&asked), "{asked} in ten seconds");
    until(&mut watch, are(&[("10.0.0.1:80", weight)])).await;
}

#[tokio::test]
async fn nothing_is_asked_before_the_watch_is_polled_and_nothing_stays_after_it() {
    let fake = fake(ConsulIndexHabit::True).await;
    let mut watch = watch(&fake.target());
    assert_eq!(fake.queries(), 0);
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    let waits = async { watch.next().await };
    tokio::select! {
        answer = waits => panic!("{answer:?} without a change"),
        () = becomes(|| fake.waiting() == 1) => {}
    }
    drop(watch);
    becomes(|| fake.waiting() == 0 && fake.connections() == 0).await;
}
