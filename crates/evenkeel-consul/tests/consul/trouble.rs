//! Servers and networks that misbehave. Time is virtual where something waits.

use crate::support::{SECOND, are, becomes, first, until, watch, within};
use evenkeel_consul::Consul;
use evenkeel_discover::{Source, Target};
use evenkeel_servers::{ConsulFake, ConsulServer, Registry};
use futures_util::StreamExt;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{Instant, timeout_at},
};

/// A server that reads one request and answers each connection with these bytes; then it keeps silent.
async fn answers(head: &'static str, body: impl Into<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = body.into();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|n| n > 0) {
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(&body).await;
                }
            });
        }
    });
    format!("consul://{address}/echo")
}

/// go-kit #786: the loop ended for good.
#[tokio::test]
async fn a_connection_that_is_closed_in_mid_poll_is_made_anew() {
    let mut fake = ConsulFake::start().await;
    fake.put("10.0.0.1:80", 5).await;
    let mut watch = watch(&fake.target());
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    tokio::select! {
        answer = watch.next() => panic!("{answer:?} without a change"),
        () = becomes(|| fake.waiting() == 1) => {}
    }
    fake.hang_up();
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    fake.put("10.0.0.1:80", 6).await;
    until(&mut watch, are(&[("10.0.0.1:80", 6)])).await;
    assert!(fake.queries() <= 4, "{:?}", fake.paths());
}

/// go-kit #627: all of a processor while Consul is down. A 1: with the engine's back-off, 1 s x 1.6 up to 2 minutes.
#[tokio::test(start_paused = true)]
async fn a_consul_that_fails_for_ten_minutes_gets_few_questions() {
    let mut fake = ConsulFake::start().await;
    fake.put("10.0.0.1:80", 5).await;
    fake.misbehave(|habits| habits.refuses = Some((500, "No cluster leader".to_owned())));
    let target = Target::parse(&fake.target()).unwrap();
    let mut follow = Source::new(Consul::new()).follow(&target).unwrap();
    let end = Instant::now() + 600 * SECOND;
    while let Ok(known) = timeout_at(end, follow.next()).await {
        assert!(known.error.as_ref().unwrap().to_string().ends_with("No cluster leader"));
    }
    assert!((8..=16).contains(&fake.queries()), "{} questions in ten minutes", fake.queries());
    fake.misbehave(|habits| habits.refuses = None);
    let known = timeout_at(Instant::now() + 150 * SECOND, follow.next()).await.unwrap();
    assert!(are(&[("10.0.0.1:80", 5)])(known.set.as_ref().unwrap()));
}

/// A 1: the back-off is the engine's; nothing is tried again within a watch.
#[tokio::test]
async fn a_server_that_closes_each_connection_is_tried_once_a_watch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("consul://{}/echo", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Relaxed);
            drop(stream);
        }
    });
    for n in 1..=3 {
        let error = first(&target).await.unwrap_err();
        assert!(error.contains("127.0.0.1:"), "{error}");
        assert_eq!(connections.load(Relaxed), n);
    }
}

/// F47, G 107: Consul's own words, short and printable.
#[tokio::test]
async fn a_refusal_is_an_error_in_consuls_words() {
    let fake = ConsulFake::start().await;
    for (status, text, shown) in [
        (403, "Permission denied".to_owned(), "403 Forbidden: Permission denied"),
        (429, "too many".to_owned(), "429 Too Many Requests: too many"),
        (500, "No cluster leader\n".to_owned(), "500 Internal Server Error: No cluster leader"),
        (503, "a\u{1b}[2Jb".to_owned(), "503 Service Unavailable: a\\u{1b}[2Jb"),
        (500, "\u{7}".repeat(1 << 20), "\\u{7}"),
    ] {
        fake.misbehave(|habits| habits.refuses = Some((status, text)));
        let error = first(&fake.target_of("echo")).await.unwrap_err();
        assert!(error.contains(shown), "{error}");
        assert!(error.len() < 2048 && !error.chars().any(char::is_control), "{error}");
    }
}

/// G 111.
#[tokio::test]
async fn what_is_no_answer_of_consul_is_an_error() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    for (head, body, why) in [
        (ok, "{}", "not an answer of Consul"),
        (ok, "[1", "not an answer of Consul"),
        (ok, "[\u{7f}", "not an answer of Consul"),
        ("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n", "", "301"),
        ("SSH-2.0-x\r\n", "", "127.0.0.1"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", "204"),
    ] {
        let error = first(&answers(head, body).await).await.unwrap_err();
        assert!(error.contains(why), "{head}{body}: {error}");
    }
}

/// G 111.
#[tokio::test]
async fn an_answer_that_is_too_long_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n";
    let error = first(&answers(head, vec![b' '; (64 << 20) + 1]).await).await.unwrap_err();
    assert!(error.contains("the answer cannot be read: length limit exceeded"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_an_error_in_time() {
    let begin = Instant::now();
    let error = first(&answers("", "").await).await.unwrap_err();
    assert!(error.ends_with("no answer within 10s"), "{error}");
    assert!(begin.elapsed() < 11 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_without_a_word_is_noticed() {
    let head = "HTTP/1.1 200 OK\r\nX-Consul-Index: 7\r\nContent-Length: 58\r\n\r\n";
    let body = r#"[{"Service":{"ID":"a","Address":"10.0.0.1","Port":80}}]   "#;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("consul://{}/echo", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let mut watch = watch(&target);
    within(5 * SECOND, &mut watch, are(&[("10.0.0.1:80", 1)])).await;
    let begin = Instant::now();
    let error = watch.next().await.unwrap().unwrap_err().to_string();
    assert!(error.ends_with("no answer within 69s"), "{error}");
    assert!(begin.elapsed() < 71 * SECOND);
}

/// A failure moves on to the next server, though the first one takes connections.
#[tokio::test]
async fn a_server_that_fails_is_passed_over_by_the_next_watch() {
    let (failing, mut good) = (ConsulFake::start().await, ConsulFake::start().await);
    failing.misbehave(|habits| habits.refuses = Some((500, "No cluster leader".to_owned())));
    good.put("10.0.0.1:80", 5).await;
    let target = format!("consul://{},{}/echo", failing.api().authority(), good.api().authority());
    let source = Source::new(Consul::new());
    let target = Target::parse(&target).unwrap();
    let ask = async || source.watch(&target).next().await.unwrap();
    assert!(ask().await.is_err());
    for _ in 0..3 {
        assert!(are(&[("10.0.0.1:80", 5)])(&ask().await.unwrap()));
    }
    assert_eq!(failing.queries(), 1);
}
