use super::{TOO_MUCH, records::Records};
use crate::{
    error::EtcdError,
    rpc::{Client, Page, RangeRequest},
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
            revision = page.header.as_ref().map_or(0, |header| header.revision);
        }
        let next = next_key(&key, &page).map_err(|why| client.error(why))?;
        page.kvs.into_iter().for_each(|kv| records.put(kv));
        if records.are_too_much() {
            return Err(client.error(TOO_MUCH));
        }
        match next {
            Some(next) => key = next,
            None => return Ok(revision),
        }
    }
}

/// Where the next page begins, if this one is not the last.
fn next_key(key: &[u8], page: &Page) -> Result<Option<Vec<u8>>, &'static str> {
    if !page.more {
        return Ok(None);
    }
    let next = page.kvs.last().map(|kv| [kv.key.as_slice(), b"\0"].concat());
    let next = next.filter(|next| next.as_slice() > key);
    next.map(Some).ok_or("there are said to be more keys, but the answer does not lead to them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::{Dialer, KeyValue};
    use evenkeel_discover::Target;
    use evenkeel_servers::{Etcd, Registry};

    /// A server that repeats itself would be asked for ever, and one that leaves the rest out would be believed.
    #[test]
    fn a_page_that_leads_nowhere_is_an_error() {
        let page = |keys: &[&str], more| {
            let kv = |key: &&str| KeyValue { key: key.as_bytes().to_vec(), value: Vec::new() };
            Page { kvs: keys.iter().map(kv).collect(), more, ..Page::default() }
        };
        assert_eq!(next_key(b"a", &page(&["a", "b"], false)), Ok(None));
        assert_eq!(next_key(b"a", &page(&[], false)), Ok(None));
        assert_eq!(next_key(b"a", &page(&["a", "b"], true)), Ok(Some(b"b\0".to_vec())));
        assert_eq!(next_key(b"a", &page(&["a"], true)), Ok(Some(b"a\0".to_vec())));
        for keys in [&[][..], &["b"], &["a", "A"]] {
            assert!(next_key(b"b\0", &page(keys, true)).is_err(), "{keys:?}");
        }
    }

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
