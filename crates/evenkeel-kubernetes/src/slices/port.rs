use crate::api::Port;
use std::fmt;

/// The port that a target asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The only one that there is.
    Only,
    Name(String),
    Number(u16),
}

impl Wanted {
    /// The port of the endpoints of a slice with these ports, or what is wrong. See [`Kubernetes`](crate::Kubernetes) for the rules.
    pub(crate) fn choose(&self, ports: &[Port]) -> Result<u16, String> {
        let tcp: Vec<&Port> =
            ports.iter().filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP").collect();
        let found = match (self, tcp.as_slice()) {
            (Self::Number(number), []) if ports.is_empty() => Some(*number),
            (Self::Number(number), all) if all.iter().any(|port| port.number == Some(*number)) => {
                Some(*number)
            }
            // A port without a number is all ports.
            (Self::Number(number), [only]) => Some(only.number.unwrap_or(*number)),
            (Self::Only, [only]) => only.number,
            (Self::Number(_) | Self::Only, _) => None,
            (Self::Name(name), all) => {
                let named = all.iter().find(|port| port.name.as_deref().unwrap_or_default() == name);
                named.and_then(|port| port.number)
            }
        };
        found.filter(|port| *port > 0).ok_or_else(|| format!("want {self}; there are: {}", shown(&tcp)))
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => f.write_str("the only port, as the target names none"),
            Self::Name(name) => write!(f, "a port named {name:?}"),
            Self::Number(number) => write!(f, "port {number}"),
        }
    }
}

fn shown(ports: &[&Port]) -> String {
    let one = |port: &&Port| {
        let number = port.number.map_or_else(|| "all".to_owned(), |port| port.to_string());
        match port.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} ({number})"),
            None => number,
        }
    };
    if ports.is_empty() { "none".to_owned() } else { ports.iter().map(one).collect::<Vec<_>>().join(", ") }
}
