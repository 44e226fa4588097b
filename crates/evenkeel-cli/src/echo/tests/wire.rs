//! A client of HTTP/2 so simple that it sees every frame.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
const ACK: u8 = 1;

pub(super) struct Wire(TcpStream);

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    flags: u8,
    pub(super) payload: Vec<u8>,
}

impl Wire {
    pub(super) async fn connect(address: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("a sent preface");
        let mut wire = Self(stream);
        wire.send(SETTINGS, 0, &[]).await;
        wire
    }

    /// The next frame of this kind; pings on the way are answered. `None` at the end of the connection.
    pub(super) async fn next(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = timeout(Duration::from_secs(5), self.frame()).await.expect("a frame within 5 s")?;
            if frame.kind == PING && frame.flags & ACK == 0 {
                self.send(PING, ACK, &frame.payload).await;
            }
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    async fn frame(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], flags: head[4], payload })
    }

    pub(super) async fn send(&mut self, kind: u8, flags: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).expect("a short frame");
        let head = [0, 0, length, kind, flags, 0, 0, 0, 0];
        self.0.write_all(&[&head, payload].concat()).await.expect("a sent frame");
    }
}

impl Frame {
    /// Last stream id and error code of a GOAWAY.
    pub(super) fn goaway(&self) -> (u32, u32) {
        (self.number(0), self.number(4))
    }

    /// The value of a setting, if the frame has it.
    pub(super) fn setting(&self, id: u16) -> Option<u32> {
        let found = self.payload.chunks(6).position(|setting| setting[..2] == id.to_be_bytes());
        found.map(|index| self.number(index * 6 + 2))
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }
}
