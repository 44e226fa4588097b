use super::{knobs::ConsulHabits, times};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use tokio::time::Instant;

/// What a fake knows, and what it saw.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The index of the newest change.
    index: u64,
    /// The index of the newest change of each service that there is.
    services: HashMap<String, u64>,
    /// By id.
    entries: BTreeMap<String, Entry>,
    pub(super) habits: ConsulHabits,
    pub(super) queries: Vec<String>,
    pub(super) waiting: usize,
    pub(super) connections: usize,
}

#[derive(Debug)]
struct Entry {
    service: String,
    /// As it stands in an answer, but for the checks.
    shown: Value,
    tags: Vec<String>,
    check: Option<Check>,
}

#[derive(Debug)]
struct Check {
    id: String,
    is_passing: bool,
    ttl: Duration,
    /// When it becomes critical, or has been critical for too long.
    due: Instant,
    /// How long it may be critical; for ever if nothing.
    forgotten: Option<Duration>,
    /// Whether the agent has its state on its disk.
    is_kept: bool,
}

impl State {
    /// Nothing, at the first index.
    pub(super) fn new() -> Self {
        Self { index: 1, ..Self::default() }
    }

    /// The index that an answer about a service has.
    pub(super) fn index_of(&self, service: &str) -> u64 {
        self.services.get(service).copied().unwrap_or(self.index)
    }

    pub(super) fn set_index(&mut self, index: u64) {
        self.index = index;
        self.services.values_mut().for_each(|own| *own = index);
    }

    fn changed(&mut self, service: &str) {
        self.index += 1;
        if self.entries.values().any(|entry| entry.service == service) {
            self.services.insert(service.to_owned(), self.index);
        } else {
            self.services.remove(service);
        }
    }

    /// The entries of a service whose checks pass and that have all tags.
    pub(super) fn answer(&self, service: &str, tags: &[String], only_passing: bool) -> Value {
        let fits = |entry: &&Entry| {
            let has = |tag: &String| entry.tags.iter().any(|own| own.to_lowercase() == tag.to_lowercase());
            entry.service == service
                && tags.iter().all(has)
                && (!only_passing || entry.check.as_ref().is_none_or(|check| check.is_passing))
        };
        self.entries.values().filter(fits).map(Entry::show).collect()
    }

    /// Registers a service that the rules have passed.
    pub(super) fn register(&mut self, asked: &Value) {
        let name = asked["Name"].as_str().unwrap_or_default().to_owned();
        let id = asked["ID"].as_str().unwrap_or(&name).to_owned();
        let tags: Vec<String> = asked["Tags"].as_array().into_iter().flatten().map(text).collect();
        let weights = asked.get("Weights").cloned().unwrap_or(json!({"Passing": 1, "Warning": 1}));
        let shown = json!({
            "Node": {"ID": "0bc6d759-2899-566b-ff5b-3cdb35859634", "Node": "node", "Address": "127.0.0.1", "Datacenter": "dc1"},
            "Service": {
                "ID": id,
                "Service": name,
                "Tags": tags,
                "Address": asked["Address"].as_str().unwrap_or_default(),
                "Meta": asked["Meta"],
                "Port": asked["Port"].as_i64().unwrap_or(0),
                "Weights": weights,
                "EnableTagOverride": false,
            },
        });
        let check = Check::read(&asked["Check"], &id);
        self.entries.insert(id, Entry { service: name.clone(), shown, tags, check });
        self.changed(&name);
    }

    pub(super) fn push_raw(&mut self, service: &str, shown: Value) {
        let entry = Entry { service: service.to_owned(), shown, tags: Vec::new(), check: None };
        self.entries.insert(format!("raw {}", self.entries.len()), entry);
        self.changed(service);
    }

    /// Whether it was there.
    pub(super) fn deregister(&mut self, id: &str) -> bool {
        let gone = self.entries.remove(id);
        if let Some(entry) = &gone {
            self.changed(&entry.service);
        }
        gone.is_some()
    }

    /// Whether there is such a check.
    pub(super) fn update(&mut self, check_id: &str, is_passing: bool, now: Instant) -> bool {
        let found = self.entries.values_mut().find_map(|entry| {
            let check = entry.check.as_mut().filter(|check| check.id == check_id)?;
            Some((entry.service.clone(), check.set(is_passing, now)))
        });
        if let Some((service, true)) = &found {
            self.changed(service);
        }
        found.is_some()
    }

    /// When a check is next due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.entries.values().filter_map(|entry| Some(entry.check.as_ref()?.due)).min()
    }

    /// Turns checks critical that no heartbeat came for, and takes entries out that have been so for too long.
    pub(super) fn tick(&mut self, now: Instant) {
        let is_due = |entry: &Entry| entry.check.as_ref().is_some_and(|check| check.due <= now);
        let due: Vec<String> =
            self.entries.iter().filter(|(_, e)| is_due(e)).map(|(id, _)| id.clone()).collect();
        for id in due {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let service = entry.service.clone();
            if let Some(check) = entry.check.as_mut().filter(|check| check.is_passing) {
                check.set(false, now);
            } else {
                self.entries.remove(&id);
            }
            self.changed(&service);
        }
    }

    /// What an agent does when it starts again: a check whose state is not on its disk is critical until the next heartbeat.
    pub(super) fn reload(&mut self) {
        let now = Instant::now();
        let lost = |check: &&mut Check| !check.is_kept || check.due <= now;
        for check in self.entries.values_mut().filter_map(|entry| entry.check.as_mut()).filter(lost) {
            check.set(false, now);
        }
    }
}

impl Entry {
    fn show(&self) -> Value {
        let mut shown = self.shown.clone();
        if let Some(check) = &self.check {
            let status = if check.is_passing { "passing" } else { "critical" };
            shown["Checks"] = json!([{"CheckID": check.id, "Status": status, "Type": "ttl"}]);
        }
        shown
    }
}

impl Check {
    fn read(asked: &Value, service_id: &str) -> Option<Self> {
        let time = |key| times::read(asked[key].as_str().unwrap_or_default());
        let ttl = time("TTL")?;
        let id = asked["CheckID"].as_str().map_or_else(|| format!("service:{service_id}"), str::to_owned);
        // Consul takes no less than a minute.
        let forgotten = time("DeregisterCriticalServiceAfter").map(|time| time.max(Duration::from_secs(60)));
        let now = Instant::now();
        let mut check = Self { id, is_passing: false, ttl, due: now, forgotten, is_kept: false };
        check.set(asked["Status"] == "passing", now);
        check.is_kept = false;
        Some(check)
    }

    /// Whether that is new.
    fn set(&mut self, is_passing: bool, now: Instant) -> bool {
        // A year stands for "never".
        let never = Duration::from_secs(365 * 24 * 3600);
        self.due = now + if is_passing { self.ttl } else { self.forgotten.unwrap_or(never) };
        self.is_kept = true;
        std::mem::replace(&mut self.is_passing, is_passing) != is_passing
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
