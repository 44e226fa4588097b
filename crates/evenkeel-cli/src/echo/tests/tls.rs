//! The same port over TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::harness::{Running, start};

/// Files of a certificate and its key, removed at the end.
struct Identity {
    folder: PathBuf,
    certificate: CertificateDer<'static>,
}

impl Identity {
    fn new(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let folder = std::env::temp_dir().join(format!("keel-echo-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("cert.pem"), cert.pem()).expect("a written certificate");
        std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("a written key");
        Self { folder, certificate: cert.der().clone() }
    }

    async fn server(&self) -> Running {
        let path = |file: &str| self.folder.join(file).display().to_string();
        start(&["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]).await
    }

    async fn connect(&self, server: &Running, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a root");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TcpStream::connect(&server.address).await.expect("a connection");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).expect("a folder to remove");
}

#[tokio::test]
async fn http_2_is_preferred() {
    let identity = Identity::new("http2");
    let server = identity.server().await;
    let stream = identity.connect(&server, &[b"http/1.1", b"h2"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

#[tokio::test]
async fn http_1_is_served_as_well() {
    let identity = Identity::new("http1");
    let server = identity.server().await;
    let mut stream = identity.connect(&server, &[b"http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("a sent request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with(&format!("customloadbalancing (from {})\n", server.address)), "{answer}");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_handshake() {
    let identity = Identity::new("handshake");
    let server = identity.server().await;
    let _silent = TcpStream::connect(&server.address).await.expect("a connection");
    let began = std::time::Instant::now();
    server.stop().await;
    assert!(began.elapsed().as_secs() < 2);
}
