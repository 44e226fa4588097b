use crate::{
    Snapshot,
    policies::hashing::client::{Client, instance, members, moved, set},
};
use proptest::prelude::*;
use serde_json::json;

fn rendezvous(set: &Snapshot) -> Client {
    Client::new("rendezvous", &json!({}), set)
}

/// B 34: exactly its own.
#[test]
fn one_of_a_hundred_that_leaves_moves_its_own_keys_only() {
    let (all, left) = (rendezvous(&set(&[1; 100])), rendezvous(&set(&[1; 99])));
    let owned = u64::from(all.shares(20_000)["a99:1"]);
    assert_eq!(moved(&all, &left, 20_000, "a99:1"), (owned, true));
}

/// F13, F15: weights are honoured, and one that changes moves keys from or to its own instance only.
#[test]
fn shares_follow_weights() {
    let before = rendezvous(&set(&[1, 2, 3, 4]));
    for (n, share) in (1..).zip(before.shares(50_000).values()) {
        assert!((f64::from(*share) / f64::from(n * 5_000) - 1.0).abs() < 0.06, "{n}: {share}");
    }
    let after = rendezvous(&set(&[1, 5, 3, 4]));
    let (moved, justified) = moved(&before, &after, 50_000, "a1:1");
    // From 2/10 to 5/13.
    assert!(justified && (8_700..9_800).contains(&moved), "{moved}");
    let wide = rendezvous(&set(&[1, u32::MAX])).shares(10_000);
    assert_eq!(wide["a1:1"], 10_000);
}

/// Equal weights need no logarithm; that does not show.
#[test]
fn equal_weights_of_any_size_have_the_same_owners() {
    let (one, many) = (rendezvous(&set(&[1; 9])), rendezvous(&set(&[7; 9])));
    let mixed = rendezvous(&set(&[7, 7, 7, 7, 7, 7, 7, 7, 7, 1]));
    for key in 0..3_000u64 {
        let key = key.to_le_bytes();
        assert_eq!(one.list(key), many.list(key));
        let mut without = mixed.list(key);
        without.retain(|name| name != "a9:1");
        assert_eq!(without, one.list(key));
    }
}

/// B 35: fixed owners, so that no release and no kind of machine moves keys; from an implementation that shares no line with
/// this one.
#[test]
fn owners_stay_what_they_are() {
    for (weights, owners) in [([1; 5], [5, 4, 3, 4, 2]), ([1, 2, 3, 4, 5], [5, 4, 5, 4, 2])] {
        let list = (1..=5).zip(weights);
        let set: Snapshot = list.map(|(n, w)| instance(&format!("10.0.0.{n}:80")).with_weight(w)).collect();
        let client = rendezvous(&set);
        let got = ["alice", "bob", "carol", "4711", "\u{e9}"].map(|key| client.owner(key));
        assert_eq!(got, owners.map(|n| format!("10.0.0.{n}:80")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// F16: who comes next is who would own the key without those before, whatever the order of the list.
    #[test]
    fn a_list_is_the_order_of_owners(
        weights in prop::collection::vec(prop_oneof![Just(1u32), 1..9u32, Just(u32::MAX)], 1..8), key: u64, turn: u8
    ) {
        let mut list: Vec<_> = weights.iter().copied().enumerate().collect();
        let order = rendezvous(&members(&list)).list(key.to_le_bytes());
        prop_assert_eq!(order.len(), list.len());
        let turn = usize::from(turn) % list.len();
        list.rotate_left(turn);
        for name in order {
            prop_assert_eq!(&rendezvous(&members(&list)).owner(key.to_le_bytes()), &name);
            list.retain(|(n, _)| format!("a{n}:1") != name);
        }
    }
}
