use super::{Child, Identity, Stack, certificates::scratch, commands::Commands, python};
use evenkeel_echo::echo_server::EchoServer;
use futures_util::stream;
use std::{
    ffi::OsString,
    io::{self, Read},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, UnixListener},
    process::Command,
    sync::oneshot,
    task::JoinHandle,
};
use tonic::transport::{self, ServerTlsConfig, server::TcpIncoming};

/// How a server is to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    /// Its TLS identity; without one it speaks in the clear.
    pub(crate) identity: Option<Identity>,
    /// How old connections get before they end by GOAWAY.
    pub(crate) max_age: Option<Duration>,
    /// Whether it must be a process that signals reach. grpcio always is.
    pub(crate) process: bool,
    /// Whether it listens at a Unix socket.
    pub(crate) unix: bool,
}

/// A server that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: String,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Here { task: JoinHandle<()>, stop: Option<oneshot::Sender<()>> },
    Process(Box<Child>),
}

impl Server {
    pub(crate) async fn start(stack: Stack, setup: Setup) -> Self {
        match stack {
            Stack::Grpcio => Self::process(&mut grpcio(&setup)).await,
            Stack::Tonic if setup.process => Self::process(&mut itself(&setup)).await,
            Stack::Tonic => Self::here(setup).await,
        }
    }

    async fn process(command: &mut Command) -> Self {
        let child = Child::start(command).await;
        Self { address: child.address.clone(), running: Running::Process(Box::new(child)) }
    }

    async fn here(setup: Setup) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (address, serving) = tonic(setup, async {
            let _ = stopped.await;
        })
        .await;
        let task = tokio::spawn(serving);
        Self { address, running: Running::Here { task, stop: Some(stop) } }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        match &mut self.running {
            Running::Process(child) => child,
            Running::Here { .. } => panic!("the server is no process"),
        }
    }

    /// Lets it end gracefully: GOAWAY, and the calls in flight go on.
    pub(crate) async fn stop(&mut self) {
        match &mut self.running {
            Running::Here { stop, .. } => drop(stop.take()),
            Running::Process(child) => child.terminate().await,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit_once(':').unwrap().1.parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Running::Here { task, .. } = &self.running {
            task.abort();
        }
    }
}

/// An address that refuses connections for as long as the socket is kept.
pub(crate) fn reserved() -> (String, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    (socket.local_addr().unwrap().to_string(), socket)
}

/// A tonic server: its address, and what it does until it is told to stop.
async fn tonic(
    setup: Setup,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (String, impl Future<Output = ()> + Send) {
    let mut builder = transport::Server::builder();
    if let Some(age) = setup.max_age {
        // With a grace, tonic sends no GOAWAY.
        builder = builder.max_connection_age(age);
    }
    if let Some(Identity { certificate, key }) = setup.identity {
        let tls = ServerTlsConfig::new().identity(transport::Identity::from_pem(certificate, key));
        builder = builder.tls_config(tls).unwrap();
    }
    let echo = |address: &str| EchoServer::new(Commands::new(address)).max_decoding_message_size(usize::MAX);
    if setup.unix {
        let path = scratch("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let address = format!("unix:{}", path.display());
        let incoming = stream::unfold(listener, |listener| async {
            Some((listener.accept().await.map(|(socket, _)| socket), listener))
        });
        let router = builder.add_service(echo(&address));
        let serving: futures_util::future::BoxFuture<'static, _> =
            Box::pin(async { router.serve_with_incoming_shutdown(incoming, stop).await.unwrap() });
        return (address, serving);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = builder.add_service(echo(&address));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving: futures_util::future::BoxFuture<'static, _> =
        Box::pin(async { router.serve_with_incoming_shutdown(incoming, stop).await.unwrap() });
    (address, serving)
}

fn grpcio(setup: &Setup) -> Command {
    let mut command = python("grpcio_server.py");
    command.args(flags(setup));
    command
}

/// The environment variable that makes a server of this test binary; its lines are the server's flags.
const FLAGS: &str = "EVENKEEL_TEST_SERVER";

/// This test binary, as a server.
fn itself(setup: &Setup) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = concat!(module_path!(), "::server_process");
    let (_, name) = name.split_once("::").expect("it begins with the crate");
    let flags = flags(setup).join(&OsString::from("\n"));
    command.args([name, "--exact", "--nocapture"]).env(FLAGS, flags);
    command
}

fn flags(setup: &Setup) -> Vec<OsString> {
    let mut flags = Vec::new();
    if let Some(identity) = &setup.identity {
        flags.push("--tls".into());
        flags.extend(identity.files().map(OsString::from));
    }
    if let Some(age) = setup.max_age {
        flags.extend(["--max-age-ms".into(), age.as_millis().to_string().into()]);
    }
    if setup.unix {
        flags.extend(["--unix".into(), scratch("socket").into()]);
    }
    flags
}

/// No test: it does nothing, unless the environment makes a server of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_process() {
    let Ok(flags) = std::env::var(FLAGS) else { return };
    let mut setup = Setup::default();
    if let ["--tls", certificate, key] = flags.lines().collect::<Vec<_>>()[..] {
        let read = |path| std::fs::read_to_string(path).unwrap();
        setup.identity = Some(Identity { certificate: read(certificate), key: read(key) });
    }
    let (address, serving) = tonic(setup, std::future::pending()).await;
    println!("listening on {address}");
    std::thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    serving.await;
}
