use super::points::{Points, point};
use crate::{
    Failure, Instance, Registry, Snapshot, mix,
    policies::{
        self,
        hashing::client::{Client, instance, members, moved, set},
    },
};
use proptest::prelude::*;
use serde_json::json;
use std::cmp::Ordering::{Greater, Less};

fn ring(points: u32, set: &Snapshot) -> Client {
    Client::new("consistent_hash", &json!({"pointsPerWeight": points}), set)
}

/// G-26, F13: list order, rebuilds and the way to a set do not count.
#[test]
fn owners_depend_on_the_set_alone() {
    let list: Vec<_> = (0..20).map(|n| (n, [1, 2, 3][n % 3])).collect();
    let mut turned = list.clone();
    turned.reverse();
    turned.rotate_left(7);
    let (one, mut other) = (ring(160, &members(&list)), ring(160, &members(&list[3..9])));
    other.update(&members(&turned));
    for n in 0..10_000u64 {
        let key = mix(n).to_le_bytes();
        assert_eq!(one.owner(key), other.owner(key));
    }
}

/// B 35: fixed points and owners, so that no release and no kind of machine moves keys; from an implementation that shares no
/// line with this one.
#[test]
fn points_and_owners_stay_what_they_are() {
    let want = [627_405_149_472_732_430, 16_860_738_450_190_168_606, 6_509_216_294_174_236_725];
    assert_eq!([point(1, 0), point(1, 1), point(u64::MAX, 99_999)], want);
    let set: Snapshot = (1..=5).map(|n| instance(&format!("10.0.0.{n}:80"))).collect();
    for (config, owners) in [
        (json!({}), [3, 2, 4, 4, 1]),
        (json!({"hashSeed": 7}), [1, 5, 2, 5, 2]),
        (json!({"hashSeed": u64::MAX, "pointsPerWeight": 1}), [2, 2, 5, 3, 2]),
    ] {
        let client = Client::new("consistent_hash", &config, &set);
        let got = ["alice", "bob", "carol", "4711", "\u{e9}"].map(|key| client.owner(key));
        assert_eq!(got, owners.map(|n| format!("10.0.0.{n}:80")));
    }
}

/// G-27, F15: an address of another length moves no more than one of the same.
#[test]
fn a_newcomer_takes_its_share_and_nothing_else_moves() {
    for newcomer in ["a8:1", "a-much-longer-name.example.com:443"] {
        let (eight, mut nine) = (ring(1000, &set(&[1; 8])), ring(1000, &set(&[1; 8])));
        let grown: Vec<_> = set(&[1; 8]).iter().cloned().chain([instance(newcomer).into()]).collect();
        nine.update(&Snapshot::new(grown));
        let (moved, justified) = moved(&eight, &nine, 20_000, newcomer);
        assert!(justified && (1820..2620).contains(&moved), "{moved}");
    }
}

/// G-30, F15.
#[test]
fn the_keys_of_one_that_leaves_spread_over_all_others() {
    let list: Vec<_> = (0..10).map(|n| (n, 1)).collect();
    let (ten, nine) = (ring(1000, &members(&list)), ring(1000, &members(&list[1..])));
    let (owned, all) = (ten.shares(100_000)["a0:1"], nine.shares(100_000));
    let (moved, justified) = moved(&ten, &nine, 100_000, "a0:1");
    assert!(justified && moved == u64::from(owned), "{moved} {owned}");
    for (name, had) in ten.shares(100_000).into_iter().filter(|(name, _)| name != "a0:1") {
        let part = f64::from(all[&name] - had) / f64::from(owned);
        assert!((0.05..0.18).contains(&part), "{name} took {part}");
    }
}

/// B 34.
#[test]
fn one_of_a_hundred_that_leaves_moves_its_own_keys_only() {
    let (all, left) = (set(&[1; 100]), set(&[1; 99]));
    let (moved, justified) = moved(&ring(160, &all), &ring(160, &left), 1_000_000, "a99:1");
    assert!(justified && moved <= 20_000, "{moved}");
}

/// F15: a weight moves keys from or to its own instance.
#[test]
fn a_new_weight_moves_only_its_own_keys() {
    let (light, heavy) = (ring(100, &set(&[2, 2, 2, 2])), ring(100, &set(&[2, 5, 2, 2])));
    let (moved, justified) = moved(&light, &heavy, 20_000, "a1:1");
    assert!(justified && moved > 2_000, "{moved}");
}

/// G-31. How far the busiest of ten instances is above its share.
#[test]
fn more_points_balance_better() {
    for (points, least, most) in [(1000, 0.85, 1.15), (100, 0.6, 1.35)] {
        let shares = ring(points, &set(&[1; 10])).shares(200_000);
        for share in shares.values() {
            let share = f64::from(*share) / 20_000.0;
            assert!((least..=most).contains(&share), "{points} points: {share}");
        }
    }
}

/// G-31 has at most 1.9 times the mean for ten points. Points that are drawn evenly are beyond it in 5.4 % of all sets (4,000
/// simulated ones, their median 1.51), so sets are counted: no more than chance has it.
#[test]
fn ten_points_balance_as_chance_has_it() {
    let busiest = |seed: u64| {
        let config = json!({"pointsPerWeight": 10, "hashSeed": seed});
        let shares = Client::new("consistent_hash", &config, &set(&[1; 10])).shares(5_000);
        shares.into_values().max().unwrap()
    };
    let mut all: Vec<u32> = (0..200).map(busiest).collect();
    all.sort_unstable();
    let beyond = all.iter().filter(|share| **share > 950).count();
    assert!(beyond <= 20 && all[100] < 800, "{beyond} {}", all[100]);
}

/// G-32.
#[test]
fn shares_follow_weights_and_a_drained_instance_gets_nothing() {
    let shares = ring(1000, &set(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).shares(90_000);
    assert!(!shares.contains_key("a0:1"));
    for n in 1..10 {
        let (got, want) = (f64::from(shares[&format!("a{n}:1")]), f64::from(n) * 2_000.0);
        assert!((got / want - 1.0).abs() < 0.15, "{n}: {got} of {want}");
    }
}

/// G-33.
#[test]
fn without_weights_all_but_the_drained_share_evenly() {
    let weighted = json!({"weighted": false, "pointsPerWeight": 1000});
    let shares = Client::new("consistent_hash", &weighted, &set(&[0, 1, 100, u32::MAX])).shares(30_000);
    assert_eq!(shares.len(), 3);
    assert!(shares.values().all(|share| (8_500..11_500).contains(share)), "{shares:?}");
}

/// G-34, F17.
#[test]
fn a_call_without_a_key_fails_or_goes_anywhere() {
    let fails = ring(10, &set(&[1; 3]));
    for key in [None, Some(&b""[..])] {
        let failure = fails.pick(key, &[]).unwrap_err();
        assert!(matches!(&*failure, Failure::MissingKey { policy: "consistent_hash", .. }));
    }
    let random = Client::new("consistent_hash", &json!({"onMissingKey": "random"}), &set(&[1; 3]));
    let (mut tried, mut names) = (Vec::new(), std::collections::BTreeSet::new());
    for _ in 0..3 {
        let id = random.pick(None, &tried).unwrap().0;
        names.insert(random.name(id));
        tried.push(id);
    }
    assert_eq!(names.len(), 3);
}

/// G-36, F16.
#[test]
fn a_key_has_one_list_of_distinct_instances_as_long_as_asked_for() {
    for (limit, length) in [(0, 3), (9, 3), (3, 3), (2, 2), (1, 1)] {
        let make = || Client::new("consistent_hash", &json!({"maxFallbacks": limit}), &set(&[1, 5, 2]));
        let (one, other, all) = (make(), make(), ring(160, &set(&[1, 5, 2])));
        for n in 0..100u64 {
            let list = one.list(n.to_le_bytes());
            assert_eq!((list.len(), &list), (length, &other.list(n.to_le_bytes())));
            assert_eq!(list, all.list(n.to_le_bytes())[..length]);
        }
    }
}

/// F16: who comes next is who would own the key without those before.
#[test]
fn a_fallback_is_the_owner_without_those_before() {
    let list: Vec<_> = (0..8).map(|n| (n, 1)).collect();
    let all = ring(160, &members(&list));
    for key in 0..50u64 {
        let order = all.list(key.to_le_bytes());
        for gone in 0..8 {
            let left: Vec<_> =
                list.iter().copied().filter(|(n, _)| !order[..gone].contains(&format!("a{n}:1"))).collect();
            assert_eq!(ring(160, &members(&left)).owner(key.to_le_bytes()), order[gone]);
        }
    }
}

/// G-39, B 9.
#[test]
fn no_weight_is_too_large_and_none_too_small() {
    let wide = ring(100, &set(&[1, 42_949_673]));
    assert!(wide.shares(10_000)["a1:1"] > 9_900);
    assert_eq!(wide.list("key").len(), 2);
    let shares = ring(65_536, &set(&[u32::MAX, 0, u32::MAX])).shares(10_000);
    assert!(shares.len() == 2 && shares.values().all(|share| (4_500..5_500).contains(share)), "{shares:?}");
    let drained = ring(160, &set(&[0, 0]));
    assert!(matches!(&*drained.pick(Some(b"key"), &[]).unwrap_err(), Failure::AllDrained { known: 2 }));
}

/// F14, B 38: numbers that follow each other, and keys that share their low or high bits.
#[test]
fn keys_that_look_alike_spread_evenly() {
    const KEYS: u64 = 1_000_000;
    let client = ring(1000, &set(&[1; 10]));
    let want: Vec<f64> = client.shares(KEYS).into_values().map(f64::from).collect();
    for alike in [|n: u64| n, |n: u64| n << 32, |n: u64| (n << 40) | 0xff, |n: u64| n.rotate_right(20)] {
        let mut got = vec![0.0; 10];
        for n in 0..KEYS {
            let id = client.pick(Some(&alike(n).to_le_bytes()), &[]).unwrap().0;
            got[id.index as usize] += 1.0;
        }
        // Pearson's test against the shares of random keys: 9 degrees of freedom; 60 has a chance of 10^-8, and both sides are drawn.
        let chi: f64 =
            got.iter().zip(&want).map(|(got, want)| (got - want) * (got - want) / want / 2.0).sum();
        assert!(chi < 60.0, "{chi}: {got:?}");
    }
}

/// F18.
#[test]
fn bad_options_are_told_with_field_and_bound() {
    let registry: Registry = policies::registry();
    for (config, field) in [
        (json!({"pointsPerWeight": 0}), "pointsPerWeight"),
        (json!({"pointsPerWeight": 65_537}), "pointsPerWeight"),
        (json!({"maxFallbacks": -1}), "maxFallbacks"),
        (json!({"hashSeed": "x"}), "hashSeed"),
        (json!({"onMissingKey": "queue"}), "onMissingKey"),
        (json!({"requestHashHeader": "x user"}), "requestHashHeader"),
    ] {
        let error = registry.choose(&json!([{"consist": config}])).unwrap_err();
        assert_eq!((error.policy.as_deref(), error.field.as_deref()), (Some("consistent_hash"), Some(field)));
    }
}

/// G-40, F13: equal hashes cannot be made to order, so seats and points are made by hand.
#[test]
fn a_set_of_identical_points_has_one_order() {
    let twins = |order: [&str; 2]| {
        let list: Snapshot = order.iter().map(|a| instance(a)).collect();
        let mut points = Points::default();
        points.set(0, &list, |_| 1);
        let (a, b) = (points.seat_of(&instance("a:1")), points.seat_of(&instance("b:1")));
        [points.order((5, a), (5, b)), points.order((5, b), (5, a)), points.order((4, b), (5, a))]
    };
    assert_eq!(twins(["a:1", "b:1"]), [Less, Greater, Less]);
    assert_eq!(twins(["b:1", "a:1"]), [Less, Greater, Less]);
}

/// An unchanged set, and another order of it, keep the ring itself.
#[test]
fn a_ring_is_made_again_only_for_another_set() {
    let mut points = Points::default();
    let take = |points: &mut Points, list: &[(usize, u32)]| {
        points.set(0, &members(list), |i| u64::from(i.weight()));
        points.ring().clone()
    };
    let one = take(&mut points, &[(0, 5), (1, 5)]);
    assert!(std::sync::Arc::ptr_eq(&one, &take(&mut points, &[(1, 5), (0, 5)])));
    assert!(!std::sync::Arc::ptr_eq(&one, &take(&mut points, &[(1, 5), (0, 4)])));
}

/// The points as hash and address, which seats do not change.
fn told(points: &Points) -> Vec<(u64, String)> {
    let ring = points.ring();
    let all = ring.hashes().iter().zip(ring.owners());
    all.map(|(hash, seat)| (*hash, format!("{:?}", points.identity(*seat)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// G-38: what a history of sets makes is what the last set makes from scratch; vnodes of others stay.
    #[test]
    fn a_history_of_sets_ends_in_the_ring_of_the_last(
        history in prop::collection::vec(prop::collection::vec((0..12usize, 0..6u32), 0..12), 1..8), seed in 0..2u64
    ) {
        let mut kept = Points::default();
        for list in &history {
            let (set, mut fresh) = (members(list), Points::default());
            let count = |i: &Instance| u64::from(i.weight()) * 7;
            let seats = kept.set(seed, &set, count);
            fresh.set(seed, &set, count);
            prop_assert_eq!(told(&kept), told(&fresh));
            prop_assert_eq!(kept.ring().len() as u64, set.iter().map(|i| count(i)).sum::<u64>());
            for (instance, seat) in set.iter().zip(seats) {
                prop_assert_eq!(seat, kept.seat_of(instance));
            }
        }
    }
}
