use super::*;
use evenkeel_core::{Address, Instance};
use futures_util::StreamExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn one() -> Vec<Instance> {
    vec![Instance::from("h:1".parse::<Address>().unwrap())]
}

/// A source that answers as the script says, over and over from its last word, and when it was asked.
fn scripted(
    interval: Duration,
    jitter: f64,
    script: &'static [&'static str],
) -> (Poll, Arc<Mutex<Vec<Instant>>>) {
    let asked: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let log = asked.clone();
    let source = poll(interval, jitter, 3 * SECOND, move |_| {
        let mut log = log.lock().unwrap();
        log.push(Instant::now());
        let word = script[(log.len() - 1).min(script.len() - 1)];
        async move {
            match word {
                "ok" => Ok(one()),
                "hang" => std::future::pending().await,
                text => Err(text),
            }
        }
    });
    (source, asked)
}

fn target() -> Target {
    Target::parse("poll:///x").unwrap()
}

async fn asked(source: &Poll, log: &Mutex<Vec<Instant>>, answers: usize) -> (Vec<u64>, Vec<String>) {
    let began = Instant::now();
    let mut watch = Box::pin(source.watch(&target()));
    let mut seen = Vec::new();
    for _ in 0..answers {
        seen.push(watch.next().await.unwrap().map_or_else(|e| e.to_string(), |set| set.len().to_string()));
    }
    let times = log.lock().unwrap().iter().map(|at| at.duration_since(began).as_secs()).collect();
    (times, seen)
}

/// F31, G-62.
#[tokio::test(start_paused = true)]
async fn it_asks_at_once_and_then_at_each_interval() {
    let (source, log) = scripted(5 * SECOND, 0.0, &["ok"]);
    assert_eq!(asked(&source, &log, 4).await.0, [0, 5, 10, 15]);
}

/// F31: clients that start together drift apart.
#[tokio::test(start_paused = true)]
async fn jitter_is_a_share_of_the_interval() {
    let (source, log) = scripted(100 * SECOND, 0.1, &["ok"]);
    let times = asked(&source, &log, 50).await.0;
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (89..=110).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().max().unwrap() - gaps.iter().min().unwrap() > 10, "{gaps:?}");
}

/// F31, G-60: errors are told, and asked after with back-off.
#[tokio::test(start_paused = true)]
async fn an_error_backs_off_and_a_good_answer_ends_that() {
    let (source, log) = scripted(60 * SECOND, 0.0, &["down", "down", "down", "down", "ok"]);
    let (times, seen) = asked(&source, &log, 6).await;
    assert_eq!(seen, ["down", "down", "down", "down", "1", "1"]);
    for (n, want) in [1.0, 1.6, 2.56, 4.1].into_iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        let gap = (times[n + 1] - times[n]) as f64;
        assert!((want * 0.8 - 1.0..=want * 1.2 + 1.0).contains(&gap), "{times:?}");
    }
    assert_eq!(times[5] - times[4], 60);
}

/// F31, G-62: one that hangs is cut off, and holds up no other watch.
#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_an_error() {
    let (source, log) = scripted(5 * SECOND, 0.0, &["hang", "ok"]);
    let began = Instant::now();
    let (_, seen) = asked(&source, &log, 2).await;
    assert_eq!(seen, ["no answer within 3s", "1"]);
    assert!(began.elapsed() < 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_asks_at_once_and_only_for_its_target() {
    let count = Arc::new(AtomicUsize::new(0));
    let asked = count.clone();
    let source = poll(1000 * SECOND, 0.0, SECOND, move |_| {
        asked.fetch_add(1, Relaxed);
        async { Ok::<_, DiscoverError>(one()) }
    });
    let mut watch = Box::pin(source.watch(&target()));
    watch.next().await.unwrap().unwrap();
    let refreshed = async {
        sleep(SECOND).await;
        source.refresh(&Target::parse("poll:///other").unwrap());
        sleep(SECOND).await;
        source.refresh(&target());
    };
    let began = Instant::now();
    tokio::join!(refreshed, watch.next()).1.unwrap().unwrap();
    assert_eq!((began.elapsed(), count.load(Relaxed)), (2 * SECOND, 2));
}
