//! Who asks, and how safely.

use super::{SOON, Watched};
use evenkeel_kubernetes::{Config, Environment, Kubernetes};
use evenkeel_servers::{EndpointState, Folder, KubernetesFake, Registry, endpoint, slice};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig, pki_types::pem::PemObject, server::WebPkiClientVerifier};
use std::{path::Path, sync::Arc, time::Duration};

/// A cluster's certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "kubernetes");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for this name, and its key.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// A server at 127.0.0.1, which may want a certificate of its clients.
    pub(crate) fn server(&self, wants_certificate: bool) -> Arc<ServerConfig> {
        let (certificate, key) = self.issue("127.0.0.1");
        let certificate = PemObject::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PemObject::from_pem_slice(key.as_bytes()).unwrap();
        let builder = if wants_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
            ServerConfig::builder().with_client_cert_verifier(verifier)
        } else {
            ServerConfig::builder().with_no_client_auth()
        };
        Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
    }

    /// Its own certificate and those of a client, as files.
    pub(crate) fn write(&self, folder: &Folder) {
        let (certificate, key) = self.issue("client");
        folder.file("ca.crt", &self.0.pem());
        folder.file("client.crt", &certificate);
        folder.file("client.key", &key);
    }
}

/// A kubeconfig of a cluster and a user.
pub(crate) fn kubeconfig(folder: &Folder, cluster: &str, user: &str) -> String {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster: {{{cluster}}}\n\
         users:\n- name: u\n  user: {{{user}}}\n\
         contexts:\n- name: c\n  context: {{cluster: c, user: u}}\n"
    );
    folder.file("config", &text).display().to_string()
}

fn watch_with(kubeconfig: &str) -> Watched {
    let target = format!("kubernetes:///default/echo:grpc?kubeconfig={kubeconfig}");
    Watched::of(&Kubernetes::default(), &target)
}

/// Tokens of service accounts live for an hour; the kubelet replaces the file.
#[tokio::test]
async fn a_token_that_is_replaced_in_its_file_is_used_from_then_on() {
    let folder = Folder::new("rotation");
    let file = folder.file("token", "one");
    let mut fake = KubernetesFake::start().await;
    fake.faults(|faults| {
        faults.token = Some("one".to_owned());
        faults.longest_watch = Some(Duration::from_millis(300));
    });
    fake.put("10.0.0.1:80", 1).await;
    let source = Kubernetes::with_config(Config::plain(&fake.url()).unwrap().with_token_file(&file));
    let mut watched = Watched::of(&source, "kubernetes:///default/echo");
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    watched.rests().await;
    fake.faults(|faults| faults.token = Some("two".to_owned()));
    folder.file("token", "two\n");
    fake.put("10.0.0.2:80", 1).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)], 2 * SOON).await;
    assert_eq!(fake.asked().0, 1);
    // One that is too old is an error like any other.
    folder.file("token", "one");
    let error = watched.fails().await.to_string();
    assert!(error.contains("401: Unauthorized; the credentials are missing, wrong or expired"), "{error}");
}

#[tokio::test]
async fn a_refusal_is_a_clear_error_without_the_token() {
    let fake = KubernetesFake::start().await;
    let source = Kubernetes::with_config(Config::plain(&fake.url()).unwrap().with_token("s3cret"));
    fake.faults(|faults| faults.token = Some("other".to_owned()));
    let error = Watched::of(&source, "kubernetes:///shop/echo").fails().await;
    assert_eq!(
        error.to_string(),
        "the API server answers 401: Unauthorized; the credentials are missing, wrong or expired"
    );
    for (status, message, want) in [
        (
            403,
            "User \"me\" cannot list resource \"endpointslices\"",
            "cannot list resource \"endpointslices\"; the role must allow list and watch",
        ),
        (403, "bad token s3cret\u{1b}[31m", "403: bad token ***\\u{1b}[31m; the role"),
        (404, "not found", "404: not found; the source needs the API discovery.k8s.io/v1"),
        (503, "", "503: Service Unavailable"),
        (302, "elsewhere", "302: elsewhere"),
    ] {
        fake.faults(|faults| faults.refuse = Some((status, message.to_owned())));
        let error = Watched::of(&source, "kubernetes:///shop/echo").fails().await;
        assert!(error.to_string().contains(want), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_target_without_a_namespace_means_that_of_the_credentials() {
    let fake = KubernetesFake::start().await;
    let ready = [endpoint("10.0.0.1", EndpointState::Ready)];
    fake.apply(slice("shop", "echo-1", "echo", &[("grpc", 80)], &ready));
    let config = Config::plain(&fake.url()).unwrap();
    let shop = Kubernetes::with_config(config.clone().with_namespace("shop"));
    Watched::of(&shop, "kubernetes:///echo:grpc").becomes(&[("10.0.0.1:80", 1)], SOON).await;
    Watched::of(&shop, "kubernetes:///default/echo:grpc").becomes(&[], SOON).await;
    Watched::of(&Kubernetes::with_config(config), "kubernetes:///echo:grpc").becomes(&[], SOON).await;
}

#[tokio::test]
async fn a_kubeconfig_with_certificates_reaches_a_server_that_wants_one() {
    let (authority, folder) = (Authority::new(), Folder::new("mutual"));
    authority.write(&folder);
    let mut fake = KubernetesFake::start_tls(authority.server(true)).await;
    fake.put("10.0.0.1:80", 1).await;
    let cluster = format!("server: '{}', certificate-authority: ca.crt", fake.url());
    let user = "client-certificate: client.crt, client-key: client.key";
    let mut watched = watch_with(&kubeconfig(&folder, &cluster, user));
    watched.becomes(&[("10.0.0.1:80", 1)], 2 * SOON).await;
    fake.put("10.0.0.2:80", 1).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)], SOON).await;

    let error = watch_with(&kubeconfig(&folder, &cluster, "")).fails().await.to_string();
    assert!(error.contains("CertificateRequired") || error.contains("127.0.0.1"), "{error}");
    let other = Folder::new("stranger");
    Authority::new().write(&other);
    let error = watch_with(&kubeconfig(&other, &cluster, user)).fails().await.to_string();
    assert!(error.contains("UnknownIssuer") || error.contains("invalid peer certificate"), "{error}");
}

fn pod(fake: &KubernetesFake, account: &Path) -> Environment {
    let (host, port) = fake
        .url()
        .trim_start_matches("https://")
        .split_once(':')
        .map(|(h, p)| (h.to_owned(), p.to_owned()))
        .unwrap();
    let mut pod = Environment::default();
    (pod.service_host, pod.service_port, pod.service_account) = (Some(host), Some(port), account.into());
    pod
}

#[tokio::test]
async fn in_a_pod_the_service_account_is_enough() {
    let (authority, folder) = (Authority::new(), Folder::new("account"));
    authority.write(&folder);
    folder.file("token", "abc");
    folder.file("namespace", "default");
    let mut fake = KubernetesFake::start_tls(authority.server(false)).await;
    fake.faults(|faults| faults.token = Some("abc".to_owned()));
    fake.put("10.0.0.1:80", 1).await;
    let source = Kubernetes::with_environment(pod(&fake, folder.path()));
    Watched::of(&source, "kubernetes:///echo:grpc").becomes(&[("10.0.0.1:80", 1)], 2 * SOON).await;
    // What the target says counts before that.
    let plain = KubernetesFake::start().await;
    let target = format!("kubernetes:///echo:grpc?server={}", plain.url());
    Watched::of(&source, &target).becomes(&[], SOON).await;
}
