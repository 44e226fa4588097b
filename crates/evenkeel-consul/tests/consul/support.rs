use evenkeel_consul::Consul;
use evenkeel_core::Snapshot;
use evenkeel_discover::{Source, Target, Watch};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Watches a target, from its next answer on.
pub(crate) fn watch(target: &str) -> Watch {
    Source::new(Consul::new()).watch(&Target::parse(target).unwrap())
}

/// The first answer to a target.
pub(crate) async fn first(target: &str) -> Result<Snapshot, String> {
    timeout(30 * SECOND, watch(target).next()).await.unwrap().unwrap().map_err(|error| error.to_string())
}

/// The first set of a watch that passes, within a second.
pub(crate) async fn until(watch: &mut Watch, passes: impl Fn(&Snapshot) -> bool) -> Snapshot {
    within(SECOND, watch, passes).await
}

/// The first set of a watch that passes, within a time.
pub(crate) async fn within(
    limit: Duration,
    watch: &mut Watch,
    passes: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    let end = Instant::now() + limit;
    let mut seen = None;
    loop {
        let next = tokio::time::timeout_at(end, watch.next()).await;
        let Ok(next) = next else { panic!("not within {limit:?}; the last set was {seen:?}") };
        let set = next.expect("the watch goes on").unwrap();
        if passes(&set) {
            return set;
        }
        seen = Some(set);
    }
}

/// The first set of watches that are begun anew after an error, which passes.
pub(crate) async fn again(target: &str, passes: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let end = Instant::now() + 20 * SECOND;
    loop {
        let seen = first(target).await;
        match seen {
            Ok(set) if passes(&set) => return set,
            _ => assert!(Instant::now() < end, "{seen:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until something is so, at most half a minute.
pub(crate) async fn becomes(mut is: impl FnMut() -> bool) {
    let end = Instant::now() + 30 * SECOND;
    while !is() {
        assert!(Instant::now() < end, "it never became so");
        sleep(Duration::from_millis(5)).await;
    }
}

/// The names and weights of a set, in the order of the names.
pub(crate) fn weights(set: &Snapshot) -> Vec<(String, u32)> {
    let mut list: Vec<_> = set.iter().map(|i| (i.name(), i.weight())).collect();
    list.sort();
    list
}

/// The same, written short.
pub(crate) fn are(want: &[(&str, u32)]) -> impl Fn(&Snapshot) -> bool {
    let want: Vec<_> = want.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    move |set| weights(set) == want
}
