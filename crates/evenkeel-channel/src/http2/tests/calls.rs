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
    assert!(matches!(soon(unseen).await.unwrap(), Err(SendError::GoneAway(_))));
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
    let (connection, mut peer) = limited(1).await;
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

/// hyper would keep them until an open stream ends.
#[tokio::test]
async fn calls_that_wait_for_a_stream_are_given_back_when_the_connection_closes() {
    let (connection, mut peer) = limited(1).await;
    let (open, stream) = begun(&connection, &mut peer, request("")).await;
    let waiting: Vec<_> = (0..3).map(|_| tokio::spawn(connection.send(request("")))).collect();
    pending(peer.headers()).await;
    peer.go_away((1 << 31) - 1, NO_ERROR, "").await;
    for call in waiting {
        let result = soon(call).await.unwrap();
        assert!(matches!(result, Err(SendError::Unsent(_))), "{result:?}");
    }
    peer.respond(stream).await;
    soon(open).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_higher_limit_of_streams_lets_the_calls_that_wait_go() {
    let (connection, mut peer) = limited(0).await;
    let calls: Vec<_> = (0..3).map(|_| tokio::spawn(connection.send(request("")))).collect();
    pending(peer.headers()).await;
    peer.settings(&[(3, 3)]).await;
    for (call, stream) in calls.into_iter().zip([1, 3, 5]) {
        assert_eq!(soon(peer.headers()).await, stream);
        peer.respond(stream).await;
        soon(call).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_in_the_queue_or_on_its_stream_makes_room() {
    let (connection, mut peer) = limited(1).await;
    let (open, _) = begun(&connection, &mut peer, request("")).await;
    let [one, two] = [0, 1].map(|_| tokio::spawn(connection.send(request(""))));
    pending(peer.headers()).await;
    one.abort();
    open.abort();
    let stream = soon(peer.headers()).await;
    peer.respond(stream).await;
    soon(two).await.unwrap().unwrap();
}

/// G-85, G-80: whatever the moment, a call that a graceful end meets is given back, refused, or answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_for_a_graceful_end() {
    let connector = Http2::new(Http2Options::default());
    for round in 0..20 {
        let listener = Listener::tcp().await;
        let (connection, server) = tokio::join!(
            connector.connect(&listener.address),
            serve(&listener, if round % 2 == 0 { 16 } else { 100 })
        );
        let connection = connection.unwrap();
        let callers: Vec<_> = (0..24).map(|_| tokio::spawn(call_until_closed(connection.clone()))).collect();
        tokio::time::sleep(Duration::from_millis(3)).await;
        server.shutdown.send(()).unwrap();
        for caller in callers {
            soon(caller).await.unwrap();
        }
        let why = soon(connection.closed()).await;
        assert!(matches!(why, Closed::GoAway { code: NO_ERROR, .. }), "{why:?}");
    }
}

async fn call_until_closed(connection: Http2Connection) {
    loop {
        match connection.send(request("x")).await {
            Ok(response) => drop(response.into_body().collect().await.unwrap()),
            Err(SendError::Unsent(_) | SendError::GoneAway(_)) => {
                return assert!(!connection.is_open());
            }
            Err(SendError::Refused(error) | SendError::Failed(error)) => panic!("{error:?}"),
        }
    }
}

struct Server {
    shutdown: tokio::sync::oneshot::Sender<()>,
}

/// h2's server, which answers each request once it has read it, and ends gracefully when told to.
async fn serve(listener: &Listener, streams: u32) -> Server {
    let socket = listener.socket().await;
    let (shutdown, mut told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut builder = h2::server::Builder::new();
        let mut server: h2::server::Connection<_, Bytes> =
            builder.max_concurrent_streams(streams).handshake(socket).await.unwrap();
        let mut ending = false;
        loop {
            tokio::select! {
                _ = &mut told, if !ending => {
                    ending = true;
                    server.graceful_shutdown();
                }
                request = server.accept() => match request {
                    Some(Ok((request, mut respond))) => drop(tokio::spawn(async move {
                        let mut body = request.into_body();
                        while let Some(Ok(_)) = body.data().await {}
                        drop(respond.send_response(Response::new(()), true));
                    })),
                    _ => return,
                },
            }
        }
    });
    Server { shutdown }
}
