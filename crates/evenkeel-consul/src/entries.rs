use crate::{entry::Entry, query::Query};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadRecord, Gather};
use serde_json::value::RawValue;

/// Reads an answer of `/v1/health/service/NAME`: the set of those entries that fit, and whether there was no entry at all. An entry
/// that cannot be used is left out alone.
pub(crate) fn read_entries(body: &[u8], query: &Query) -> Result<(Snapshot, bool), serde_json::Error> {
    let entries: Vec<&RawValue> = serde_json::from_slice(body)?;
    let mut gather = Gather::new();
    for (n, raw) in entries.iter().enumerate() {
        match serde_json::from_str::<Entry>(raw.get()) {
            Ok(entry) if query.fits(entry.tags()) => gather.record(entry.name(), entry.instance()),
            Ok(_) => {}
            Err(error) => gather.record(format_args!("entry {n}"), Err(BadRecord::new(error))),
        }
    }
    Ok((gather.set(), entries.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_discover::Target;
    use proptest::prelude::*;

    fn read(body: &[u8]) -> Result<(Snapshot, bool), serde_json::Error> {
        read_entries(body, &Query::read(&Target::parse("consul://h/echo").unwrap()).unwrap())
    }

    /// As Consul 1.8 answers.
    const ANSWER: &str = r#"[{"Node":{"ID":"0bc6d759","Node":"n1","Address":"127.0.0.1","Datacenter":"dc1","Meta":{"a":""}},
        "Service":{"ID":"a","Service":"echo","Tags":["v1","k=v"],"Address":"10.0.0.1","TaggedAddresses":{"lan_ipv4":
        {"Address":"10.0.0.1","Port":80}},"Meta":{"x":"y","evenkeel-weight":"9"},"Port":80,"Weights":{"Passing":5,"Warning":1},
        "EnableTagOverride":false,"Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"CreateIndex":8,"ModifyIndex":8},
        "Checks":[{"Node":"n1","CheckID":"serfHealth","Status":"passing","ServiceTags":[],"Definition":{}}]}]"#;

    #[test]
    fn an_answer_of_consul_is_a_set() {
        let (set, is_empty) = read(ANSWER.as_bytes()).unwrap();
        let tags: Vec<_> = set[0].tags().iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            (set.len(), is_empty, set[0].name().as_str(), set[0].weight()),
            (1, false, "10.0.0.1:80", 9)
        );
        assert_eq!((tags.join(" ").as_str(), set.dropped()), ("k=v v1= x=y", None));
        let (none, is_empty) = read(b"[]").unwrap();
        assert!(none.is_empty() && is_empty);
    }

    proptest! {
        /// G 111: an answer with bytes changed is a set or an error.
        #[test]
        fn no_bytes_do_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
            let mut body = ANSWER.as_bytes().to_vec();
            for (place, byte) in changes {
                let place = place.index(body.len());
                body[place] = byte;
            }
            let _ = read(&body);
        }
    }
}
