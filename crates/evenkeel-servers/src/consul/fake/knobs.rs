use super::ConsulFake;
use serde_json::Value;

/// How a fake misbehaves. By default it does not.
#[derive(Debug, Clone, Default)]
pub struct ConsulHabits {
    /// Questions about services are answered at once, changed or not.
    pub never_waits: bool,
    /// Questions about services are answered with this status and text.
    pub refuses: Option<(u16, String)>,
    /// What stands in the header of the index.
    pub index: ConsulIndexHabit,
    /// Each answer about a service closes its connection, as some proxies do.
    pub closes: bool,
    /// It says that it left out what the token may not see.
    pub filtered: bool,
}

/// What stands in the header of the index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsulIndexHabit {
    /// The index.
    #[default]
    True,
    /// Nothing: there is no header.
    Missing,
    /// This.
    Fixed(u64),
}

impl ConsulFake {
    /// Makes it misbehave, or stop doing so.
    pub fn misbehave(&self, change: impl FnOnce(&mut ConsulHabits)) {
        self.shared.change(|state| change(&mut state.habits));
    }

    /// How many questions about services have come.
    pub fn queries(&self) -> usize {
        self.shared.read(|state| state.queries.len())
    }

    /// The paths of the questions about services so far, with their options.
    pub fn paths(&self) -> Vec<String> {
        self.shared.read(|state| state.queries.clone())
    }

    /// How many questions about services wait for a change.
    pub fn waiting(&self) -> usize {
        self.shared.read(|state| state.waiting)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.shared.read(|state| state.connections)
    }

    /// Sets the index of everything, as the restoration of an old snapshot does.
    pub fn set_index(&self, index: u64) {
        self.shared.change(|state| state.set_index(index));
    }

    /// Adds an entry that the API would refuse, as it stands in answers.
    pub fn push_raw(&self, service: &str, entry: Value) {
        self.shared.change(|state| state.push_raw(service, entry));
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        self.shared.hang_up();
    }
}
