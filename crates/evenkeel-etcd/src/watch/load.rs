use super::records::Records;
use crate::{
    error::EtcdError,
    rpc::{Client, RangeRequest},
    target::{Prefix, Settings},
};

/// How many keys one answer has at most. Where their values are so long that it is not taken, a tenth, down to one.
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
    for prefix in settings.prefixes() {
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
    let mut limit = PAGE;
    loop {
        let range = RangeRequest { key: key.clone(), range_end: range_end.clone(), limit, revision };
        let page = match client.range(range).await {
            Err(error) if error.is_too_long() && limit > 1 => {
                limit /= 10;
                continue;
            }
            page => page?,
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Dialer;
    use evenkeel_discover::Target;
    use evenkeel_servers::{Etcd, Registry};

    #[tokio::test]
    async fn a_page_of_a_revision_that_is_compacted_is_told_from_other_errors() {
        let mut etcd = Etcd::start().await;
        etcd.put("10.0.0.1:80", 1).await;
        etcd.put("10.0.0.1:80", 2).await;
        etcd.compact();
        let settings = Settings::of(&Target::parse(&etcd.target()).unwrap()).unwrap();
        let server = settings.cluster.servers[0].clone();
        let mut client = Dialer::default().connect(&settings.cluster, &server).await.unwrap();
        let mut records = Records::new(1);
        let old = load_prefix(&mut client, &settings.prefix, 1, &mut records).await.unwrap_err();
        assert!(old.is_compacted() && !old.is_too_long() && !old.is_of_server(), "{old}");
        let (records, revision) = load(&mut client, &settings).await.unwrap();
        assert_eq!((records.set()[0].weight(), revision), (2, 3));
    }
}
