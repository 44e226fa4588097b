//! Random histories against a small model.
use super::*;
use evenkeel_discover::{Manual, first, merge};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What happens to one part: a set of these ports, or an error.
#[derive(Debug, Clone)]
enum Event {
    Set(BTreeSet<u16>),
    Fails,
}

const PARTS: usize = 3;

fn events() -> impl Strategy<Value = Vec<(usize, Event)>> {
    let ports = prop::collection::btree_set(1..6_u16, 0..4);
    let event = prop_oneof![3 => ports.prop_map(Event::Set), 2 => Just(Event::Fails)];
    prop::collection::vec((0..PARTS, event), 1..30)
}

/// Plays a history, and returns the last set after each event, as the names in it.
fn play(
    history: &[(usize, Event)],
    whole: impl FnOnce(Vec<(Source, Target)>) -> Source,
) -> Vec<Option<BTreeSet<String>>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let fed: Vec<Manual> = (0..PARTS).map(|_| Manual::new()).collect();
        let mut watch = whole(fed.iter().map(|manual| part("x", manual)).collect()).watch(&target("whole"));
        let (mut last, mut after) = (None, Vec::new());
        for (n, event) in history {
            match event {
                Event::Set(ports) => fed[*n].set(of(ports)),
                Event::Fails => fed[*n].fail("down"),
            }
            // Shorter than the patience with a silent part, all events together.
            while let Ok(Some(answer)) = timeout_at(Instant::now() + SECOND / 10, watch.next()).await {
                last = answer.ok().map(|set| set.iter().map(|i| i.name()).collect()).or(last);
            }
            after.push(last.clone());
        }
        after
    })
}

fn of(ports: &BTreeSet<u16>) -> Snapshot {
    ports.iter().map(|port| instance(&format!("h:{port}"))).collect()
}

fn names(ports: &BTreeSet<u16>) -> BTreeSet<String> {
    ports.iter().map(|port| format!("h:{port}")).collect()
}

/// The last good set of each, and whether it fails now.
#[derive(Default, Clone)]
struct Known {
    good: Option<BTreeSet<u16>>,
    fails: bool,
}

proptest! {
    /// A 23: at each moment the union of the last good set of each; an error changes nothing.
    #[test]
    fn a_merged_set_is_the_union_of_the_last_good_ones(history in events()) {
        let seen = play(&history, |parts| Source::new(merge(parts)));
        let mut known = vec![Known::default(); PARTS];
        for ((n, event), seen) in history.iter().zip(seen) {
            if let Event::Set(ports) = event {
                known[*n].good = Some(ports.clone());
            }
            let good: Vec<_> = known.iter().filter_map(|part| part.good.as_ref()).collect();
            let want = (!good.is_empty()).then(|| good.iter().flat_map(|ports| names(ports)).collect());
            prop_assert_eq!(seen, want);
        }
    }

    /// The set of the first part whose last word is a set; the one before while there is none, or while a better part is still silent.
    #[test]
    fn the_first_set_is_that_of_the_first_part_that_answers(history in events()) {
        let seen = play(&history, |parts| Source::new(first(parts)));
        let mut known = vec![Known::default(); PARTS];
        let mut want = None;
        for ((n, event), seen) in history.iter().zip(seen) {
            match event {
                Event::Set(ports) => known[*n] = Known { good: Some(ports.clone()), fails: false },
                Event::Fails => known[*n].fails = true,
            }
            let chosen = known.iter().find(|part| !part.fails);
            want = chosen.and_then(|part| part.good.as_ref()).map(names).or(want);
            prop_assert_eq!(&seen, &want);
        }
    }
}
