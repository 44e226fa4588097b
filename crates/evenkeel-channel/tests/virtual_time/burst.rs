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
