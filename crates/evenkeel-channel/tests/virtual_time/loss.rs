use crate::harness::{Call, Lab, assert_unavailable, failed, load, ms, secs, settle};
use evenkeel_core::Connectivity::{Idle, Ready, TransientFailure};
use std::time::Duration;
use tokio::time::sleep;

/// gRPC case 85.
#[tokio::test(start_paused = true)]
async fn a_goaway_with_a_stream_open_is_seen_at_once_and_the_stream_completes() {
    let lab = Lab::new("pick_first", &["a:1"]).awake().await;
    lab.network.peer("a:1").streams(secs(8));
    let stream = Call::default().spawn(&lab.channel);
    sleep(secs(2)).await;
    lab.network.peer("a:1").go_away();
    sleep(ms(2)).await;
    assert_eq!((lab.channel.state(), lab.network.peer("a:1").live()), (Idle, 1), "idle, the stream goes on");
    lab.network.peer("a:1").answers(Duration::ZERO);
    assert_eq!(lab.call().await, Ok("a:1".to_owned()));
    assert_eq!(lab.network.peer("a:1").in_flight(), [1, 0], "the next call is on a new connection");
    assert_eq!(stream.await.unwrap(), Ok("a:1".to_owned()));
    settle().await;
    assert_eq!(lab.network.peer("a:1").in_flight(), [0]);
}

/// A server killed outright: only the calls in flight on it fail, as UNAVAILABLE.
#[tokio::test(start_paused = true)]
async fn only_calls_in_flight_on_a_killed_server_fail() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).answers(ms(20));
    }
    let lab = lab.awake().await;
    let calls = tokio::spawn(load(lab.channel.clone(), 2, secs(3)));
    sleep(secs(1)).await;
    let in_flight = lab.network.peer("a:1").in_flight();
    lab.network.peer("a:1").refuses(Duration::ZERO);
    lab.network.peer("a:1").kill();
    let outcomes = calls.await.unwrap();
    let failed = failed(&outcomes);
    assert_eq!((in_flight.len(), failed.len()), (1, in_flight[0]));
    assert!(
        in_flight[0] >= 15 && failed.iter().all(|(_, text)| text.contains("connection lost")),
        "{failed:?}"
    );
    assert_eq!(lab.channel.state(), Ready);
}

/// C 47.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_is_cut_at_the_connect_timeout_and_counts_as_a_failure() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").hangs();
    let lab = lab.awake().await;
    sleep(ms(19_900)).await;
    assert_eq!(lab.network.leaks().len(), 1);
    sleep(ms(200)).await;
    assert_eq!(lab.channel.state(), TransientFailure);
    assert_unavailable(lab.call().await, "no connection within 20s");
    assert_eq!(
        (lab.dials("a:1"), lab.network.leaks().len()),
        (vec![0, 20_000], 1),
        "the first attempt is gone"
    );
    let Lab { network, channel, .. } = lab;
    drop(channel);
    sleep(ms(1)).await;
    assert_eq!(network.leaks(), [""; 0]);
}

/// gRPC case 84: the attempt may take as long as the back-off, once that is longer.
#[tokio::test(start_paused = true)]
async fn an_attempt_may_take_as_long_as_the_back_off() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").hangs();
    let lab = lab.awake().await;
    sleep(secs(300)).await;
    let gaps: Vec<_> = lab.dials("a:1").windows(2).map(|pair| (pair[1] - pair[0]) / 1_000).collect();
    assert_eq!(gaps[..9], [20, 20, 20, 20, 20, 20, 20, 26, 42]);
}

/// A peer that accepts and closes at once: at most 10 dials in 10 s.
#[tokio::test(start_paused = true)]
async fn a_peer_that_accepts_and_closes_is_not_dialled_in_a_loop() {
    for policy in ["round_robin", "pick_first"] {
        let lab = Lab::new(policy, &["a:1"]);
        lab.network.peer("a:1").flaps();
        lab.network.peer("a:1").stays_silent();
        let lab = lab.awake().await;
        let calls = tokio::spawn(load(lab.channel.clone(), 1, secs(10)));
        sleep(secs(10)).await;
        let dials = lab.dials("a:1");
        assert!(
            (3..=10).contains(&dials.len()),
            "{policy}: {} dials, first {:?}",
            dials.len(),
            dials.get(..10)
        );
        lab.network.peer("a:1").accepts(Duration::ZERO);
        lab.network.peer("a:1").answers(Duration::ZERO);
        assert!(calls.await.unwrap().len() > 9_000);
    }
}

/// C 52: a connection closes in the instant in which a call is put on it.
#[tokio::test(start_paused = true)]
async fn a_pick_on_a_connection_that_has_just_closed_is_made_again() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]).awake().await;
    for _ in 0..50 {
        lab.network.peer("a:1").go_away();
        // No await between: the driver has not heard of it.
        let call = Call::default().send(&lab.channel);
        assert!(call.await.is_ok());
        lab.network.peer("b:1").go_away();
        assert!(lab.call().await.is_ok());
        sleep(ms(1_200)).await;
    }
}

/// C 46: the failure is told once, whatever happens below.
#[tokio::test(start_paused = true)]
async fn the_source_is_asked_again_when_a_pass_failed_but_not_in_a_loop() {
    let lab = Lab::new("pick_first", &["a:1", "b:1"]);
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).refuses(Duration::ZERO);
    }
    let lab = lab.awake().await;
    assert_eq!((lab.channel.state(), lab.source.refreshes()), (TransientFailure, 1));
    sleep(secs(25)).await;
    assert_eq!(lab.source.refreshes(), 1, "at most each 30 s");
    assert_eq!(lab.dials("a:1"), [0, 1_000, 2_600, 5_160, 9_256, 15_810]);
}

/// C 44: a silent address costs 250 ms, and its attempt is given up.
#[tokio::test(start_paused = true)]
async fn a_silent_address_costs_250_ms_and_leaves_no_attempt_behind() {
    let lab = Lab::new("round_robin", &[]);
    lab.network.peer("b:1").accepts(ms(5));
    lab.network.peer("a:1").hangs();
    lab.source.set(evenkeel_core::Snapshot::from_iter([crate::harness::instance("a:1|b:1")]));
    assert_eq!(lab.call().await, Ok("b:1".to_owned()));
    assert!((255..=257).contains(&lab.network.now().as_millis()), "{:?}", lab.network.now());
    sleep(ms(1)).await;
    assert_eq!((lab.dials("b:1"), lab.network.leaks().len()), (vec![250], 1));
}

/// A server that recycles its connections faster than once a second, under load, is not held back: no call fails or waits.
#[tokio::test(start_paused = true)]
async fn connections_recycled_every_thirty_milliseconds_cost_no_call() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").answers(ms(3));
    let lab = lab.awake().await;
    let calls = tokio::spawn(load(lab.channel.clone(), 1, secs(3)));
    for _ in 0..100 {
        sleep(ms(30)).await;
        lab.network.peer("a:1").go_away();
    }
    let outcomes = calls.await.unwrap();
    assert!(outcomes.len() > 2_900 && failed(&outcomes).is_empty(), "{:?}", failed(&outcomes));
    assert_eq!(lab.network.peer("a:1").accepted(), 101);
}
