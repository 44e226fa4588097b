/// Says which policy broke which promise, and where in the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge {
    pub(super) policy: &'static str,
    pub(super) history: u64,
    pub(super) step: u32,
}

impl Judge {
    /// Panics unless the promise is kept.
    #[track_caller]
    pub(super) fn holds(&self, kept: bool, promise: &str, seen: impl FnOnce() -> String) {
        let Self { policy, history, step } = self;
        assert!(
            kept,
            "the policy {policy:?} broke its promise: {promise}. Seen in history {history}, step {step}: {}",
            seen()
        );
    }
}
