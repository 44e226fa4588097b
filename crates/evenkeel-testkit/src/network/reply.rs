//! What peers answer.

use bytes::Bytes;
use evenkeel_channel::{
    RequestBody,
    transport::{SendError, TransportError},
};
use evenkeel_core::{Address, Code};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::Frame;
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// The body that a handler yields.
pub type Body = UnsyncBoxBody<Bytes, TransportError>;

/// The header of every built-in answer that names the peer's address.
pub const FROM: &str = "x-from";

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, SendError>> + Send>>;
pub(super) type Handler = Arc<dyn Fn(Address, Request<RequestBody>) -> Answer + Send + Sync>;

pub(super) fn handler<F, R>(handle: F) -> Handler
where
    F: Fn(Address, Request<RequestBody>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Response<Body>, SendError>> + Send + 'static,
{
    Arc::new(move |from, request| Box::pin(handle(from, request)))
}

pub(super) fn ok() -> Handler {
    handler(|from, _| async move { Ok(answer(&from, [], Code::Ok)) })
}

pub(super) fn ok_after(delay: Duration) -> Handler {
    handler(move |from, _| async move {
        sleep(delay).await;
        Ok(answer(&from, [], Code::Ok))
    })
}

pub(super) fn streaming(time: Duration) -> Handler {
    handler(move |from, _| async move { Ok(ending_after(&from, time)) })
}

pub(super) fn failing(code: Code) -> Handler {
    handler(move |from, _| async move { Ok(answer(&from, [], code)) })
}

pub(super) fn silent() -> Handler {
    handler(|_, _| std::future::pending())
}

/// A gRPC answer of the peer at that address: headers, these chunks, and trailers with that status.
pub fn answer(from: &Address, chunks: impl IntoIterator<Item = Bytes>, code: Code) -> Response<Body> {
    let frames = chunks.into_iter().map(Frame::data).chain([trailers(code)]).collect();
    head(from, Frames { frames, due: None })
}

/// A gRPC answer whose headers come at once, and whose end, an OK, comes after `time`.
pub fn ending_after(from: &Address, time: Duration) -> Response<Body> {
    let due = Some(Box::pin(sleep_until(Instant::now() + time)));
    head(from, Frames { frames: [trailers(Code::Ok)].into(), due })
}

fn head(from: &Address, frames: Frames) -> Response<Body> {
    let mut response = Response::new(frames.map_err(|never| match never {}).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    if let Ok(value) = HeaderValue::try_from(from.to_string()) {
        response.headers_mut().insert(HeaderName::from_static(FROM), value);
    }
    response
}

fn trailers(code: Code) -> Frame<Bytes> {
    let name = HeaderName::from_static("grpc-status");
    Frame::trailers(HeaderMap::from_iter([(name, HeaderValue::from(code.as_u32()))]))
}

/// Frames that are ready, or ready at a time.
struct Frames {
    frames: VecDeque<Frame<Bytes>>,
    due: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(due) = &mut self.due {
            std::task::ready!(due.as_mut().poll(cx));
            self.due = None;
        }
        Poll::Ready(self.frames.pop_front().map(Ok))
    }
}
