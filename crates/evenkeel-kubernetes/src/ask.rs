use crate::{access::Access, slices::Wanted};
use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::path::PathBuf;

/// What a target asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) access: Access,
    pub(crate) namespace: Option<String>,
    pub(crate) service: String,
    pub(crate) port: Wanted,
}

/// The options of targets; see [`Kubernetes`](crate::Kubernetes).
pub(crate) const OPTIONS: &[Field] = &[
    Field::new(
        "server",
        FieldKind::Text,
        "null",
        "the API server in plain HTTP, such as http://127.0.0.1:8001",
    ),
    Field::new("kubeconfig", FieldKind::Text, "null", "the kubeconfig with the API server and who asks"),
    Field::new("context", FieldKind::Text, "null", "the context of the kubeconfig, for its current one"),
];

/// The longest name of a namespace, a service or a port (RFC 1123's label).
const LONGEST: usize = 63;

impl Ask {
    pub(crate) fn read(target: &Target) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        if !target.authority().is_empty() {
            return Err(target.bad(
                "want three slashes, kubernetes:///NAMESPACE/SERVICE:PORT; the API server is an option, server=http://HOST:PORT",
            ));
        }
        let (namespace, rest) = match target.path().split_once('/') {
            Some((namespace, rest)) => (Some(label(target, "namespace", namespace)?), rest),
            None => (None, target.path()),
        };
        let (service, port) = match rest.split_once(':') {
            Some((service, port)) => (service, wanted(target, port)?),
            None => (rest, Wanted::Only),
        };
        let service = label(target, "service", service)?;
        Ok(Self { access: access(target)?, namespace, service, port })
    }
}

/// Names that are no labels would also be able to ask for another path of the API server.
fn label(target: &Target, what: &str, text: &str) -> Result<String, BadTarget> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = (1..=LONGEST).contains(&text.len())
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-');
    let bad = || {
        target.bad(format!(
            "{what} {text:?}: want 1 to {LONGEST} lower-case letters, digits and '-', such as \
             kubernetes:///NAMESPACE/SERVICE:PORT"
        ))
    };
    if is_label { Ok(text.to_owned()) } else { Err(bad()) }
}

fn wanted(target: &Target, text: &str) -> Result<Wanted, BadTarget> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.is_empty() {
        return label(target, "port", text).map(Wanted::Name);
    }
    let port = text.parse().ok().filter(|port| *port > 0);
    port.map(Wanted::Number).ok_or_else(|| target.bad(format!("port {text}: want a number in 1..=65535")))
}

fn access(target: &Target) -> Result<Access, BadTarget> {
    let context = target.option("context").map(str::to_owned);
    match (target.option("server"), target.option("kubeconfig")) {
        (Some(_), Some(_)) => Err(target.bad("want option server or option kubeconfig, not both")),
        (Some(_), None) if context.is_some() => {
            Err(target.bad("option context belongs to a kubeconfig, not to option server"))
        }
        (Some(url), None) => match crate::Config::plain(url) {
            Ok(_) => Ok(Access::Server(url.to_owned())),
            Err(error) => Err(target.bad(format!("option server={error}"))),
        },
        (None, Some("")) => Err(target.bad("option kubeconfig: want a file")),
        (None, Some(file)) => Ok(Access::Kubeconfig { file: Some(PathBuf::from(file)), context }),
        (None, None) if context.is_some() => Ok(Access::Kubeconfig { file: None, context }),
        (None, None) => Ok(Access::Usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Ask, BadTarget> {
        Ask::read(&text.parse().unwrap())
    }

    #[test]
    fn a_target_names_a_service_and_perhaps_its_namespace_and_port() {
        for (text, namespace, port) in [
            ("kubernetes:///shop/echo:grpc", Some("shop"), Wanted::Name("grpc".to_owned())),
            ("kubernetes:///shop/echo:50051", Some("shop"), Wanted::Number(50051)),
            ("kubernetes:///shop/echo", Some("shop"), Wanted::Only),
            ("kubernetes:///echo:8080", None, Wanted::Number(8080)),
            ("kubernetes:///echo", None, Wanted::Only),
        ] {
            let ask = read(text).unwrap();
            assert_eq!((ask.namespace.as_deref(), ask.service.as_str(), ask.port), (namespace, "echo", port));
            assert_eq!(ask.access, Access::Usual);
        }
    }

    #[test]
    fn options_say_where_the_api_server_is() {
        let access = |text: &str| read(text).unwrap().access;
        let of = |file: Option<&str>, context: Option<&str>| Access::Kubeconfig {
            file: file.map(PathBuf::from),
            context: context.map(str::to_owned),
        };
        assert_eq!(access("kubernetes:///a?server=http://h:1"), Access::Server("http://h:1".to_owned()));
        assert_eq!(access("kubernetes:///a?kubeconfig=/k"), of(Some("/k"), None));
        assert_eq!(access("kubernetes:///a?kubeconfig=/k&context=c"), of(Some("/k"), Some("c")));
        assert_eq!(access("kubernetes:///a?context=c"), of(None, Some("c")));
    }

    #[test]
    fn every_mistake_in_a_target_is_told_with_what_is_wanted() {
        for (text, why) in [
            ("kubernetes://shop/echo:grpc", "want three slashes"),
            ("kubernetes:///", "service \"\": want 1 to 63"),
            ("kubernetes:///Shop/echo", "namespace \"Shop\": want 1 to 63 lower-case"),
            ("kubernetes:///shop/ec_ho", "service \"ec_ho\""),
            ("kubernetes:///shop/-echo", "service \"-echo\""),
            ("kubernetes:///shop/echo/x", "service \"echo/x\""),
            ("kubernetes:///../echo", "namespace \"..\""),
            ("kubernetes:///shop/echo%2c", "service \"echo%2c\""),
            ("kubernetes:///shop/echo:", "port \"\": want"),
            ("kubernetes:///shop/echo:0", "port 0: want a number in 1..=65535"),
            ("kubernetes:///shop/echo:65536", "port 65536: want a number in 1..=65535"),
            ("kubernetes:///shop/echo:a:b", "port \"a:b\""),
            ("kubernetes:///echo?sever=http://h:1", "there is no option \"sever\"; there are: server"),
            ("kubernetes:///echo?server=http://h:1&kubeconfig=/k", "not both"),
            ("kubernetes:///echo?server=http://h:1&context=c", "option context belongs to a kubeconfig"),
            ("kubernetes:///echo?server=https://h:1", "option server=https://h:1: want http://"),
            ("kubernetes:///echo?server=h:1", "want http://"),
            ("kubernetes:///echo?server=http://h:0", "the port must be in 1..=65535"),
            ("kubernetes:///echo?server=http://a,b", "want one server"),
            ("kubernetes:///echo?kubeconfig=", "option kubeconfig: want a file"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_shown() {
        let text = "kubernetes:///echo?server=http://me:s3cret@h:1";
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains("want neither a query nor a password in it"), "{error}");
        let shown = format!("{error} {error:?} {} {}", text.parse::<Target>().unwrap(), Target::redact(text));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
