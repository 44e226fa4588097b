//! Which request gets which answer.

use std::convert::Infallible;

use bytes::Bytes;
use evenkeel_echo::Answers;
use evenkeel_echo::echo_server::{self, EchoServer};
use evenkeel_echo::health::SharedHealth;
use evenkeel_echo::health::health_server::{self, HealthServer};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use super::faults::Faults;

/// What `GET /` answers: the message of grpc-go's custom load balancing example.
const GREETING: &str = "this is examples/customloadbalancing";

/// The services behind the port.
#[derive(Clone, Debug)]
pub(super) struct Router {
    answers: Answers,
    echo: EchoServer<Answers>,
    health: HealthServer<SharedHealth>,
    faults: Faults,
}

impl Router {
    pub(super) fn new(name: String, faults: Faults, health: SharedHealth) -> Self {
        let mut answers = Answers::new(name);
        if faults.are_slow() {
            let faults = faults.clone();
            answers = answers.paced(move || {
                let faults = faults.clone();
                async move { faults.wait().await }
            });
        }
        let echo = EchoServer::new(answers.clone());
        Self { answers, echo, health: HealthServer::new(health), faults }
    }

    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match request.uri().path().rsplit_once('/') {
            Some(("", "")) if matches!(*request.method(), Method::GET | Method::HEAD) => self.greet().await,
            Some((service, _)) if service.strip_prefix('/') == Some(echo_server::SERVICE_NAME) => {
                match self.faults.failure() {
                    Some(status) => status.into_http(),
                    None => call(self.echo.clone(), request).await,
                }
            }
            Some((service, _)) if service.strip_prefix('/') == Some(health_server::SERVICE_NAME) => {
                call(self.health.clone(), request).await
            }
            _ if is_grpc(&request) => Status::unimplemented("no such service").into_http(),
            _ => text(StatusCode::NOT_FOUND, "only GET / and gRPC are served".to_owned()),
        }
    }

    async fn greet(&self) -> Response<Body> {
        if self.faults.failure().is_some() {
            return text(StatusCode::SERVICE_UNAVAILABLE, self.answers.text("failed on purpose"));
        }
        self.faults.wait().await;
        text(StatusCode::OK, self.answers.text(GREETING))
    }
}

async fn call<S>(mut service: S, request: Request<Incoming>) -> Response<Body>
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
{
    // Generated services are always ready.
    let Ok(response) = service.call(request).await;
    response
}

fn is_grpc(request: &Request<Incoming>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

fn text(status: StatusCode, line: String) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from(line + "\n"))));
    *response.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
