use crate::LookupError;
use hickory_resolver::proto::rr::{Name, Record, RecordType};
use std::future::Future;

/// Puts one question to the DNS.
pub(crate) trait Ask: Send + Sync + 'static {
    /// What is said of this complete name; nothing is followed.
    fn ask(&self, name: &Name, kind: RecordType) -> impl Future<Output = Result<Answer, LookupError>> + Send;
}

/// What a server says to one question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The records of the answer, aliases among them.
    pub(crate) records: Vec<Record>,
    /// What the server thinks will be asked next.
    pub(crate) additional: Vec<Record>,
    /// Where it says that there is no such name or record (at the end of the aliases): for how many seconds that holds
    /// (RFC 2308 section 5); 0 where it does not say.
    pub(crate) nothing: Option<u32>,
}

/// A question as errors show it.
pub(crate) fn question(name: &Name, kind: RecordType) -> String {
    evenkeel_core::printable(&format!("{kind} {}", name.to_ascii()), 300)
}
