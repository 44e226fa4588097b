//! What IP addresses are good for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Metadata services outside of 169.254.0.0/16: AWS over IPv6 (instance metadata, pod identity), Alibaba Cloud, Oracle Cloud.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)];
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];

/// Why no service can be at an address.
pub(super) fn no_service(ip: IpAddr) -> Option<&'static str> {
    let ip = reached(ip);
    let is_metadata = match ip {
        // 169.254.169.254 and its neighbours for names, time and containers.
        IpAddr::V4(ip) => METADATA_V4.contains(&ip) || matches!(ip.octets(), [169, 254, 169 | 170, _]),
        // fe80::a9fe:a9fe is Google Cloud's 169.254.169.254.
        IpAddr::V6(ip) => METADATA_V6.contains(&ip) || matches!(ip.segments(), [0xfe80, .., 0xa9fe, 0xa9fe]),
    };
    let is_this_network = matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 0);
    if ip.is_unspecified() || is_this_network {
        Some("unspecified")
    } else if ip.is_multicast() {
        Some("multicast")
    } else if ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
        Some("broadcast")
    } else if is_metadata {
        Some("a metadata service")
    } else {
        None
    }
}

/// Why an address is of this machine or its own wire.
pub(super) fn near(ip: IpAddr) -> Option<&'static str> {
    let (is_loopback, is_link_local) = match reached(ip) {
        IpAddr::V4(ip) => (ip.is_loopback(), ip.is_link_local()),
        IpAddr::V6(ip) => (ip.is_loopback(), ip.is_unicast_link_local()),
    };
    if is_loopback {
        Some("loopback")
    } else if is_link_local {
        Some("link-local")
    } else {
        None
    }
}

/// Where packets to an address end up: at the IPv4 address within it, if it has one.
fn reached(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(ip) => embedded(ip).map_or(IpAddr::V6(ip), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match ip.segments() {
        // `::` and `::1` are what they are.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return None,
        // Compatible and mapped (RFC 4291 section 2.5.5), translated (RFC 2765 section 2.1); NAT64 (RFC 6052 section 2.1), also with a
        // prefix of the network's own (RFC 8215); 6to4 (RFC 3056 section 2).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, .., high, low]
        | [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}
