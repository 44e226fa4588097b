//! Waiting for the connections before the first call, so that what is measured or shown is the same each time.

use evenkeel::{
    Channel, Connectivity, Snapshot,
    core::{BadUpdate, Child, Choice, Endpoint, Endpoints, Policy, State, View},
};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// How long connections may take before calls start all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a channel takes at most, as a rule, from an update of its policy to the new picker.
const PUBLISHED: Duration = Duration::from_millis(5);

/// Knows how many endpoints a policy still waits for.
#[derive(Debug)]
pub(super) struct Settling {
    connecting: watch::Receiver<Option<usize>>,
}

/// A wrapper around any policy that counts the endpoints that are CONNECTING. It changes nothing of what the policy sees, and
/// the picker is the policy's own.
#[derive(Debug, Default)]
struct Counting(Child);

#[derive(Debug)]
struct Counted {
    choice: Choice,
    /// None before the first update.
    connecting: watch::Sender<Option<usize>>,
}

impl Policy for Counting {
    type Config = Counted;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &Counted,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let mut connecting = 0;
        let see = |endpoint: Endpoint| {
            connecting += usize::from(endpoint.state == Connectivity::Connecting);
            endpoint
        };
        let state = self.0.update(instances, &config.choice, &mut View { inner: endpoints, see });
        config.connecting.send_replace(Some(connecting));
        Ok(state)
    }
}

impl Settling {
    /// The same policy, watched.
    pub(super) fn watch(choice: Choice) -> (Choice, Self) {
        let (sender, connecting) = watch::channel(None);
        let watched = Choice::of::<Counting>(choice.name(), Counted { choice, connecting: sender });
        (watched, Self { connecting })
    }

    /// Connects, and waits until each connection is made or has failed; a second, or the call's deadline, is the limit. Calls
    /// then wait or fail by their own rules.
    pub(super) async fn wait(mut self, channel: &Channel, deadline: Option<Duration>) {
        let settled = async {
            // A channel that is not ready has nothing to wait for: its failure is every call's own.
            if channel.ready().await.is_ok()
                && self.connecting.wait_for(|count| *count == Some(0)).await.is_ok()
            {
                sleep(PUBLISHED).await;
            }
        };
        let _ = timeout(deadline.unwrap_or(PATIENCE).min(PATIENCE), settled).await;
    }
}
