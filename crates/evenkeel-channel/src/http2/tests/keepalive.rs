use super::*;

fn pinging(seconds: u64) -> Http2 {
    Http2::new(Http2Options {
        keepalive_interval: Some(Duration::from_secs(seconds)),
        ..Http2Options::default()
    })
}

fn interval(connector: &Http2) -> Option<u64> {
    connector.keepalive_interval().map(|interval| interval.as_secs())
}

async fn complain(connector: &Http2, code: u32, text: &str) {
    let (connection, mut peer) = connected_by(connector).await;
    peer.go_away(0, code, text).await;
    assert_eq!(soon(connection.closed()).await, Closed::GoAway { code, text: text.into() });
}

#[test]
fn keepalive_is_off_by_default_and_not_below_ten_seconds() {
    assert_eq!(interval(&Http2::new(Http2Options::default())), None);
    assert_eq!(interval(&pinging(1)), Some(10));
    assert_eq!(interval(&pinging(30)), Some(30));
}

/// G-86.
#[tokio::test]
async fn too_many_pings_doubles_the_interval_of_new_connections() {
    let connector = pinging(30);
    let clone = connector.clone();
    complain(&connector, 11, "too_many_pings").await;
    assert_eq!(interval(&clone), Some(60));
    complain(&clone, 11, "too_many_pings").await;
    assert_eq!(interval(&connector), Some(120));
}

#[tokio::test]
async fn connections_that_hear_it_at_once_double_it_once() {
    let connector = pinging(30);
    let mut connected = Vec::new();
    for _ in 0..3 {
        connected.push(connected_by(&connector).await);
    }
    for (connection, peer) in &mut connected {
        peer.go_away(0, 11, "too_many_pings").await;
        soon(connection.closed()).await;
    }
    assert_eq!(interval(&connector), Some(60));
}

#[tokio::test]
async fn another_go_away_leaves_the_interval_alone() {
    let connector = pinging(30);
    complain(&connector, 11, "slow down").await;
    complain(&connector, 0, "too_many_pings").await;
    assert_eq!(interval(&connector), Some(30));
    let off = Http2::new(Http2Options::default());
    complain(&off, 11, "too_many_pings").await;
    assert_eq!(interval(&off), None);
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_lost() {
    let (connection, mut peer) = connected_by(&pinging(10)).await;
    let (call, _) = begun(&connection, &mut peer, request("")).await;
    tokio::time::pause();
    let why = connection.closed().await;
    assert!(matches!(&why, Closed::Lost(text) if text.contains("timed out")), "{why:?}");
    assert_eq!(failed(call.await.unwrap()), TransportErrorKind::Lost);
}
