use super::*;

fn order() -> Deadlines {
    Deadlines::after(Box::new([9_001, 17, 1, 4_999]), 0)
}

#[test]
fn blocks_hand_out_the_sequence() {
    let (blocks, mut want) = (Blocks::new(&order()), order());
    for slot in 0..40_000 {
        assert_eq!(blocks.next(), want.next() as usize, "{slot}");
    }
}

/// The memory of a block that is used up is that of the next but one, so that picks need no new one.
#[test]
fn two_blocks_take_turns() {
    let blocks = Blocks::new(&order());
    let size = size(4);
    let mut seen = Vec::new();
    for _ in 0..10 {
        seen.push(Arc::as_ptr(&blocks.current.get()));
        (0..size).for_each(|_| {
            blocks.next();
        });
    }
    // The first pick beyond the end moves on.
    seen.dedup();
    assert!(seen.windows(3).all(|w| w[0] == w[2]), "{seen:?}");
}

/// A thread that was stopped while it held a block costs one new block and no slot.
#[test]
fn a_block_that_somebody_still_holds_is_not_used_again() {
    let (blocks, mut want) = (Blocks::new(&order()), order());
    let held = Arc::clone(&blocks.current.get());
    let picks = held.picks.clone();
    for slot in 0..20 * size(4) {
        assert_eq!(blocks.next(), want.next() as usize, "{slot}");
    }
    assert_eq!(held.picks, picks);
    // It finds its block used up, and goes on with the newest.
    assert!(held.next.load(Relaxed) > held.picks.len());
    blocks.advance(&held);
    assert!(held.successor.get().is_none(), "no chain grows behind it");
    assert_eq!(blocks.next(), want.next() as usize);
}

/// Nobody made the successor ahead, as when the thread of the middle slot is stopped at it.
#[test]
fn whoever_ends_a_block_makes_the_next_one_if_need_be() {
    let (blocks, mut want) = (Blocks::new(&order()), order());
    for slot in 0..10 * size(4) {
        if slot % 3 == 0 {
            blocks.current.get().successor.take();
        }
        assert_eq!(blocks.next(), want.next() as usize, "{slot}");
    }
}
