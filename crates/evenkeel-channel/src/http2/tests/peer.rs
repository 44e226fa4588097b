//! A peer that says exactly what a test tells it to, frame by frame.

use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const GOAWAY: u8 = 7;
pub(super) const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

pub(super) struct Listener {
    listener: TcpListener,
    pub(super) address: Address,
}

impl Listener {
    pub(super) async fn tcp() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().into();
        Self { listener, address }
    }

    pub(super) async fn socket(&self) -> TcpStream {
        soon(self.listener.accept()).await.unwrap().0
    }

    /// Accepts, and reads the client's preface; says nothing.
    pub(super) async fn accept(&self) -> Peer {
        let mut io = self.socket().await;
        io.set_nodelay(true).unwrap();
        soon(io.read_exact(&mut [0; PREFACE])).await.unwrap();
        Peer { io }
    }
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) io: TcpStream,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

pub(super) fn go_away(last: u32, code: u32, text: &str) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[&last.to_be_bytes(), &code.to_be_bytes(), text.as_bytes()].concat())
}

impl Peer {
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.io.write_all(bytes).await.unwrap();
    }

    pub(super) async fn settings(&mut self, entries: &[(u16, u32)]) {
        let entries: Vec<u8> = entries
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        self.send(&frame(SETTINGS, 0, 0, &entries)).await;
    }

    pub(super) async fn go_away(&mut self, last: u32, code: u32, text: &str) {
        self.send(&go_away(last, code, text)).await;
    }

    pub(super) async fn reset(&mut self, stream: u32, code: u32) {
        self.send(&frame(RST_STREAM, 0, stream, &code.to_be_bytes())).await;
    }

    /// The headers of a response with status 200, which has index 8 in HPACK's static table.
    pub(super) async fn respond(&mut self, stream: u32) {
        self.send(&frame(HEADERS, END_HEADERS, stream, &[0x88])).await;
    }

    pub(super) async fn data(&mut self, stream: u32, bytes: &[u8], flags: u8) {
        self.send(&frame(DATA, flags, stream, bytes)).await;
    }

    /// The next frame; `None` is the end.
    pub(super) async fn frame(&mut self) -> Option<Frame> {
        let mut header = [0; 9];
        self.io.read_exact(&mut header).await.ok()?;
        let [a, b, c, kind, _, stream @ ..] = header;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.io.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind, stream: u32::from_be_bytes(stream), payload })
    }

    /// The next frame of a kind.
    pub(super) async fn next(&mut self, kind: u8) -> Frame {
        while let Some(frame) = self.frame().await {
            if frame.kind == kind {
                return frame;
            }
        }
        panic!("the connection ended before a frame of kind {kind}");
    }

    /// The stream of the next request.
    pub(super) async fn headers(&mut self) -> u32 {
        self.next(HEADERS).await.stream
    }

    /// The stream and the code of the next reset.
    pub(super) async fn next_reset(&mut self) -> (u32, u32) {
        let frame = self.next(RST_STREAM).await;
        (frame.stream, u32::from_be_bytes(frame.payload.try_into().unwrap()))
    }

    /// Waits until the client has closed.
    pub(super) async fn end(&mut self) {
        while self.frame().await.is_some() {}
    }
}
