use super::{super::hashing::Roll, table::MaglevTable};
use crate::{
    Failure, FailureKind,
    policies::{
        self,
        hashing::client::{Client, members, moved, set},
    },
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn maglev(config: &Value, weights: &[u32]) -> Client {
    Client::new("maglev", config, &set(weights))
}

/// B 34: at most 3 % of all keys, 1 % of them its own.
#[test]
fn one_of_a_hundred_that_leaves_moves_few_other_keys() {
    let (all, left) = (maglev(&json!({}), &[1; 100]), maglev(&json!({}), &[1; 99]));
    let (moved, _) = moved(&all, &left, 200_000, "a99:1");
    assert!((1_800..=6_000).contains(&moved), "{moved}");
}

/// F13: list order and the way to a set do not count.
#[test]
fn owners_depend_on_the_set_alone() {
    let list: Vec<_> = (0..20).map(|n| (n, [1, 2, 3][n % 3])).collect();
    let mut turned = list.clone();
    turned.reverse();
    let config = json!({"tableSize": 4099});
    let (one, mut other) = (
        Client::new("maglev", &config, &members(&list)),
        Client::new("maglev", &config, &members(&list[3..9])),
    );
    other.update(&members(&turned));
    for key in 0..2_000u64 {
        assert_eq!(one.list(key.to_le_bytes())[..3], other.list(key.to_le_bytes())[..3]);
    }
}

/// The table's shares are those of the weights, each within a turn or two.
#[test]
fn places_follow_weights() {
    for weights in [vec![1; 100], vec![1, 2, 3, 4], vec![10, 20, 50, 1], vec![u32::MAX, u32::MAX / 2, 1]] {
        let table = MaglevTable::new(65_537, &Roll::of(&set(&weights), 0));
        let sum: f64 = weights.iter().map(|w| f64::from(*w)).sum();
        for (member, weight) in (0..).zip(&weights) {
            let places = table.owners().iter().filter(|owner| **owner == member).count();
            let want = 65_537.0 * f64::from(*weight) / sum;
            let (least, most) = (want - 2.0, want + 2.0);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let places = places as f64;
            assert!(places >= 1.0 && (least..=most).contains(&places), "{weight} of {weights:?}: {places}");
        }
    }
}

/// F16: retries meet every instance once, in one order for a key.
#[test]
fn a_key_has_one_list_of_all_instances() {
    let make = || maglev(&json!({"tableSize": 101}), &[1, 5, 2, 1, 1, 100]);
    let (one, other) = (make(), make());
    for key in 0..200u64 {
        let list = one.list(key.to_le_bytes());
        assert_eq!((list.len(), &list), (6, &other.list(key.to_le_bytes())));
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), 6);
    }
}

/// A retry's place is as even as a first one's: no neighbour takes all keys of one that is down.
#[test]
fn the_keys_of_one_that_fails_spread_over_all_others() {
    let client = maglev(&json!({}), &[1; 10]);
    let mut seconds = std::collections::BTreeMap::<_, u32>::new();
    for key in 0..20_000u64 {
        let first = client.pick(Some(&key.to_le_bytes()), &[]).unwrap().0;
        if client.name(first) == "a0:1" {
            let second = client.pick(Some(&key.to_le_bytes()), &[first]).unwrap().0;
            *seconds.entry(client.name(second)).or_default() += 1;
        }
    }
    assert!(seconds.len() == 9 && seconds.values().all(|n| (150..300).contains(n)), "{seconds:?}");
}

/// B 35: fixed owners; from an implementation that shares no line with this one.
#[test]
fn owners_stay_what_they_are() {
    let table = |size, weights: &[u32]| MaglevTable::new(size, &Roll::of(&set(weights), 7)).owners().to_vec();
    assert_eq!(table(13, &[1, 1, 1]), [0, 2, 2, 0, 0, 0, 1, 2, 1, 2, 1, 0, 1]);
    assert_eq!(table(13, &[1, 4, 2]), [1, 2, 2, 1, 1, 0, 1, 2, 1, 2, 1, 0, 1]);
}

/// F18.
#[test]
fn a_table_size_is_a_prime_within_bounds() {
    let parse = |size: Value| policies::registry().choose(&json!([{"maglev": {"tableSize": size}}]));
    for good in [2, 3, 65_537, 5_000_011] {
        assert!(parse(json!(good)).is_ok());
    }
    for bad in [json!(0), json!(1), json!(4), json!(65_536), json!(5_000_077), json!(1.5), json!("7")] {
        let error = parse(bad).unwrap_err();
        assert_eq!((error.field.as_deref(), error.policy.as_deref()), (Some("tableSize"), Some("maglev")));
        assert!(error.bound.as_ref().is_some_and(|bound| bound.contains("2..=5000011")), "{error}");
    }
    assert!(parse(json!(65_536)).unwrap_err().to_string().contains("want a prime in"));
}

/// A set that does not fit is refused; the last good one goes on.
#[test]
fn more_instances_than_places_are_refused() {
    let mut client = maglev(&json!({"tableSize": 3}), &[1; 3]);
    client.update(&set(&[1; 4]));
    assert_eq!(client.list("key").len(), 3);
    let never = maglev(&json!({"tableSize": 3}), &[1; 4]);
    let failure = never.pick(Some(b"key"), &[]).unwrap_err();
    assert!(matches!(&*failure, Failure::Refused(_)) && failure.kind() == FailureKind::Refused);
    assert!(failure.to_string().contains("4 instances") && failure.to_string().contains("tableSize of 3"));
}

/// B 9: as many instances as places, and all weights between 1 and 2^32-1.
#[test]
fn no_table_is_too_full_and_no_weight_too_large() {
    let full = maglev(&json!({"tableSize": 499}), &[1; 499]);
    assert_eq!(full.list("key").len(), 499);
    let mut weights = vec![1; 60_000];
    weights[7] = u32::MAX;
    let heavy = maglev(&json!({}), &weights).shares(10_000)["a7:1"];
    assert!((700..1_000).contains(&heavy), "{heavy}");
}
