use super::{Answer, Ask, question, server::Server};
use crate::{LookupError, options::DNS_PORT};
use futures_util::{StreamExt, stream::FuturesUnordered};
use hickory_resolver::{
    config::{NameServerConfig, ResolverConfig, ResolverOpts},
    net::NetError,
    proto::rr::{Name, RecordType},
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

    /// Those of the system's configuration as it was read, its search list, and from how many dots on a name is tried as it is first.
    pub(crate) fn of(read: Result<(ResolverConfig, ResolverOpts), NetError>) -> (Self, Vec<Name>, usize) {
        let (config, options) = match read {
            Ok(read) => read,
            Err(why) => {
                let servers = Err(LookupError::NoServer(Arc::new(why)));
                return (Self { servers, first: AtomicUsize::new(0) }, Vec::new(), 1);
            }
        };
        let (domain, mut search, servers) = config.into_parts();
        if search.is_empty() {
            search.extend(domain);
        }
        let port = |server: &NameServerConfig| server.connections.first().map_or(DNS_PORT, |c| c.port);
        let addresses: Vec<_> = servers.iter().map(|s| SocketAddr::new(s.ip, port(s))).collect();
        (Self::new(&addresses), search, options.ndots)
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use hickory_resolver::system_conf::parse_resolv_conf;

    fn read(text: &str) -> (Result<Vec<String>, String>, Vec<String>, usize) {
        let (servers, search, ndots) = Servers::of(parse_resolv_conf(text));
        let servers = servers.servers.map(|list| list.iter().map(|s| s.address().to_string()).collect());
        (servers.map_err(|e| e.to_string()), search.iter().map(ToString::to_string).collect(), ndots)
    }

    #[tokio::test]
    async fn the_configuration_says_whom_to_ask_and_where_to_search() {
        let text = "nameserver 10.0.0.1\nnameserver ::1\nsearch a.lan b\noptions ndots:3\n";
        let (servers, search, ndots) = read(text);
        assert_eq!(servers.unwrap(), ["10.0.0.1:53", "[::1]:53"]);
        assert_eq!((search.as_slice(), ndots), (["a.lan", "b"].map(String::from).as_slice(), 3));
    }

    #[tokio::test]
    async fn the_domain_is_searched_where_there_is_no_search_list() {
        let (list, domain) = (vec![Name::from_ascii("s").unwrap()], Name::from_ascii("d").unwrap());
        for (search, want) in [(list, "s"), (Vec::new(), "d")] {
            let config = ResolverConfig::from_parts(Some(domain.clone()), search, Vec::new());
            let (_, search, _) = Servers::of(Ok((config, ResolverOpts::default())));
            assert_eq!(search.iter().map(ToString::to_string).collect::<Vec<_>>(), [want]);
        }
    }

    /// V-6: Volo panics where there is no configuration.
    #[tokio::test]
    async fn a_configuration_without_a_server_is_an_error_of_the_question() {
        let missing = NetError::from(std::io::Error::from(std::io::ErrorKind::NotFound));
        for broken in [parse_resolv_conf("# nothing"), parse_resolv_conf("\0\u{ff}"), Err(missing)] {
            let (servers, ..) = Servers::of(broken);
            let error = servers.ask(&Name::root(), RecordType::A).await.unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with("no DNS server is configured") && text.contains("?server="), "{text}");
        }
    }
}
