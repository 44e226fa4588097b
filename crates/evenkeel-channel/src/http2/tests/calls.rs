use super::{peer::*, *};

/// HTTP/2 error codes (RFC 9113 section 7).
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

#[tokio::test]
async fn a_call_goes_there_and_back() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, request("ping")).await;
    assert_eq!(soon(peer.next(DATA)).await.payload, b"ping");
    peer.respond(stream).await;
    let mut body = soon(call).await.unwrap().unwrap().into_body();
    peer.data(stream, b"po", 0).await;
    assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "po");
    peer.data(stream, b"ng", END_STREAM).await;
    assert_eq!(soon(body.collect()).await.unwrap().to_bytes(), "ng");
}

/// G-80.
#[tokio::test]
async fn a_refused_stream_was_not_seen() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    peer.reset(stream, REFUSED_STREAM).await;
    assert_eq!(refused(soon(call).await.unwrap()), TransportErrorKind::Reset(REFUSED_STREAM));
    assert!(connection.is_open(), "one stream's end is not the connection's");
}

/// G-80.
#[tokio::test]
async fn a_stream_above_the_last_of_a_go_away_was_not_seen() {
    let (connection, mut peer) = connected().await;
    let (seen, first) = begun(&connection, &mut peer, request("")).await;
    let (unseen, _) = begun(&connection, &mut peer, request("")).await;
    peer.go_away(first, NO_ERROR, "").await;
    assert_eq!(refused(soon(unseen).await.unwrap()), TransportErrorKind::Lost);
    peer.respond(first).await;
    soon(seen).await.unwrap().unwrap();
}

#[tokio::test]
async fn any_other_reset_tells_its_code() {
    let (connection, mut peer) = connected().await;
    for code in [NO_ERROR, INTERNAL_ERROR, CANCEL, 0xffff_0000] {
        let (call, stream) = begun(&connection, &mut peer, request("")).await;
        peer.reset(stream, code).await;
        assert_eq!(failed(soon(call).await.unwrap()), TransportErrorKind::Reset(code));
    }
}

#[tokio::test]
async fn a_peer_killed_within_a_call_loses_it() {
    let (connection, mut peer) = connected().await;
    let (call, _) = begun(&connection, &mut peer, request("")).await;
    drop(peer);
    assert_eq!(failed(soon(call).await.unwrap()), TransportErrorKind::Lost);
    assert!(matches!(soon(connection.closed()).await, Closed::Lost(_)));
    unsent(&connection).await;
}

#[tokio::test]
async fn a_response_cut_short_is_an_error() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    peer.respond(stream).await;
    let body = soon(call).await.unwrap().unwrap().into_body();
    peer.reset(stream, CANCEL).await;
    assert_eq!(soon(body.collect()).await.unwrap_err().kind(), TransportErrorKind::Reset(CANCEL));

    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    peer.respond(stream).await;
    let body = soon(call).await.unwrap().unwrap().into_body();
    drop(peer);
    let error = soon(body.collect()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost);
    assert!(error.to_string().len() > "connection lost: ".len());
}

/// RFC 9113 section 8.1: a server may answer before it has read the whole request.
#[tokio::test]
async fn an_early_response_with_a_reset_without_error_is_a_response() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, endless()).await;
    peer.respond(stream).await;
    peer.data(stream, b"no need", END_STREAM).await;
    peer.reset(stream, NO_ERROR).await;
    let response = soon(call).await.unwrap().unwrap();
    assert_eq!(soon(response.into_body().collect()).await.unwrap().to_bytes(), "no need");
}

#[tokio::test]
async fn a_request_body_that_fails_is_told_apart() {
    let (connection, mut peer) = connected().await;
    let (result, reset) = tokio::join!(soon(connection.send(failing())), soon(peer.next_reset()));
    assert_eq!(failed(result), TransportErrorKind::RequestBody);
    assert_eq!(reset.1, INTERNAL_ERROR);
}

#[tokio::test]
async fn a_protocol_error_of_the_peer_is_told_apart() {
    let (connection, mut peer) = connected().await;
    let (call, stream) = begun(&connection, &mut peer, request("")).await;
    // DATA before HEADERS.
    peer.data(stream, b"x", 0).await;
    assert_eq!(failed(soon(call).await.unwrap()), TransportErrorKind::Protocol);
}

#[tokio::test]
async fn dropping_a_call_cancels_its_stream() {
    let (connection, mut peer) = connected().await;
    for request in [request("x"), endless()] {
        let (call, stream) = begun(&connection, &mut peer, request).await;
        call.abort();
        assert_eq!(soon(peer.next_reset()).await, (stream, CANCEL));
    }
    assert!(connection.is_open());
}

#[tokio::test]
async fn dropping_a_response_cancels_its_stream_though_the_request_goes_on() {
    let (connection, mut peer) = connected().await;
    for request in [request("x"), endless()] {
        let (call, stream) = begun(&connection, &mut peer, request).await;
        peer.respond(stream).await;
        drop(soon(call).await.unwrap().unwrap());
        assert_eq!(soon(peer.next_reset()).await, (stream, CANCEL));
    }
}

#[tokio::test]
async fn calls_beyond_the_limit_of_streams_wait_and_then_go() {
    let listener = Listener::tcp().await;
    let connector = Http2::new(Http2Options::default());
    let (connection, mut peer) = tokio::join!(connector.connect(&listener.address), async {
        let mut peer = listener.accept().await;
        peer.settings(&[(3, 1)]).await;
        peer
    });
    let connection = connection.unwrap();
    let (first, one) = begun(&connection, &mut peer, request("")).await;
    let second = tokio::spawn(connection.send(request("")));
    pending(peer.headers()).await;
    for (call, stream) in [(first, Some(one)), (second, None)] {
        let stream = match stream {
            Some(stream) => stream,
            None => soon(peer.headers()).await,
        };
        peer.respond(stream).await;
        peer.data(stream, b"", END_STREAM).await;
        soon(soon(call).await.unwrap().unwrap().into_body().collect()).await.unwrap();
    }
}

/// G-85, G-80: whatever the moment, a call that a graceful end meets is given back, refused, or answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_for_a_graceful_end() {
    let connector = Http2::new(Http2Options::default());
    for _ in 0..40 {
        let listener = Listener::tcp().await;
        let (connection, server) = tokio::join!(connector.connect(&listener.address), serve(&listener));
        let connection = connection.unwrap();
        let callers: Vec<_> = (0..4).map(|_| tokio::spawn(call_until_closed(connection.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(3)).await;
        server.shutdown.send(()).unwrap();
        for caller in callers {
            soon(caller).await.unwrap();
        }
        assert!(matches!(soon(connection.closed()).await, Closed::GoAway { code: NO_ERROR, .. }));
    }
}

async fn call_until_closed(connection: Http2Connection) {
    loop {
        match connection.send(request("x")).await {
            Ok(response) => drop(response.into_body().collect().await.unwrap()),
            Err(SendError::Unsent(_) | SendError::Refused(_)) => {
                return assert!(!connection.is_open());
            }
            Err(SendError::Failed(error)) => panic!("{error:?}"),
        }
    }
}

struct Server {
    shutdown: tokio::sync::oneshot::Sender<()>,
}

/// h2's server, which answers each request at once, and ends gracefully when told to.
async fn serve(listener: &Listener) -> Server {
    let socket = listener.socket().await;
    let (shutdown, mut told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut server = h2::server::handshake(socket).await.unwrap();
        let mut ending = false;
        loop {
            tokio::select! {
                _ = &mut told, if !ending => {
                    ending = true;
                    server.graceful_shutdown();
                }
                request = server.accept() => match request {
                    Some(Ok((_, mut respond))) => {
                        drop(respond.send_response(Response::new(()), true));
                    }
                    _ => return,
                },
            }
        }
    });
    Server { shutdown }
}
