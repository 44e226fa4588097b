//! HTTPS: the fake behind a front that speaks TLS and wants a certificate.

use crate::support::{again, are, first};
use evenkeel_consul::Consul;
use evenkeel_discover::{Source, Target};
use evenkeel_servers::{ConsulFake, ConsulServer, Folder, Registry};
use evenkeel_wire::Tls;
use futures_util::StreamExt;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use std::{path::PathBuf, sync::Arc};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority, and certificates of it for `127.0.0.1`, in files.
struct Papers {
    folder: Folder,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Folder::new("papers");
        folder.file("ca.pem", &authority.pem());
        Self { folder, authority }
    }

    fn certificate(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.authority).unwrap(), key)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Takes TLS connections of clients with a certificate, and passes their bytes on.
async fn front(papers: &Papers, name: &str, to: String) -> u16 {
    let (certificate, key) = papers.certificate(name);
    let mut roots = RootCertStore::empty();
    roots.add(papers.authority.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    port
}

async fn fake() -> ConsulFake {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut fake = ConsulFake::start().await;
    fake.put("10.0.0.1:80", 5).await;
    fake
}

/// G 102: the certificate is held against the name of the server, and there is no fall back to plain text.
#[tokio::test]
async fn files_in_the_target_make_it_https_both_ways() {
    let (fake, papers) = (fake().await, Papers::new());
    let port = front(&papers, "127.0.0.1", fake.api().authority().to_owned()).await;
    let (certificate, key) = papers.certificate("client");
    papers.folder.file("cert.pem", &certificate.pem());
    papers.folder.file("key.pem", &key.serialize_pem());
    let file = |name| papers.path(name).display().to_string();
    let ca = format!("consul://127.0.0.1:{port}/echo?ca={}", file("ca.pem"));
    let whole = format!("{ca}&cert={}&key={}", file("cert.pem"), file("key.pem"));
    again(&whole, are(&[("10.0.0.1:80", 5)])).await;
    assert!(first(&ca).await.is_err(), "no certificate to show");
    assert!(first(&format!("consul://127.0.0.1:{port}/echo")).await.is_err(), "plain text");
    let other_name = front(&papers, "consul.internal", fake.api().authority().to_owned()).await;
    let error = first(&whole.replace(&port.to_string(), &other_name.to_string())).await.unwrap_err();
    assert!(error.contains("certificate"), "{error}");
    let error = first(&format!("consul://127.0.0.1:{port}/echo?ca=/nowhere.pem")).await.unwrap_err();
    assert!(error.contains("/nowhere.pem"), "{error}");
}

#[tokio::test]
async fn a_configuration_can_be_handed_in() {
    let (fake, papers) = (fake().await, Papers::new());
    let port = front(&papers, "127.0.0.1", fake.api().authority().to_owned()).await;
    let (certificate, key) = papers.certificate("client");
    let cert = papers.folder.file("cert.pem", &certificate.pem());
    let key = papers.folder.file("key.pem", &key.serialize_pem());
    let tls = Tls::from_files(&papers.path("ca.pem"), Some((&cert, &key))).unwrap();
    let target = Target::parse(&format!("consul://127.0.0.1:{port}/echo")).unwrap();
    let set = Source::new(Consul::new().with_tls(tls)).watch(&target).next().await.unwrap().unwrap();
    assert!(are(&[("10.0.0.1:80", 5)])(&set));
}
