use super::*;
use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

fn poll(future: Pin<&mut impl Future<Output = bool>>) -> Poll<bool> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn without_a_limit_there_is_always_room() {
    let streams = Streams::new();
    assert_eq!(streams.limit(), None);
    assert!((0..1000).all(|_| streams.try_take()));
}

#[test]
fn of_many_streams_one_is_left_free() {
    for (limit, usable) in [(0, 0), (1, 1), (15, 15), (16, 15), (100, 99)] {
        let streams = Streams::new();
        streams.set_limit(limit);
        assert_eq!((0..200).filter(|_| streams.try_take()).count(), usable);
        assert_eq!(streams.limit(), Some(limit));
    }
}

#[test]
fn the_oldest_call_goes_first_and_no_newer_one_before_it() {
    let streams = Streams::new();
    streams.set_limit(1);
    assert!(streams.try_take());
    let (mut first, mut second) = (pin!(streams.wait(|| true)), pin!(streams.wait(|| true)));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    streams.give_back();
    assert!(!streams.try_take());
    assert!(poll(second.as_mut()).is_pending());
    assert_eq!(poll(first.as_mut()), Poll::Ready(true));
    streams.give_back();
    assert_eq!(poll(second.as_mut()), Poll::Ready(true));
}

#[test]
fn a_turn_that_is_not_taken_goes_to_the_next() {
    let streams = Streams::new();
    streams.set_limit(1);
    assert!(streams.try_take());
    let mut second = pin!(streams.wait(|| true));
    {
        let mut first = pin!(streams.wait(|| true));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        streams.give_back();
    }
    assert_eq!(poll(second.as_mut()), Poll::Ready(true));
}

#[test]
fn one_higher_limit_lets_all_go_for_whom_there_is_room() {
    let streams = Streams::new();
    streams.set_limit(0);
    let mut calls: Vec<_> = (0..4).map(|_| Box::pin(streams.wait(|| true))).collect();
    assert!(calls.iter_mut().all(|call| poll(call.as_mut()).is_pending()));
    streams.set_limit(3);
    let gone: Vec<_> = calls.iter_mut().map(|call| poll(call.as_mut()).is_ready()).collect();
    assert_eq!(gone, [true, true, true, false]);
}

#[test]
fn a_lower_limit_holds_until_enough_streams_have_ended() {
    let streams = Streams::new();
    assert!(streams.try_take() && streams.try_take());
    streams.set_limit(1);
    streams.give_back();
    assert!(!streams.try_take());
    streams.give_back();
    assert!(streams.try_take());
}

#[test]
fn who_waits_for_an_unusable_connection_is_told() {
    let streams = Streams::new();
    streams.set_limit(0);
    let usable = std::cell::Cell::new(true);
    let mut call = pin!(streams.wait(|| usable.get()));
    assert!(poll(call.as_mut()).is_pending());
    usable.set(false);
    streams.wake_all();
    assert_eq!(poll(call), Poll::Ready(false));
}

/// Every interleaving ends: no turn is lost between threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_ever() {
    let streams = std::sync::Arc::new(Streams::new());
    streams.set_limit(2);
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let streams = streams.clone();
            tokio::spawn(async move {
                for _ in 0..500 {
                    assert!(streams.try_take() || streams.wait(|| true).await);
                    tokio::task::yield_now().await;
                    streams.give_back();
                }
            })
        })
        .collect();
    for call in calls {
        tokio::time::timeout(std::time::Duration::from_secs(30), call).await.unwrap().unwrap();
    }
    assert_eq!(streams.open.load(SeqCst), 0);
}
