use super::transport::{Transport, origin};
use crate::error::EtcdError;
use evenkeel_discover::Server;
use evenkeel_wire::Tls;
use futures_core::Stream;
use prost::Message;
use std::time::Duration;
use tokio::time::timeout;
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    metadata::{Ascii, MetadataValue},
};
use tonic_prost::ProstCodec;

/// A client of one server.
pub(crate) struct Client {
    server: Server,
    grpc: Grpc<Transport>,
    token: Option<MetadataValue<Ascii>>,
    /// How long one call may take.
    limit: Duration,
}

/// A call of etcd's API.
pub(super) struct Call {
    /// What errors call it.
    pub(super) name: &'static str,
    /// Its path in gRPC.
    pub(super) path: &'static str,
}

/// The answers of a call with streams.
pub(crate) struct Answers<A> {
    server: Server,
    name: &'static str,
    stream: Streaming<A>,
}

/// The longest message that is taken, in bytes. Most pages of keys are far below it, and one key is: etcd takes no request over 1.5 MiB by
/// default, and warns where it is to take more than 10 MiB. A message takes many times its length in memory if all in it is short.
const LONGEST: usize = 16 << 20;

impl Client {
    /// Connects; `limit` is for that and for each call.
    pub(super) async fn connect(
        server: &Server,
        tls: Option<&Tls>,
        limit: Duration,
    ) -> Result<Self, EtcdError> {
        let origin = origin(server, tls.is_some())?;
        let transport = Transport::connect(server, tls, limit).await?;
        let grpc = Grpc::with_origin(transport, origin).max_decoding_message_size(LONGEST);
        Ok(Self { server: server.clone(), grpc, token: None, limit })
    }

    /// Sends this token with each call from now on.
    pub(super) fn use_token(&mut self, token: &str) -> Result<(), EtcdError> {
        let unfit = |_| Status::internal("the token is no text");
        let mut token = MetadataValue::try_from(token).map_err(unfit).map_err(self.failed("Authenticate"))?;
        token.set_sensitive(true);
        self.token = Some(token);
        Ok(())
    }

    /// One request, one answer.
    pub(super) async fn ask<Q, A>(&mut self, call: Call, question: Q) -> Result<A, EtcdError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let request = self.request(question);
        let asking = async {
            self.grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
            let path = http::uri::PathAndQuery::from_static(call.path);
            self.grpc.unary(request, path, ProstCodec::default()).await
        };
        match timeout(self.limit, asking).await {
            Ok(answer) => answer.map(tonic::Response::into_inner).map_err(self.failed(call.name)),
            Err(_) => Err(self.too_late(call.name)),
        }
    }

    /// Many requests, many answers. The call ends when the answers are dropped.
    pub(super) async fn talk<Q, A>(
        &mut self,
        call: Call,
        questions: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Answers<A>, EtcdError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let request = self.request(questions);
        let asking = async {
            self.grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
            let path = http::uri::PathAndQuery::from_static(call.path);
            self.grpc.streaming(request, path, ProstCodec::default()).await
        };
        let (server, name) = (self.server.clone(), call.name);
        match timeout(self.limit, asking).await {
            Ok(Ok(answer)) => Ok(Answers { server, name, stream: answer.into_inner() }),
            Ok(Err(status)) => Err(self.failed(call.name)(status)),
            Err(_) => Err(self.too_late(call.name)),
        }
    }

    /// The server that it is connected to.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// A member of the cluster that has no leader refuses such a request, and ends such a stream, instead of serving what may be out of date.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
        if let Some(token) = &self.token {
            request.metadata_mut().insert("token", token.clone());
        }
        request
    }

    /// An answer that cannot be.
    pub(crate) fn error(&self, why: &'static str) -> EtcdError {
        EtcdError::Answer { server: self.server.clone(), why }
    }

    fn failed(&self, call: &'static str) -> impl Fn(Status) -> EtcdError + use<> {
        let server = self.server.clone();
        move |status| EtcdError::Status { server: server.clone(), call, status: Box::new(status) }
    }

    fn too_late(&self, call: &'static str) -> EtcdError {
        EtcdError::TooLate { server: self.server.clone(), call, after: self.limit }
    }
}

impl<A> Answers<A> {
    /// The next answer. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<A, EtcdError> {
        let (server, call) = (self.server.clone(), self.name);
        match self.stream.message().await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(EtcdError::Ended { server, call }),
            Err(status) => Err(EtcdError::Status { server, call, status: Box::new(status) }),
        }
    }
}
