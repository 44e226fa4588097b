use super::{
    deadlines::Deadlines,
    sync::{AtomicUsize, Current, Shelf},
};
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// A sequence that is made ahead, a block at a time, and handed out to any number of threads: each slot exactly once.
///
/// A block leads to its successor by itself: it has the state of the sequence at its end. So whoever finds a block used up can make
/// the next one without waiting for whoever else is at it; they make the same one, and one of them installs his. As a rule nobody
/// finds it so, because the thread that drew the middle slot has made the successor by then, out of the block before.
#[derive(Debug)]
pub(super) struct Blocks {
    current: Current<Block>,
    /// A used block, whose memory the next one takes.
    spare: Shelf<Block>,
}

#[derive(Debug)]
struct Block {
    /// The next slot to hand out; beyond the end when it is used up.
    next: AtomicUsize,
    picks: Box<[u32]>,
    /// The sequence at the end of this block.
    after: Deadlines,
    /// The block that follows, once somebody has made it, and until it is installed.
    successor: Shelf<Self>,
}

impl Blocks {
    /// The sequence from here on.
    pub(super) fn new(sequence: &Deadlines) -> Self {
        let spare = Block::like(sequence);
        let mut first = Block::like(sequence);
        first.fill(sequence);
        Self { current: Current::new(Arc::new(first)), spare: Shelf::with(Arc::new(spare)) }
    }

    /// The next place of the sequence.
    #[inline]
    pub(super) fn next(&self) -> usize {
        loop {
            let block = self.current.get();
            let slot = block.next.fetch_add(1, Relaxed);
            if slot == block.picks.len() / 2 {
                self.prepare(&block);
            }
            match block.picks.get(slot) {
                Some(place) => return *place as usize,
                None => self.advance(&block),
            }
        }
    }

    /// Makes the successor ahead of time.
    #[cold]
    fn prepare(&self, block: &Block) {
        if block.successor.get().is_none() {
            block.successor.put(self.make(block));
        }
    }

    /// Leaves a block that is used up, unless somebody else has left it already.
    #[cold]
    fn advance(&self, block: &Arc<Block>) {
        if !self.current.is(block) {
            return;
        }
        let successor = block.successor.get().unwrap_or_else(|| {
            let made = self.make(block);
            block.successor.put(made.clone());
            made
        });
        // A block cannot come back as another one while this thread holds it, so equal pointers mean the same block.
        if let Some(used) = self.current.replace(block, successor) {
            // Else a chain of blocks would grow behind a thread that is stopped while it holds one.
            used.successor.take();
            self.spare.put(used);
        }
    }

    /// The block that follows this one: in the memory of the spare one, unless a slow thread still looks at it.
    fn make(&self, block: &Block) -> Arc<Block> {
        if let Some(mut spare) = self.spare.take()
            && let Some(own) = Arc::get_mut(&mut spare)
        {
            own.fill(&block.after);
            return spare;
        }
        let mut made = Block::like(&block.after);
        made.fill(&block.after);
        Arc::new(made)
    }
}

impl Block {
    /// An empty block with room for this sequence.
    fn like(sequence: &Deadlines) -> Self {
        Self {
            next: AtomicUsize::new(0),
            picks: vec![0; size(sequence.len())].into(),
            after: sequence.like(),
            successor: Shelf::empty(),
        }
    }

    /// Becomes the block that begins at this state of the sequence, in its own memory.
    fn fill(&mut self, sequence: &Deadlines) {
        self.next = AtomicUsize::new(0);
        self.successor = Shelf::empty();
        self.after.copy_from(sequence);
        for place in &mut self.picks {
            *place = self.after.next();
        }
    }
}

/// The slots of a block: enough for each member that making them outweighs copying the state, few enough that one pick can make
/// them all.
fn size(members: usize) -> usize {
    if cfg!(loom) { 4 } else { members.saturating_mul(16).clamp(256, 4096) }
}

#[cfg(all(test, not(loom)))]
mod tests;
