use crate::refresh::Refresh;
use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::net::{IpAddr, SocketAddr};

/// What both sources take besides a name: whom to ask and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// The DNS servers that the target names; none for the system's.
    pub(crate) servers: Vec<SocketAddr>,
    pub(crate) refresh: Refresh,
}

const BOUNDS: FieldKind = FieldKind::Duration { min: *Refresh::BOUNDS.start(), max: *Refresh::BOUNDS.end() };
/// The options of a target.
pub(crate) const OPTIONS: &[Field] = &[
    Field::new(
        "server",
        FieldKind::Text,
        "null",
        "the DNS server, IP:PORT, or several with commas; the system's without it",
    ),
    Field::new("min_ttl", BOUNDS, "\"5s\"", "the least time between two looks, where the TTL is shorter"),
    Field::new("refresh", BOUNDS, "null", "the time between two looks, whatever the TTL"),
];

/// The port of DNS (RFC 1035 section 4.2).
pub(crate) const DNS_PORT: u16 = 53;

impl Options {
    /// Reads `//SERVER/`, `?server=`, `?min_ttl=` and `?refresh=`.
    pub(crate) fn read(target: &Target) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        Ok(Self { servers: servers(target)?, refresh: refresh(target)? })
    }
}

/// The servers, `IP[:PORT][,IP[:PORT]]...`, from the authority (gRPC's form) or the option.
fn servers(target: &Target) -> Result<Vec<SocketAddr>, BadTarget> {
    if target.credentials()?.is_some() {
        return Err(target.bad("DNS takes no user and password"));
    }
    let list = match (target.authority(), target.option("server")) {
        ("", None) => return Ok(Vec::new()),
        ("", Some(list)) | (list, None) => list,
        _ => return Err(target.bad("want the DNS server before the name or as ?server=, not both")),
    };
    let bad =
        |text| target.bad(format!("DNS server {text:?}: want an IP address, or IP:PORT (IPv6 in brackets)"));
    list.split(',').map(|text| server(text).ok_or_else(|| bad(text))).collect()
}

fn server(text: &str) -> Option<SocketAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let bare = bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, DNS_PORT));
    bare.or_else(|| text.parse().ok()).filter(|server| server.port() > 0)
}

fn refresh(target: &Target) -> Result<Refresh, BadTarget> {
    let floor = target.duration("min_ttl", Refresh::BOUNDS)?;
    match (floor, target.duration("refresh", Refresh::BOUNDS)?) {
        (Some(_), Some(_)) => Err(target.bad("want min_ttl or refresh, not both")),
        (_, Some(every)) => Ok(Refresh::Every(every)),
        (floor, None) => Ok(Refresh::Ttl(floor.unwrap_or(Refresh::FLOOR))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str) -> Result<(Vec<String>, Refresh), String> {
        let options = Options::read(&Target::parse(target).unwrap()).map_err(|e| e.to_string())?;
        Ok((options.servers.iter().map(ToString::to_string).collect(), options.refresh))
    }

    #[test]
    fn servers_stand_before_the_name_or_in_an_option() {
        for (target, servers) in [
            ("dns:///x", &[][..]),
            ("dns://10.0.0.1/x", &["10.0.0.1:53"]),
            ("dns://10.0.0.1:5353,[::1]/x", &["10.0.0.1:5353", "[::1]:53"]),
            ("dns:///x?server=::1,[::1]:54", &["[::1]:53", "[::1]:54"]),
        ] {
            assert_eq!(read(target).unwrap().0, servers, "{target}");
        }
    }

    #[test]
    fn the_pace_is_that_of_the_ttl_above_a_floor_or_fixed() {
        let millis = std::time::Duration::from_millis;
        assert_eq!(read("dns:///x").unwrap().1, Refresh::Ttl(millis(5000)));
        assert_eq!(read("dns:///x?min_ttl=1s").unwrap().1, Refresh::Ttl(millis(1000)));
        assert_eq!(read("dns:///x?refresh=100ms").unwrap().1, Refresh::Every(millis(100)));
    }

    #[test]
    fn a_mistake_is_one_clear_error() {
        for (target, why) in [
            ("dns://u:p@10.0.0.1/x", "no user and password"),
            ("dns://10.0.0.1/x?server=10.0.0.2", "not both"),
            ("dns://ns.example/x", "want an IP address"),
            ("dns://10.0.0.1:0/x", "want an IP address"),
            ("dns:///x?server=", "want an IP address"),
            ("dns:///x?server=10.0.0.1,", "want an IP address"),
            ("dns:///x?min_ttl=99ms", "100ms..=3600s"),
            ("dns:///x?refresh=2h", "100ms..=3600s"),
            ("dns:///x?refresh=5s&min_ttl=5s", "not both"),
            ("dns:///x?ttl=5s", "no option \"ttl\"; there are: server, min_ttl, refresh"),
        ] {
            let error = read(target).unwrap_err();
            assert!(error.contains(why), "{target}: {error}");
        }
    }
}
