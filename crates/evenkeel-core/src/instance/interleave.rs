use super::{Address, address::Family};
use std::collections::{HashSet, VecDeque};

/// The order in which to dial: without repeats, the address families taking turns in order of first appearance
/// (RFC 8305 section 4; three families, as in grpc-go: IPv4 with its mapped form, IPv6, anything else).
pub fn interleave(addresses: impl IntoIterator<Item = Address>) -> Vec<Address> {
    let mut seen = HashSet::new();
    let mut families: Vec<(Family, VecDeque<Address>)> = Vec::new();
    for address in addresses {
        if !seen.insert(address.clone()) {
            continue;
        }
        let family = address.family();
        match families.iter_mut().find(|(f, _)| *f == family) {
            Some((_, queue)) => queue.push_back(address),
            None => families.push((family, VecDeque::from([address]))),
        }
    }
    let mut order = Vec::with_capacity(seen.len());
    while order.len() < seen.len() {
        order.extend(families.iter_mut().filter_map(|(_, queue)| queue.pop_front()));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(list: &[&str]) -> Vec<String> {
        interleave(list.iter().map(|a| format!("{a}:1").parse().unwrap()))
            .iter()
            .map(|a| a.to_string().trim_end_matches(":1").to_owned())
            .collect()
    }

    /// gRPC case 9.
    #[test]
    fn families_take_turns_in_order_of_first_appearance() {
        let list = [
            "1.1.1.1",
            "2.2.2.2",
            "3.3.3.3",
            "[::ffff:192.168.0.1]",
            "[1:1:1:1:1:1:1:1]",
            "[2:2:2:2:2:2:2:2]",
        ];
        let list = [&list[..], &["[fe80::1%eth0]", "grpc.io"]].concat();
        let want = ["1.1.1.1", "[1:1:1:1:1:1:1:1]", "grpc.io", "2.2.2.2", "[2:2:2:2:2:2:2:2]", "3.3.3.3"];
        assert_eq!(order(&list), [&want[..], &["[fe80::1%eth0]", "[::ffff:192.168.0.1]"]].concat());
    }

    /// gRPC case 10.
    #[test]
    fn an_unknown_family_may_come_first() {
        let list = ["grpc.io", "1.1.1.1", "2.2.2.2", "3.3.3.3", "[::ffff:192.168.0.1]", "[1:1:1:1:1:1:1:1]"];
        let list = [&list[..], &["[2:2:2:2:2:2:2:2]", "[fe80::1%eth0]", "example.com"]].concat();
        let want = [
            "grpc.io",
            "1.1.1.1",
            "[1:1:1:1:1:1:1:1]",
            "example.com",
            "2.2.2.2",
            "[2:2:2:2:2:2:2:2]",
            "3.3.3.3",
        ];
        assert_eq!(order(&list), [&want[..], &["[fe80::1%eth0]", "[::ffff:192.168.0.1]"]].concat());
    }

    /// gRPC case 11.
    #[test]
    fn a_repeated_address_is_dialled_once() {
        assert_eq!(order(&["1.1.1.1", "1.1.1.1", "2.2.2.2", "1.1.1.1"]), ["1.1.1.1", "2.2.2.2"]);
    }
}
