use crate::{Config, Environment, KubernetesError, access::Credentials};
use base64::{Engine, prelude::BASE64_STANDARD};
use evenkeel_servers::Folder;
use std::path::PathBuf;

/// A CA and a client's certificate with its key, in PEM.
fn certificates() -> (String, String, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["me".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), certificate.pem(), key.serialize_pem())
}

/// A kubeconfig as kubectl writes it, with these lines about the cluster and the user.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\npreferences: {{}}\ncurrent-context: here\n\
         clusters:\n- name: prod\n  cluster: {{{cluster}}}\n\
         users:\n- name: me\n  user: {{{user}}}\n\
         contexts:\n- name: here\n  context: {{cluster: prod, user: me, namespace: shop}}\n\
         - name: there\n  context:\n    cluster: prod\n    user: nobody\n\
         - name: bare\n  context: {{cluster: prod}}\n- name: lost\n  context: {{cluster: gone, user: me}}\n"
    )
}

async fn read(text: &str, context: Option<&str>) -> Result<Config, KubernetesError> {
    let folder = Folder::new("kubeconfig");
    Config::from_kubeconfig(&folder.file("config", text), context).await
}

async fn header(config: &Config) -> Option<String> {
    config.credentials.header().await.unwrap().map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_context_says_the_server_the_user_and_the_namespace() {
    let text = kubeconfig("server: http://127.0.0.1:8001/k8s/", "token: abc");
    let config = read(&text, None).await.unwrap();
    assert_eq!((config.server.to_string(), config.base.as_str()), ("127.0.0.1:8001".to_owned(), "/k8s"));
    assert_eq!((config.namespace.as_str(), header(&config).await), ("shop", Some("Bearer abc".to_owned())));
    let config = read(&text, Some("bare")).await.unwrap();
    assert_eq!((config.namespace.as_str(), header(&config).await), ("default", None));
}

/// JSON is YAML, too.
#[tokio::test]
async fn a_kubeconfig_may_be_json() {
    let text = r#"{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
        "clusters":[{"name":"c","cluster":{"server":"http://[::1]:8001"}}],"users":[{"name":"u","user":{"token":"t"}}]}"#;
    let config = read(text, None).await.unwrap();
    assert_eq!((config.server.host.as_str(), config.server.port), ("::1", 8001));
}

#[tokio::test]
async fn users_ask_with_tokens_files_of_tokens_and_passwords() {
    let folder = Folder::new("users");
    folder.file("token", "from-file\n");
    for (user, want) in [
        ("token: abc", Some("Bearer abc")),
        ("tokenFile: token, token: abc", Some("Bearer from-file")),
        ("username: Aladdin, password: open sesame", Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
        ("", None),
    ] {
        let file = folder.file("config", &kubeconfig("server: http://h:1", user));
        let config = Config::from_kubeconfig(&file, None).await.unwrap();
        assert_eq!(header(&config).await.as_deref(), want, "{user}");
    }
}

/// Certificates are texts in base64, or files named as seen from the kubeconfig's folder.
#[tokio::test]
async fn certificates_are_data_or_files() {
    let (ca, certificate, key) = certificates();
    let folder = Folder::new("certificates");
    let data = [&ca, &certificate, &key].map(|pem| BASE64_STANDARD.encode(pem));
    for (name, pem) in [("ca.crt", &ca), ("me.crt", &certificate), ("me.key", &key)] {
        folder.file(name, pem);
    }
    for (cluster, user) in [
        (format!("certificate-authority-data: {}", data[0]), String::new()),
        (
            "certificate-authority: ca.crt".to_owned(),
            "client-certificate: me.crt, client-key: me.key".to_owned(),
        ),
        (
            format!("certificate-authority-data: {}", data[0]),
            format!("client-certificate-data: {}, client-key-data: {}", data[1], data[2]),
        ),
        // What is in the kubeconfig counts before a file.
        (format!("certificate-authority: none.crt, certificate-authority-data: {}", data[0]), String::new()),
    ] {
        let text = kubeconfig(&format!("server: https://h, {cluster}"), &user);
        let config = Config::from_kubeconfig(&folder.file("config", &text), None).await.unwrap();
        assert!(config.tls.is_some() && config.server.port == 443);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_a_clear_error_without_secrets() {
    let (ca, ..) = certificates();
    let ca = format!("certificate-authority-data: {}", BASE64_STANDARD.encode(ca));
    let secure = format!("server: https://h, {ca}");
    let plain = "server: http://h:1";
    for (cluster, user, context, why) in [
        (plain, "token: s3cret", Some("lost"), "no cluster \"gone\""),
        (plain, "token: s3cret", Some("there"), "no user \"nobody\""),
        (plain, "token: s3cret", Some("nowhere"), "no context \"nowhere\""),
        ("", "token: s3cret", None, "the cluster has no server"),
        ("server: 's3cret:1'", "token: s3cret", None, "want http://"),
        ("server: 'http://me:s3cret@h:1'", "", None, "neither a query nor a password"),
        ("server: https://h", "token: s3cret", None, "no certificate-authority"),
        (
            "server: https://h, insecure-skip-tls-verify: true",
            "",
            None,
            "insecure-skip-tls-verify is not supported",
        ),
        (&format!("{secure}, tls-server-name: x"), "", None, "tls-server-name is not supported"),
        (&format!("{secure}, proxy-url: http://p"), "", None, "proxy-url is not supported"),
        (plain, "exec: {command: aws, args: [s3cret]}", None, "an exec plugin is not supported"),
        (plain, "auth-provider: {name: gcp}", None, "an auth-provider plugin is not supported"),
        (plain, "as: root", None, "impersonation is not supported"),
        (&secure, "client-certificate-data: czNjcmV0", None, "want client-certificate and client-key"),
        (&secure, "client-certificate-data: s3cret!, client-key-data: s3cret!", None, "is not base64"),
        (
            &secure,
            "client-certificate-data: czNjcmV0, client-key-data: czNjcmV0",
            None,
            "no certificate in it",
        ),
        ("server: https://h, certificate-authority-data: czNjcmV0", "", None, "no certificate in it"),
        ("server: https://h, certificate-authority: /no/such.crt", "", None, "/no/such.crt"),
        (plain, "token: [s3cret]", None, "a field of a wrong type at line"),
        ("server: {s3cret: 1}", "", None, "a field of a wrong type at line"),
    ] {
        let error = read(&kubeconfig(cluster, user), context).await.unwrap_err().to_string();
        assert!(error.contains(why), "{cluster} {user}: {error}");
        let hidden = error.replace("\"s3cret:1\"", "").replace("s3cret:1: want", "");
        assert!(!hidden.contains("s3cret"), "{error}");
    }
    for (text, why) in
        [("clusters: null\n", "no current-context"), ("- 1", "not a kubeconfig"), ("{", "not a kubeconfig")]
    {
        let error = read(text, None).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_config_does_not_show_its_secrets() {
    for user in ["token: s3cret", "username: me, password: s3cret"] {
        let config = read(&kubeconfig("server: http://h:1", user), None).await.unwrap();
        let shown = format!("{config:?} {:?}", crate::Kubernetes::with_config(config.clone()));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

/// The first of a list that exists; without a list, the one at home; in a pod with a service account, neither.
#[tokio::test]
async fn the_surroundings_say_which_file_counts() {
    let (ca, ..) = certificates();
    let (home, account) = (Folder::new("home"), Folder::new("account"));
    std::fs::create_dir(home.path().join(".kube")).unwrap();
    home.file(".kube/config", &kubeconfig("server: http://home:1", ""));
    let second = home.file("second", &kubeconfig("server: http://second:1", ""));
    let list = std::env::join_paths([PathBuf::from("/no/such/file"), second]).unwrap();
    let host = async |environment: &Environment| {
        Config::from_environment(environment).await.map(|config| config.server.to_string())
    };

    let nothing = Environment { service_account: account.path().into(), ..Environment::default() };
    let error = host(&nothing).await.unwrap_err().to_string();
    assert!(error.contains("no way to the API server"), "{error}");
    let mut here = Environment { home: Some(home.path().into()), ..nothing };
    assert_eq!(host(&here).await.unwrap(), "home:1");
    here.kubeconfig = Some(list);
    assert_eq!(host(&here).await.unwrap(), "second:1");

    (here.service_host, here.service_port) = (Some("fd00::1".to_owned()), Some("6443".to_owned()));
    assert_eq!(host(&here).await.unwrap(), "second:1", "a pod without a service account");
    account.file("token", "in-pod\n");
    let error = host(&here).await.unwrap_err().to_string();
    assert!(error.contains("ca.crt"), "{error}");
    account.file("ca.crt", &ca);
    let config = Config::from_environment(&here).await.unwrap();
    assert_eq!(
        (config.server.to_string().as_str(), config.namespace.as_str()),
        ("[fd00::1]:6443", "default")
    );
    assert!(config.tls.is_some() && matches!(config.credentials, Credentials::TokenFile(_)));
    account.file("namespace", "shop");
    let config = Config::from_environment(&here).await.unwrap();
    assert_eq!(
        (config.namespace.as_str(), header(&config).await),
        ("shop", Some("Bearer in-pod".to_owned()))
    );
}
