#[cfg(not(feature = "tls"))]
pub use absent::Tls;
#[cfg(feature = "tls")]
pub use present::Tls;

#[cfg(feature = "tls")]
mod present {
    use crate::WireError;
    use evenkeel_discover::Server;
    use rustls::{
        ClientConfig, RootCertStore,
        crypto::CryptoProvider,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    };
    use std::{io, path::Path, sync::Arc};
    use tokio::net::TcpStream;
    use tokio_rustls::{TlsConnector, client::TlsStream};

    /// How to talk TLS to a registry.
    #[derive(Debug, Clone)]
    pub struct Tls(Arc<ClientConfig>);

    impl Tls {
        /// With this configuration.
        pub fn new(config: Arc<ClientConfig>) -> Self {
            Self(config)
        }

        /// With certificates from PEM files: who is trusted, and, where the registry asks who calls, a certificate with its key.
        /// The cryptography is the process' default provider of rustls.
        ///
        /// # Errors
        /// A file cannot be read or used, or the process has no default provider.
        pub fn from_files(ca: &Path, client: Option<(&Path, &Path)>) -> Result<Self, WireError> {
            let bad = |path: &Path, why: String| WireError::File { path: path.to_owned(), why };
            let certificates = |path: &Path| {
                let all: Result<Vec<CertificateDer<'static>>, _> =
                    CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
                match all {
                    Ok(all) if all.is_empty() => Err(bad(path, "no certificate in it".to_owned())),
                    other => other.map_err(|error| bad(path, error.to_string())),
                }
            };
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(|error| bad(ca, error.to_string()))?;
            }
            let provider = CryptoProvider::get_default().ok_or_else(|| {
                WireError::Tls(
                    "no default crypto provider is installed; see rustls::crypto::CryptoProvider".to_owned(),
                )
            })?;
            let builder = ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
                .map_err(|error| WireError::Tls(error.to_string()))?
                .with_root_certificates(roots);
            let config = match client {
                None => builder.with_no_client_auth(),
                Some((certificate, key)) => {
                    let secret =
                        PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, error.to_string()))?;
                    builder
                        .with_client_auth_cert(certificates(certificate)?, secret)
                        .map_err(|error| bad(certificate, error.to_string()))?
                }
            };
            Ok(Self(Arc::new(config)))
        }

        /// The same with these protocols offered by ALPN, such as `h2`.
        #[must_use]
        pub fn with_alpn(&self, protocols: &[&str]) -> Self {
            let mut config = (*self.0).clone();
            config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
            Self(Arc::new(config))
        }

        pub(crate) async fn handshake(
            &self,
            server: &Server,
            tcp: TcpStream,
        ) -> io::Result<TlsStream<TcpStream>> {
            let name = ServerName::try_from(server.host.clone())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            TlsConnector::from(self.0.clone()).connect(name, tcp).await
        }
    }
}

#[cfg(not(feature = "tls"))]
mod absent {
    use crate::WireError;
    use std::{io, path::Path};

    /// How to talk TLS to a registry: not at all, in a build without the feature `tls`.
    #[derive(Debug, Clone)]
    pub struct Tls(());

    impl Tls {
        /// See the feature `tls`.
        ///
        /// # Errors
        /// Always.
        pub fn from_files(_: &Path, _: Option<(&Path, &Path)>) -> Result<Self, WireError> {
            Err(WireError::Tls("this build has no TLS; turn on a feature such as tls-ring".to_owned()))
        }

        /// See the feature `tls`.
        #[must_use]
        pub fn with_alpn(&self, _: &[&str]) -> Self {
            self.clone()
        }

        pub(crate) fn impossible() -> io::Error {
            io::Error::new(io::ErrorKind::Unsupported, "this build has no TLS")
        }
    }
}
