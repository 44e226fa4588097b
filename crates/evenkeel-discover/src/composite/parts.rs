use super::part::Part;
use crate::{DiscoverError, Source, Target};
use evenkeel_core::Snapshot;
use std::{
    future::poll_fn,
    task::{Context, Poll},
};

/// Several sources that are watched together, in order of preference.
#[derive(Debug)]
pub(super) struct Parts {
    all: Vec<Part>,
    /// Who is polled first: each in turn, so that one with very much to say silences no other.
    turn: usize,
}

impl Parts {
    pub(super) fn new(parts: &[(Source, Target)]) -> Self {
        let part = |(source, target): &(Source, Target)| Part::new(source.clone(), target.clone());
        Self { all: parts.iter().map(part).collect(), turn: 0 }
    }

    /// The next answer of one of the first `open` parts, and which of them. Dropping the future loses nothing.
    pub(super) async fn next(&mut self, open: usize) -> (usize, Result<Snapshot, DiscoverError>) {
        poll_fn(|cx| self.poll_next(open, cx)).await
    }

    fn poll_next(
        &mut self,
        open: usize,
        cx: &mut Context<'_>,
    ) -> Poll<(usize, Result<Snapshot, DiscoverError>)> {
        for offset in 0..open {
            let n = (self.turn + offset) % open;
            let Some(part) = self.all.get_mut(n) else { continue };
            if let Poll::Ready(answer) = part.poll_answer(cx) {
                self.turn = n + 1;
                return Poll::Ready((n, answer));
            }
        }
        Poll::Pending
    }

    /// Ends the watches of all but the first `open` parts.
    pub(super) fn close_after(&mut self, open: usize) {
        self.all.iter_mut().skip(open).for_each(Part::close);
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.all.iter().map(Part::target)
    }
}
