//! What hyper's errors mean to a call.

use crate::transport::{SendError, TransportError, TransportErrorKind};
use std::{error::Error, fmt};

/// hyper's error, told by its innermost cause: hyper itself says only "http2 error".
#[derive(Debug)]
struct Cause(hyper::Error);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&innermost(&self.0))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The error with all its causes, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The text of the innermost cause.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// Why a request failed that hyper did not give back.
///
/// Only a stream above the last one of a GOAWAY fails with the peer's GOAWAY, those below go on.
pub(super) fn send_error(error: hyper::Error) -> SendError {
    let told = h2_error(&error).filter(|e| e.is_remote()).map(|e| (e.is_go_away(), e.reason()));
    let error = transport_error(error);
    match told {
        Some((true, _)) => SendError::GoneAway(error),
        Some((_, Some(h2::Reason::REFUSED_STREAM))) => SendError::Refused(error),
        _ => SendError::Failed(error),
    }
}

pub(super) fn transport_error(error: hyper::Error) -> TransportError {
    TransportError::new(kind(&error), Cause(error))
}

fn h2_error(error: &hyper::Error) -> Option<&h2::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// hyper keeps an I/O error without h2's wrapping around it, and has its own for a keepalive timeout and for a task that
/// ended with a request in hand: without an h2 error the connection is lost.
fn kind(error: &hyper::Error) -> TransportErrorKind {
    match h2_error(error) {
        None => TransportErrorKind::Lost,
        Some(e) if e.is_io() => TransportErrorKind::Lost,
        Some(e) if e.is_go_away() && e.is_remote() => TransportErrorKind::Lost,
        Some(e) if e.is_reset() && e.is_remote() => {
            TransportErrorKind::Reset(e.reason().map_or(0, u32::from))
        }
        // Neither the peer's reset nor h2's: hyper resets a stream when its request body fails.
        Some(e) if e.is_reset() && !e.is_library() => TransportErrorKind::RequestBody,
        Some(_) => TransportErrorKind::Protocol,
    }
}
