//! Calls over TLS, with certificates made here.

mod common;

use common::{Echo, keel, target};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use std::path::PathBuf;

/// A certificate authority, and a server's certificate of it for one name; as files.
struct Files {
    ca: String,
    cert: String,
    key: String,
}

fn files(test: &str, name: &str) -> Files {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&dir).expect("a directory");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, test);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new([name.to_owned()]).expect("a name");
    let cert = params.signed_by(&key, &ca).expect("a certificate");
    let write = |file: &str, text: String| {
        let path = dir.join(file);
        std::fs::write(&path, text).expect("it is written");
        path.display().to_string()
    };
    Files {
        ca: write("ca.pem", ca.pem()),
        cert: write("cert.pem", cert.pem()),
        key: write("key.pem", key.serialize_pem()),
    }
}

#[test]
fn a_certificate_of_the_authority_for_the_targets_name_is_taken() {
    let files = files("taken", "127.0.0.1");
    let server = Echo::start(&["--tls-cert", &files.cert, "--tls-key", &files.key]);
    let run = keel(&["call", &target(&[&server]), "--ca", &files.ca, "--count", "3", "--json"]);
    assert_eq!((run.code, &run.json()["ok"]), (Some(0), &json!(3)), "{run:?}");
}

/// The name verified is the target's, or the authority's where one is given; not that of the address.
#[test]
fn a_certificate_for_another_name_is_refused() {
    let files = files("refused", "echo.example");
    let server = Echo::start(&["--tls-cert", &files.cert, "--tls-key", &files.key]);
    let target = target(&[&server]);
    let call = |args: &[&str]| keel(&[&["call", &target, "--ca", &files.ca, "--count", "1"], args].concat());
    let run = call(&[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains("1 UNAVAILABLE") && run.stdout.contains("certificate is for another name"),
        "{run:?}"
    );
    assert_eq!(call(&["--authority", "echo.example"]).code, Some(0));
    assert_eq!(call(&["--authority", "other.example"]).code, Some(1));
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let (ours, theirs) = (files("ours", "127.0.0.1"), files("theirs", "127.0.0.1"));
    let server = Echo::start(&["--tls-cert", &theirs.cert, "--tls-key", &theirs.key]);
    let run = keel(&["call", &target(&[&server]), "--ca", &ours.ca, "--count", "1"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("unknown issuer"), "{run:?}");
}

#[test]
fn files_that_are_no_certificates_are_refused() {
    let files = files("no_files", "127.0.0.1");
    let call = |args: &[&str]| keel(&[&["call", "static:///127.0.0.1:1"], args].concat());
    call(&["--ca", &files.key]).refused_with("--ca");
    call(&["--ca", &files.ca, "--cert", &files.cert, "--key-file", &files.cert]).refused_with("--key-file");
    call(&["--ca", &files.ca, "--cert", &files.ca, "--key-file", &files.key]).refused_with("--cert");
    call(&["--ca", &files.ca, "--plaintext"]).refused_with("cannot be used with");
}
