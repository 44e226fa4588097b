use crate::api::{Endpoint, TargetRef};
use evenkeel_core::Address;
use evenkeel_discover::BadRecord;
use std::{collections::BTreeMap, net::IpAddr, net::SocketAddr, sync::Arc};

/// What the conditions of an endpoint come to; a greater one is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It terminates, but still serves.
    Terminating,
    Ready,
}

/// An endpoint that may get calls.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The object behind it, by which the same one is known in another slice.
    pub(super) uid: Option<String>,
    pub(super) state: State,
    pub(super) addresses: Vec<Address>,
    pub(super) tags: BTreeMap<Arc<str>, Arc<str>>,
}

impl Member {
    /// Of an endpoint of a slice with this port; nothing if it serves nobody.
    pub(super) fn read(endpoint: &Endpoint, port: u16) -> Result<Option<Self>, BadRecord> {
        let Some(state) = state(endpoint) else { return Ok(None) };
        let texts = endpoint.addresses.as_deref().unwrap_or_default();
        if texts.is_empty() {
            return Err(BadRecord::new("no address"));
        }
        let address = |text: &String| {
            let ip: Result<IpAddr, _> = text.parse();
            let bad = |_| BadRecord::new(format_args!("{text:?} is no IP address"));
            ip.map(|ip| Address::Tcp(SocketAddr::new(ip, port))).map_err(bad)
        };
        let addresses = texts.iter().map(address).collect::<Result<_, _>>()?;
        let tags = tags(endpoint);
        let uid =
            endpoint.target_ref.as_ref().and_then(|object| object.uid.clone()).filter(|uid| !uid.is_empty());
        Ok(Some(Self { uid, state, addresses, tags }))
    }

    /// Takes in what another slice says of the same one: the better state, and addresses and tags that are new.
    pub(super) fn join(&mut self, other: Self) {
        self.state = self.state.max(other.state);
        for address in other.addresses {
            if !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
        for (key, value) in other.tags {
            self.tags.entry(key).or_insert(value);
        }
    }
}

/// A condition that is not known is a good one: so says the API.
fn state(endpoint: &Endpoint) -> Option<State> {
    let conditions = endpoint.conditions.unwrap_or_default();
    let ready = conditions.ready.unwrap_or(true);
    let drains = conditions.serving.unwrap_or(ready) && conditions.terminating.unwrap_or(false);
    if ready { Some(State::Ready) } else { drains.then_some(State::Terminating) }
}

fn tags(endpoint: &Endpoint) -> BTreeMap<Arc<str>, Arc<str>> {
    let pod = endpoint.target_ref.as_ref().and_then(pod);
    let zones = endpoint.hints.as_ref().and_then(|hints| hints.for_zones.as_deref()).unwrap_or_default();
    let zones = zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>().join(",");
    let all = [
        ("zone", endpoint.zone.as_deref()),
        ("node", endpoint.node_name.as_deref()),
        ("hostname", endpoint.hostname.as_deref()),
        ("pod", pod),
        ("hints.zones", Some(zones.as_str())),
    ];
    let there =
        all.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    there.map(|(key, value)| (key.into(), value.into())).collect()
}

fn pod(object: &TargetRef) -> Option<&str> {
    object.name.as_deref().filter(|_| object.kind.as_deref() == Some("Pod"))
}
