use super::{
    knobs::ConsulIndexHabit,
    routes::{Answer, Right, decode, plain},
    server::{Counted, Shared},
    times,
};
use http::{HeaderValue, Uri};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The options of a question about a service.
struct Asked {
    tags: Vec<String>,
    only_passing: bool,
    index: u64,
    wait: Duration,
    datacenter: Option<String>,
}

impl Asked {
    fn read(uri: &Uri) -> Self {
        // Consul waits five minutes where nothing is said, and ten at most.
        let (wait, most) = (Duration::from_secs(300), Duration::from_secs(600));
        let (tags, datacenter) = (Vec::new(), None);
        let mut asked = Self { tags, only_passing: false, index: 0, wait, datacenter };
        for pair in uri.query().unwrap_or_default().split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            match key {
                "tag" => asked.tags.push(value),
                "passing" => asked.only_passing = value != "false",
                "index" => asked.index = value.parse().unwrap_or(0),
                "wait" => asked.wait = times::read(&value).unwrap_or(wait).min(most),
                "dc" => asked.datacenter = Some(value),
                _ => {}
            }
        }
        asked
    }
}

/// Answers a question about a service, once it has changed where it asks for that.
pub(super) async fn answer(service: &str, uri: &Uri, right: Right, shared: Arc<Shared>) -> Answer {
    let asked = Asked::read(uri);
    shared.note(|state| state.queries.push(uri.to_string()));
    if asked.datacenter.as_deref().is_some_and(|name| name != "dc1") {
        return plain(500, "No path to datacenter");
    }
    if asked.index > 0 {
        wait(service, &asked, &shared).await;
    }
    shared.read(|state| {
        let habits = &state.habits;
        if let Some((status, text)) = &habits.refuses {
            return plain(*status, text);
        }
        let entries = match right {
            Right::All => state.answer(service, &asked.tags, asked.only_passing),
            _ => json!([]),
        };
        let mut answer = plain(200, entries.to_string());
        let headers = answer.headers_mut();
        headers.insert("Content-Type", HeaderValue::from_static("application/json"));
        match habits.index {
            ConsulIndexHabit::True => drop(headers.insert("X-Consul-Index", state.index_of(service).into())),
            ConsulIndexHabit::Fixed(index) => drop(headers.insert("X-Consul-Index", index.into())),
            ConsulIndexHabit::Missing => {}
        }
        if habits.closes {
            headers.insert("Connection", HeaderValue::from_static("close"));
        }
        if habits.filtered {
            headers.insert("X-Consul-Results-Filtered-By-ACLs", HeaderValue::from_static("true"));
        }
        answer
    })
}

/// Waits until the index is past the one asked for, at most for the time asked for and a sixteenth more, as Consul's jitter may be.
async fn wait(service: &str, asked: &Asked, shared: &Arc<Shared>) {
    let _counted = Counted::new(shared.clone(), |state| &mut state.waiting);
    let end = Instant::now() + asked.wait + asked.wait / 16;
    let mut changes = shared.changes();
    let is_news = || {
        shared.read(|state| {
            let habits = &state.habits;
            habits.never_waits || habits.refuses.is_some() || state.index_of(service) > asked.index
        })
    };
    while !is_news() && matches!(timeout_at(end, changes.changed()).await, Ok(Ok(()))) {}
}
