use evenkeel_servers::free_ports;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// A line to a server on loopback that can be cut and frozen.
pub(crate) struct Line {
    pub(crate) port: u16,
    state: watch::Sender<State>,
    _tasks: JoinSet<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Up,
    /// No connection.
    Cut,
    /// Connections without a byte on them.
    Frozen,
}

impl Line {
    pub(crate) async fn to(server: u16) -> Self {
        let [port] = free_ports();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let state = watch::Sender::new(State::Up);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, server, state.subscribe()));
        Self { port, state, _tasks: tasks }
    }

    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Up);
    }

    pub(crate) fn target(&self, session: &str) -> String {
        format!("zookeeper://127.0.0.1:{}/services/echo?session={session}", self.port)
    }
}

async fn accept(listener: TcpListener, server: u16, state: watch::Receiver<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if *state.borrow() != State::Cut {
            connections.spawn(carry(client, server, state.clone()));
        }
    }
}

async fn carry(mut client: TcpStream, server: u16, mut state: watch::Receiver<State>) {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
    if *state.borrow_and_update() == State::Up {
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = state.changed() => {}
        }
    }
    while *state.borrow_and_update() == State::Frozen {
        state.changed().await.unwrap();
    }
}
