use std::time::Duration;

/// How far a watch has come in what Consul knows of a service: its index (the header `X-Consul-Index`).
///
/// The rules are those of Consul's page on blocking queries: an index below 1 counts as 1, one that goes backwards starts the
/// watch over, and one that comes back unchanged is a time-out.
#[derive(Debug, Default)]
pub(crate) struct Position {
    /// The index of the last answer.
    seen: Option<u64>,
    /// Whether to ask for an answer at once, because the index went backwards.
    starts_over: bool,
    /// Whether the last answer was nothing new.
    was_nothing: bool,
}

/// The least time from one question to the next after news, so that a service that changes all the time costs ten questions a second.
const AFTER_NEWS: Duration = Duration::from_millis(100);
/// The same once two answers in a row had nothing new, or the index went backwards: a server that answers at once instead of waiting, or closes each connection, is
/// asked once a second.
const AFTER_NOTHING: Duration = Duration::from_secs(1);

impl Position {
    /// What to ask after; nothing asks for an answer at once.
    pub(crate) fn index(&self) -> Option<u64> {
        self.seen.filter(|_| !self.starts_over)
    }

    /// Takes in the index of an answer; yields the least time between the question that it answers and the next.
    pub(crate) fn answered(&mut self, index: Option<u64>) -> Duration {
        let new = index.unwrap_or(1).max(1);
        let old = self.seen.replace(new);
        self.starts_over = old.is_some_and(|old| new < old);
        let is_nothing = old.is_some_and(|old| new <= old);
        let was_nothing = std::mem::replace(&mut self.was_nothing, is_nothing);
        if self.starts_over || is_nothing && was_nothing { AFTER_NOTHING } else { AFTER_NEWS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The index after each answer, and whether the next question has to wait for a second.
    fn after(answers: &[Option<u64>]) -> Vec<(Option<u64>, bool)> {
        let mut position = Position::default();
        let answered = answers.iter().map(|index| {
            let pause = position.answered(*index);
            (position.index(), pause == AFTER_NOTHING)
        });
        answered.collect()
    }

    #[test]
    fn it_follows_an_index_that_grows() {
        assert_eq!(after(&[Some(5), Some(9)]), [(Some(5), false), (Some(9), false)]);
    }

    #[test]
    fn the_same_index_again_and_again_is_asked_after_once_a_second() {
        let same = [(Some(5), false), (Some(5), false), (Some(5), true), (Some(6), false), (Some(6), false)];
        assert_eq!(after(&[Some(5), Some(5), Some(5), Some(6), Some(6)]), same);
    }

    /// A 22.
    #[test]
    fn an_index_that_goes_backwards_starts_over() {
        assert_eq!(after(&[Some(9), Some(5), Some(5)]), [(Some(9), false), (None, true), (Some(5), true)]);
    }

    /// Two servers that do not agree.
    #[test]
    fn an_index_that_jumps_to_and_fro_is_no_busy_loop() {
        let jumps = after(&[Some(9), Some(5), Some(9), Some(5)]);
        assert_eq!(jumps, [(Some(9), false), (None, true), (Some(9), false), (None, true)]);
    }

    #[test]
    fn an_index_of_zero_or_none_counts_as_one() {
        assert_eq!(
            after(&[Some(0), Some(0), Some(2)]),
            [(Some(1), false), (Some(1), false), (Some(2), false)]
        );
        assert_eq!(after(&[None, None, None]), [(Some(1), false), (Some(1), false), (Some(1), true)]);
        assert_eq!(after(&[Some(4), Some(0), Some(0)]), [(Some(4), false), (None, true), (Some(1), true)]);
    }
}
