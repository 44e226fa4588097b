use std::{fmt, net::SocketAddr, path::Path, str::FromStr, sync::Arc};

/// Where to connect: the smallest thing that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// A host name and a port, resolved when it is dialled.
    Name(Arc<str>, u16),
    /// The path of a Unix socket, written `unix:/path`.
    Unix(Arc<Path>),
}

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address: {why}")]
pub struct BadAddress {
    text: String,
    why: &'static str,
}

/// The address family for interleaving (RFC 8305 section 4, as grpc-go does it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
    Other,
}

impl Address {
    /// The scope in a literal such as `fe80::1%eth0` does not parse as an IP address, so it is a name; its family is told by its shape.
    pub(crate) fn family(&self) -> Family {
        match self {
            Self::Tcp(SocketAddr::V4(_)) => Family::V4,
            Self::Tcp(SocketAddr::V6(a)) if a.ip().to_ipv4_mapped().is_some() => Family::V4,
            Self::Tcp(SocketAddr::V6(_)) => Family::V6,
            Self::Name(host, _) if host.contains(':') => Family::V6,
            Self::Name(..) | Self::Unix(_) => Family::Other,
        }
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    /// `10.0.0.1:80`, `[::1]:80`, `[fe80::1%eth0]:80`, `host:80` or `unix:/path`.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = |why| BadAddress { text: text.chars().take(256).collect(), why };
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err(bad("the path of the Unix socket is empty")),
                path => Ok(Self::Unix(Path::new(path).into())),
            };
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return match address.port() {
                0 => Err(bad("the port must be in 1..=65535")),
                _ => Ok(Self::Tcp(address)),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| bad("want HOST:PORT or unix:PATH"))?;
        let digits = Some(port).filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
        let port = digits.and_then(|port| port.parse().ok()).filter(|port| *port > 0);
        let port = port.ok_or_else(|| bad("the port must be in 1..=65535"))?;
        if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            let (ip, zone) = inner.split_once('%').ok_or_else(|| bad("no IPv6 address in the brackets"))?;
            return match ip.parse::<std::net::Ipv6Addr>() {
                Ok(_) if !zone.is_empty() => Ok(Self::Name(inner.into(), port)),
                _ => Err(bad("no IPv6 address in the brackets")),
            };
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        // A name that is complete may end in a dot (RFC 1034 section 3.1).
        match host.strip_suffix('.').unwrap_or(host) {
            "" => Err(bad("the host is empty")),
            host if host.contains(':') => Err(bad("an IPv6 address must stand in brackets")),
            host if host.len() > 253 => Err(bad("a host name has at most 253 characters")),
            host if host.rsplit('.').next().is_some_and(is_number) => Err(bad("no IPv4 address")),
            host if !host.chars().all(plain) => {
                Err(bad("a host name has letters, digits, '-', '.' and '_' only"))
            }
            _ => Ok(Self::Name(host.into(), port)),
        }
    }
}

/// Whether a name that ends in this label would be read as an IPv4 address by the system's resolver, whose numbers may be hexadecimal:
/// `0xa9fea9fe` is 169.254.169.254 (POSIX `inet_addr`). No top-level domain looks so.
fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => label.chars().all(|c| c.is_ascii_digit()),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Name(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Name(host, port) => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1034 section 3.1: a name with a dot at its end is complete, so no search list is tried.
    #[test]
    fn a_complete_name_is_an_address_as_it_is_written() {
        for text in ["svc.internal.:80", "a.:1", "a1.b2.:65535"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [".:80", "..:80", "a..:80", "1.2.3.4.:80", "256.1.1.1:80", ":80"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    /// G 104: the system's resolver takes these for IPv4 addresses.
    #[test]
    fn an_ipv4_address_is_written_in_no_other_way() {
        for text in [
            "2852039166:80",
            "0xa9fea9fe:80",
            "0XA9FEA9FE.:80",
            "0x7f.1:80",
            "127.0x1:80",
            "169.254.169.0xfe:80",
            "169.254.43518:80",
            "0251.0376.0251.0376:80",
            "0177.0.0.01:80",
            "0:80",
            "0x:80",
            "127.1:80",
            "169.254.169.254.:80",
            "[::ffff:0xa9fe:a9fe]:80",
            "[169.254.169.254]:80",
            "[169.254.169.254%eth0]:80",
            "１６９.254.169.254:80",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        for text in ["0xa.internal:80", "a0x1:80", "0x1g:80", "1.a:80"] {
            assert!(matches!(text.parse(), Ok(Address::Name(..))), "{text}");
        }
    }

    #[test]
    fn a_port_is_digits_only() {
        for text in ["a:+80", "a:-80", "a: 80", "a:", "a:0", "a:65536", "[fe80::1%eth0]:+80"] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.ends_with("the port must be in 1..=65535"), "{error}");
        }
    }
}
