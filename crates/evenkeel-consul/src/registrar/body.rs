use crate::{
    meta::{self, ADDRESSES, MOST, Meta, PRIORITY, TAGS, WEIGHT},
    url::encode,
};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::RegisterError;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What registers an instance: the body of `/v1/agent/service/register`.
pub(super) struct Body {
    /// The id of the service, one for each set of addresses.
    pub(super) id: String,
    pub(super) json: String,
}

/// The least time after which Consul takes out a critical entry.
const LEAST_FORGOTTEN: Duration = Duration::from_secs(60);
/// The weights that Consul takes.
const WEIGHTS: std::ops::RangeInclusive<u32> = 1..=65_535;

impl Body {
    pub(super) fn new(service: &str, ttl: Duration, instance: &Instance) -> Result<Self, RegisterError> {
        let addresses = addresses(instance)?;
        let id = id(service, &addresses);
        let (host, port) = match instance.addresses().first() {
            Some(Address::Tcp(address)) => (address.ip().to_string(), address.port()),
            Some(Address::Name(host, port)) => (host.to_string(), *port),
            // Consul has no field for the path of a Unix socket.
            _ => (String::new(), 0),
        };
        let mut meta = Meta::new();
        if instance.addresses().len() > 1 || port == 0 {
            meta::write(&mut meta, ADDRESSES, &addresses.join(","));
        }
        let weight = instance.weight().clamp(*WEIGHTS.start(), *WEIGHTS.end());
        if weight != instance.weight() {
            meta::write(&mut meta, WEIGHT, &instance.weight().to_string());
        }
        if instance.priority() != 0 {
            meta::write(&mut meta, PRIORITY, &instance.priority().to_string());
        }
        let tags = tags(instance, &mut meta);
        if meta.len() > MOST {
            return Err(bad(format!("it needs {} pairs of metadata; Consul takes {MOST}", meta.len())));
        }
        let forgotten = LEAST_FORGOTTEN.max(4 * ttl);
        let json = json!({
            "ID": &id,
            "Name": service,
            "Address": host,
            "Port": port,
            "Tags": tags,
            "Meta": meta,
            "Weights": {"Passing": weight, "Warning": 1},
            "Check": {
                "CheckID": Self::check(&id),
                "TTL": format!("{}ms", ttl.as_millis()),
                "Status": "passing",
                "DeregisterCriticalServiceAfter": format!("{}ms", forgotten.as_millis()),
            },
        });
        Ok(Self { id, json: json.to_string() })
    }

    /// The id of the check of a service: the one that Consul itself would give.
    pub(super) fn check(id: &str) -> String {
        format!("service:{id}")
    }
}

fn bad(why: String) -> RegisterError {
    RegisterError::Instance(why)
}

/// The addresses as texts that can be read back.
fn addresses(instance: &Instance) -> Result<Vec<String>, RegisterError> {
    if instance.addresses().is_empty() {
        return Err(bad("it has no address".to_owned()));
    }
    let text = |address: &Address| {
        let text = address.to_string();
        let is_whole = !text.contains(',') && text.parse().as_ref() == Ok(address);
        if is_whole { Ok(text) } else { Err(bad(format!("the address {text:?} cannot be written"))) }
    };
    instance.addresses().iter().map(text).collect()
}

/// The same for the same set of addresses, in any order; without characters that mean something in the path of a URL.
fn id(service: &str, addresses: &[String]) -> String {
    let mut set: Vec<_> = addresses.iter().map(|text| encode(text).replace("%3A", ":")).collect();
    set.sort();
    format!("{service}@{}", set.join(","))
}

/// The tags as Consul's own, so that one can select by them; those that would not be read back go into the metadata.
fn tags(instance: &Instance, meta: &mut Meta) -> Vec<String> {
    let is_plain = |key: &str| !key.is_empty() && !key.contains('=');
    let (plain, odd): (Vec<_>, Vec<_>) = instance.tags().iter().partition(|(key, _)| is_plain(key));
    if !odd.is_empty() {
        let odd: Map<String, Value> =
            odd.into_iter().map(|(k, v)| (k.to_string(), Value::from(&**v))).collect();
        meta::write(meta, TAGS, &Value::from(odd).to_string());
    }
    let text = |(key, value): (_, &std::sync::Arc<str>)| {
        if value.is_empty() { format!("{key}") } else { format!("{key}={value}") }
    };
    plain.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use proptest::prelude::*;

    /// What Consul shows of an entry that was registered with this.
    fn shown(body: &Body) -> Entry {
        let mut service: Value = serde_json::from_str(&body.json).unwrap();
        service["Service"] = service["Name"].take();
        serde_json::from_value(json!({"Node": {"Address": "127.0.0.1"}, "Service": service})).unwrap()
    }

    #[test]
    fn the_id_is_of_the_set_of_addresses() {
        let id = |list: &[&str]| {
            let instance = Instance::new(list.iter().map(|text| text.parse().unwrap()));
            Body::new("echo", LEAST_FORGOTTEN, &instance).unwrap().id
        };
        assert_eq!(id(&["b:1", "a:1"]), "echo@a:1,b:1");
        assert_eq!(id(&["a:1", "b:1"]), "echo@a:1,b:1");
        assert_eq!(id(&["unix:/run/x"]), "echo@unix:%2Frun%2Fx");
    }

    #[test]
    fn an_entry_is_forgotten_after_four_ttls_and_a_minute_at_least() {
        let check = |seconds| {
            let instance = Instance::from("a:1".parse::<Address>().unwrap());
            let body = Body::new("echo", Duration::from_secs(seconds), &instance).unwrap();
            let check = serde_json::from_str::<Value>(&body.json).unwrap()["Check"].take();
            (check["TTL"].to_string(), check["DeregisterCriticalServiceAfter"].to_string())
        };
        assert_eq!(check(2), ("\"2000ms\"".to_owned(), "\"60000ms\"".to_owned()));
        assert_eq!(check(600), ("\"600000ms\"".to_owned(), "\"2400000ms\"".to_owned()));
    }

    proptest! {
        /// F48.
        #[test]
        fn what_is_written_is_read_back_whole(
            addresses in prop::collection::vec("[a-z]{1,8}:[1-9][0-9]{0,3}|\\[::[1-9a-f]\\]:80|unix:/[a-zé/ %]{1,60}", 1..6),
            weight: u32,
            priority: u32,
            tags in prop::collection::btree_map(".{0,5}", ".{0,8}", 0..8),
        ) {
            let tags = tags.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
            let addresses = addresses.iter().map(|text| text.parse().unwrap());
            let instance = Instance::new(addresses).with_weight(weight).with_priority(priority).with_tags(tags);
            let body = Body::new("echo", LEAST_FORGOTTEN, &instance).unwrap();
            prop_assert_eq!(shown(&body).instance().unwrap(), instance);
        }
    }
}
