use super::{peer::*, *};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::WebPkiServerVerifier,
    pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName},
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    // Of two authorities with one name, the wrong one would have a bad signature instead of being unknown.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, COUNT.fetch_add(1, Ordering::Relaxed).to_string());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair, alpn: &[&str]) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A server for `name`, with a certificate that is valid until `year`.
fn server(authority: &Authority, name: &str, year: i32, alpn: &[&str]) -> TlsAcceptor {
    server_with(authority, name, alpn, |params| params.not_after = rcgen::date_time_ymd(year, 1, 1))
}

fn server_with(
    authority: &Authority,
    name: &str,
    alpn: &[&str],
    change: impl FnOnce(&mut CertificateParams),
) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, authority).unwrap();
    acceptor(certificate.der().clone(), &key, alpn)
}

/// A client that trusts `authority`, and whose own idea of ALPN must not matter.
fn client(authority: &Authority) -> Http2 {
    client_that_knows(authority, &[])
}

/// A client that trusts `authority`, but for the certificates with these serial numbers.
fn client_that_knows(authority: &Authority, revoked: &[u64]) -> Http2 {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    let verifier = match revoked {
        [] => verifier,
        serials => verifier.with_crls([revocation_list(authority, serials)]),
    };
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_webpki_verifier(verifier.build().unwrap())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from("target.test").unwrap();
    Http2::new(Http2Options::default()).tls(Arc::new(config), name)
}

fn revocation_list(authority: &Authority, serials: &[u64]) -> CertificateRevocationListDer<'static> {
    let day = |year| rcgen::date_time_ymd(year, 1, 1);
    let revoked = |serial: &u64| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: day(2001),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: day(2001),
        next_update: day(4000),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: serials.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(authority).unwrap().der().clone()
}

/// The client's result with a peer that greets within TLS, if it gets so far.
async fn connect(client: &Http2, server: TlsAcceptor) -> Result<Http2Connection, ConnectError> {
    let listener = Listener::tcp().await;
    let peer = tokio::spawn({
        let connecting = client.connect(&listener.address);
        async move { soon(connecting).await }
    });
    if let Ok(mut stream) = server.accept(listener.socket().await).await {
        // It fails when the client has gone, which the client's own result tells.
        drop(stream.write_all(&frame(SETTINGS, 0, 0, &[])).await);
        drop(stream.flush().await);
        return soon(peer).await.unwrap();
    }
    soon(peer).await.unwrap()
}

async fn tls_error(client: &Http2, server: TlsAcceptor) -> String {
    match connect(client, server).await.unwrap_err() {
        error @ ConnectError::Tls(_) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_target_is_verified_though_the_address_has_another_name() {
    let authority = authority();
    let client = client(&authority);
    assert_eq!(client.scheme(), http::uri::Scheme::HTTPS);
    assert_eq!(Http2::new(Http2Options::default()).scheme(), http::uri::Scheme::HTTP);
    connect(&client, server(&authority, "target.test", 4000, &["http/1.1", "h2"])).await.unwrap();
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = authority();
    let error = tls_error(&client(&authority), server(&authority, "localhost", 4000, &["h2"])).await;
    assert!(error.contains("for another name") && error.contains("target.test"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_issuer_is_refused() {
    let error = tls_error(&client(&authority()), server(&authority(), "target.test", 4000, &["h2"])).await;
    assert!(error.contains("unknown issuer"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_refused() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["target.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    let error = tls_error(&client(&authority()), acceptor(certificate.der().clone(), &key, &["h2"])).await;
    assert!(error.contains("unknown issuer"), "{error}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = authority();
    let error = tls_error(&client(&authority), server(&authority, "target.test", 2001, &["h2"])).await;
    assert!(error.contains("expired"), "{error}");
}

/// G 103.
#[tokio::test]
async fn a_certificate_for_another_purpose_is_refused() {
    let authority = authority();
    let clients_own = server_with(&authority, "target.test", &["h2"], |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let error = tls_error(&client(&authority), clients_own).await;
    assert!(error.contains("for another purpose"), "{error}");
}

/// G 103.
#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let authority = authority();
    let numbered = |serial: u64| {
        server_with(&authority, "target.test", &["h2"], |params| {
            params.serial_number = Some(SerialNumber::from(serial));
        })
    };
    let client = client_that_knows(&authority, &[7]);
    let error = tls_error(&client, numbered(7)).await;
    assert!(error.contains("was revoked"), "{error}");
    connect(&client, numbered(8)).await.unwrap();
}

#[tokio::test]
async fn a_peer_without_http2_in_its_alpn_is_refused() {
    let authority = authority();
    for alpn in [&[][..], &["http/1.1"]] {
        let result = connect(&client(&authority), server(&authority, "target.test", 4000, alpn)).await;
        assert!(matches!(result, Err(ConnectError::Alpn)), "{result:?}");
    }
}

#[tokio::test]
async fn a_peer_without_tls_is_named_and_never_spoken_to_in_the_clear() {
    let listener = Listener::tcp().await;
    let client = client(&authority());
    let (result, ()) = tokio::join!(soon(client.connect(&listener.address)), async {
        let mut socket = listener.socket().await;
        let mut first = [0; 1];
        tokio::io::AsyncReadExt::read_exact(&mut socket, &mut first).await.unwrap();
        assert_eq!(first, [0x16], "a TLS handshake record");
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let error = result.unwrap_err().to_string();
    assert!(error.contains("does not speak TLS"), "{error}");
}
