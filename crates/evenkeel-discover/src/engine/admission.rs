use super::ip::{near, no_service};
use evenkeel_core::{Address, Dropped, Instance, Snapshot};
use std::{net::IpAddr, sync::Arc};

/// Which addresses of a source are left out. Who can write into a registry could else send calls, with their credentials, to places
/// that only look like services.
///
/// Lists that the program itself wrote, such as `static:///`, are taken as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Addresses {
    /// All are taken.
    All,
    /// Left out: unspecified, multicast and broadcast addresses, and those at which clouds serve a machine's own metadata.
    #[default]
    Default,
    /// Left out as well: loopback and link-local addresses, and Unix sockets.
    Strict,
}

impl Addresses {
    /// Why an IP address is left out, if it is. Whoever resolves a name of an instance asks before it dials: what a name
    /// means is not known here, and may be another thing each time.
    pub fn refuses_ip(self, ip: IpAddr) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Default => no_service(ip),
            Self::Strict => no_service(ip).or_else(|| near(ip)),
        }
    }

    /// Why an address is left out, if it is.
    fn refuses(self, address: &Address) -> Option<&'static str> {
        let strict = self == Self::Strict;
        match address {
            _ if self == Self::All => None,
            Address::Tcp(at) => self.refuses_ip(at.ip()),
            // A literal with a scope, such as fe80::1%eth0.
            Address::Name(host, _) if host.contains(':') => {
                host.split('%').next().and_then(|ip| ip.parse().ok()).and_then(|ip| self.refuses_ip(ip))
            }
            Address::Name(host, _) if strict && is_localhost(host) => Some("loopback"),
            Address::Unix(_) if strict => Some("a Unix socket"),
            _ => None,
        }
    }

    /// The set without addresses that are refused; an instance that has none left is left out.
    pub(super) fn admit(self, set: Snapshot, dropped: &mut Dropped) -> Snapshot {
        if !set.iter().any(|instance| instance.addresses().iter().any(|at| self.refuses(at).is_some())) {
            return set;
        }
        let admitted =
            set.iter().filter_map(|instance| self.admit_one(instance, dropped)).collect::<Vec<_>>();
        set.with_instances(admitted)
    }

    fn admit_one(self, instance: &Arc<Instance>, dropped: &mut Dropped) -> Option<Arc<Instance>> {
        let mut kept = Vec::with_capacity(instance.addresses().len());
        for address in instance.addresses().iter() {
            match self.refuses(address) {
                Some(why) => dropped.add(format_args!("{address}: {why}")),
                None => kept.push(address.clone()),
            }
        }
        match kept.len() {
            0 => None,
            n if n == instance.addresses().len() => Some(instance.clone()),
            _ => Some(Arc::new(instance.with_addresses(kept))),
        }
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(rules: Addresses, address: &str) -> Option<&'static str> {
        rules.refuses(&address.parse().unwrap())
    }

    /// G 104 of the scenarios.
    #[test]
    fn metadata_unspecified_and_multicast_addresses_are_left_out() {
        for (address, why) in [
            ("169.254.169.254:80", "a metadata service"),
            ("169.254.170.2:80", "a metadata service"),
            ("[::ffff:169.254.169.254]:80", "a metadata service"),
            ("[fd00:ec2::254]:80", "a metadata service"),
            ("[fe80::a9fe:a9fe]:80", "a metadata service"),
            ("[fe80::a9fe:a9fe%eth0]:80", "a metadata service"),
            ("100.100.100.200:80", "a metadata service"),
            ("0.0.0.0:80", "unspecified"),
            ("0.1.2.3:80", "unspecified"),
            ("[::]:80", "unspecified"),
            ("[::ffff:0.0.0.0]:80", "unspecified"),
            ("[::FFFF:A9FE:A9FE]:80", "a metadata service"),
            ("[::169.254.169.254]:80", "a metadata service"),
            ("[::ffff:0:a9fe:a9fe]:80", "a metadata service"),
            ("[64:ff9b::a9fe:a9fe]:80", "a metadata service"),
            ("[64:ff9b::169.254.169.254%eth0]:80", "a metadata service"),
            ("[64:ff9b:1::a9fe:a9fe]:80", "a metadata service"),
            ("[2002:a9fe:a9fe::1]:80", "a metadata service"),
            ("[64:ff9b::]:80", "unspecified"),
            ("224.0.0.1:80", "multicast"),
            ("[ff02::1]:80", "multicast"),
            ("255.255.255.255:80", "broadcast"),
        ] {
            assert_eq!(refused(Addresses::Default, address), Some(why), "{address}");
            assert_eq!(refused(Addresses::Strict, address), Some(why), "{address}");
            assert_eq!(refused(Addresses::All, address), None, "{address}");
        }
    }

    /// G 104 of the scenarios.
    #[test]
    fn strict_leaves_out_loopback_and_link_local_too() {
        for address in [
            "127.0.0.1:80",
            "127.9.9.9:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
            "[64:ff9b::7f00:1]:80",
            "[2002:7f00:1::]:80",
            "[fe80::1%3]:80",
            "LocalHost.:80",
            "169.254.1.1:80",
            "[fe80::1]:80",
            "[fe80::1%eth0]:80",
            "localhost:80",
            "a.LOCALHOST.:80",
            "unix:/run/x",
        ] {
            assert_eq!(refused(Addresses::Default, address), None, "{address}");
            assert!(refused(Addresses::Strict, address).is_some(), "{address}");
        }
        for address in [
            "10.0.0.1:80",
            "[2001:db8::1]:80",
            "[fd00::1]:80",
            "svc.internal:80",
            "100.64.0.1:80",
            "[64:ff9b::a00:1]:80",
        ] {
            assert_eq!(refused(Addresses::Strict, address), None, "{address}");
        }
    }

    #[test]
    fn an_instance_keeps_its_other_addresses_and_all_else() {
        let instance = Instance::new(["0.0.0.0:1", "10.0.0.1:1"].map(|at| at.parse().unwrap()))
            .with_weight(7)
            .with_priority(2)
            .with_tag("zone", "a");
        let lost = Instance::from("224.0.0.1:1".parse::<Address>().unwrap());
        let set: Snapshot = [instance, lost].into_iter().collect();
        let set = set.with_service_config("{}");
        let mut dropped = Dropped::default();
        let admitted = Addresses::Default.admit(set, &mut dropped);
        assert_eq!((admitted.len(), admitted[0].name().as_str()), (1, "10.0.0.1:1"));
        assert_eq!(
            (admitted[0].weight(), admitted[0].priority(), admitted[0].tag("zone")),
            (7, 2, Some("a"))
        );
        assert_eq!(admitted.service_config().map(|json| &**json), Some("{}"));
        assert_eq!((dropped.count, dropped.reasons[1].as_str()), (2, "224.0.0.1:1: multicast"));
    }
}
