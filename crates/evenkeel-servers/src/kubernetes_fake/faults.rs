use std::time::Duration;

/// How it misbehaves, or is slow or strict in a way that real ones are. None of it by default.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Only requests with this bearer token are answered; others get 401.
    pub token: Option<String>,
    /// All requests are refused with this status and message.
    pub refuse: Option<(u16, String)>,
    /// A watch from before the compaction gets status 410, and not an event of kind ERROR with 410 in it. Real ones do either.
    pub gone_is_status: bool,
    /// How often an open watch is sent a bookmark; a minute where nothing is said.
    pub bookmark_every: Option<Duration>,
    /// The longest watch; as long as the client asks for where nothing is said.
    pub longest_watch: Option<Duration>,
    /// How long the answer to a watch is held back before it begins, as by some proxies.
    pub watch_begins_after: Option<Duration>,
    /// Sent once, as it is, in each watch that is open, as one line.
    pub line: Option<String>,
    /// Open watches are not sent anything, as if the peer were gone.
    pub is_silent: bool,
    /// Lists are cut into pages of at most this many slices.
    pub page: Option<usize>,
    /// The next list is compacted away after its first page, so that its second page is told 410.
    pub compact_after_first_page: bool,
}
