use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a request on its way out.
///
/// It remembers what it sent, up to a limit, until the response begins: a request that the server's transport refused unseen
/// can then be sent once more (gRFC A6).
pub struct RequestBody {
    shared: Arc<Mutex<Recording>>,
    attempt: u32,
    /// How many of the recorded frames this copy has sent.
    sent: usize,
}

struct Recording {
    source: UnsyncBoxBody<Bytes, BoxError>,
    ended: bool,
    frames: Vec<Bytes>,
    bytes: usize,
    limit: usize,
    /// False once too much was sent, or the response began: there will be no other attempt.
    recording: bool,
    /// The copy that may read; those of earlier attempts see an end.
    attempt: u32,
}

/// The caller's end of a [`RequestBody`]: makes the copy for the next attempt, or stops the recording.
#[derive(Clone)]
pub(crate) struct Replay(Arc<Mutex<Recording>>);

fn lock(shared: &Mutex<Recording>) -> MutexGuard<'_, Recording> {
    // Only the user's own body can unwind in here, and what it leaves behind is still a body.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RequestBody {
    /// Wraps a body; at most `limit` bytes of it are kept for another attempt.
    pub fn new<B>(body: B, limit: usize) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let recording = Recording {
            source: body.map_err(Into::into).boxed_unsync(),
            ended: false,
            frames: Vec::new(),
            bytes: 0,
            limit,
            recording: true,
            attempt: 0,
        };
        Self { shared: Arc::new(Mutex::new(recording)), attempt: 0, sent: 0 }
    }

    pub(crate) fn replay(&self) -> Replay {
        Replay(self.shared.clone())
    }
}

impl Replay {
    /// The same body from its start, or nothing if more was sent than could be kept.
    pub(crate) fn again(&self) -> Option<RequestBody> {
        let mut shared = lock(&self.0);
        if !shared.recording {
            return None;
        }
        shared.attempt += 1;
        Some(RequestBody { shared: self.0.clone(), attempt: shared.attempt, sent: 0 })
    }

    /// The response has begun: nothing will be repeated.
    pub(crate) fn commit(&self) {
        lock(&self.0).stop();
    }
}

impl Recording {
    fn stop(&mut self) {
        self.recording = false;
        self.frames = Vec::new();
    }

    /// Keeps a copy of a frame that is about to be sent, while there is room; whether it did.
    fn keep(&mut self, frame: &Frame<Bytes>) -> bool {
        if !self.recording {
            return false;
        }
        match frame.data_ref() {
            Some(data) if self.bytes + data.len() <= self.limit => {
                self.bytes += data.len();
                self.frames.push(data.clone());
                true
            }
            _ => {
                self.stop();
                false
            }
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let me = &mut *self;
        let mut shared = lock(&me.shared);
        if shared.attempt != me.attempt {
            return Poll::Ready(None);
        }
        if let Some(frame) = shared.frames.get(me.sent) {
            me.sent += 1;
            return Poll::Ready(Some(Ok(Frame::data(frame.clone()))));
        }
        if shared.ended {
            return Poll::Ready(None);
        }
        let polled = ready!(Pin::new(&mut shared.source).poll_frame(cx));
        match &polled {
            Some(Ok(frame)) => me.sent += usize::from(shared.keep(frame)),
            Some(Err(_)) | None => shared.ended = true,
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        let shared = lock(&self.shared);
        shared.attempt != self.attempt
            || (self.sent >= shared.frames.len() && (shared.ended || shared.source.is_end_stream()))
    }

    fn size_hint(&self) -> SizeHint {
        let shared = lock(&self.shared);
        if self.sent == 0 && shared.frames.is_empty() { shared.source.size_hint() } else { SizeHint::default() }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("attempt", &self.attempt).field("sent", &self.sent).finish_non_exhaustive()
    }
}
