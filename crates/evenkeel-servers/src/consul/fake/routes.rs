use super::{health, rules, server::Shared};
use crate::ConsulOptions;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;

pub(super) type Answer = Response<Full<Bytes>>;

/// What a request may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    All,
    Nothing,
    /// Its token is unknown.
    Unknown,
}

pub(super) fn plain(status: u16, text: impl Into<String>) -> Answer {
    Response::builder().status(status).body(Full::new(Bytes::from(text.into()))).unwrap()
}

pub(super) async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Answer {
    let right = match request.headers().get("X-Consul-Token").map(http::HeaderValue::as_bytes) {
        _ if !shared.acl => Right::All,
        None => Right::Nothing,
        Some(token) if token == ConsulOptions::TOKEN.as_bytes() => Right::All,
        Some(_) => Right::Unknown,
    };
    if right == Right::Unknown {
        return plain(403, "ACL not found");
    }
    let (head, body) = request.into_parts();
    if head.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("ns="))) {
        let why = "Bad request: Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature";
        return plain(400, why);
    }
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = decode(head.uri.path());
    if let Some(service) = path.strip_prefix("/v1/health/service/") {
        return health::answer(service, &head.uri, right, shared).await;
    }
    if path == "/v1/internal/acl/authorize" && head.method == Method::POST {
        return if shared.acl { authorize(body, right) } else { plain(401, "ACL support disabled") };
    }
    if head.method != Method::PUT {
        return plain(404, "");
    }
    if right == Right::Nothing {
        return plain(403, "Permission denied: Missing service:write");
    }
    write(&path, &body, &shared)
}

fn authorize(mut asked: Value, right: Right) -> Answer {
    for one in asked.as_array_mut().into_iter().flatten() {
        one["Allow"] = Value::Bool(right == Right::All);
    }
    plain(200, asked.to_string())
}

fn write(path: &str, body: &Value, shared: &Shared) -> Answer {
    if path == "/v1/agent/service/register" {
        return match rules::refuse(body) {
            Some(why) => plain(400, why),
            None => shared.change(|state| {
                state.register(body);
                plain(200, "")
            }),
        };
    }
    if let Some(id) = path.strip_prefix("/v1/agent/service/deregister/") {
        // Since Consul 1.10; those before call it done.
        let unknown = || plain(404, format!("Unknown service ID {id:?}"));
        return if shared.change(|state| state.deregister(id)) { plain(200, "") } else { unknown() };
    }
    if let Some(id) = path.strip_prefix("/v1/agent/check/update/") {
        let is_passing = body["Status"] == "passing";
        let unknown = || plain(500, format!("CheckID {id:?} does not have associated TTL"));
        let found = shared.change(|state| state.update(id, is_passing, Instant::now()));
        return if found { plain(200, "") } else { unknown() };
    }
    plain(404, "")
}

/// Undoes percent encoding.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap_or_default()).to_digit(16).unwrap_or_default();
        let byte = if byte == b'%' { u8::try_from(digit() * 16 + digit()).unwrap() } else { byte };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
