use super::Client;
use crate::{error::EtcdError, target::Cluster};
use evenkeel_core::mix;
use evenkeel_discover::Server;
use evenkeel_wire::Tls;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// Connects to clusters, beginning each time with another of their servers.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    /// Where targets do not name certificates of their own.
    tls: Option<Tls>,
    turn: Arc<AtomicUsize>,
}

impl Default for Dialer {
    /// Each process begins elsewhere, so that not all load the first server.
    fn default() -> Self {
        let turn = usize::try_from(mix(u64::from(std::process::id())) >> 32).unwrap_or_default();
        Self { tls: None, turn: Arc::new(AtomicUsize::new(turn)) }
    }
}

/// What all servers of a cluster together are given for one question.
const LIMIT: Duration = Duration::from_secs(5);
/// What each of them is given at least.
const LEAST: Duration = Duration::from_secs(2);

impl Dialer {
    #[cfg(feature = "tls")]
    pub(crate) fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The servers in the order in which they are to be tried.
    fn order(&self, cluster: &Cluster) -> Vec<Server> {
        let mut servers = cluster.servers.clone();
        let turn = self.turn.fetch_add(1, Relaxed).checked_rem(servers.len());
        servers.rotate_left(turn.unwrap_or_default());
        servers
    }

    /// Connects to one server and says who is calling.
    pub(crate) async fn connect(&self, cluster: &Cluster, server: &Server) -> Result<Client, EtcdError> {
        let servers = u32::try_from(cluster.servers.len()).unwrap_or(u32::MAX).max(1);
        let limit = (LIMIT / servers).max(LEAST);
        // The files are read anew each time: certificates are renewed.
        let tls = match &cluster.tls {
            Some(files) => Some(files.read()?),
            None => self.tls.clone(),
        };
        let tls = tls.map(|tls| tls.with_alpn(&["h2"]));
        let mut client = Client::connect(server, tls.as_ref(), limit).await?;
        if let Some(who) = &cluster.credentials {
            client.authenticate(&who.user, &who.password).await?;
        }
        Ok(client)
    }
}

/// Tries the servers of a cluster in turn, for as long as it is the server that fails.
pub(crate) async fn first_that_answers<T, F>(
    dialer: &Dialer,
    cluster: &Cluster,
    attempt: impl Fn(Server) -> F + Send,
) -> Result<T, EtcdError>
where
    F: Future<Output = Result<T, EtcdError>> + Send,
{
    let mut errors = Vec::new();
    for server in dialer.order(cluster) {
        match attempt(server).await {
            Err(error) if error.is_of_server() => errors.push(error),
            done => return done,
        }
    }
    Err(match errors.pop() {
        Some(error) if errors.is_empty() => error,
        last => EtcdError::NoServer(errors.into_iter().chain(last).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Settings;
    use evenkeel_discover::Target;
    use std::collections::BTreeSet;

    #[test]
    fn each_time_another_server_is_the_first_and_all_are_tried() {
        let settings = Settings::of(&Target::parse("etcd://a,b,c/x").unwrap()).unwrap();
        let dialer = Dialer::default();
        let orders: Vec<_> = (0..3).map(|_| dialer.order(&settings.cluster)).collect();
        let firsts: BTreeSet<_> = orders.iter().map(|order| order[0].host.clone()).collect();
        assert_eq!(firsts.len(), 3);
        for order in orders {
            assert_eq!(order.iter().map(|server| &server.host).collect::<BTreeSet<_>>().len(), 3);
        }
    }
}
