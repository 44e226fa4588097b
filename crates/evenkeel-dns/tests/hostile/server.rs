//! A server on loopback, over UDP and TCP, that answers with the bytes that a test gives it.

use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};

/// What a server makes of a question, over TCP or not.
type Reply = dyn Fn(&Question, bool) -> Option<Vec<u8>> + Send + Sync;

/// A question as it came: its name and type are behind the header of 12 bytes (RFC 1035 section 4.1).
pub(super) struct Question(Vec<u8>);

pub(super) const A: u16 = 1;
pub(super) const NS: u16 = 2;
pub(super) const CNAME: u16 = 5;
pub(super) const SRV: u16 = 33;
/// A response to a recursive question, by a server that recurses, without an error.
pub(super) const GOOD: u16 = 0x8180;
pub(super) const TRUNCATED: u16 = 0x8380;
pub(super) const SERVFAIL: u16 = 0x8182;
pub(super) const NXDOMAIN: u16 = 0x8183;
/// The name of the question.
pub(super) const SAME: &[u8] = &[0xc0, 12];

impl Question {
    /// The name in its wire form, without the last zero.
    pub(super) fn name(&self) -> &[u8] {
        &self.0[12..12 + self.0[12..].iter().position(|byte| *byte == 0).unwrap()]
    }

    pub(super) fn kind(&self) -> u16 {
        let at = 12 + self.name().len() + 1;
        u16::from_be_bytes([self.0[at], self.0[at + 1]])
    }

    /// An answer with these flags, records and records of authority.
    pub(super) fn answer(&self, flags: u16, records: &[Vec<u8>], authority: &[Vec<u8>]) -> Vec<u8> {
        let count = |list: &[Vec<u8>]| u16::try_from(list.len()).unwrap();
        let mut bytes = self.0[..2].to_vec();
        for field in [flags, 1, count(records), count(authority), 0] {
            bytes.extend(field.to_be_bytes());
        }
        bytes.extend(&self.0[12..12 + self.name().len() + 5]);
        bytes.extend(records.iter().chain(authority).flatten());
        bytes
    }

    /// These records of one type, and of all others the statement that there are none.
    pub(super) fn answer_of(&self, kind: u16, records: &[Vec<u8>]) -> Vec<u8> {
        self.answer(GOOD, if self.kind() == kind { records } else { &[] }, &[])
    }
}

pub(super) fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [owner, &kind.to_be_bytes(), &[0, 1], &ttl.to_be_bytes(), &length.to_be_bytes(), data].concat()
}

pub(super) fn address(ttl: u32, last: u16) -> Vec<u8> {
    record(SAME, A, ttl, &[[10, 0].as_slice(), &last.to_be_bytes()].concat())
}

pub(super) async fn serve(
    reply: impl Fn(&Question, bool) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> SocketAddr {
    let reply: Arc<Reply> = Arc::new(reply);
    let [port] = evenkeel_servers::free_ports();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let (udp, tcp) = (UdpSocket::bind(address).await.unwrap(), TcpListener::bind(address).await.unwrap());
    let over_tcp = reply.clone();
    tokio::spawn(async move {
        let mut bytes = vec![0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut bytes).await {
            if let Some(answer) = reply(&Question(bytes[..length].to_vec()), false) {
                udp.send_to(&answer, from).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            tokio::spawn(converse(stream, over_tcp.clone()));
        }
    });
    address
}

/// Questions and answers with their lengths before them (RFC 1035 section 4.2.2).
async fn converse(mut stream: TcpStream, reply: Arc<Reply>) {
    while let Ok(length) = stream.read_u16().await {
        let mut question = vec![0; length.into()];
        stream.read_exact(&mut question).await.unwrap();
        let Some(answer) = reply(&Question(question), true) else { break };
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    }
}
