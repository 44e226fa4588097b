//! Two registries merged, one of them down.

use crate::watched::{Watched, instances};
use evenkeel_servers::Registry;
use std::time::Duration;

/// A 23: the union of the last good set of each; the other one's changes are seen meanwhile, and both again after.
pub(crate) async fn the_other_registry_goes_on<A: Registry, B: Registry>(mut down: A, mut up: B) {
    let (a, b, c, d) = ("127.0.0.1:4001", "127.0.0.1:4002", "127.0.0.1:4003", "127.0.0.1:4004");
    down.put(a, 1).await;
    up.put(b, 1).await;
    let mut watched =
        Watched::start(&format!("merge:///?of={}&of={}", encoded(&down.target()), encoded(&up.target())));
    let named = |list: &[&str]| list.iter().map(|at| ((*at).to_owned(), 1)).collect::<Vec<_>>();
    let limit = Duration::from_secs(5) + down.slack() + up.slack();
    watched.until("both", limit, |v| instances(v) == named(&[a, b]));
    down.kill();
    up.put(c, 1).await;
    watched.until("one more of the other", limit, |v| instances(v) == named(&[a, b, c]));
    down.restart().await;
    down.put(d, 1).await;
    let limit = Duration::from_secs(15);
    watched.until("all", limit, |v| instances(v) == named(&[a, b, c, d]));
    for version in &watched.seen[1..] {
        assert!(
            version["instances"].as_array().unwrap().len() >= 2,
            "nothing was lost on the way: {version}"
        );
    }
}

fn encoded(target: &str) -> String {
    target
        .bytes()
        .map(|b| match b {
            b'%' | b'&' | b'?' | b'#' | b'+' => format!("%{b:02X}"),
            _ => char::from(b).to_string(),
        })
        .collect()
}
