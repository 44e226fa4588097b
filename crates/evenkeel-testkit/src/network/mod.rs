//! A network in memory, in virtual time: peers are scripted by address, and everything that happens is on record.
//!
//! ```
//! use evenkeel_channel::Channel;
//! use evenkeel_testkit::Network;
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let network = Network::new();
//! network.peer("10.0.0.1:80").accepts(Duration::from_millis(3));
//! network.peer("10.0.0.2:80").hangs();
//! let builder = Channel::builder("static:///10.0.0.1:80,10.0.0.2:80");
//! let channel = builder.build_over(network.clone()).unwrap();
//! channel.ready().await.unwrap();
//! assert_eq!((network.peer("10.0.0.1:80").live(), network.peer("10.0.0.2:80").dials().len()), (1, 1));
//! # }
//! ```

mod body;
mod connection;
mod line;
mod peer;
pub mod reply;
mod site;

pub use body::LineBody;
pub use connection::MemoryConnection;
pub use peer::Peer;

use evenkeel_channel::transport::{Connect, ConnectError};
use evenkeel_core::Address;
use site::{Dialing, Site};
use std::{
    collections::BTreeMap,
    future::pending,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// A network in memory. A clone is the same network. A peer that was never scripted refuses at once.
#[derive(Debug, Clone)]
pub struct Network(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    born: Instant,
    sites: Mutex<BTreeMap<Address, Site>>,
    dials: Mutex<Vec<Dial>>,
}

/// One attempt to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// When it began, from the birth of the network.
    pub at: Duration,
    /// Where to.
    pub address: Address,
}

impl Default for Network {
    fn default() -> Self {
        let (sites, dials) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Shared { born: Instant::now(), sites, dials }))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A failed assertion of the test itself may unwind while it holds this; what is behind it is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Network {
    /// A network on which every peer refuses.
    pub fn new() -> Self {
        Self::default()
    }

    /// A network on which these peers accept at once.
    pub fn of<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let network = Self::new();
        for address in addresses {
            network.peer(address).accepts(Duration::ZERO);
        }
        network
    }

    /// The peer at an address, to script and to observe.
    ///
    /// # Panics
    /// The text is not an address.
    pub fn peer(&self, address: &str) -> Peer {
        let address = address.parse().expect("the test gave a text that is no address");
        Peer::new(self.clone(), address)
    }

    /// All attempts to connect so far, in order.
    pub fn dials(&self) -> Vec<Dial> {
        lock(&self.0.dials).clone()
    }

    /// The open connections to all peers.
    pub fn live(&self) -> usize {
        lock(&self.0.sites).values().map(Site::live).sum()
    }

    /// What is not over: a line for each open connection and each attempt to connect. Empty once everything was let go of.
    pub fn leaks(&self) -> Vec<String> {
        lock(&self.0.sites).iter().flat_map(|(address, site)| site.leaks(address)).collect()
    }

    /// The time since the birth of the network.
    pub fn now(&self) -> Duration {
        self.0.born.elapsed()
    }

    fn with<R>(&self, address: &Address, act: impl FnOnce(&mut Site) -> R) -> R {
        let mut sites = lock(&self.0.sites);
        act(sites.entry(address.clone()).or_default())
    }
}

impl Connect for Network {
    type Connection = MemoryConnection;

    fn connect(
        &self,
        address: &Address,
    ) -> impl Future<Output = Result<MemoryConnection, ConnectError>> + Send + 'static {
        let (network, address) = (self.clone(), address.clone());
        lock(&network.0.dials).push(Dial { at: network.now(), address: address.clone() });
        let (dialing, attempt) = network.with(&address, |site| site.dial(network.now()));
        async move {
            meet(dialing).await?;
            drop(attempt);
            let line = network.with(&address, Site::accept);
            if matches!(dialing, Dialing::Flap) {
                line.cut_after(site::FLAP);
            }
            Ok(MemoryConnection::new(network, address, line))
        }
    }
}

/// How the peer meets the attempt.
async fn meet(dialing: Dialing) -> Result<(), ConnectError> {
    match dialing {
        Dialing::Accept(after) => sleep(after).await,
        Dialing::Refuse(after) => {
            sleep(after).await;
            return Err(io::Error::from(io::ErrorKind::ConnectionRefused).into());
        }
        Dialing::Hang => pending().await,
        Dialing::Flap => {}
    }
    Ok(())
}
