//! Every interleaving of a writer and its readers, up to a bound (H 113). Runs with `RUSTFLAGS="--cfg loom"`; `ci/test` does.

#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test may")]

use evenkeel_core::Published;
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
