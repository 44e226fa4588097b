//! Values of flags that need more than a number.

use tonic::Code;

/// The text is not a share of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 0 to 1")]
pub(super) struct ShareError;

/// The text names no gRPC code that a call can fail with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a gRPC code other than OK, such as UNAVAILABLE or RESOURCE_EXHAUSTED")]
pub(super) struct FailureError;

const FAILURES: [(&str, Code); 16] = [
    ("CANCELLED", Code::Cancelled),
    ("UNKNOWN", Code::Unknown),
    ("INVALID_ARGUMENT", Code::InvalidArgument),
    ("DEADLINE_EXCEEDED", Code::DeadlineExceeded),
    ("NOT_FOUND", Code::NotFound),
    ("ALREADY_EXISTS", Code::AlreadyExists),
    ("PERMISSION_DENIED", Code::PermissionDenied),
    ("RESOURCE_EXHAUSTED", Code::ResourceExhausted),
    ("FAILED_PRECONDITION", Code::FailedPrecondition),
    ("ABORTED", Code::Aborted),
    ("OUT_OF_RANGE", Code::OutOfRange),
    ("UNIMPLEMENTED", Code::Unimplemented),
    ("INTERNAL", Code::Internal),
    ("UNAVAILABLE", Code::Unavailable),
    ("DATA_LOSS", Code::DataLoss),
    ("UNAUTHENTICATED", Code::Unauthenticated),
];

/// Reads a share of the whole, 0 to 1.
pub(super) fn share(text: &str) -> Result<f64, ShareError> {
    let share: f64 = text.parse().map_err(|_| ShareError)?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(ShareError) }
}

/// Reads the name of a gRPC code other than OK.
pub(super) fn failure(text: &str) -> Result<Code, FailureError> {
    FAILURES.iter().find(|(name, _)| *name == text).map(|&(_, code)| code).ok_or(FailureError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_0_and_1() {
        assert_eq!([share("0"), share("0.25"), share("1")], [Ok(0.0), Ok(0.25), Ok(1.0)]);
        for text in ["", "-0.1", "1.01", "NaN", "inf", "10%"] {
            assert_eq!(share(text), Err(ShareError), "{text:?}");
        }
    }

    #[test]
    fn every_code_but_ok_has_its_name() {
        let codes: Vec<i32> = FAILURES.iter().map(|&(_, code)| code.into()).collect();
        assert_eq!(codes, (1..=16).collect::<Vec<_>>());
        assert_eq!(failure("DATA_LOSS"), Ok(Code::DataLoss));
        for text in ["OK", "unavailable", "14", ""] {
            assert_eq!(failure(text), Err(FailureError), "{text:?}");
        }
    }
}
