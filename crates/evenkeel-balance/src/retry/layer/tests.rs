use super::super::{tests::Fake, *};
use evenkeel_core::Instance;
use std::{
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};
use tower_layer::Layer;
use tower_service::Service;

/// A client with a pool of its own: it notes where requests went, and fails the first ones.
#[derive(Debug, Clone)]
struct Client {
    log: Arc<Mutex<Vec<String>>>,
    failing: usize,
    kind: io::ErrorKind,
    ready: bool,
}

fn client(failing: usize, kind: io::ErrorKind) -> Client {
    Client { log: Arc::default(), failing, kind, ready: false }
}

impl Service<(Arc<Instance>, &'static str)> for Client {
    type Response = String;
    type Error = io::Error;
    type Future = Ready<io::Result<String>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.ready, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, (instance, request): (Arc<Instance>, &'static str)) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "a service is called only when it is ready");
        let mut log = self.log.lock().unwrap();
        log.push(format!("{request} {}", instance.name()));
        ready(if log.len() > self.failing { Ok(request.to_uppercase()) } else { Err(self.kind.into()) })
    }
}

fn beside(request: &'static str, instance: &Arc<Instance>) -> (Arc<Instance>, &'static str) {
    (instance.clone(), request)
}

/// F22 and F23 as a layer: a request that was refused goes to the next instance.
#[tokio::test(start_paused = true)]
async fn a_layer_repeats_a_refused_request_on_another_instance() {
    let fake = Arc::new(Fake::of(&["a:1", "b:1", "c:1"]));
    let client = client(2, io::ErrorKind::ConnectionRefused);
    let log = client.log.clone();
    let retry = Retry::new(3, Duration::from_secs(5)).unwrap();
    let mut service = RetryLayer::new(fake.clone(), retry, beside).layer(client);
    assert_eq!(tokio::spawn(service.call("get")).await.unwrap().unwrap(), "GET");
    let mut log = log.lock().unwrap().clone();
    assert_eq!(log[0], "get a:1");
    log.sort();
    assert_eq!(log, ["get a:1", "get b:1", "get c:1"]);
    assert_eq!(fake.load.pending(), 0);
}

/// A route that looks at its requests: those with "get" may be repeated.
#[derive(Debug)]
struct ByMethod;

impl Route<&'static str, Option<&'static str>> for ByMethod {
    type Routed = (Arc<Instance>, &'static str);

    fn route(&self, request: &'static str, instance: &Arc<Instance>) -> Self::Routed {
        beside(request, instance)
    }

    fn call(&self, request: &&'static str) -> Option<&'static str> {
        Some(request)
    }

    fn is_repeatable(&self, request: &&'static str) -> bool {
        *request == "get"
    }
}

/// F23: whether a lost request is repeated may depend on the request.
#[tokio::test(start_paused = true)]
async fn a_route_says_which_requests_are_repeatable() {
    let fake = Arc::new(Fake::of(&["a:1", "b:1"]));
    let layer = RetryLayer::new(fake, Retry::default(), ByMethod);
    let reset = io::ErrorKind::ConnectionReset;
    assert_eq!(layer.layer(client(1, reset)).call("get").await.unwrap(), "GET");
    let error = layer.layer(client(1, reset)).call("post").await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (1, RetryErrorKind::NotRetryable));
    assert!(!error.is_retryable());
    let error = layer.clone().layer(client(9, reset)).call("get").await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (2, RetryErrorKind::Exhausted));
    assert!(error.is_retryable());
}

/// The error of a layer is one that other layers take.
#[test]
fn the_error_of_a_layer_can_be_boxed() {
    fn boxes<E: Into<Box<dyn std::error::Error + Send + Sync>>>() {}
    boxes::<RetryError<io::Error>>();
    boxes::<RetryError<BoxedError>>();
}
