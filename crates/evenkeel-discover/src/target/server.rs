use std::fmt;

/// One server of a registry: a host name or an IP address, without brackets, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    /// The host, as TLS would verify it.
    pub host: String,
    /// The port, 1 to 65535.
    pub port: u16,
}

impl Server {
    /// Reads `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Self, &'static str> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or("the bracket is not closed")?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| "no IPv6 address in the brackets")?;
                let port = match port {
                    "" => None,
                    port => Some(port.strip_prefix(':').ok_or("want a colon and a port behind the bracket")?),
                };
                (host, port)
            }
            None => match text.split_once(':') {
                Some((_, port)) if port.contains(':') => {
                    return Err("an IPv6 address must stand in brackets");
                }
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        if host.is_empty() {
            return Err("the host is empty");
        }
        if host.len() > 253 || !host.chars().all(plain) {
            return Err("a host name has at most 253 letters, digits, '-', '.' and '_'");
        }
        let port = match port {
            None => default_port,
            Some(port) => Some(port)
                .filter(|port| port.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|port| port.parse().ok())
                .filter(|port| *port > 0)
                .ok_or("the port must be in 1..=65535")?,
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
