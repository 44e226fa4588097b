//! Unary echo over a channel of ours against a plain tonic channel, one server in another process: client CPU time and wall
//! time a call, as the median of interleaved rounds. `unary [ROUNDS] [CALLS]`.

use cpu_time::ProcessTime;
use evenkeel_echo::{Answers, EchoRequest, echo_client::EchoClient, echo_server::EchoServer};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Instant,
};
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
    transport::{Server, server::TcpIncoming},
};

/// One round: CPU and wall time a call, in microseconds.
#[derive(Clone, Copy)]
struct Round {
    cpu: f64,
    wall: f64,
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("it is bound"));
    std::io::stdout().flush().expect("somebody reads");
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let echo = EchoServer::new(Answers::new("bench"));
    Server::builder().add_service(echo).serve_with_incoming(incoming).await.expect("it serves");
}

async fn round<S>(service: S, callers: usize, calls: usize) -> Round
where
    S: GrpcService<Body> + Clone + Send + 'static,
    S::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <S::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
    S::Future: Send,
{
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let mut client = EchoClient::new(service.clone());
            tokio::spawn(async move {
                for _ in 0..calls / callers {
                    let request = EchoRequest { message: "x".repeat(64) };
                    client.unary_echo(request).await.expect("the server answers");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let per_call = |seconds: f64| seconds * 1e6 / calls as f64;
    Round { cpu: per_call(cpu.elapsed().as_secs_f64()), wall: per_call(wall.elapsed().as_secs_f64()) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

async fn compare(address: &str, rounds: usize, calls: usize) {
    let tonic = tonic::transport::Endpoint::from_shared(format!("http://{address}"))
        .expect("an address")
        .connect()
        .await
        .expect("the server is up");
    let ours =
        evenkeel_channel::Channel::builder(format!("static:///{address}")).connect().await.expect("it is up");
    println!(
        "callers  rounds   tonic cpu us   ours cpu us   cpu ratio   tonic wall us   ours wall us   wall ratio"
    );
    for callers in [1, 32] {
        round(tonic.clone(), callers, calls).await;
        round(ours.clone(), callers, calls).await;
        let mut pairs = Vec::new();
        for n in 0..rounds {
            // Who goes first alternates, so that neither profits from the other's warm caches.
            pairs.push(if n % 2 == 0 {
                let theirs = round(tonic.clone(), callers, calls).await;
                (theirs, round(ours.clone(), callers, calls).await)
            } else {
                let mine = round(ours.clone(), callers, calls).await;
                (round(tonic.clone(), callers, calls).await, mine)
            });
        }
        let of = |read: &dyn Fn(&(Round, Round)) -> f64| median(pairs.iter().map(read).collect());
        println!(
            "{callers:>7}  {rounds:>6}   {:>12.2}   {:>11.2}   {:>9.3}   {:>13.2}   {:>12.2}   {:>10.3}",
            of(&|(t, _)| t.cpu),
            of(&|(_, o)| o.cpu),
            of(&|(t, o)| o.cpu / t.cpu),
            of(&|(t, _)| t.wall),
            of(&|(_, o)| o.wall),
            of(&|(t, o)| o.wall / t.wall),
        );
    }
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if env::var_os("EVENKEEL_BENCH_SERVER").is_some() {
        return runtime.block_on(serve());
    }
    let number =
        |n: usize, default: usize| env::args().nth(n).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (rounds, calls) = (number(1, 60), number(2, 3_000));
    let mut command = Command::new(env::current_exe().expect("this program"));
    let child =
        command.env("EVENKEEL_BENCH_SERVER", "1").stdout(Stdio::piped()).spawn().expect("a second process");
    let mut server = Peer(child);
    let mut address = String::new();
    let out = server.0.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut address).expect("it says where it listens");
    runtime.block_on(compare(address.trim(), rounds, calls));
}
