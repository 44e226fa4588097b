//! An etcd that talks TLS, and asks for certificates.

use crate::common::{LATE, SOON, becomes, failure, open, target};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{Registrar, Source, Watch};
use evenkeel_etcd::{Etcd as EtcdSource, EtcdRegistrar};
use evenkeel_servers::{Certificates, Etcd, Folder, Registry};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::sync::Arc;

/// A certificate authority, and a certificate of it for `127.0.0.1`.
fn certificates(folder: &Folder, name: &str) -> Certificates {
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let mut one = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    one.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let one = one.signed_by(&key, &ca).unwrap();
    Certificates {
        ca: folder.file(&format!("{name}-ca.pem"), &ca.pem()),
        cert: folder.file(&format!("{name}.pem"), &one.pem()),
        key: folder.file(&format!("{name}-key.pem"), &key.serialize_pem()),
    }
}

fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test]
async fn tls_is_from_the_files_of_the_target() {
    install_provider();
    let folder = Folder::new("tls");
    let (ours, other) = (certificates(&folder, "ours"), certificates(&folder, "other"));
    let mut etcd = Etcd::start_with_tls(ours.clone()).await;
    etcd.put("10.0.0.1:80", 1).await;
    let at = |options: &str| format!("{}{options}", etcd.target());
    let client = format!("&cert={}&key={}", ours.cert.display(), ours.key.display());

    let whole = at(&format!("?ca={}{client}", ours.ca.display()));
    let mut watch = open(&whole);
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    let registrar = EtcdRegistrar::new(&target(&whole)).unwrap();
    let instance = Instance::from("10.0.0.2:80".parse::<Address>().unwrap());
    let _kept = registrar.register(&instance).await.unwrap();
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]).await;

    for (options, why) in [
        (format!("?ca={}{client}", other.ca.display()), "invalid peer certificate"),
        (format!("?ca={}", ours.ca.display()), "127.0.0.1"),
        (String::new(), "127.0.0.1"),
        ("?ca=/no/such/file.pem".to_owned(), "/no/such/file.pem"),
    ] {
        let error = failure(&mut open(&at(&options)), LATE).await.to_string();
        assert!(error.contains(why), "{options}: {error}");
    }
}

#[tokio::test]
async fn tls_may_be_given_as_a_configuration() {
    install_provider();
    let folder = Folder::new("tls");
    let ours = certificates(&folder, "ours");
    let mut etcd = Etcd::start_with_tls(ours.clone()).await;
    etcd.put("10.0.0.1:80", 1).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&ours.ca).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_file(&ours.cert).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&ours.key).unwrap();
    let config =
        ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap();
    let source = EtcdSource::new().with_tls(Arc::new(config));
    let mut watch: Watch = Source::new(source).watch(&target(&etcd.target()));
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
}
