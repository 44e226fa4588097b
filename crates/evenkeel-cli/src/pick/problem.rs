use evenkeel::core::{Failure, FailureKind};

/// Why a pick found nobody.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Problem {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

impl Problem {
    /// All that the policy would go to have refused.
    pub(super) fn all_tried(attempts: usize) -> Self {
        let text = match attempts {
            1 => "the only instance was tried, and refused".to_owned(),
            n => format!("all {n} instances for this pick were tried, and refused"),
        };
        Self { kind: "all_tried", text }
    }

    /// Somebody is left to be tried, but no attempt.
    pub(super) fn no_attempt_left(attempts: usize) -> Self {
        let text = match attempts {
            1 => "the only attempt was refused".to_owned(),
            n => format!("all {n} attempts were refused"),
        };
        Self { kind: "attempts", text }
    }

    pub(super) fn not_ready() -> Self {
        Self { kind: "unavailable", text: "no endpoint is ready".to_owned() }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let kind = match failure.kind() {
            FailureKind::Empty => "empty",
            FailureKind::AllDrained => "all_drained",
            FailureKind::Discovery => "discovery",
            FailureKind::Refused => "refused",
            FailureKind::MissingKey => "missing_key",
            FailureKind::NoMatch => "no_match",
            _ => "unavailable",
        };
        Self { kind, text: failure.to_string() }
    }
}
