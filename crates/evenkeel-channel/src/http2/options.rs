use super::tasks::Tasks;
use hyper::client::conn::http2::Builder;
use hyper_util::rt::TokioTimer;
use std::time::Duration;

/// The largest window of flow control (RFC 9113 section 6.9.1).
const MAX_WINDOW: u32 = (1 << 31) - 1;
/// A connection's window starts at this size and can only grow (RFC 9113 section 6.9.2).
const SPEC_WINDOW: u32 = (1 << 16) - 1;
/// The bounds of `SETTINGS_MAX_FRAME_SIZE` (RFC 9113 section 6.5.2).
const FRAME_SIZES: (u32, u32) = (1 << 14, (1 << 24) - 1);
/// The longest keepalive timeout that makes sense; timers must not overflow.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of HTTP/2 connections. A value out of bounds is moved to the nearest bound.
///
/// `TCP_NODELAY` is not among them: it is always on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http2Options {
    /// How long a connection hears nothing before it sends a PING; `None` is off. 10 s to 24 h (the lower bound is gRFC A8's).
    /// It doubles for new connections when a peer complains of too many pings. Default: off, as in gRPC.
    pub keepalive_interval: Option<Duration>,
    /// How long a PING may go unanswered before the connection is lost. At most 24 h; default 20 s (gRFC A8).
    pub keepalive_timeout: Duration,
    /// Whether a connection without calls sends PINGs (`PERMIT_WITHOUT_CALLS`). Default `false` (gRFC A8): many servers end a
    /// connection that does.
    pub keepalive_while_idle: bool,
    /// How many bytes of one response the peer may send ahead of the reader. 1 to 2^31-1; default 2 MiB (hyper's, and so tonic's).
    pub initial_stream_window_size: u32,
    /// How many bytes of all responses together the peer may send ahead. 65 535 to 2^31-1; default 5 MiB (hyper's, and so
    /// tonic's).
    pub initial_connection_window_size: u32,
    /// Whether the windows follow the measured bandwidth and delay, from 65 535 bytes on; the two sizes above are then not
    /// used. Default `false`.
    pub adaptive_window: bool,
    /// The largest frame that the peer may send, in bytes. 16 384 to 16 777 215; default 16 384 (RFC 9113).
    pub max_frame_size: u32,
    /// How many bytes the headers, or the trailers, of one response may have. Default 16 KiB (hyper's, and so tonic's).
    pub max_header_list_size: u32,
    /// How many bytes of one request are buffered for sending. At most 2^32-1; default 1 MiB (hyper's).
    pub max_send_buffer_size: usize,
    /// The size of the table by which the peer compresses headers, in bytes. Default 4096 (RFC 9113 section 6.5.2).
    pub header_table_size: u32,
    /// How many cancelled streams are remembered, so that late frames for them are no error. Default 50 (h2's).
    pub max_concurrent_reset_streams: usize,
    /// After how many streams that this side reset for the peer's errors the connection ends; `None` is never. Default 1024
    /// (hyper's).
    pub max_local_error_reset_streams: Option<usize>,
}

impl Default for Http2Options {
    fn default() -> Self {
        Self {
            keepalive_interval: None,
            keepalive_timeout: Duration::from_secs(20),
            keepalive_while_idle: false,
            initial_stream_window_size: 2 << 20,
            initial_connection_window_size: 5 << 20,
            adaptive_window: false,
            max_frame_size: FRAME_SIZES.0,
            max_header_list_size: 16 << 10,
            max_send_buffer_size: 1 << 20,
            header_table_size: 4096,
            max_concurrent_reset_streams: 50,
            max_local_error_reset_streams: Some(1024),
        }
    }
}

impl Http2Options {
    /// hyper's builder for one connection, which pings at `keepalive`.
    pub(super) fn builder(&self, tasks: Tasks, keepalive: Option<Duration>) -> Builder<Tasks> {
        let mut builder = Builder::new(tasks);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(keepalive)
            .keep_alive_timeout(self.keepalive_timeout.min(MAX_TIMEOUT))
            .keep_alive_while_idle(self.keepalive_while_idle)
            .initial_stream_window_size(self.initial_stream_window_size.clamp(1, MAX_WINDOW))
            .initial_connection_window_size(
                self.initial_connection_window_size.clamp(SPEC_WINDOW, MAX_WINDOW),
            )
            // After the sizes: either of them turns it off.
            .adaptive_window(self.adaptive_window)
            .max_frame_size(self.max_frame_size.clamp(FRAME_SIZES.0, FRAME_SIZES.1))
            .max_header_list_size(self.max_header_list_size)
            .max_send_buf_size(self.max_send_buffer_size.min(u32::MAX as usize))
            .header_table_size(self.header_table_size)
            .max_concurrent_reset_streams(self.max_concurrent_reset_streams)
            .max_local_error_reset_streams(self.max_local_error_reset_streams);
        builder
    }
}
