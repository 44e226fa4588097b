//! Where the server listens.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on: `HOST:PORT`, or `unix:/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A host, bracketed if it is IPv6, and a port.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

/// The text is neither `HOST:PORT` nor `unix:/path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write HOST:PORT with a port of 0..65535 and IPv6 in brackets, or unix:/path")]
pub(crate) struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(AddressError) } else { Ok(Self::Unix(path.into())) };
        }
        let (host, port) = text.rsplit_once(':').ok_or(AddressError)?;
        let bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || (host.contains(':') && !bracketed) || port.parse::<u16>().is_err() {
            return Err(AddressError);
        }
        Ok(Self::Tcp(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(text) => f.write_str(text),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_ports_and_unix_sockets_are_read_and_shown_alike() {
        for text in ["127.0.0.1:0", "localhost:50050", "[::1]:80", "unix:/tmp/echo.sock"] {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "localhost", ":80", "localhost:", "localhost:65536", "localhost:-1", "::1:80", "unix:"]
        {
            assert_eq!(text.parse::<Address>(), Err(AddressError), "{text:?}");
        }
    }
}
