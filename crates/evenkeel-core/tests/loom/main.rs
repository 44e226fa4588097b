//! Every interleaving of a writer and its readers, up to a bound (H 113). Runs with `RUSTFLAGS="--cfg loom"`; `ci/test` does.

#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod retry_budget;

use evenkeel_core::{Address, CallInfo, Instance, Pick, Picker, Published, Roster, Snapshot, policies};
use loom::{model::Builder, sync::Arc, thread};

/// At most three involuntary switches of thread, which is where nearly all races show (Musuvathi and Qadeer 2007).
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn now(published: &Published<u32>) -> u32 {
    published.read(|value, _| *value)
}

#[test]
fn no_reader_goes_back_and_a_published_value_is_the_only_one() {
    check(|| {
        let published = Arc::new(Published::new(0));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let published = published.clone();
                thread::spawn(move || {
                    let (first, second) = (now(&published), now(&published));
                    assert!(second >= first, "{first}, then {second}");
                })
            })
            .collect();
        published.set(1);
        published.set(2);
        assert_eq!(now(&published), 2);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// As a call that was given back does: it waits until it hears of a newer version, and then must not see the old value.
#[test]
fn who_hears_of_a_version_sees_its_value() {
    check(|| {
        let published = Arc::new(Published::new(0));
        let told = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let reader = {
            let (published, told) = (published.clone(), told.clone());
            thread::spawn(move || {
                let before = now(&published);
                if told.load(loom::sync::atomic::Ordering::Acquire) {
                    assert_eq!(now(&published), 1, "it had seen {before}");
                }
            })
        };
        published.set(1);
        told.store(true, loom::sync::atomic::Ordering::Release);
        reader.join().unwrap();
    });
}

/// A rotation over two instances, too long for a table: blocks of four slots under loom.
fn long_rotation(start: u64) -> (std::sync::Arc<dyn Picker>, std::time::Instant) {
    let at = |name: &str, weight| Instance::from(name.parse::<Address>().unwrap()).with_weight(weight);
    let choice = policies::registry().default_of("weighted_round_robin_smooth").unwrap();
    let set: Snapshot = [at("a:1", 3), at("b:1", 2)].into_iter().collect();
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    let now = std::time::Instant::now();
    let mut roster = Roster::new(choice, 0).with_start(start);
    (roster.update(&set, now).unwrap().picker, now)
}

/// How many of so many picks go to the first instance.
fn firsts(picker: &dyn Picker, now: std::time::Instant, picks: usize) -> usize {
    let pick = || picker.pick(&CallInfo::new(0, 0, &|| now));
    (0..picks).filter(|_| matches!(pick(), Pick::Endpoint(id, _) if id.index == 0)).count()
}

/// B 25, G-11: threads that use up two blocks together get each slot once, whoever makes and installs the next ones.
#[test]
fn a_rotation_in_blocks_hands_out_each_slot_once() {
    check(|| {
        let (picker, now) = long_rotation(0);
        let other = {
            let picker = picker.clone();
            thread::spawn(move || firsts(&*picker, now, 5))
        };
        let mine = firsts(&*picker, now, 5);
        assert_eq!(mine + other.join().unwrap(), 6, "10 picks are two periods of 3 and 2");
    });
}

/// The same for three threads, all of which may find the block used up.
#[test]
fn three_threads_at_the_end_of_a_block_get_each_slot_once() {
    check(|| {
        let (picker, now) = long_rotation(0);
        assert_eq!(firsts(&*picker, now, 3), 2);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let picker = picker.clone();
                thread::spawn(move || firsts(&*picker, now, 2))
            })
            .collect();
        let mine = firsts(&*picker, now, 3);
        let all: usize = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(2 + mine + all, 6);
    });
}
