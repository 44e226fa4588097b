use super::{Answer, Ask, question, server::Server};
use crate::LookupError;
use futures_util::{StreamExt, stream::FuturesUnordered};
use hickory_resolver::{
    config::NameServerConfig,
    proto::rr::{Name, RecordType},
    system_conf::read_system_conf,
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::sleep;

/// The DNS servers that may be asked, or why there is none.
pub(crate) struct Servers {
    servers: Result<Vec<Server>, LookupError>,
    /// The one that answered last, which is asked first.
    first: AtomicUsize,
}

/// How long one server is waited for before the next one is asked, too.
const PATIENCE: Duration = Duration::from_secs(1);

impl Servers {
    /// These, in this order.
    pub(crate) fn new(addresses: &[SocketAddr]) -> Self {
        let servers = addresses.iter().map(|address| Server::new(*address)).collect();
        Self { servers, first: AtomicUsize::new(0) }
    }

    /// The system's, its search list, and from how many dots on a name is tried as it is first.
    pub(crate) fn of_system() -> (Self, Vec<Name>, usize) {
        match read_system_conf() {
            Err(why) => {
                let why = LookupError::NoServer(Arc::new(why));
                (Self { servers: Err(why), first: AtomicUsize::new(0) }, Vec::new(), 1)
            }
            Ok((config, options)) => {
                let (domain, mut search, servers) = config.into_parts();
                if search.is_empty() {
                    search.extend(domain);
                }
                let port = |server: &NameServerConfig| {
                    server.connections.first().map_or(53, |connection| connection.port)
                };
                let addresses: Vec<_> = servers.iter().map(|s| SocketAddr::new(s.ip, port(s))).collect();
                (Self::new(&addresses), search, options.ndots)
            }
        }
    }
}

impl Ask for Servers {
    /// The first that answers counts. One that errs, or is silent for a second, does not keep the next one from being asked.
    async fn ask(&self, name: &Name, kind: RecordType) -> Result<Answer, LookupError> {
        let servers = self.servers.as_ref().map_err(Clone::clone)?;
        let first = self.first.load(Relaxed);
        let mut left = (0..servers.len()).map(|n| (first + n) % servers.len()).peekable();
        let mut asked = FuturesUnordered::new();
        let mut error = None;
        loop {
            asked.extend(left.next().and_then(|n| {
                let server = servers.get(n)?;
                Some(async move { (n, server.ask(name, kind).await) })
            }));
            let answer = tokio::select! {
                answer = asked.next() => answer,
                () = sleep(PATIENCE), if left.peek().is_some() => continue,
            };
            match answer {
                Some((n, Ok(answer))) => {
                    self.first.store(n, Relaxed);
                    return Ok(answer);
                }
                Some((_, Err(why))) => error = error.or(Some(why)),
                None => {
                    let unanswered = || LookupError::Unanswered { question: question(name, kind) };
                    return Err(error.unwrap_or_else(unanswered));
                }
            }
        }
    }
}
