use super::{Answer, Ask, question};
use crate::LookupError;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// The records of one type that a name has, behind whatever aliases; none if it has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) records: Vec<RData>,
    /// The smallest TTL on the way, in seconds.
    pub(crate) ttl: u32,
    /// What came with them unasked.
    pub(crate) additional: Vec<Record>,
}

/// How many aliases are followed. Zones that work have one or two; a circle has no end.
const MOST: usize = 16;

/// Finds the records of a name, whether the server follows its aliases itself or leaves that to us.
pub(crate) async fn follow(ask: &impl Ask, name: &Name, kind: RecordType) -> Result<Found, LookupError> {
    let (mut name, mut ttl, mut followed) = (name.clone(), u32::MAX, 0);
    loop {
        let Answer { records, additional, nothing } = ask.ask(&name, kind).await?;
        let before = followed;
        while let Some((target, alias_ttl)) = alias(&records, &name) {
            followed += 1;
            if followed > MOST {
                return Err(LookupError::Aliases { question: question(&name, kind), limit: MOST });
            }
            (name, ttl) = (target, ttl.min(alias_ttl));
        }
        let ours = || records.iter().filter(|r| r.record_type() == kind && r.name == name);
        if let Some(least) = ours().map(|r| r.ttl).min() {
            let records = ours().map(|r| r.data.clone()).collect();
            return Ok(Found { records, ttl: ttl.min(least), additional });
        }
        if let Some(negative) = nothing {
            return Ok(Found { ttl: ttl.min(negative), ..Found::default() });
        }
        if followed == before {
            return Err(LookupError::Unanswered { question: question(&name, kind) });
        }
    }
}

fn alias(records: &[Record], name: &Name) -> Option<(Name, u32)> {
    records.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *name => Some((target.0.clone(), record.ttl)),
        _ => None,
    })
}
