use super::body;
use crate::{
    KubernetesError,
    access::{Config, Credentials},
};
use evenkeel_core::printable;
use evenkeel_wire::Answer;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// `metav1.Status`, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub(super) code: u16,
    #[serde(default)]
    pub(super) message: String,
}

/// The largest refusal that is read, in bytes, and how long it may take.
const LARGEST: usize = 64 << 10;
const LONGEST: Duration = Duration::from_secs(5);
/// How much of what the API server says is shown, in characters.
const SHOWN: usize = 400;

/// What an answer with a bad status says.
pub(super) async fn read(answer: Answer, config: &Config) -> KubernetesError {
    let status = answer.status();
    let body = timeout(LONGEST, body::whole(answer, &config.server, LARGEST)).await;
    let said = body.ok().and_then(Result::ok).and_then(|body| serde_json::from_slice::<Status>(&body).ok());
    let message = said.map(|status| status.message).filter(|message| !message.is_empty());
    let message =
        message.unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given").to_owned());
    KubernetesError::Refused {
        status: status.as_u16(),
        message: without_secret(&message, &config.credentials),
    }
}

impl Status {
    /// As the error that it is in a watch.
    pub(super) fn refused(self, config: &Config) -> KubernetesError {
        let message = without_secret(&self.message, &config.credentials);
        KubernetesError::Refused { status: self.code, message }
    }
}

/// Some servers repeat what they were sent.
fn without_secret(message: &str, credentials: &Credentials) -> String {
    let shown = match credentials {
        Credentials::Token(secret) | Credentials::Password { password: secret, .. } if !secret.is_empty() => {
            message.replace(secret, "***")
        }
        _ => message.to_owned(),
    };
    printable(&shown, SHOWN)
}
