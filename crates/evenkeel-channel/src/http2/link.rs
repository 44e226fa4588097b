use super::{frames::FrameEvent, keepalive::KeepaliveInUse, outgoing::Outgoing, streams::Streams};
use crate::transport::Closed;
use arc_swap::ArcSwapOption;
use hyper::client::conn::http2::SendRequest;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// `ENHANCE_YOUR_CALM` (RFC 9113 section 7), which with [`TOO_MANY_PINGS`] is a complaint about keepalive (gRFC A8).
const ENHANCE_YOUR_CALM: u32 = 11;
const TOO_MANY_PINGS: &str = "too_many_pings";

/// How far a connection is.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// The peer's SETTINGS are to come.
    Handshake,
    /// It ended before the peer's SETTINGS, or began with something else.
    NotHttp2(String),
    /// The peer's SETTINGS have arrived.
    Ready,
    /// It was ready, and takes no new calls.
    Closed(Closed),
}

/// What is known about one connection; shared by its byte stream, which finds out, and its handles, which ask.
///
/// It holds hyper's sender so that whoever finds out can drop it: hyper closes a connection without a sender after its last
/// stream, however many handles live on.
#[derive(Debug)]
pub(super) struct Link {
    sender: ArcSwapOption<SendRequest<Outgoing>>,
    open: AtomicBool,
    streams: Streams,
    phase: watch::Sender<Phase>,
    keepalive: KeepaliveInUse,
}

impl Link {
    pub(super) fn new(keepalive: KeepaliveInUse) -> Self {
        Self {
            sender: ArcSwapOption::empty(),
            open: AtomicBool::new(true),
            streams: Streams::new(),
            phase: watch::Sender::new(Phase::Handshake),
            keepalive,
        }
    }

    /// Takes hyper's sender, unless the connection has ended meanwhile.
    pub(super) fn put(&self, sender: SendRequest<Outgoing>) {
        self.sender.store(Some(Arc::new(sender)));
        // `close` clears the flag before the sender: one of the two sees the other.
        if !self.is_open() {
            self.sender.store(None);
        }
    }

    pub(super) fn sender(&self) -> Option<SendRequest<Outgoing>> {
        self.sender.load().as_deref().cloned()
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    pub(super) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    pub(super) fn max_concurrent_streams(&self) -> Option<u32> {
        self.streams.limit()
    }

    /// Room for one more stream, if there is some at once.
    pub(super) fn try_slot(self: &Arc<Self>) -> Option<Slot> {
        self.streams.try_take().then(|| Slot(self.clone()))
    }

    /// Waits for room for one more stream; `None` when the connection takes no more calls.
    pub(super) async fn slot(self: &Arc<Self>) -> Option<Slot> {
        self.streams.wait(|| self.is_open()).await.then(|| Slot(self.clone()))
    }

    /// The peer said something.
    pub(super) fn told(&self, event: FrameEvent) {
        match event {
            FrameEvent::Settings { max_concurrent_streams } => self.settings(max_concurrent_streams),
            FrameEvent::GoAway { last_stream_id, code, text } => {
                tracing::debug!(last_stream_id, code, text, "GOAWAY");
                if code == ENHANCE_YOUR_CALM && text == TOO_MANY_PINGS {
                    self.keepalive.too_many_pings();
                }
                self.close(Closed::GoAway { code, text });
            }
            FrameEvent::NotHttp2(why) => self.close(Closed::Lost(why)),
        }
    }

    fn settings(&self, max_concurrent_streams: Option<u32>) {
        if let Some(max) = max_concurrent_streams {
            self.streams.set_limit(max);
        }
        self.phase.send_if_modified(|phase| {
            let greeting = matches!(phase, Phase::Handshake);
            if greeting {
                *phase = Phase::Ready;
            }
            greeting
        });
    }

    pub(super) fn lost(&self, why: String) {
        self.close(Closed::Lost(why));
    }

    /// No new calls from now on; the first reason counts.
    pub(super) fn close(&self, reason: Closed) {
        self.open.store(false, Ordering::SeqCst);
        self.phase.send_if_modified(|phase| {
            match phase {
                Phase::Handshake => *phase = Phase::NotHttp2(reason.to_string()),
                Phase::Ready => *phase = Phase::Closed(reason),
                Phase::NotHttp2(_) | Phase::Closed(_) => return false,
            }
            true
        });
        // Last: without its sender hyper ends, and its end must not be the first reason.
        self.sender.store(None);
        self.streams.wake_all();
    }
}

/// One stream's place among those that the peer takes at a time.
#[derive(Debug)]
pub(super) struct Slot(Arc<Link>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.streams.give_back();
    }
}
