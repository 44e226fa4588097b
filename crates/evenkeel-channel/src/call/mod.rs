//! One call's way through a channel.

mod request_body;

pub use request_body::RequestBody;
