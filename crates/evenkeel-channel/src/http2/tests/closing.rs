use super::{peer::*, *};

/// Where a GOAWAY says that every stream goes on.
const ALL: u32 = (1 << 31) - 1;

/// G-85.
#[tokio::test]
async fn a_graceful_go_away_closes_at_once_and_the_open_stream_completes() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    peer.go_away(ALL, 0, "max_age").await;
    let why = soon(connection.closed()).await;
    assert_eq!(why, Closed::GoAway { code: 0, text: "max_age".into() });
    assert!(!connection.is_open());
    assert!(!call.is_finished());
    unsent(&connection).await;
    peer.respond(stream).await;
    peer.data(stream, b"late", END_STREAM).await;
    let body = soon(call).await.unwrap().unwrap().into_body();
    assert_eq!(soon(body.collect()).await.unwrap().to_bytes(), "late");
    soon(peer.end()).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_the_moment_that_the_peer_says_so() {
    let (connection, mut peer) = connected().await;
    peer.go_away(ALL, 0, "").await;
    assert_eq!(soon(connection.closed()).await, Closed::GoAway { code: 0, text: String::new() });
    soon(peer.end()).await;
    let (connection, peer) = connected().await;
    drop(peer);
    assert!(matches!(soon(connection.closed()).await, Closed::Lost(_)));
    assert!(!connection.is_open());
}

#[tokio::test]
async fn an_end_of_stream_is_told_though_a_call_is_open() {
    let (connection, mut peer) = connected().await;
    let (call, _) = begun(&connection, &mut peer, request("")).await;
    drop(peer);
    let why = soon(connection.closed()).await;
    assert!(matches!(why, Closed::Lost(_)), "{why:?}");
    assert_eq!(failed(soon(call).await.unwrap()), TransportErrorKind::Lost);
}

#[tokio::test]
async fn the_first_reason_stays() {
    let (connection, mut peer) = connected().await;
    peer.go_away(ALL, 0, "first").await;
    soon(connection.closed()).await;
    peer.go_away(0, 2, "second").await;
    connection.drain();
    soon(peer.end()).await;
    assert_eq!(soon(connection.closed()).await, Closed::GoAway { code: 0, text: "first".into() });
}

#[tokio::test]
async fn a_drained_connection_closes_after_its_last_call_though_handles_live_on() {
    let (connection, mut peer) = connected().await;
    let handle = connection.clone();
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    connection.drain();
    assert!(!handle.is_open());
    assert_eq!(soon(handle.closed()).await, Closed::Lost("closed by this side".into()));
    unsent(&handle).await;
    pending(peer.end()).await;
    peer.respond(stream).await;
    peer.data(stream, b"done", END_STREAM).await;
    let body = soon(call).await.unwrap().unwrap().into_body();
    assert_eq!(soon(body.collect()).await.unwrap().to_bytes(), "done");
    soon(peer.end()).await;
    drop((connection, handle));
}

#[tokio::test]
async fn without_handles_a_connection_closes_after_its_last_call() {
    let (connection, mut peer) = connected().await;
    let closed = connection.closed();
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    drop(connection);
    assert!(matches!(soon(closed).await, Closed::Lost(_)));
    peer.respond(stream).await;
    let body = soon(call).await.unwrap().unwrap().into_body();
    pending(peer.end()).await;
    peer.data(stream, b"done", END_STREAM).await;
    assert_eq!(soon(body.collect()).await.unwrap().to_bytes(), "done");
    soon(peer.end()).await;
}

#[tokio::test]
async fn who_waits_for_the_end_does_not_keep_the_connection() {
    let (connection, mut peer) = connected().await;
    let closed = tokio::spawn(connection.closed());
    pending(peer.end()).await;
    drop(connection);
    soon(peer.end()).await;
    assert!(matches!(soon(closed).await.unwrap(), Closed::Lost(_)));
}

#[tokio::test]
async fn an_abort_fails_the_calls_and_closes_the_socket() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, endless()).await;
    let (streaming, other) = begun(&connection, &mut peer, request("")).await;
    peer.respond(other).await;
    let body = soon(streaming).await.unwrap().unwrap().into_body();
    connection.abort();
    assert!(!connection.is_open());
    assert_eq!(failed(soon(call).await.unwrap()), TransportErrorKind::Lost);
    assert_eq!(soon(body.collect()).await.unwrap_err().kind(), TransportErrorKind::Lost);
    soon(peer.end()).await;
    unsent(&connection).await;
    soon(async {
        while tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(stream, 1);
}

#[tokio::test]
async fn an_abort_ends_a_call_that_waits_for_a_stream() {
    let (connection, mut peer) = limited(1).await;
    let (first, _) = begun(&connection, &mut peer, request("")).await;
    let waiting: Vec<_> = (0..3).map(|_| tokio::spawn(connection.send(request("")))).collect();
    pending(peer.headers()).await;
    connection.abort();
    soon(first).await.unwrap().unwrap_err();
    for call in waiting {
        soon(call).await.unwrap().unwrap_err();
    }
}
