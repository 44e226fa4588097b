use evenkeel_core::Address;
use std::{fmt, net::Ipv6Addr, str::FromStr};

/// What a `dns:///` target names: a host, and the port of its instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A DNS name, or an IP address without brackets.
    pub host: String,
    /// The port, 1 to 65535.
    pub port: u16,
}

/// A text that is no [`HostPort`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadHost {
    /// There is nothing before the port.
    #[error("the host is empty")]
    NoHost,
    /// `[::1`
    #[error("the bracket is not closed")]
    OpenBracket,
    /// `[:1]`
    #[error("no IPv6 address in the brackets")]
    NoIpv6,
    /// `[::1]80`
    #[error("want a colon and a port behind the bracket")]
    BehindBracket,
    /// `::1`, of which nobody can tell whether the last part is a port.
    #[error("an IPv6 address must stand in brackets")]
    NoBrackets,
    /// `300.1.1.1`
    #[error("no IPv4 address")]
    NoIpv4,
    /// A character or a length that no DNS name has.
    #[error("a host name has at most 253 letters, digits, '-', '_' and '.', at most 63 between two dots")]
    BadName,
    /// `x:`
    #[error("the port behind the colon is missing")]
    NoPort,
    /// `x:-1`
    #[error("the port must be a number in 1..=65535")]
    PortNotANumber,
    /// `x:70000`
    #[error("the port is out of 1..=65535")]
    PortOutOfRange,
}

impl HostPort {
    /// The port where none is written: that of HTTPS, as gRPC's name syntax has it.
    pub const DEFAULT_PORT: u16 = 443;

    /// The address, where the host is one and DNS need not be asked.
    pub(crate) fn literal(&self) -> Option<Address> {
        let ip = self.host.contains(':') || self.host.parse::<std::net::Ipv4Addr>().is_ok();
        ip.then(|| self.to_string().parse().ok()).flatten()
    }
}

impl FromStr for HostPort {
    type Err = BadHost;

    /// Reads `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
    fn from_str(text: &str) -> Result<Self, BadHost> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(BadHost::OpenBracket)?;
                ipv6(host)?;
                let port = if rest.is_empty() {
                    None
                } else {
                    Some(rest.strip_prefix(':').ok_or(BadHost::BehindBracket)?)
                };
                (host, port)
            }
            None => match text.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(BadHost::NoBrackets),
                Some((host, port)) => (dns_name(host)?, Some(port)),
                None => (dns_name(text)?, None),
            },
        };
        Ok(Self { host: host.to_owned(), port: port.map_or(Ok(Self::DEFAULT_PORT), read_port)? })
    }
}

/// An IPv6 address, with a zone (`%eth0`) or not.
fn ipv6(host: &str) -> Result<(), BadHost> {
    let (ip, zone) = host.split_once('%').map_or((host, None), |(ip, zone)| (ip, Some(zone)));
    let good = ip.parse::<Ipv6Addr>().is_ok() && zone != Some("");
    if good { Ok(()) } else { Err(BadHost::NoIpv6) }
}

/// A name as RFC 1035 section 2.3.4 bounds it (with underscores, which SRV and many a zone use), or an IPv4 address.
pub(crate) fn dns_name(host: &str) -> Result<&str, BadHost> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.is_empty() {
        return Err(BadHost::NoHost);
    }
    let good = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(plain);
    if name.len() > 253 || !name.split('.').all(good) {
        return Err(BadHost::BadName);
    }
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if numeric && host.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(BadHost::NoIpv4);
    }
    Ok(host)
}

fn read_port(text: &str) -> Result<u16, BadHost> {
    if text.is_empty() {
        return Err(BadHost::NoPort);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadHost::PortNotANumber);
    }
    text.parse().ok().filter(|port| *port > 0).ok_or(BadHost::PortOutOfRange)
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests;
