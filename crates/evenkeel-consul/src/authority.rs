//! Whether an empty answer is true.
//!
//! Where access is controlled, Consul shows a token, or a request without one, only what it may see: a service that it may not read
//! looks like one without instances. So Consul is asked what the token may before an empty answer is believed.

use crate::{
    ConsulError,
    client::{Answer, Client},
    query::Query,
};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use std::time::Duration;

/// One right, as `/v1/internal/acl/authorize` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Right {
    allow: bool,
}

/// Passes if `empty`, an answer without instances, may be believed.
pub(crate) async fn believe(
    client: &mut Client,
    query: &Query,
    empty: &Answer,
    limit: Duration,
) -> Result<(), ConsulError> {
    let service = client.access().service.clone();
    let server = empty.server.clone();
    if empty.is_filtered {
        return Err(ConsulError::Denied { server, service });
    }
    let path = query.rights(client.access().namespace.as_deref());
    let right = serde_json::json!([{"Resource": "service", "Access": "read", "Segment": &service}]);
    let answer = match client.ask(&Method::POST, &path, &Bytes::from(right.to_string()), limit).await {
        // Access is not controlled, or by a Consul too old (before 1.7) to tell.
        Err(ConsulError::Status { status, .. }) if is_silent(status) => return Ok(()),
        other => other?,
    };
    let rights: Vec<Right> =
        serde_json::from_slice(&answer.body).map_err(|error| ConsulError::Json { server, error })?;
    if rights.iter().all(|right| right.allow) {
        Ok(())
    } else {
        Err(ConsulError::Denied { server: answer.server, service })
    }
}

/// 401 is "ACL support disabled"; a wrong token is 403.
fn is_silent(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
}
