//! What a channel tells `tracing`: one event a change, none a call.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use bytes::Bytes;
use evenkeel_channel::Channel;
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use http_body_util::Full;
use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower_service::Service;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Keeps the messages of the channel's events at `info` and above.
#[derive(Debug, Default, Clone)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("evenkeel") && *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().unwrap().push(message.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn set(names: &[&str]) -> Snapshot {
    names.iter().map(|name| Instance::from(name.parse::<Address>().unwrap())).collect()
}

#[tokio::test(start_paused = true)]
async fn one_event_a_change_and_none_a_call() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let (network, source) = (Network::of(["a:1", "b:1"]), Manual::new());
    source.set(set(&["a:1"]));
    let mut channel =
        Channel::builder("manual:///x").discover(source.clone()).build_over(network.clone()).unwrap();
    channel.ready().await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let changed = "the channel's state changed";
    assert_eq!(log.take(), [changed, "the set changed", changed], "IDLE, CONNECTING, READY");
    for _ in 0..50 {
        let request = http::Request::new(Full::new(Bytes::new()));
        channel.call(request).await.unwrap();
    }
    assert_eq!(log.take(), [""; 0]);
    source.set(set(&["a:1", "b:1"]));
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(log.take(), ["the set changed"]);
    source.set(set(&["b:1", "a:1"]));
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(log.take(), [""; 0], "another order is no change");
}
