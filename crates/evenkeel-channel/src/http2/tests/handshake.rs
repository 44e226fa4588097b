use super::{peer::*, *};
use tokio::io::AsyncWriteExt;

fn connector() -> Http2 {
    Http2::new(Http2Options::default())
}

/// The client's error with a peer that says this, and waits for the client to go.
async fn error_of(said: &[u8]) -> ConnectError {
    let listener = Listener::tcp().await;
    let (result, ()) = tokio::join!(soon(connector().connect(&listener.address)), async {
        let mut peer = listener.accept().await;
        peer.send(said).await;
        soon(peer.end()).await;
    });
    result.unwrap_err()
}

fn not_http2(error: &ConnectError) -> &str {
    match error {
        ConnectError::NotHttp2(why) => why,
        other => panic!("should not be an HTTP/2 peer: {other:?}"),
    }
}

#[tokio::test]
async fn a_connection_is_ready_only_after_the_peers_settings() {
    let listener = Listener::tcp().await;
    let mut connecting = Box::pin(connector().connect(&listener.address));
    let mut peer = tokio::select! {
        result = &mut connecting => panic!("ready before SETTINGS: {result:?}"),
        peer = listener.accept() => peer,
    };
    pending(&mut connecting).await;
    peer.settings(&[]).await;
    assert!(soon(connecting).await.unwrap().is_open());
}

/// G-84: what the channel's timeout bounds.
#[tokio::test]
async fn with_a_silent_peer_it_is_never_ready_and_giving_up_closes_the_socket() {
    let listener = Listener::tcp().await;
    let connecting = tokio::time::timeout(A_WHILE, connector().connect(&listener.address));
    let (result, mut peer) = tokio::join!(connecting, listener.accept());
    assert!(result.is_err(), "{result:?}");
    soon(peer.end()).await;
}

#[tokio::test]
async fn giving_up_leaves_no_task() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (before, listener) = (tasks(), Listener::tcp().await);
    let connecting = tokio::time::timeout(A_WHILE, connector().connect(&listener.address));
    let (result, mut peer) = tokio::join!(connecting, listener.accept());
    assert!(result.is_err(), "{result:?}");
    soon(peer.end()).await;
    soon(async {
        while tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_speaks_http1_is_named() {
    let error = error_of(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(not_http2(&error), "it speaks HTTP/1");
}

#[tokio::test]
async fn a_peer_that_speaks_tls_is_named() {
    let error = error_of(b"\x15\x03\x01\x00\x02\x02\x46").await;
    assert_eq!(not_http2(&error), "it speaks TLS");
}

#[tokio::test]
async fn a_peer_that_closes_at_once_is_no_http2_peer() {
    let listener = Listener::tcp().await;
    let (result, ()) =
        tokio::join!(soon(connector().connect(&listener.address)), async { drop(listener.socket().await) });
    let error = result.unwrap_err();
    assert!(not_http2(&error).ends_with("it sent nothing"), "{error}");
}

/// A server that recycles its connections quickly is no dead server: the endpoint goes on to the next connection.
#[tokio::test]
async fn a_go_away_with_the_settings_is_a_connection_that_has_ended_already() {
    let listener = Listener::tcp().await;
    let (result, _peer) = tokio::join!(soon(connector().connect(&listener.address)), async {
        let mut peer = listener.accept().await;
        peer.send(&[frame(SETTINGS, 0, 0, &[]), go_away(0, 11, "busy")].concat()).await;
        peer
    });
    let connection = result.unwrap();
    assert!(!connection.is_open());
    assert_eq!(soon(connection.closed()).await, Closed::GoAway { code: 11, text: "busy".into() });
}

#[tokio::test]
async fn the_limit_of_streams_is_known_and_follows_the_latest_settings() {
    let listener = Listener::tcp().await;
    let (connection, mut peer) = tokio::join!(connector().connect(&listener.address), async {
        let mut peer = listener.accept().await;
        peer.settings(&[(4, 65_535), (3, 2)]).await;
        peer
    });
    let connection = connection.unwrap();
    assert_eq!(connection.max_concurrent_streams(), Some(2));
    peer.settings(&[(4, 70_000)]).await;
    peer.settings(&[(3, 5)]).await;
    soon(async {
        while connection.max_concurrent_streams() != Some(5) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(connected().await.0.max_concurrent_streams(), None);
}

#[tokio::test]
async fn a_refused_connection_is_the_systems_error() {
    let address = Listener::tcp().await.address;
    match soon(connector().connect(&address)).await.unwrap_err() {
        ConnectError::Io(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_is_resolved_and_each_of_its_addresses_tried() {
    let listener = Listener::tcp().await;
    let Address::Tcp(address) = listener.address else { unreachable!() };
    // Where `localhost` is ::1 first, nothing listens there.
    let name = Address::Name("localhost".into(), address.port());
    let (connection, _peer) = tokio::join!(soon(connector().connect(&name)), async {
        let mut peer = listener.accept().await;
        peer.settings(&[]).await;
        peer
    });
    connection.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_reached() {
    let path = std::env::temp_dir().join(format!("evenkeel-http2-{}.sock", std::process::id()));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let (connection, served) =
        tokio::join!(soon(connector().connect(&Address::Unix(path.as_path().into()))), async {
            let mut socket = listener.accept().await.unwrap().0;
            socket.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
            socket
        });
    std::fs::remove_file(path).unwrap();
    assert!(connection.unwrap().is_open());
    drop(served);
}

#[tokio::test]
async fn options_out_of_bounds_are_moved_into_them() {
    let wild = Http2Options {
        keepalive_interval: Some(Duration::MAX),
        keepalive_timeout: Duration::MAX,
        keepalive_while_idle: true,
        initial_stream_window_size: u32::MAX,
        initial_connection_window_size: u32::MAX,
        max_frame_size: u32::MAX,
        max_send_buffer_size: usize::MAX,
        ..Http2Options::default()
    };
    let tiny = Http2Options {
        keepalive_interval: Some(Duration::ZERO),
        keepalive_timeout: Duration::ZERO,
        initial_stream_window_size: 0,
        initial_connection_window_size: 0,
        max_frame_size: 0,
        max_header_list_size: 0,
        max_send_buffer_size: 0,
        header_table_size: 0,
        max_concurrent_reset_streams: 0,
        max_local_error_reset_streams: None,
        ..Http2Options::default()
    };
    for options in [wild, tiny] {
        let (connection, mut peer) = connected_by(&Http2::new(options)).await;
        let (call, stream) = begun(&connection, &mut peer, request("")).await;
        peer.respond(stream).await;
        // No room for headers is the peer's problem, and no panic.
        drop(soon(call).await.unwrap());
    }
}
