use super::dial::Stream;
use crate::transport::ConnectError;
use rustls::{AlertDescription, CertificateError, ClientConfig, pki_types::ServerName};
use std::{error::Error, io, sync::Arc};
use tokio_rustls::TlsConnector;

/// HTTP/2's name in ALPN (RFC 9113 section 3.2).
const H2: &[u8] = b"h2";

/// TLS towards one target.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// A TLS handshake that failed, with what to look at.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause}")]
struct HandshakeError {
    what: &'static str,
    #[source]
    cause: rustls::Error,
}

impl Tls {
    pub(super) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Self {
        let mut config = Arc::unwrap_or_clone(config);
        config.alpn_protocols = vec![H2.to_vec()];
        Self { connector: TlsConnector::from(Arc::new(config)), name }
    }

    pub(super) async fn handshake(&self, stream: Stream) -> Result<Stream, ConnectError> {
        let stream = self.connector.connect(self.name.clone(), stream).await.map_err(failure)?;
        if stream.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(ConnectError::Alpn);
        }
        Ok(Box::new(stream))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

/// tokio-rustls puts rustls's error into an I/O error; another one is the socket's own.
fn failure(error: io::Error) -> ConnectError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).cloned();
    let why: Arc<dyn Error + Send + Sync> = match tls {
        Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            return ConnectError::Alpn;
        }
        Some(rustls::Error::NoApplicationProtocol) => return ConnectError::Alpn,
        Some(cause) => Arc::new(HandshakeError { what: what(&cause), cause }),
        None => Arc::new(error),
    };
    ConnectError::Tls(why)
}

fn what(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => "the peer does not speak TLS",
        rustls::Error::AlertReceived(_) => "the peer refused the handshake",
        _ => "the handshake failed",
    }
}

fn certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet"
        }
        CertificateError::UnknownIssuer => "the server's certificate is from an unknown issuer",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name"
        }
        CertificateError::Revoked => "the server's certificate was revoked",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is for another purpose"
        }
        _ => "the server's certificate is not valid",
    }
}
