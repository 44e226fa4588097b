use std::ops::Range;

/// One call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) began: f64,
    pub(super) server: usize,
    pub(super) took: f64,
    pub(super) good: bool,
}

/// All calls of a run.
#[derive(Debug, Default)]
pub(in crate::policies) struct Record {
    pub(super) lines: Vec<Line>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
impl Record {
    fn during(&self, when: Range<f64>) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| when.contains(&line.began))
    }

    /// How many calls were made.
    pub(in crate::policies) fn calls(&self, when: Range<f64>) -> usize {
        self.during(when).count()
    }

    /// The share of the calls of that time that went to one server.
    pub(in crate::policies) fn of(&self, server: usize, when: Range<f64>) -> f64 {
        let all = self.calls(when.clone());
        self.during(when).filter(|line| line.server == server).count() as f64 / all.max(1) as f64
    }

    /// The share of calls that did not succeed.
    pub(in crate::policies) fn errors(&self, when: Range<f64>) -> f64 {
        let all = self.calls(when.clone());
        self.during(when).filter(|line| !line.good).count() as f64 / all.max(1) as f64
    }

    /// The latency, in milliseconds, that this share of the good calls does not pass.
    pub(in crate::policies) fn quantile(&self, share: f64, when: Range<f64>) -> f64 {
        let mut all: Vec<f64> = self.during(when).filter(|line| line.good).map(|line| line.took).collect();
        all.sort_by(f64::total_cmp);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
        let place = (share * all.len() as f64) as usize;
        1000.0 * all.get(place).or(all.last()).copied().unwrap_or(0.0)
    }
}
