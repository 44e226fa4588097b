use super::BoxedError;
use std::{
    error::Error,
    fmt,
    io::{self, ErrorKind},
};

/// An error of something that provably never reached a server: put it around yours, and the call is repeated elsewhere, whatever
/// the call is.
///
/// It may stand anywhere in a chain of sources, inside an [`io::Error`] too.
///
/// ```
/// use evenkeel_balance::{Unsent, never_sent};
///
/// let full = std::io::Error::other(Unsent::new("no connection left in the pool"));
/// assert!(never_sent(&full));
/// ```
pub struct Unsent(Box<dyn Error + Send + Sync>);

impl Unsent {
    /// This error, of which the caller knows that nothing was sent.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// The error itself.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error itself.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl fmt::Debug for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unsent").field(&self.0).finish()
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Unsent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// How many sources deep an error is looked into: no real chain is as long, and one that loops ends.
const DEEPEST: usize = 64;

/// Whether an error says that the request never reached a server: it, or one of its sources, is an [`Unsent`] or an
/// [`io::Error`] that only connecting yields, which are "connection refused" and "address not available" (no local port left).
///
/// hyper, reqwest, tonic and volo keep the `io::Error` of a refused connection in the chain, so that case needs no code.
/// Their other failures to connect cannot be told by the chain: "timed out", "host unreachable" and "connection reset" also end a
/// request under way. Where the client knows better, let it say so in a classifier: `error.is_connect()` of reqwest and of
/// hyper-util's client is [`Verdict::Unsent`](crate::Verdict::Unsent).
pub fn never_sent(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| beneath(*error)).take(DEEPEST).any(says_unsent)
}

/// The next error of a chain. Errors that stand for another name that one's source as their own, and so would hide it.
fn beneath<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let hidden: Option<&(dyn Error + Send + Sync + 'static)> =
        if let Some(error) = error.downcast_ref::<io::Error>() {
            error.get_ref()
        } else if let Some(error) = error.downcast_ref::<BoxedError>() {
            Some(error.get_ref())
        } else {
            error.downcast_ref::<Unsent>().map(Unsent::get_ref)
        };
    hidden.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source())
}

fn says_unsent(error: &(dyn Error + 'static)) -> bool {
    let refused = |error: &io::Error| {
        matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::AddrNotAvailable)
    };
    error.is::<Unsent>() || error.downcast_ref::<io::Error>().is_some_and(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the client's error")]
    struct Client(#[source] Box<dyn Error + Send + Sync>);

    fn nested(error: impl Into<Box<dyn Error + Send + Sync>>) -> Client {
        Client(Box::new(io::Error::other(Client(error.into()))))
    }

    /// F23, G-45: a refused connection is found however deep it is.
    #[test]
    fn a_refused_connection_is_found_in_the_chain() {
        assert!(never_sent(&io::Error::from(ErrorKind::ConnectionRefused)));
        assert!(never_sent(&nested(io::Error::from(ErrorKind::ConnectionRefused))));
        assert!(never_sent(&nested(io::Error::from(ErrorKind::AddrNotAvailable))));
        assert!(never_sent(&io::Error::from_raw_os_error(111)) || !cfg!(target_os = "linux"));
    }

    #[test]
    fn a_callers_word_is_found_in_the_chain() {
        assert!(never_sent(&Unsent::new("pool is full")));
        assert!(never_sent(&nested(Unsent::new("pool is full"))));
        assert!(never_sent(&io::Error::other(Unsent::new("pool is full"))));
    }

    #[test]
    fn what_may_also_end_a_request_under_way_does_not_count() {
        for kind in [
            ErrorKind::ConnectionReset,
            ErrorKind::BrokenPipe,
            ErrorKind::TimedOut,
            ErrorKind::HostUnreachable,
            ErrorKind::UnexpectedEof,
        ] {
            assert!(!never_sent(&nested(io::Error::from(kind))), "{kind}");
        }
    }
}
