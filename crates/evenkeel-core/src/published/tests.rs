use super::*;
use std::thread;

#[test]
fn a_reader_sees_the_newest_value_and_counts_its_reads() {
    let published = Published::new(1);
    let first = published.read(|value, ticket| (*value, ticket));
    published.set(2);
    let second = published.read(|value, ticket| (*value, ticket));
    assert_eq!((first.0, second.0, second.1), (1, 2, first.1.wrapping_add(1)));
}

#[test]
fn many_values_share_the_places_of_a_thread() {
    let all: Vec<_> = (0..50).map(Published::new).collect();
    for _ in 0..3 {
        for (n, published) in all.iter().enumerate() {
            assert_eq!(published.read(|value, _| *value), n);
        }
    }
}

#[test]
fn a_read_within_a_read_and_after_a_panic_works() {
    let published = Published::new(1);
    assert_eq!(published.read(|a, _| published.read(|b, _| a + b)), 2);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        published.read(|_, _| panic!("in a picker"));
    }));
    assert!(panicked.is_err());
    assert_eq!(published.read(|value, _| *value), 1);
}

/// H 113: no reader goes back, and after the writer's last value is visible it is the only one.
#[test]
fn readers_never_go_back() {
    let published = Published::new(0u64);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while last < 10_000 {
                    let now = published.read(|value, _| *value);
                    assert!(now >= last);
                    last = now;
                }
            });
        }
        for n in 1..=10_000 {
            published.set(n);
        }
    });
}
