//! A channel's errors as gRPC has them on the wire, so that any generated client, of any version, understands them.

use crate::error::{Error, Plain};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header::CONTENT_TYPE};

pub(super) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether a message is gRPC's.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// Whether a server says that it cancelled the call.
pub(super) fn is_cancelled(headers: &HeaderMap) -> bool {
    headers.get(GRPC_STATUS).is_some_and(|status| status == "1")
}

/// The trailers that end a call with this error.
pub(super) fn trailers(error: &Error) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(2);
    map.insert(GRPC_STATUS, HeaderValue::from(error.code().as_u32()));
    map.insert(GRPC_MESSAGE, message(&Plain(error).to_string()));
    map
}

/// A whole response that is this error.
pub(super) fn response<B>(error: &Error, body: B) -> Response<B> {
    let mut response = Response::new(body);
    *response.headers_mut() = trailers(error);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// Percent-encodes all but printable ASCII (gRPC over HTTP/2, "Status-Message").
fn message(text: &str) -> HeaderValue {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                for digit in [byte >> 4, byte & 15] {
                    encoded.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    HeaderValue::try_from(encoded).unwrap_or(HeaderValue::from_static("unprintable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_printable_ascii() {
        assert_eq!(message("100 % of é\n"), "100 %25 of %C3%A9%0A");
    }

    /// G 107.
    #[test]
    fn a_text_from_outside_is_short_and_without_control_characters() {
        let error = Error::PickerPanicked("\u{1b}[31m".to_owned() + &"x".repeat(1 << 20));
        let map = trailers(&error);
        let text = map.get(GRPC_MESSAGE).unwrap().to_str().unwrap();
        assert!(text.len() < 1100 && text.contains("\\u{1b}"), "{}", text.len());
    }
}
