//! TLS, as asked for by `--ca`, `--cert` and `--key-file`.

use super::CallArgs;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file of certificates or keys cannot be used.
    #[error("{flag} {}: {source}", file.display())]
    Pem {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// A certificate cannot be trusted, or does not go with its key.
    #[error("{flag} {}: {source}", file.display())]
    Certificate {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// There is no TLS without a version of it.
    #[error("TLS: {0}")]
    Versions(#[from] rustls::Error),
}

/// The configuration; none for plaintext.
pub(super) fn config(args: &CallArgs) -> Result<Option<Arc<ClientConfig>>, TlsError> {
    let Some(ca) = &args.ca else { return Ok(None) };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(ca)?);
    let config = match (&args.cert, &args.key_file) {
        (Some(cert), Some(key)) => {
            let own =
                PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable("--key-file", key, source))?;
            builder
                .with_client_auth_cert(certificates("--cert", cert)?, own)
                .map_err(|source| TlsError::Certificate { flag: "--cert", file: cert.clone(), source })?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Some(Arc::new(config)))
}

fn roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("--ca", file)? {
        let bad = |source| TlsError::Certificate { flag: "--ca", file: file.to_owned(), source };
        roots.add(certificate).map_err(bad)?;
    }
    Ok(roots)
}

fn certificates(flag: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(list) if list.is_empty() => Err(unreadable(flag, file, pem::Error::NoItemsFound)),
        Ok(list) => Ok(list),
        Err(source) => Err(unreadable(flag, file, source)),
    }
}

fn unreadable(flag: &'static str, file: &Path, source: pem::Error) -> TlsError {
    TlsError::Pem { flag, file: file.to_owned(), source }
}
