use super::records::Records;
use crate::{
    error::EtcdError,
    rpc::{Client, RangeRequest},
    target::{Prefix, Settings},
};

/// How many keys one answer has at most. gRPC's messages are bounded, see [`Client`].
const PAGE: i64 = 1_000;
/// How often a load is begun anew because the revision that it reads was compacted away in the middle of it.
const ATTEMPTS: usize = 5;

/// All records as of one revision, and which.
pub(super) async fn load(client: &mut Client, settings: &Settings) -> Result<(Records, i64), EtcdError> {
    let mut attempts = 1;
    loop {
        match load_once(client, settings).await {
            Err(error) if error.is_compacted() && attempts < ATTEMPTS => attempts += 1,
            done => return done,
        }
    }
}

async fn load_once(client: &mut Client, settings: &Settings) -> Result<(Records, i64), EtcdError> {
    let mut records = Records::new(settings.weight_scale);
    // 0 is the newest: what the first page is of, the others are of too.
    let mut revision = 0;
    for prefix in &settings.prefixes {
        revision = load_prefix(client, prefix, revision, &mut records).await?;
    }
    Ok((records, revision))
}

/// Page by page.
async fn load_prefix(
    client: &mut Client,
    prefix: &Prefix,
    mut revision: i64,
    records: &mut Records,
) -> Result<i64, EtcdError> {
    let (mut key, range_end) = prefix.range();
    loop {
        let range = RangeRequest { key, range_end: range_end.clone(), limit: PAGE, revision };
        let page = client.range(range).await?;
        if revision == 0 {
            revision = page.header.map_or(0, |header| header.revision);
        }
        let next = page.kvs.last().filter(|_| page.more).map(|kv| [kv.key.as_slice(), b"\0"].concat());
        page.kvs.into_iter().for_each(|kv| records.put(kv));
        match next {
            Some(next) => key = next,
            None => return Ok(revision),
        }
    }
}
