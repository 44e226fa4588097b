//! Many endpoints become READY in one burst: publications, and the time that the channel's driver is at work.
//! `burst [ENDPOINTS]...`, 10,000 and 100,000 by default. The peers are in memory: no socket is opened.

use bytes::Bytes;
use cpu_time::ThreadTime;
use evenkeel_channel::{
    Channel, RequestBody,
    transport::{Closed, Connect, ConnectError, Connection, SendError, TransportError},
};
use evenkeel_core::{Address, Connectivity, Instance, Snapshot};
use evenkeel_discover::Manual;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, combinators::UnsyncBoxBody};
use std::{
    env,
    future::{pending, ready},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Peers that all accept at the same moment.
#[derive(Debug, Clone)]
struct Burst(watch::Sender<bool>);

#[derive(Debug, Clone)]
struct Nothing;

impl Connect for Burst {
    type Connection = Nothing;

    fn connect(&self, _: &Address) -> impl Future<Output = Result<Nothing, ConnectError>> + Send + 'static {
        let mut go = self.0.subscribe();
        async move {
            let _ = go.wait_for(|go| *go).await;
            Ok(Nothing)
        }
    }
}

impl Connection for Nothing {
    type Body = UnsyncBoxBody<Bytes, TransportError>;

    fn send(
        &self,
        _: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Self::Body>, SendError>> + Send + 'static {
        ready(Ok(Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync())))
    }

    fn closed(&self) -> impl Future<Output = Closed> + Send + 'static {
        pending()
    }

    fn is_open(&self) -> bool {
        true
    }

    fn drain(&self) {}

    fn abort(&self) {}
}

async fn burst(endpoints: usize) {
    let (transport, manual) = (Burst(watch::Sender::new(false)), Manual::new());
    let channel = Channel::builder("manual:///burst")
        .discover(manual.clone())
        .idle_timeout(None)
        .build_over(transport.clone())
        .expect("it builds");
    let all: Snapshot = (0..endpoints)
        .map(|n| {
            let n = u32::try_from(n).expect("few enough");
            Instance::from(Address::Tcp((std::net::Ipv4Addr::from(0x0a00_0000 + n), 80).into()))
        })
        .collect();
    manual.set(all);
    channel.wake();
    while transport.0.receiver_count() < endpoints {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (before, wall, cpu) = (channel.stats(), Instant::now(), ThreadTime::now());
    transport.0.send_replace(true);
    let mut settled = channel.stats();
    loop {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let now = channel.stats();
        if now.publications == settled.publications && channel.state() == Connectivity::Ready {
            break;
        }
        settled = now;
    }
    println!(
        "{endpoints:>9}   {:>12}   {:>9.1}   {:>14.1}   {:>7.0}",
        settled.publications - before.publications,
        (settled.busy - before.busy).as_secs_f64() * 1e3,
        cpu.elapsed().as_secs_f64() * 1e3,
        wall.elapsed().as_secs_f64() * 1e3 - 60.0,
    );
}

fn main() {
    let asked: Vec<usize> = env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!(
        "endpoints   publications   driver ms   thread CPU ms   wall ms   (thread: the driver and the peers' tasks)"
    );
    for endpoints in if asked.is_empty() { vec![10_000, 100_000] } else { asked } {
        runtime.block_on(burst(endpoints));
    }
}
