//! A ready-made echo that says who answered.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tonic::{Request, Response, Status, Streaming};

use crate::echo_server::Echo;
use crate::{EchoRequest, EchoResponse};

/// How many copies a server-streaming call gets: 10, as in grpc-go's examples.
pub const SERVER_STREAM_MESSAGES: usize = 10;

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;
type Answer = Result<EchoResponse, Status>;

/// An [`Echo`] that answers `MESSAGE (from NAME)`, where the name tells one server from another.
///
/// A unary call gets one answer; a server-streaming call [`SERVER_STREAM_MESSAGES`] copies; a client-streaming call, when
/// its requests end, the last of them; a bidirectional call each message as it comes. No stream is ever buffered: a
/// client that does not read its answers is not read from either.
#[derive(Clone)]
pub struct Answers {
    name: Arc<str>,
    pace: Option<Arc<dyn Fn() -> Wait + Send + Sync>>,
}

impl Answers {
    /// Answers in the name of, as a rule, the server's address.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), pace: None }
    }

    /// The same answers, each sent only when a future of `pace` is done.
    #[must_use]
    pub fn paced<W>(self, pace: impl Fn() -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = ()> + Send + 'static,
    {
        Self { pace: Some(Arc::new(move || Box::pin(pace()))), ..self }
    }

    /// `MESSAGE (from NAME)`.
    pub fn text(&self, message: &str) -> String {
        format!("{message} (from {})", self.name)
    }

    async fn answer(&self, message: &str) -> EchoResponse {
        if let Some(pace) = &self.pace {
            pace().await;
        }
        EchoResponse { message: self.text(message) }
    }

    fn copies(self, message: String) -> impl Stream<Item = Answer> + Send {
        stream::iter(0..SERVER_STREAM_MESSAGES).then(move |_| {
            let (answers, message) = (self.clone(), message.clone());
            async move { Ok(answers.answer(&message).await) }
        })
    }

    /// One answer a request, in order, the next request read only when the last answer was taken.
    fn echoes<S>(self, requests: S) -> impl Stream<Item = Answer> + Send
    where
        S: Stream<Item = Result<EchoRequest, Status>> + Send,
    {
        requests.then(move |request| {
            let answers = self.clone();
            async move { Ok(answers.answer(&request?.message).await) }
        })
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("name", &self.name).field("paced", &self.pace.is_some()).finish()
    }
}

#[tonic::async_trait]
impl Echo for Answers {
    type ServerStreamingEchoStream = Pin<Box<dyn Stream<Item = Answer> + Send>>;
    type BidirectionalStreamingEchoStream = Pin<Box<dyn Stream<Item = Answer> + Send>>;

    async fn unary_echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        Ok(Response::new(self.answer(&request.get_ref().message).await))
    }

    async fn server_streaming_echo(
        &self,
        request: Request<EchoRequest>,
    ) -> Result<Response<Self::ServerStreamingEchoStream>, Status> {
        Ok(Response::new(Box::pin(self.clone().copies(request.into_inner().message))))
    }

    async fn client_streaming_echo(
        &self,
        request: Request<Streaming<EchoRequest>>,
    ) -> Result<Response<EchoResponse>, Status> {
        let mut requests = request.into_inner();
        let mut last = EchoRequest::default();
        while let Some(request) = requests.message().await? {
            last = request;
        }
        Ok(Response::new(self.answer(&last.message).await))
    }

    async fn bidirectional_streaming_echo(
        &self,
        request: Request<Streaming<EchoRequest>>,
    ) -> Result<Response<Self::BidirectionalStreamingEchoStream>, Status> {
        Ok(Response::new(Box::pin(self.clone().echoes(request.into_inner()))))
    }
}

#[cfg(test)]
mod tests;
