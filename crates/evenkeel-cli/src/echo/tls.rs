//! TLS, as asked for by `--tls-cert` and `--tls-key`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use super::{EchoArgs, EchoError};

/// What accepts TLS connections; `None` for plaintext.
pub(super) fn acceptor(args: &EchoArgs) -> Result<Option<TlsAcceptor>, EchoError> {
    let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let unusable = |source| EchoError::Identity { cert: cert.clone(), key: key.clone(), source };
    let config = config(chain(cert)?, private_key(key)?).map_err(unusable)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn chain(file: &PathBuf) -> Result<Vec<CertificateDer<'static>>, EchoError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(chain) if chain.is_empty() => Err(unreadable("--tls-cert", file, pem::Error::NoItemsFound)),
        Ok(chain) => Ok(chain),
        Err(source) => Err(unreadable("--tls-cert", file, source)),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, EchoError> {
    PrivateKeyDer::from_pem_file(file).map_err(|source| unreadable("--tls-key", file, source))
}

fn unreadable(flag: &'static str, file: &Path, source: pem::Error) -> EchoError {
    EchoError::Pem { flag, file: file.to_owned(), source }
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
