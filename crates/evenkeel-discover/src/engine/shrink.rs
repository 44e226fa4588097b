use evenkeel_core::Snapshot;
use std::time::{Duration, Instant};

/// Protection against a set that shrinks suddenly, as it does where a registry lost part of what it knew: the old set is kept until the
/// smaller one was seen twice, or for a time. An empty set counts as one too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShrinkGuard {
    /// The greatest share of the instances that may go at once. Default 0.5.
    pub share: f64,
    /// How long a smaller set is held back at most. Default 30 s.
    pub hold: Duration,
}

impl Default for ShrinkGuard {
    fn default() -> Self {
        Self { share: 0.5, hold: Duration::from_secs(30) }
    }
}

/// A smaller set that waits.
#[derive(Debug)]
pub(super) struct Held {
    set: Snapshot,
    due: Instant,
}

impl Held {
    pub(super) fn len(&self) -> usize {
        self.set.len()
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn into_set(self) -> Snapshot {
        self.set
    }
}

impl ShrinkGuard {
    /// Whether a new set may take the place of the old one now: it, or the answer that is held back from now on.
    pub(super) fn judge(
        &self,
        old: Option<&Snapshot>,
        new: Snapshot,
        held: Option<&Held>,
        now: Instant,
    ) -> Result<Snapshot, Held> {
        let Some(old) = old.filter(|old| self.shrinks(old, &new)) else { return Ok(new) };
        match held {
            // Seen twice.
            Some(before) if !self.shrinks(&before.set, &new) || before.due <= now => Ok(new),
            // Smaller still: it has to be seen twice itself, but the time runs on.
            Some(before) => Err(Held { set: new, due: before.due }),
            None => {
                tracing::debug!(from = old.len(), to = new.len(), "a set that shrank is held back");
                Err(Held { set: new, due: now + self.hold })
            }
        }
    }

    /// Whether too many of the old set's instances are gone, those that are drained not counted.
    fn shrinks(&self, old: &Snapshot, new: &Snapshot) -> bool {
        let usable = |set: &Snapshot| set.iter().filter(|instance| !instance.is_drained()).count();
        let (before, after) = (usable(old), usable(new));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 instances")]
        let (lost, allowed) = (before.saturating_sub(after) as f64, self.share * before as f64);
        before > 0 && lost > allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_core::{Address, Instance};

    fn set(n: usize) -> Snapshot {
        (1..=n).map(|port| Instance::from(format!("h:{port}").parse::<Address>().unwrap())).collect()
    }

    /// A 11, F35.
    #[test]
    fn a_set_that_lost_more_than_half_waits_until_it_is_seen_twice_or_30_s() {
        let (guard, now) = (ShrinkGuard::default(), Instant::now());
        let old = set(10);
        assert!(guard.judge(Some(&old), set(5), None, now).is_ok(), "half may go");
        assert!(guard.judge(None, set(0), None, now).is_ok(), "a first answer is an answer");
        let held = guard.judge(Some(&old), set(4), None, now).unwrap_err();
        assert_eq!((held.len(), held.due()), (4, now + Duration::from_secs(30)));
        assert!(guard.judge(Some(&old), set(4), Some(&held), now).is_ok(), "seen twice");
        let smaller = guard.judge(Some(&old), set(1), Some(&held), now).unwrap_err();
        assert_eq!((smaller.len(), smaller.due()), (1, held.due()));
        assert!(guard.judge(Some(&old), set(0), Some(&held), held.due()).is_ok(), "the time is over");
        assert!(guard.judge(Some(&old), set(9), Some(&held), now).is_ok(), "it came back");
    }
}
