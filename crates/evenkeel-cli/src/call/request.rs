use super::{CallArgs, body::Messages, method};
use crate::cli::CliError;
use evenkeel::{AffinityKey, CallOptions};
use evenkeel_echo::EchoRequest;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use prost::Message;
use std::time::Duration;

/// What all requests of a run look like.
#[derive(Debug)]
pub(crate) struct Template {
    uri: Uri,
    headers: HeaderMap,
    body: Messages,
    wait_for_ready: bool,
    key: Option<AffinityKey>,
}

impl Template {
    /// The request that the flags ask for.
    pub(super) fn new(args: &CallArgs) -> Result<Self, CliError> {
        let path = args.method.as_deref().map_or_else(|| Ok(args.stream.echo()), method::path)?;
        let message = match &args.data {
            Some(data) => read(data)?,
            None => encode(&args.message),
        };
        let body = Messages::new(&message, args.stream.messages())
            .ok_or_else(|| CliError::flag("--data", "a gRPC message has at most 4 GiB"))?;
        let mut headers = grpc_headers();
        for (name, value) in &args.headers {
            headers.append(name.clone(), value.clone());
        }
        if let Some(deadline) = args.deadline {
            headers.insert(HeaderName::from_static("grpc-timeout"), timeout(deadline));
        }
        let key = args.key.clone().map(AffinityKey::new);
        Ok(Self { uri: path.into(), headers, body, wait_for_ready: args.wait_for_ready, key })
    }

    /// Unary echoes of this text.
    pub(crate) fn echo(text: &str) -> Option<Self> {
        let body = Messages::new(&encode(text), 1)?;
        Some(Self {
            uri: method::Kind::Unary.echo().into(),
            headers: grpc_headers(),
            body,
            wait_for_ready: false,
            key: None,
        })
    }

    /// One request.
    pub(super) fn request(&self) -> Request<Messages> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let options = CallOptions::new().report_server(true);
        let options = if self.wait_for_ready { options.wait_for_ready(true) } else { options };
        request.extensions_mut().insert(options);
        if let Some(key) = &self.key {
            request.extensions_mut().insert(key.clone());
        }
        request
    }
}

fn encode(text: &str) -> Vec<u8> {
    EchoRequest { message: text.to_owned() }.encode_to_vec()
}

fn read(data: &str) -> Result<Vec<u8>, CliError> {
    let file = data
        .strip_prefix('@')
        .ok_or_else(|| CliError::flag("--data", "write @ before the name of the file"))?;
    std::fs::read(file).map_err(|source| CliError::File { flag: "--data", file: file.to_owned(), source })
}

fn grpc_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/grpc")),
        (header::TE, HeaderValue::from_static("trailers")),
    ])
}

/// The `grpc-timeout` of a deadline: at most eight digits, and a unit (gRPC over HTTP/2, "Timeout"). Rounded up.
fn timeout(deadline: Duration) -> HeaderValue {
    let nanos = deadline.as_nanos();
    let units = [(1, 'n'), (1_000, 'u'), (1_000_000, 'm'), (1_000_000_000, 'S'), (60_000_000_000, 'M')];
    let fits = units
        .into_iter()
        .map(|(unit, letter)| (nanos.div_ceil(unit), letter))
        .find(|(n, _)| *n < 100_000_000);
    let text = fits.map_or_else(|| "99999999H".to_owned(), |(n, letter)| format!("{n}{letter}"));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("99999999H"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_at_most_eight_digits() {
        for (nanos, text) in
            [(1, "1n"), (99_999_999, "99999999n"), (100_000_001, "100001u"), (1_000_000_000, "1000000u")]
        {
            assert_eq!(timeout(Duration::from_nanos(nanos)), text);
        }
        assert_eq!(timeout(Duration::from_secs(365 * 24 * 3600)), "31536000S");
    }
}
