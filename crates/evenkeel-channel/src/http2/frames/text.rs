//! Bytes of a peer as text that is safe to log.

/// How many characters of a peer's text are kept, so that no peer can flood a log.
pub(super) const LIMIT: usize = 256;

/// The text, cut to [`LIMIT`] characters, with `U+FFFD` in the place of control characters and of what is not UTF-8.
pub(super) fn printable(bytes: &[u8]) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(bytes).chars().take(LIMIT).map(shown).collect()
}

/// What the first bytes of a peer that does not speak HTTP/2 look like.
pub(in crate::http2) fn first_bytes(bytes: &[u8]) -> String {
    match bytes {
        [] => "it sent nothing".into(),
        [b'H', b'T', b'T', ..] => "it speaks HTTP/1".into(),
        // A TLS record: its type (RFC 8446 section 5.1), then the major version.
        [0x14..=0x17, 0x03, ..] => "it speaks TLS".into(),
        bytes => format!("its first bytes are \"{}\"", bytes.escape_ascii()),
    }
}
