//! One health for a whole server, with handles to change it.

use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::stream;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::health_server::Health;
use super::{HealthCheckRequest, HealthCheckResponse, ServingStatus};
use crate::echo_server;

type Updates = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

/// A handle to a server's health, and the [`Health`] service that reports it.
///
/// All clones share one health: keep one to change it, and serve another. It is the health of the whole server and of
/// the echo service; of no other service is anything known.
#[derive(Clone, Debug)]
pub struct SharedHealth(Arc<watch::Sender<Report>>);

#[derive(Clone, Copy, Debug)]
struct Report {
    status: ServingStatus,
    closed: bool,
}

impl SharedHealth {
    /// A health that begins with this status.
    pub fn new(status: ServingStatus) -> Self {
        Self(Arc::new(watch::Sender::new(Report { status, closed: false })))
    }

    /// A health that begins with [`ServingStatus::Serving`].
    pub fn serving() -> Self {
        Self::new(ServingStatus::Serving)
    }

    /// The status that is reported now.
    pub fn status(&self) -> ServingStatus {
        self.0.borrow().status
    }

    /// Reports this status from now on.
    pub fn set(&self, status: ServingStatus) {
        self.0.send_modify(|report| report.status = status);
    }

    /// From serving to not serving, and from anything else to serving.
    pub fn toggle(&self) {
        self.0.send_modify(|report| {
            report.status = match report.status {
                ServingStatus::Serving => ServingStatus::NotServing,
                _ => ServingStatus::Serving,
            }
        });
    }

    /// Reports [`ServingStatus::NotServing`] and ends all watches, which would otherwise keep a stopping server waiting.
    pub fn close(&self) {
        self.0.send_replace(Report { status: ServingStatus::NotServing, closed: true });
    }

    /// The status now and each one after it, until the health is closed or its last handle gone.
    fn updates(&self, known: bool) -> Updates {
        let start = (self.0.subscribe(), None);
        Box::pin(stream::unfold(start, move |(mut reports, told)| async move {
            let new = |report: &Report| Some(report.status_of(known)).filter(|&status| Some(status) != told);
            let report = *reports.wait_for(|report| report.closed || new(report).is_some()).await.ok()?;
            let status = new(&report)?;
            Some((Ok(status.into()), (reports, Some(status))))
        }))
    }
}

impl Report {
    fn status_of(self, known: bool) -> ServingStatus {
        if known { self.status } else { ServingStatus::ServiceUnknown }
    }
}

fn is_known(service: &str) -> bool {
    service.is_empty() || service == echo_server::SERVICE_NAME
}

#[tonic::async_trait]
impl Health for SharedHealth {
    type WatchStream = Updates;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !is_known(&request.get_ref().service) {
            return Err(Status::not_found("unknown service"));
        }
        Ok(Response::new(self.status().into()))
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Updates>, Status> {
        Ok(Response::new(self.updates(is_known(&request.get_ref().service))))
    }
}

#[cfg(test)]
mod tests;
