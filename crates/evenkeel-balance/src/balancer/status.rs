use super::front::Latest;
use evenkeel_core::{BadUpdate, Connectivity, Instance, SharedError, Snapshot};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// What a balancer knows of its target.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The target, as it was written but for its credentials.
    pub target: Arc<str>,
    /// Grows with each change of the set; 0 before the first.
    pub version: u64,
    /// The set in force, drained instances included; nothing before the first.
    pub instances: Option<Snapshot>,
    /// How long ago discovery last said so. Of a source that is told of changes this is the time since the last one.
    pub age: Option<Duration>,
    /// Why the newest look failed; the set is then the last good one.
    pub error: Option<SharedError>,
    /// Why the policy refused the newest set; it goes on with the last one that it took.
    pub refused: Option<BadUpdate>,
    /// The policy's state.
    pub connectivity: Option<Connectivity>,
    /// Why discovery and policy are not run, such as `proxy`.
    pub bypassed: Option<&'static str>,
}

impl Status {
    pub(super) fn proxied(target: Arc<str>, proxy: &Arc<Instance>) -> Self {
        Self {
            target,
            version: 1,
            instances: Some(Snapshot::new([proxy.clone()])),
            age: None,
            error: None,
            refused: None,
            connectivity: Some(Connectivity::Ready),
            bypassed: Some("proxy"),
        }
    }

    pub(super) fn discovered(
        target: Arc<str>,
        latest: &Latest,
        connectivity: Option<Connectivity>,
        now: Instant,
    ) -> Self {
        Self {
            target,
            version: latest.version,
            instances: latest.instances.clone(),
            age: latest.answered.map(|at| now.saturating_duration_since(at)),
            error: latest.error.clone(),
            refused: latest.refused.clone(),
            connectivity,
            bypassed: None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.target)?;
        if let Some(by) = self.bypassed {
            return write!(f, "bypassed: {by}");
        }
        let Some(set) = &self.instances else {
            f.write_str("no answer yet")?;
            return self.error.as_ref().map_or(Ok(()), |error| write!(f, "; discovery: {error}"));
        };
        let drained = set.iter().filter(|instance| instance.is_drained()).count();
        write!(f, "{} instances, {drained} drained, version {}", set.len(), self.version)?;
        if let Some(error) = &self.error {
            let age = self.age.unwrap_or_default().as_secs();
            write!(f, "; stale for {age} s: {error}")?;
        }
        self.refused.as_ref().map_or(Ok(()), |why| write!(f, "; refused: {why}"))
    }
}
