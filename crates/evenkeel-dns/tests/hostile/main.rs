//! Against a DNS server that answers with whatever bytes a test wants.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod server;

use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Target};
use evenkeel_dns::{Dns, Srv};
use futures_util::StreamExt;
use server::{
    A, CNAME, GOOD, NS, NXDOMAIN, Question, SAME, SERVFAIL, SRV, TRUNCATED, address, record, serve,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// The first answer for a name, which comes within the time limits.
async fn look(servers: &[SocketAddr], scheme: &str) -> Result<Snapshot, DiscoverError> {
    let servers = servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let target = Target::parse(&format!("{scheme}://{servers}/n0.test")).unwrap();
    let answer = async {
        match scheme {
            "srv" => Box::pin(Srv::default().watch(&target)).next().await,
            _ => Box::pin(Dns::default().watch(&target)).next().await,
        }
    };
    timeout(Duration::from_secs(11), answer).await.unwrap().unwrap()
}

/// A 19: what does not fit into a datagram comes over TCP, all of it.
#[tokio::test]
async fn four_thousand_addresses_come_over_tcp() {
    let server = serve(|question, tcp| {
        let records: Vec<_> = (0..4000).map(|n| address(60, n)).collect();
        Some(if tcp {
            question.answer_of(A, &records)
        } else {
            question.answer(TRUNCATED, &records[..5], &[])
        })
    });
    let began = Instant::now();
    assert_eq!(look(&[server.await], "dns").await.unwrap().len(), 4000);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// A 19: a part is not taken for the whole.
#[tokio::test]
async fn an_answer_that_is_cut_off_over_tcp_too_is_an_error() {
    let server = serve(|question, _| Some(question.answer(TRUNCATED, &[address(60, 1)], &[]))).await;
    assert!(look(&[server], "dns").await.is_err());
    assert!(look(&[server], "srv").await.is_err());
}

/// A 19: a circle of 20 aliases, all at once and one by one.
#[tokio::test]
async fn a_circle_of_aliases_is_an_error() {
    let wire = |n: usize| {
        let label = format!("n{n}");
        [&[u8::try_from(label.len()).unwrap()], label.as_bytes(), b"\x04test\0"].concat()
    };
    let link = move |n: usize| record(&wire(n), CNAME, 60, &wire((n + 1) % 20));
    let whole =
        serve(move |question, _| Some(question.answer(GOOD, &(0..20).map(link).collect::<Vec<_>>(), &[])));
    let one = serve(move |question, _| {
        let n = (0..20).find(|n| wire(*n)[..].starts_with(question.name())).unwrap();
        Some(question.answer(GOOD, &[link(n)], &[]))
    });
    for server in [whole.await, one.await] {
        for scheme in ["dns", "srv"] {
            let error = look(&[server], scheme).await.unwrap_err().to_string();
            assert!(error.contains("more than 16 aliases"), "{error}");
        }
    }
}

/// RFC 6604: NXDOMAIN beside an alias is about what it points to, which is not asked for again.
#[tokio::test]
async fn an_alias_of_nothing_is_empty_after_one_question() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server = serve(move |question, _| {
        count.fetch_add(1, Relaxed);
        Some(question.answer(NXDOMAIN, &[record(SAME, CNAME, 60, b"\x01a\xc0\x0c")], &[]))
    });
    assert!(look(&[server.await], "srv").await.unwrap().is_empty());
    assert_eq!(asked.load(Relaxed), 1);
}

#[tokio::test]
async fn a_refresh_asks_at_once() {
    let server = serve(|question, _| Some(question.answer_of(A, &[address(3600, 1)]))).await;
    let (dns, srv) = (Dns::default(), Srv::default());
    let target = |scheme| Target::parse(&format!("{scheme}://{server}/x")).unwrap();
    let mut watches = [dns.watch(&target("dns")).boxed(), srv.watch(&target("srv")).boxed()];
    for watch in &mut watches {
        watch.next().await.unwrap().unwrap();
        let again = async {
            dns.refresh(&target("dns"));
            srv.refresh(&target("srv"));
        };
        let (answer, ()) = tokio::join!(timeout(Duration::from_secs(3), watch.next()), again);
        answer.unwrap().unwrap().unwrap();
    }
}

/// A 19.
#[tokio::test]
async fn names_that_point_at_themselves_are_an_error() {
    let pointers: [fn(&Question) -> Vec<u8>; 3] = [
        // To itself.
        |question| {
            record(&[0xc0, u8::try_from(12 + question.name().len() + 5).unwrap()], A, 60, &[10, 0, 0, 1])
        },
        // Ahead, behind the end.
        |_| record(&[0xff, 0xff], A, 60, &[10, 0, 0, 1]),
        // A label, then back to itself.
        |question| {
            let here = u8::try_from(12 + question.name().len() + 5).unwrap();
            record(&[1, b'a', 0xc0, here], A, 60, &[10, 0, 0, 1])
        },
    ];
    for pointer in pointers {
        let server = serve(move |question, _| Some(question.answer(GOOD, &[pointer(question)], &[]))).await;
        let began = Instant::now();
        assert!(look(&[server], "dns").await.is_err());
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    }
}

/// A 19: any damage to an answer is an error or a set.
#[tokio::test]
async fn damaged_answers_neither_hang_nor_panic() {
    let seed = Arc::new(AtomicUsize::new(0));
    let now = seed.clone();
    let server = serve(move |question, _| {
        let data = [&[0, 1, 0, 1, 0, 80][..], b"\x01a\xc0\x0c"].concat();
        let good = match question.kind() {
            SRV => question.answer(GOOD, &[record(SAME, SRV, 60, &data), address(60, 1)], &[]),
            _ => question.answer(GOOD, &[record(SAME, CNAME, 60, b"\x01a\xc0\x0c"), address(60, 1)], &[]),
        };
        let mut damaged = good;
        let begin = 12 + question.name().len() + 5;
        let mut random = fastrand::Rng::with_seed(now.load(Relaxed) as u64);
        for _ in 0..random.usize(1..4) {
            let at = random.usize(begin..damaged.len());
            damaged[at] = random.u8(..);
        }
        damaged.truncate(random.usize(begin..=damaged.len()));
        Some(damaged)
    })
    .await;
    for n in 0..300 {
        seed.store(n, Relaxed);
        let began = Instant::now();
        let _ = look(&[server], if n % 2 == 0 { "dns" } else { "srv" }).await;
        assert!(began.elapsed() < Duration::from_secs(5), "seed {n}: {:?}", began.elapsed());
    }
}

/// A 17: errors, and a server that refers to others, say nothing about the set.
#[tokio::test]
async fn a_server_that_cannot_tell_is_an_error() {
    let flags = serve(|question, _| Some(question.answer(SERVFAIL, &[], &[]))).await;
    let error = look(&[flags], "dns").await.unwrap_err().to_string();
    assert!(error.contains("A n0.test.: 127.0.0.1:") && error.contains("Server Failure"), "{error}");
    let refers =
        serve(|question, _| Some(question.answer(GOOD, &[], &[record(SAME, NS, 60, b"\x02ns\xc0\x0c")])));
    let error = look(&[refers.await], "srv").await.unwrap_err().to_string();
    assert!(error.contains("neither answers nor says that there is nothing"), "{error}");
}

#[tokio::test]
async fn the_next_server_is_asked_where_one_fails_or_is_silent() {
    let fails = serve(|question, _| Some(question.answer(SERVFAIL, &[], &[]))).await;
    let silent = serve(|_, _| None).await;
    let good = serve(|question, _| Some(question.answer_of(A, &[address(60, 1)]))).await;
    let began = Instant::now();
    assert_eq!(look(&[fails, good], "dns").await.unwrap().len(), 1);
    assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
    assert_eq!(look(&[fails, silent, good], "dns").await.unwrap().len(), 1);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let began = Instant::now();
    assert!(look(&[silent], "dns").await.is_err());
    assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
}

/// A silent server costs its second once, not at each look.
#[tokio::test]
async fn the_server_that_answered_last_is_asked_first() {
    let silent = serve(|_, _| None).await;
    let good = serve(|question, _| Some(question.answer_of(A, &[address(0, 1)]))).await;
    let target = Target::parse(&format!("dns://{silent},{good}/x:80?min_ttl=100ms")).unwrap();
    let mut watch = Box::pin(Dns::default().watch(&target));
    watch.next().await.unwrap().unwrap();
    let began = Instant::now();
    watch.next().await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
}

/// A 18: what a TTL says is what comes over the wire: 0 is the floor, 2^31 is an hour and not nothing.
#[tokio::test]
async fn a_ttl_of_0_is_the_floor_and_one_of_2_to_the_31_is_an_hour() {
    for (ttl, most) in [(0, usize::MAX), (1 << 31, 1)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let server = serve(move |question, _| {
            count.fetch_add(usize::from(question.kind() == A), Relaxed);
            Some(question.answer_of(A, &[address(ttl, 1)]))
        });
        let target = Target::parse(&format!("dns://{}/x:80?min_ttl=100ms", server.await)).unwrap();
        let mut watch = Box::pin(Dns::default().watch(&target));
        watch.next().await.unwrap().unwrap();
        let again = timeout(Duration::from_millis(700), watch.next()).await;
        assert_eq!(again.is_ok(), most > 1, "TTL {ttl}");
        assert!(asked.load(Relaxed) <= most);
    }
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_taken() {
    let server = serve(|question, _| {
        let mut other = question.answer_of(A, &[address(60, 1)]);
        other[13] ^= 1;
        Some(other)
    });
    assert!(look(&[server.await], "dns").await.is_err());
}
