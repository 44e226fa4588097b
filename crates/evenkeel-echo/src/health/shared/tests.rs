use std::task::Poll;

use futures_util::{FutureExt, StreamExt};
use tonic::{Code, Streaming};

use super::*;
use crate::health::health_client::HealthClient;
use crate::health::health_server::HealthServer;

fn ask(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

async fn check(health: &SharedHealth, service: &str) -> Result<ServingStatus, Status> {
    let answer = HealthClient::new(HealthServer::new(health.clone())).check(ask(service)).await?;
    Ok(answer.into_inner().status())
}

async fn watch(health: &SharedHealth, service: &str) -> Streaming<HealthCheckResponse> {
    let mut client = HealthClient::new(HealthServer::new(health.clone()));
    client.watch(ask(service)).await.expect("a watch").into_inner()
}

/// What the watch says now: pending for nothing new, ready without a status for its end.
fn news(watch: &mut Streaming<HealthCheckResponse>) -> Poll<Option<ServingStatus>> {
    match watch.next().now_or_never() {
        Some(next) => Poll::Ready(next.map(|answer| answer.expect("a status").status())),
        None => Poll::Pending,
    }
}

#[tokio::test]
async fn the_server_and_its_echo_service_share_one_health() {
    let health = SharedHealth::serving();
    for service in ["", "grpc.examples.echo.Echo"] {
        assert_eq!(check(&health, service).await.expect("a status"), ServingStatus::Serving);
    }
    health.toggle();
    for service in ["", "grpc.examples.echo.Echo"] {
        assert_eq!(check(&health, service).await.expect("a status"), ServingStatus::NotServing);
    }
}

#[tokio::test]
async fn a_check_of_an_unknown_service_fails() {
    let status = check(&SharedHealth::serving(), "nobody").await.expect_err("an error");
    assert_eq!(status.code(), Code::NotFound);
}

#[test]
fn toggling_goes_back_and_forth() {
    let health = SharedHealth::new(ServingStatus::Unknown);
    health.toggle();
    assert_eq!(health.status(), ServingStatus::Serving);
    health.toggle();
    assert_eq!(health.status(), ServingStatus::NotServing);
    health.toggle();
    assert_eq!(health.status(), ServingStatus::Serving);
}

#[tokio::test]
async fn a_watch_tells_the_status_now_and_each_change_once() {
    let health = SharedHealth::serving();
    let mut watch = watch(&health, "").await;
    assert_eq!(news(&mut watch), Poll::Ready(Some(ServingStatus::Serving)));
    health.set(ServingStatus::Serving);
    assert_eq!(news(&mut watch), Poll::Pending);
    health.toggle();
    assert_eq!(news(&mut watch), Poll::Ready(Some(ServingStatus::NotServing)));
    assert_eq!(news(&mut watch), Poll::Pending);
}

#[tokio::test]
async fn a_watch_of_an_unknown_service_stays_open() {
    let health = SharedHealth::serving();
    let mut watch = watch(&health, "nobody").await;
    assert_eq!(news(&mut watch), Poll::Ready(Some(ServingStatus::ServiceUnknown)));
    health.toggle();
    assert_eq!(news(&mut watch), Poll::Pending);
    health.close();
    assert_eq!(news(&mut watch), Poll::Ready(None));
}

#[tokio::test]
async fn closing_tells_not_serving_and_ends_watches() {
    let health = SharedHealth::serving();
    let mut early = watch(&health, "").await;
    assert_eq!(news(&mut early), Poll::Ready(Some(ServingStatus::Serving)));
    health.close();
    let mut late = watch(&health, "").await;
    for watch in [&mut early, &mut late] {
        assert_eq!(news(watch), Poll::Ready(Some(ServingStatus::NotServing)));
        assert_eq!(news(watch), Poll::Ready(None));
    }
}
