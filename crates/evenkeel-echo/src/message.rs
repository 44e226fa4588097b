//! The messages of `grpc.examples.echo`.

/// What a client asks to have echoed.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EchoRequest {
    /// The text to echo.
    #[prost(string, tag = "1")]
    pub message: String,
}

/// What the server answers.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct EchoResponse {
    /// The echoed text.
    #[prost(string, tag = "1")]
    pub message: String,
}
