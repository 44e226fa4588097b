use crate::support::{Case, Client, on_every_server, say};
use futures_util::{StreamExt, stream};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Mutex;

on_every_server! {
    a_reader_that_stops_holds_a_server_stream;
    a_reader_that_stops_holds_its_own_requests;
    a_long_client_stream_takes_no_memory;
}

/// One at a time: the process's memory is measured.
static ALONE: Mutex<()> = Mutex::const_new(());

const MESSAGE: usize = 64 << 10;
/// How much a stream carries in all.
const TOTAL: usize = 128 << 20;
/// More than what both ways hold: windows of some MiB, the kernel's buffers, and what the servers read ahead.
const HELD: usize = 64 << 20;

async fn sent(client: &mut Client) -> usize {
    let count: usize = client.unary_echo(say("#sent")).await.unwrap().into_inner().message.parse().unwrap();
    count * MESSAGE
}

/// What `read` yields when it has stopped to grow.
async fn settled(mut read: impl AsyncFnMut() -> usize) -> usize {
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let now = read().await;
        if now > 0 && now == before {
            return now;
        }
        before = now;
    }
}

async fn a_reader_that_stops_holds_a_server_stream(case: Case) {
    let _alone = ALONE.lock().await;
    let server = case.server().await;
    let mut client = case.client(&[&server]);
    let ask = say(format!("#big {} {MESSAGE}", TOTAL / MESSAGE));
    let mut answers = client.server_streaming_echo(ask).await.unwrap().into_inner();
    assert!(answers.message().await.unwrap().is_some());
    let held = settled(async || sent(&mut client).await).await;
    assert!(held < HELD, "{held} bytes were sent to a client that does not read");
    let mut count = 1;
    while let Some(answer) = answers.message().await.unwrap() {
        assert_eq!(answer.message.len(), MESSAGE);
        count += 1;
    }
    assert_eq!(count, TOTAL / MESSAGE);
}

async fn a_reader_that_stops_holds_its_own_requests(case: Case) {
    let _alone = ALONE.lock().await;
    let server = case.server().await;
    let mut client = case.client(&[&server]);
    let (taken, count) = (Arc::new(AtomicUsize::new(0)), TOTAL / MESSAGE);
    let counter = taken.clone();
    let requests = stream::iter(0..count).map(move |_| {
        counter.fetch_add(1, Relaxed);
        say("x".repeat(MESSAGE))
    });
    let mut answers = client.bidirectional_streaming_echo(requests).await.unwrap().into_inner();
    assert!(answers.message().await.unwrap().is_some());
    let held = settled(async || taken.load(Relaxed) * MESSAGE).await;
    assert!(held < HELD, "{held} bytes were taken from a caller that does not read");
    let mut answered = 1;
    while answers.message().await.unwrap().is_some() {
        answered += 1;
    }
    assert_eq!(answered, count);
}

/// 1 GiB, and the process stays as small as it was.
async fn a_long_client_stream_takes_no_memory(case: Case) {
    let _alone = ALONE.lock().await;
    let server = case.server().await;
    let mut client = case.client(&[&server]);
    let chunks = 1 << 10;
    let chunk = "x".repeat(1 << 20);
    client.unary_echo(say("connect")).await.unwrap();
    let before = resident();
    let peak = Arc::new(AtomicUsize::new(before));
    let most = peak.clone();
    let requests = stream::iter(0..chunks).map(move |_| {
        most.fetch_max(resident(), Relaxed);
        say(chunk.clone())
    });
    client.client_streaming_echo(requests).await.unwrap();
    let received: usize =
        client.unary_echo(say("#received")).await.unwrap().into_inner().message.parse().unwrap();
    assert_eq!(received, chunks << 20);
    let grown = peak.load(Relaxed) - before;
    assert!(grown < 64 << 20, "{chunks} MiB streamed, and the process grew by {grown} bytes");
}

/// This process's resident memory, in bytes.
fn resident() -> usize {
    const PAGE: usize = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * PAGE
}
