use crate::harness::{Lab, ms, set};
use evenkeel_core::Connectivity::Ready;
use tokio::time::sleep;

/// C 57.
#[tokio::test(start_paused = true)]
async fn ten_thousand_endpoints_ready_in_one_burst_are_at_most_twenty_publications() {
    let names: Vec<String> = (0..10_000).map(|n| format!("h{n}:1")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let lab = Lab::new("round_robin", &names);
    for name in &names {
        lab.network.peer(name).accepts(ms(500));
    }
    let lab = lab.awake().await;
    sleep(ms(300)).await;
    let before = lab.channel.stats().publications;
    assert_eq!((lab.network.dials().len(), lab.network.live()), (10_000, 0));
    sleep(ms(1_000)).await;
    let publications = lab.channel.stats().publications - before;
    assert_eq!((lab.channel.state(), lab.network.live()), (Ready, 10_000));
    assert!((1..=20).contains(&publications), "{publications}");
    assert!(lab.calls(20).await.iter().collect::<std::collections::BTreeSet<_>>().len() == 20);
    // A new set of one is published too, and all others are let go of.
    lab.source.set(set(&["h77:1"]));
    sleep(ms(200)).await;
    assert_eq!((lab.network.live(), lab.calls(3).await), (1, vec!["h77:1".to_owned(); 3]));
}

/// C 57: news of what is READY may wait while updates are dear, a removal does not.
#[tokio::test(start_paused = true)]
async fn a_removal_inside_a_burst_is_published_at_once() {
    let names: Vec<String> = (0..10_000).map(|n| format!("h{n}:1")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let lab = Lab::new("round_robin", &names);
    for (n, name) in names.iter().enumerate() {
        lab.network.peer(name).accepts(ms(400 + u64::try_from(n).unwrap() % 200));
    }
    let lab = lab.awake().await;
    while lab.network.live() < 5_000 {
        sleep(ms(1)).await;
    }
    assert_eq!((lab.network.peer("h0:1").live(), lab.channel.state()), (1, Ready));
    lab.source.set(set(&names[1..]));
    sleep(ms(2)).await;
    assert_eq!(lab.network.peer("h0:1").live(), 0);
    sleep(ms(300)).await;
    assert_eq!((lab.network.live(), lab.network.dials().len()), (9_999, 10_000));
}
