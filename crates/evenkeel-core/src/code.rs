use std::fmt;

/// A gRPC status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Code {
    /// All went well.
    Ok = 0,
    /// The caller gave up.
    Cancelled,
    /// Nobody knows what went wrong.
    Unknown,
    /// The request is wrong whatever the state of the server.
    InvalidArgument,
    /// The time was up before the answer.
    DeadlineExceeded,
    /// There is no such thing.
    NotFound,
    /// There is such a thing already.
    AlreadyExists,
    /// The caller may not do this.
    PermissionDenied,
    /// A quota or a resource is used up.
    ResourceExhausted,
    /// The server's state does not allow it.
    FailedPrecondition,
    /// A conflict with another call; a higher level may repeat it.
    Aborted,
    /// Past the end of what is valid.
    OutOfRange,
    /// The server does not have this method.
    Unimplemented,
    /// The server broke one of its own rules.
    Internal,
    /// The server cannot be reached now; the call may be repeated.
    Unavailable,
    /// Data is lost or broken for good.
    DataLoss,
    /// Who the caller is, is not known.
    Unauthenticated,
}

/// Each code with its name, in the order of the numbers 0..=16.
const ALL: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

impl Code {
    /// The code of that number, 0..=16.
    pub fn from_u32(number: u32) -> Option<Self> {
        ALL.get(usize::try_from(number).ok()?).map(|(code, _)| *code)
    }

    /// Its number, 0..=16.
    pub const fn as_u32(self) -> u32 {
        self as u32
    }

    /// Its name, such as `UNAVAILABLE`.
    pub const fn name(self) -> &'static str {
        ALL[self as usize].1
    }

    /// The code of that name, in capitals or not.
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(code, _)| *code)
    }

    /// All codes, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(code, _)| *code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_its_number_and_by_its_name() {
        for (number, code) in (0..).zip(Code::all()) {
            assert_eq!(code.as_u32(), number);
            assert_eq!(Code::from_u32(number), Some(code));
            assert_eq!(Code::from_name(&code.name().to_lowercase()), Some(code));
        }
        assert_eq!(Code::from_u32(14), Some(Code::Unavailable));
        assert_eq!(Code::from_u32(17), None);
        assert_eq!(Code::from_name("CANCELED"), None);
    }
}
