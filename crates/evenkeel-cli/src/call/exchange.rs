use super::Template;
use evenkeel::{Channel, channel::Served, core::Code};
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt;
use tower_service::Service;

/// How one call ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Code,
    /// What went wrong; empty where nothing did.
    pub(crate) text: String,
    /// Who got it; none where it never left.
    pub(crate) served: Option<Served>,
}

/// Makes one call, and reads its response to the end.
pub(crate) async fn exchange(channel: &Channel, template: &Template) -> Answer {
    let mut channel = channel.clone();
    let response = match channel.call(template.request()).await {
        Ok(response) => response,
        Err(error) => return Answer { code: error.code(), text: error.to_string(), served: None },
    };
    let served = response.extensions().get::<Served>().cloned();
    let (head, mut body) = response.into_parts();
    let mut end = ended(&head.headers);
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_trailers) {
            Ok(Ok(trailers)) => end = ended(&trailers).or(end),
            Ok(Err(_)) => {}
            Err(error) => return Answer { code: error.code(), text: error.to_string(), served },
        }
    }
    let (code, text) = end.unwrap_or_else(|| without_status(head.status));
    Answer { code, text, served }
}

/// The status in headers or trailers.
fn ended(headers: &HeaderMap) -> Option<(Code, String)> {
    let status = headers.get("grpc-status")?;
    if status == "0" {
        return Some((Code::Ok, String::new()));
    }
    let status = tonic::Status::from_header_map(headers)?;
    let code = u32::try_from(i32::from(status.code())).ok().and_then(Code::from_u32);
    Some((code.unwrap_or(Code::Unknown), status.message().to_owned()))
}

/// What a response without a status means (gRPC's http-grpc-status-mapping.md).
fn without_status(status: StatusCode) -> (Code, String) {
    let code = match status.as_u16() {
        200 | 400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    (code, format!("no grpc-status in the response (HTTP {status})"))
}
