use bytes::Bytes;
use custom_round_robin::CustomRoundRobin;
use evenkeel_channel::{AffinityKey, Backoff, Builder, CallOptions, Channel, Timing};
use evenkeel_core::{Code, Instance, Registry, Snapshot, policies};
use evenkeel_discover::Manual;
use evenkeel_testkit::{
    Network,
    network::{MemoryConnection, reply::FROM},
};
use http::Request;
use http_body_util::{BodyExt, Full};
use std::time::Duration;
use tokio::{task::JoinSet, time::sleep};
use tower_service::Service;

pub(crate) type Chan = Channel<MemoryConnection>;

/// How a call ended: the address that answered, or a status.
pub(crate) type Outcome = Result<String, (Code, String)>;

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(crate) fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn set(addresses: &[&str]) -> Snapshot {
    addresses.iter().map(|address| instance(address)).collect()
}

/// An instance; several addresses are joined by `|`.
pub(crate) fn instance(addresses: &str) -> Instance {
    Instance::new(addresses.split('|').map(|address| address.parse().unwrap()))
}

pub(crate) fn registry() -> Registry {
    policies::registry().with::<CustomRoundRobin>().unwrap()
}

/// Times without jitter.
pub(crate) fn exact() -> Timing {
    Timing { backoff: Backoff { jitter: 0.0, ..Backoff::default() }, ..Timing::default() }
}

pub(crate) fn builder(source: &Manual) -> Builder {
    Channel::builder("manual:///service").discover(source.clone()).timing(exact()).registry(registry())
}

/// A network, a source and a channel.
pub(crate) struct Lab {
    pub(crate) network: Network,
    pub(crate) source: Manual,
    pub(crate) channel: Chan,
}

impl Lab {
    /// All these peers accept at once and are in the set; the channel sleeps.
    pub(crate) fn new(policy: &str, addresses: &[&str]) -> Self {
        let source = Manual::new();
        source.set(set(addresses));
        Self::over(Network::of(addresses.iter().copied()), source, |builder| builder.policy(policy))
    }

    pub(crate) fn over(network: Network, source: Manual, with: impl FnOnce(Builder) -> Builder) -> Self {
        let channel = with(builder(&source)).build_over(network.clone()).unwrap();
        Self { network, source, channel }
    }

    /// Wakes the channel and lets everything happen that happens at once.
    pub(crate) async fn awake(self) -> Self {
        self.channel.wake();
        settle().await;
        self
    }

    pub(crate) async fn call(&self) -> Outcome {
        call(&self.channel).await
    }

    /// Who answers so many calls, one after the other.
    pub(crate) async fn calls(&self, n: usize) -> Vec<String> {
        let mut from = Vec::new();
        for _ in 0..n {
            from.push(self.call().await.unwrap());
        }
        from
    }

    /// When an address was dialled, in milliseconds.
    pub(crate) fn dials(&self, address: &str) -> Vec<u128> {
        self.network.peer(address).dials().iter().map(Duration::as_millis).collect()
    }
}

/// Lets everything happen that is due: the driver may pause for up to 50 ms after an update that was dear on the real clock.
pub(crate) async fn settle() {
    sleep(ms(60)).await;
}

/// One unary call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Call {
    wait_for_ready: Option<bool>,
    deadline: Option<Duration>,
    key: Option<&'static str>,
}

impl Call {
    pub(crate) fn waiting() -> Self {
        Self { wait_for_ready: Some(true), ..Self::default() }
    }

    pub(crate) fn keyed(key: &'static str) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    pub(crate) fn deadline(self, after: Duration) -> Self {
        Self { deadline: Some(after), ..self }
    }

    pub(crate) async fn send(self, channel: &Chan) -> Outcome {
        let mut request =
            Request::post("/service/Method").body(Full::from(Bytes::from_static(b"hello"))).unwrap();
        request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        if let Some(after) = self.deadline {
            request.headers_mut().insert("grpc-timeout", format!("{}m", after.as_millis()).parse().unwrap());
        }
        if let Some(wait) = self.wait_for_ready {
            request.extensions_mut().insert(CallOptions::new().wait_for_ready(wait));
        }
        if let Some(key) = self.key {
            request.extensions_mut().insert(AffinityKey::new(key));
        }
        let response =
            channel.clone().call(request).await.map_err(|error| (error.code(), error.to_string()))?;
        let (head, body) = response.into_parts();
        let text = |map: &http::HeaderMap, name: &str| map.get(name).map(|v| v.to_str().unwrap().to_owned());
        let trailers = if head.headers.contains_key("grpc-status") {
            head.headers.clone()
        } else {
            body.collect().await.unwrap().trailers().cloned().unwrap_or_default()
        };
        let code: u32 = text(&trailers, "grpc-status").expect("an answer has a status").parse().unwrap();
        match Code::from_u32(code).unwrap() {
            Code::Ok => Ok(text(&head.headers, FROM).unwrap_or_default()),
            code => Err((code, text(&trailers, "grpc-message").unwrap_or_default())),
        }
    }

    pub(crate) fn spawn(self, channel: &Chan) -> tokio::task::JoinHandle<Outcome> {
        let channel = channel.clone();
        tokio::spawn(async move { self.send(&channel).await })
    }
}

pub(crate) async fn call(channel: &Chan) -> Outcome {
    Call::default().send(channel).await
}

/// Calls at a steady rate for a time; yields how each ended.
pub(crate) async fn load(channel: Chan, every_ms: usize, time: Duration) -> Vec<Outcome> {
    let mut calls = JoinSet::new();
    let end = tokio::time::Instant::now() + time;
    while tokio::time::Instant::now() < end {
        for _ in 0..every_ms {
            let channel = channel.clone();
            calls.spawn(async move { call(&channel).await });
        }
        sleep(ms(1)).await;
    }
    drop(channel);
    calls.join_all().await
}

/// The calls that failed.
pub(crate) fn failed(outcomes: &[Outcome]) -> Vec<&(Code, String)> {
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect()
}

pub(crate) fn assert_unavailable(outcome: Outcome, text: &str) {
    let (code, message) = outcome.expect_err("the call should fail");
    assert_eq!(code, Code::Unavailable, "{message}");
    assert!(message.contains(text), "{message:?} lacks {text:?}");
}
