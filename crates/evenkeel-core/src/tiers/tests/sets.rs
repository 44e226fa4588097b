use super::world::{World, choose, set};
use crate::{
    BadUpdate, Choice,
    Connectivity::{Connecting, Ready, TransientFailure},
    Endpoints, Pick, Picker, Policy, Snapshot, State,
    tiers::split::Split,
};
use std::sync::Arc;

/// Wants exactly two, and always yields the same picker.
#[derive(Debug, Default)]
struct Pair;

#[derive(Debug)]
struct Fixed;

impl Picker for Fixed {
    fn pick(&self, _: &crate::CallInfo<'_>) -> Pick {
        Pick::Queue
    }
}

impl Policy for Pair {
    type Config = Arc<Fixed>;

    fn update(
        &mut self,
        set: &Snapshot,
        picker: &Arc<Fixed>,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        if set.len() != 2 {
            return Err(BadUpdate::new("not a pair"));
        }
        let all: Vec<_> = set.iter().map(|i| endpoints.connect(i)).collect();
        let state = State::over(all, |_| Fixed);
        let picker: Arc<dyn Picker> = if state.connectivity == Ready { picker.clone() } else { state.picker };
        Ok(State { picker, ..state })
    }
}

/// What nearly every service has costs nothing: no layer around its picker, no timer.
#[test]
fn a_single_tier_is_passed_on_as_it_is() {
    let picker = Arc::new(Fixed);
    let mut world = World::new(Choice::of::<Pair>("pair", picker.clone()), &[(0, 7), (1, 7)]);
    assert_eq!(world.wake(), None);
    world.put(0, Ready);
    assert_eq!(Arc::as_ptr(&world.state.picker).cast::<()>(), Arc::as_ptr(&picker).cast());
}

/// Nothing is done again for a set that is known, nor for a tier that another set leaves as it was.
#[test]
fn a_set_is_split_once_and_an_unchanged_tier_is_the_very_same_set() {
    let mut split = Split::default();
    let mut tiers = |set: &Snapshot| {
        split.update(set);
        split.tiers().iter().map(|(priority, tier)| (*priority, tier.clone())).collect::<Vec<_>>()
    };
    let single = set(&[(0, 3), (1, 3)]);
    assert!(tiers(&single)[0].1.same(&single));
    let one = set(&[(0, 20), (1, 10), (2, 20)]);
    let (first, again) = (tiers(&one), tiers(&one));
    let sizes: Vec<_> = first.iter().map(|(priority, tier)| (*priority, tier.len())).collect();
    assert_eq!(sizes, [(10, 1), (20, 2)]);
    assert!(first.iter().zip(&again).all(|(a, b)| a.1.same(&b.1)));
    let other = tiers(&set(&[(5, 10), (0, 20), (2, 20)]));
    assert!(!other[0].1.same(&first[0].1) && other[1].1.same(&first[1].1));
}

/// gRPC case 64 (A115): it does not live on in the background.
#[test]
fn a_tier_that_vanished_is_dropped_at_once() {
    let mut world = World::new(choose("round_robin"), &[(0, 10), (1, 20), (2, 30)]);
    world.put(0, TransientFailure);
    world.put(1, TransientFailure);
    world.put(2, Ready);
    world.set(&[(1, 20), (2, 30)]);
    assert_eq!((world.net.asked.clone(), world.pick(&[])), (vec![1, 2], Ok(2)));
    world.set(&[(1, 20)]);
    assert_eq!(world.net.asked, [1]);
    world.set(&[(1, 20), (2, 30)]);
    assert_eq!(world.net.asked, [1, 2], "what failed is not given time again");
}

/// From one tier to two and back: whoever stays is asked for in every update, and calls go through.
#[test]
fn tiers_come_and_go_without_an_interruption() {
    for policy in ["round_robin", "pick_first", "adaptive"] {
        let mut world = World::new(choose(policy), &[(0, 0)]);
        world.put(0, Ready);
        for members in [&[(0, 0), (1, 1)][..], &[(0, 0)], &[(0, 10)], &[(0, 10), (1, 20)], &[(0, 1), (1, 2)]]
        {
            world.set(members);
            assert_eq!((world.pick(&[]), world.state.connectivity), (Ok(0), Ready), "{policy}, {members:?}");
            assert_eq!(
                (world.net.asked.clone(), world.net.ids.len()),
                (vec![0], 1),
                "one endpoint, always the same"
            );
        }
    }
}

/// A 7: an instance that is not in the best tier any more takes the calls until somebody in that is READY.
#[test]
fn an_instance_that_is_moved_down_stays_connected_and_serves_on() {
    let mut world = World::new(choose("round_robin"), &[(0, 0)]);
    world.put(0, Ready);
    world.set(&[(1, 0), (0, 1), (2, 2)]);
    assert_eq!((world.pick(&[]), world.net.asked.clone(), world.wake()), (Ok(0), vec![1, 0], None));
    world.at(60_000);
    world.put(1, Ready);
    assert_eq!((world.pick(&[]), world.wake()), (Ok(1), Some(60_000 + 900_000)));
    // Where the best one is READY at once, nothing changes hands, but a lower one is kept as long as any other.
    world.set(&[(1, 0), (0, 7)]);
    assert_eq!((world.pick(&[]), world.net.asked.clone()), (Ok(1), vec![1, 0]));
    world.at(2_000_000);
    assert_eq!(world.net.asked, [1]);
}

/// gRPC case 63: where no lower one is READY, a tier whose instances are new has its 10 s.
#[test]
fn a_better_tier_has_its_time_where_no_lower_one_is_ready() {
    let mut world = World::new(choose("round_robin"), &[(0, 0), (1, 1)]);
    world.put(0, TransientFailure);
    world.put(0, Ready);
    world.set(&[(2, 0), (1, 1)]);
    assert_eq!((world.state.connectivity, world.net.asked.clone()), (Connecting, vec![2, 1]));
    assert_eq!(world.wake(), Some(10_000));
}

/// gRPC case 64: where a number stays, the others are other tiers, not renumbered ones.
#[test]
fn a_new_tier_is_not_taken_for_one_that_vanished() {
    let mut world = World::new(choose("round_robin"), &[(0, 10), (1, 20)]);
    world.put(0, Ready);
    world.set(&[(1, 20), (2, 30)]);
    assert_eq!(world.net.asked, [1]);
}

/// F 96: a renumbered tier is the same place in the tree, with its last good set.
#[test]
fn a_set_that_is_refused_under_another_number_leaves_the_last_good_one_at_work() {
    let mut world = World::new(Choice::of::<Pair>("pair", Arc::new(Fixed)), &[(0, 10), (1, 10)]);
    world.put(0, Ready);
    world.set(&[(0, 20), (1, 20), (2, 20)]);
    assert_eq!((world.state.connectivity, world.net.asked.clone()), (Ready, vec![0, 1]));
    assert!(world.net.refused.is_some());
}

/// F 96: a refusal is its tier's alone.
#[test]
fn a_tier_that_refuses_its_set_does_not_take_down_the_others() {
    let mut world = World::new(Choice::of::<Pair>("pair", Arc::new(Fixed)), &[(0, 10), (1, 20), (2, 20)]);
    assert!(world.net.refused.is_some());
    assert_eq!(world.net.asked, [1, 2]);
    world.put(1, Ready);
    assert_eq!(world.state.connectivity, Ready);
    world.set(&[(0, 10), (3, 10), (1, 20)]);
    world.put(3, Ready);
    assert_eq!((world.state.connectivity, world.net.asked.clone()), (Ready, vec![0, 3, 1, 2]));
}

/// A 3: an empty set is the end of all tiers, of what they remember too.
#[test]
fn nothing_outlives_an_empty_set() {
    let mut world = World::new(choose("round_robin"), &[(0, 10), (1, 20)]);
    world.put(0, TransientFailure);
    world.put(1, Ready);
    world.set(&[]);
    assert_eq!((world.pick(&[]), world.net.asked.len()), (Err("no instances".to_owned()), 0));
    assert_eq!(world.wake(), None);
    world.net.asked.clear();
    world.set(&[(2, 10), (1, 20)]);
    assert_eq!(world.net.asked, [2], "the first tier has its time again");
}
