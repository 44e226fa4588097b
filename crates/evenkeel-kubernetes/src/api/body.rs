use crate::KubernetesError;
use bytes::{Bytes, BytesMut};
use evenkeel_discover::Server;
use evenkeel_wire::{Answer, WireError};
use http_body_util::BodyExt;

/// The longest line of a watch, in bytes. The API server stores no object of more than 1.5 MiB (etcd's limit).
const LONGEST_LINE: usize = 16 << 20;

/// The whole of an answer of at most this size.
pub(super) async fn whole(answer: Answer, server: &Server, most: usize) -> Result<Vec<u8>, KubernetesError> {
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| WireError::Http { server: server.clone(), error })?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > most {
            return Err(too_long("an answer of the API server", most));
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

/// The lines of an answer that goes on for as long as a watch does.
#[derive(Debug)]
pub(crate) struct Lines {
    answer: Answer,
    buffer: BytesMut,
    /// How much of the buffer is known to have no end of a line.
    searched: usize,
}

impl Lines {
    pub(crate) fn new(answer: Answer) -> Self {
        Self { answer, buffer: BytesMut::new(), searched: 0 }
    }

    /// The next line without its end; nothing after the last one. A line that is cut off is none, and neither is a broken connection an
    /// error: both are how a watch ends. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, KubernetesError> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = unseen.iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(self.searched + end + 1);
                self.searched = 0;
                line.truncate(line.len() - 1);
                if !line.is_empty() {
                    return Ok(Some(line.freeze()));
                }
                continue;
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST_LINE {
                return Err(too_long("a line of the watch", LONGEST_LINE));
            }
            let Some(Ok(frame)) = self.answer.body_mut().frame().await else { return Ok(None) };
            if let Some(data) = frame.data_ref() {
                self.buffer.extend_from_slice(data);
            }
        }
    }
}

fn too_long(what: &'static str, most: usize) -> KubernetesError {
    KubernetesError::Malformed { what, why: format!("longer than {most} bytes") }
}
