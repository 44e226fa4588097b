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
    use std::{borrow::Cow, fmt, io, path::Path, sync::Arc};
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
            let client = match client {
                None => None,
                Some((certificate, key)) => Some((Pem::read(certificate)?, Pem::read(key)?)),
            };
            Self::from_parts(&Pem::read(ca)?, client.as_ref().map(|(certificate, key)| (certificate, key)))
        }

        /// The same with the texts of such files.
        ///
        /// # Errors
        /// A text cannot be used, or the process has no default provider.
        pub fn from_pem(ca: &[u8], client: Option<(&[u8], &[u8])>) -> Result<Self, WireError> {
            let client = client.map(|(certificate, key)| (Pem::new(certificate), Pem::new(key)));
            Self::from_parts(&Pem::new(ca), client.as_ref().map(|(certificate, key)| (certificate, key)))
        }

        fn from_parts(ca: &Pem<'_>, client: Option<(&Pem<'_>, &Pem<'_>)>) -> Result<Self, WireError> {
            let mut roots = RootCertStore::empty();
            for certificate in ca.certificates()? {
                roots.add(certificate).map_err(|error| ca.bad(&error))?;
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
                Some((certificate, key)) => builder
                    .with_client_auth_cert(certificate.certificates()?, key.key()?)
                    .map_err(|error| certificate.bad(&error))?,
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

    /// A PEM text and the file that it is from, if it is from one.
    struct Pem<'a> {
        text: Cow<'a, [u8]>,
        path: Option<&'a Path>,
    }

    impl<'a> Pem<'a> {
        fn new(text: &'a [u8]) -> Self {
            Self { text: text.into(), path: None }
        }

        fn read(path: &'a Path) -> Result<Self, WireError> {
            let bad = |error: io::Error| WireError::File { path: path.to_owned(), why: error.to_string() };
            Ok(Self { text: std::fs::read(path).map_err(bad)?.into(), path: Some(path) })
        }

        fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, WireError> {
            let all = CertificateDer::pem_slice_iter(&self.text).collect::<Result<Vec<_>, _>>();
            match all {
                Ok(all) if all.is_empty() => Err(self.bad(&"no certificate in it")),
                other => other.map_err(|error| self.bad(&error)),
            }
        }

        fn key(&self) -> Result<PrivateKeyDer<'static>, WireError> {
            PrivateKeyDer::from_pem_slice(&self.text).map_err(|error| self.bad(&error))
        }

        fn bad(&self, why: &dyn fmt::Display) -> WireError {
            match self.path {
                Some(path) => WireError::File { path: path.to_owned(), why: why.to_string() },
                None => WireError::Tls(format!("certificates or key: {why}")),
            }
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
            Err(Self::absent())
        }

        /// See the feature `tls`.
        ///
        /// # Errors
        /// Always.
        pub fn from_pem(_: &[u8], _: Option<(&[u8], &[u8])>) -> Result<Self, WireError> {
            Err(Self::absent())
        }

        fn absent() -> WireError {
            WireError::Tls("this build has no TLS; turn on a feature such as tls-ring".to_owned())
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

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::Tls;
    use std::path::Path;

    #[test]
    fn what_is_wrong_with_certificates_names_the_file_if_there_is_one() {
        let missing = Path::new("/no/such/ca.pem");
        let no_certificate = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        for (got, why) in [
            (Tls::from_files(missing, None), "\"/no/such/ca.pem\": No such file"),
            (Tls::from_files(no_certificate, None), "Cargo.toml\": no certificate in it"),
            (Tls::from_pem(b"", None), "TLS: certificates or key: no certificate in it"),
        ] {
            let error = got.unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
