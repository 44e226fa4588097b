//! What a peer says in the headers of its HTTP/2 frames.

#[cfg(test)]
mod tests;
mod text;

pub(super) use text::first_bytes;

/// The length of a frame header (RFC 9113 section 4.1).
const HEADER: usize = 9;
/// The length of the payload stands in the header's first three bytes.
const LENGTH: usize = 3;
/// The longest frame before this side's SETTINGS are known to the peer (RFC 9113 section 4.2). hyper gives up at the third
/// byte of a longer one, and so does this reader, to say why first.
const LONGEST_FIRST: usize = 1 << 14;
/// The frame types that matter here (RFC 9113 section 6).
const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;
/// The flag that makes a SETTINGS frame an acknowledgement (RFC 9113 section 6.5).
const ACK: u8 = 0x1;
/// One entry of a SETTINGS frame: a 16-bit name and a 32-bit value.
const SETTING: usize = 6;
/// `SETTINGS_MAX_CONCURRENT_STREAMS` (RFC 9113 section 6.5.2).
const MAX_CONCURRENT_STREAMS: u16 = 0x3;
/// A GOAWAY frame's fixed part: the last stream id and the code, 32 bits each.
const GOAWAY_FIXED: usize = 8;
/// What is kept of a GOAWAY frame: the fixed part, and enough for a text of [`text::LIMIT`] characters of up to 4 bytes.
const GOAWAY_KEPT: usize = GOAWAY_FIXED + 4 * text::LIMIT;

/// Something that the peer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FrameEvent {
    /// A SETTINGS frame that is no acknowledgement.
    Settings {
        /// How many streams the peer takes at a time, if this frame says so.
        max_concurrent_streams: Option<u32>,
    },
    /// A GOAWAY frame.
    GoAway {
        /// Streams above this id were not seen.
        last_stream_id: u32,
        /// The error code; 0 is a graceful end.
        code: u32,
        /// The debug text, printable and cut.
        text: String,
    },
    /// The first frame is not SETTINGS, so this is no HTTP/2 peer; nothing after it is read. The text says what it looks like.
    NotHttp2(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Settings,
    GoAway,
    Other,
}

/// A reader of frame headers over the bytes of one direction of a connection, in pieces of any size.
///
/// It copies at most nine bytes of header, six of a setting, and [`GOAWAY_KEPT`] of a GOAWAY frame. No length that the peer
/// claims is ever allocated.
#[derive(Debug)]
pub(super) struct FrameReader {
    header: [u8; HEADER],
    /// How many bytes of the header are there.
    have: usize,
    kind: Kind,
    /// How many bytes of the payload are still to come.
    left: usize,
    /// One setting in the making, or the beginning of a GOAWAY frame's payload.
    kept: Vec<u8>,
    max_concurrent_streams: Option<u32>,
    /// Whether the first frame was SETTINGS, as it must be.
    greeted: bool,
    /// The peer does not speak HTTP/2.
    stopped: bool,
}

impl FrameReader {
    pub(super) fn new() -> Self {
        Self {
            header: [0; HEADER],
            have: 0,
            kind: Kind::Other,
            left: 0,
            kept: Vec::new(),
            max_concurrent_streams: None,
            greeted: false,
            stopped: false,
        }
    }

    /// Reads on, and reports each event once its frame is complete.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut on: impl FnMut(FrameEvent)) {
        while !bytes.is_empty() && !self.stopped {
            if self.have < HEADER {
                bytes = self.take_header(bytes, &mut on);
            } else {
                bytes = self.take_payload(bytes);
            }
            if self.have == HEADER && self.left == 0 && !self.stopped {
                self.end_frame(&mut on);
            }
        }
    }

    /// The bytes so far, while they do not make up the first frame's header.
    pub(super) fn before_first_frame(&self) -> Option<&[u8]> {
        (!self.greeted && !self.stopped).then(|| &self.header[..self.have])
    }

    fn take_header<'a>(&mut self, bytes: &'a [u8], on: &mut impl FnMut(FrameEvent)) -> &'a [u8] {
        let (now, rest) = bytes.split_at(bytes.len().min(HEADER - self.have));
        self.header[self.have..self.have + now.len()].copy_from_slice(now);
        self.have += now.len();
        if !self.greeted && self.have >= LENGTH && self.length() > LONGEST_FIRST {
            self.stop(LENGTH, on);
        } else if self.have == HEADER {
            self.begin_frame(on);
        }
        rest
    }

    fn length(&self) -> usize {
        let [a, b, c, ..] = self.header;
        usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c)
    }

    /// These bytes of the first header are not HTTP/2.
    fn stop(&mut self, bytes: usize, on: &mut impl FnMut(FrameEvent)) {
        self.stopped = true;
        on(FrameEvent::NotHttp2(first_bytes(&self.header[..bytes])));
    }

    fn begin_frame(&mut self, on: &mut impl FnMut(FrameEvent)) {
        let [_, _, _, kind, flags, ..] = self.header;
        self.left = self.length();
        self.kind = match kind {
            SETTINGS if flags & ACK == 0 => Kind::Settings,
            GOAWAY => Kind::GoAway,
            _ => Kind::Other,
        };
        self.kept.clear();
        self.max_concurrent_streams = None;
        if !self.greeted && self.kind != Kind::Settings {
            self.stop(HEADER, on);
        }
        self.greeted = true;
    }

    fn take_payload<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (now, rest) = bytes.split_at(bytes.len().min(self.left));
        self.left -= now.len();
        match self.kind {
            Kind::Settings => self.keep_settings(now),
            Kind::GoAway => self.keep(now, GOAWAY_KEPT),
            Kind::Other => {}
        }
        rest
    }

    /// Keeps what still fits into `limit` bytes.
    fn keep(&mut self, bytes: &[u8], limit: usize) {
        let room = limit - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn keep_settings(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let now = bytes.len().min(SETTING - self.kept.len());
            self.keep(&bytes[..now], SETTING);
            bytes = &bytes[now..];
            if let [a, b, value @ ..] = &self.kept[..]
                && let Ok(value) = <[u8; 4]>::try_from(value)
            {
                if u16::from_be_bytes([*a, *b]) == MAX_CONCURRENT_STREAMS {
                    self.max_concurrent_streams = Some(u32::from_be_bytes(value));
                }
                self.kept.clear();
            }
        }
    }

    fn end_frame(&mut self, on: &mut impl FnMut(FrameEvent)) {
        self.have = 0;
        match self.kind {
            Kind::Settings => {
                on(FrameEvent::Settings { max_concurrent_streams: self.max_concurrent_streams });
            }
            Kind::GoAway => {
                if let Some(event) = go_away(&self.kept) {
                    on(event);
                }
            }
            Kind::Other => {}
        }
    }
}

/// A frame that is too short says nothing; hyper ends the connection for it.
fn go_away(payload: &[u8]) -> Option<FrameEvent> {
    let (last, rest) = payload.split_first_chunk::<4>()?;
    let (code, debug) = rest.split_first_chunk::<4>()?;
    Some(FrameEvent::GoAway {
        // The highest bit is reserved (RFC 9113 section 6.8).
        last_stream_id: u32::from_be_bytes(*last) & 0x7fff_ffff,
        code: u32::from_be_bytes(*code),
        text: text::printable(debug),
    })
}
