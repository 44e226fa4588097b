//! Instances appear, change weight and disappear, and the watch sees it within a second of the registry knowing.

use crate::watched::{Watched, instances};
use evenkeel_servers::Registry;
use std::time::Duration;

/// F28 to F39, F44, F45, F47: for every source.
pub(crate) async fn instances_come_change_and_go<R: Registry>(mut registry: R) {
    let (a, b) = ("127.0.0.1:4001", "127.0.0.1:4002");
    registry.put(a, 1).await;
    let mut watched = Watched::start(&registry.target());
    let limit = Duration::from_secs(1) + registry.slack();
    watched.until("the first set", Duration::from_secs(5), |v| instances(v) == [(a.to_owned(), 1)]);
    registry.put(b, 1).await;
    let both = [(a.to_owned(), 1), (b.to_owned(), 1)];
    watched.until("one more", limit, |v| instances(v) == both);
    if registry.has_weights() {
        registry.put(b, 7).await;
        let want = [(a.to_owned(), 1), (b.to_owned(), 7)];
        let version = watched.until("another weight", limit, |v| instances(v) == want);
        assert_eq!(version["updated"], serde_json::json!([b]));
    }
    registry.put(b, 0).await;
    let drained = watched.until("drained", limit, |v| instances(v) == [(a.to_owned(), 1), (b.to_owned(), 0)]);
    assert_eq!((&drained["removed"], &drained["stale"]), (&serde_json::json!([]), &serde_json::json!(false)));
    registry.remove(b).await;
    let gone = watched.until("one less", limit, |v| instances(v) == [(a.to_owned(), 1)]);
    assert_eq!(gone["removed"], serde_json::json!([b]));
    registry.remove(a).await;
    if registry.can_be_empty() {
        let empty = watched.until("none", limit, |v| instances(v).is_empty());
        assert_eq!((&empty["error"], &empty["stale"]), (&serde_json::Value::Null, &serde_json::json!(false)));
    }
    let versions: Vec<u64> = watched.seen.iter().map(|v| v["version"].as_u64().unwrap()).collect();
    assert!(versions.is_sorted(), "a version only grows: {versions:?}");
}
