use std::time::Duration;

/// How far a watch has come in what Consul knows of a service: its index (the header `X-Consul-Index`).
///
/// The rules are those of Consul's page on blocking queries: an index below 1 counts as 1, one that goes backwards starts the
/// watch over, and one that comes back unchanged is a time-out.
#[derive(Debug, Default)]
pub(crate) struct Position(Option<u64>);

/// The least time from one question to the next after news, so that a service that changes all the time costs ten questions a second.
const AFTER_NEWS: Duration = Duration::from_millis(100);
/// The same where nothing is new: a server that answers at once instead of waiting is asked once a second.
const AFTER_NOTHING: Duration = Duration::from_secs(1);

impl Position {
    /// What to ask after; nothing asks for an answer at once.
    pub(crate) fn index(&self) -> Option<u64> {
        self.0
    }

    /// Takes in the index of an answer; yields the least time between the question that it answers and the next.
    pub(crate) fn answered(&mut self, index: Option<u64>) -> Duration {
        let new = index.unwrap_or(1).max(1);
        let old = self.0;
        self.0 = if old.is_some_and(|old| new < old) { None } else { Some(new) };
        if old.is_none_or(|old| new > old) { AFTER_NEWS } else { AFTER_NOTHING }
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
    fn the_same_index_is_a_time_out() {
        assert_eq!(after(&[Some(5), Some(5)]), [(Some(5), false), (Some(5), true)]);
    }

    /// A 22.
    #[test]
    fn an_index_that_goes_backwards_starts_over() {
        assert_eq!(after(&[Some(9), Some(5), Some(5)]), [(Some(9), false), (None, true), (Some(5), false)]);
    }

    #[test]
    fn an_index_of_zero_or_none_counts_as_one() {
        assert_eq!(
            after(&[Some(0), Some(0), Some(2)]),
            [(Some(1), false), (Some(1), true), (Some(2), false)]
        );
        assert_eq!(after(&[None, None]), [(Some(1), false), (Some(1), true)]);
        assert_eq!(after(&[Some(4), Some(0), Some(0)]), [(Some(4), false), (None, true), (Some(1), false)]);
    }
}
