use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A peer that treats each connection in its own way.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) address: String,
    accepted: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Raw {
    pub(crate) async fn start<F>(treat: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (accepted, mut task) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        let count = accepted.clone();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Relaxed);
                connections.spawn(treat(stream));
            }
        });
        Self { address, accepted, _task: task }
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Relaxed)
    }
}

/// How many of this machine's TCP sockets are connected to `port`, or wait to be closed on this side.
pub(crate) fn established(port: u16) -> usize {
    const ESTABLISHED: &str = "01";
    const CLOSE_WAIT: &str = "08";
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let remote = format!(":{port:04X}");
    table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(2);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(peer, state)| peer.ends_with(&remote) && [ESTABLISHED, CLOSE_WAIT].contains(state))
        .count()
}
