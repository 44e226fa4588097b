use crate::{BadTarget, Discover, DiscoverError, SourceInfo, Target, target::decode};
use evenkeel_core::{Address, Instance, Snapshot};
use futures_core::Stream;
use futures_util::{StreamExt, stream};

/// `static:///HOST:PORT[;weight=N][;KEY=VALUE]...[,...]`: the instances are written in the target.
///
/// Several addresses of one instance are joined by `|`; `,` `;` `|` `%` in values are percent-encoded; any key but `weight` is a
/// tag. Weight 0..=4294967295, 1 by default, 0 is drained.
#[derive(Debug, Clone, Copy)]
pub struct Static;

/// `unix:///PATH` or `unix:PATH`: one instance behind a Unix socket.
#[derive(Debug, Clone, Copy)]
pub struct Unix;

impl Static {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "static",
        form: "static:///HOST:PORT[;weight=N][;KEY=VALUE]...[,...]",
        text: "a fixed list, written in the target",
        options: &[],
    };

    /// The instances of a target.
    ///
    /// # Errors
    /// An entry is malformed; the error names it and the bound.
    pub fn instances(target: &Target) -> Result<Snapshot, BadTarget> {
        target.only_options(&[])?;
        if !target.authority().is_empty() {
            return Err(target.bad("want three slashes: static:///HOST:PORT,..."));
        }
        if target.path().is_empty() {
            return Err(target.bad("want at least one HOST:PORT"));
        }
        target.path().split(',').map(|entry| instance(entry).map_err(|why| target.bad(why))).collect()
    }
}

fn instance(entry: &str) -> Result<Instance, String> {
    let mut parts = entry.split(';');
    let addresses = parts.next().unwrap_or_default();
    let addresses = addresses
        .split('|')
        .map(|text| decode(text).map_err(str::to_owned)?.parse::<Address>().map_err(|e| e.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut instance = Instance::new(addresses);
    for part in parts {
        let (key, value) = part
            .split_once('=')
            .filter(|(k, _)| !k.is_empty())
            .ok_or_else(|| format!("{part:?}: want KEY=VALUE"))?;
        let (key, value) = (decode(key)?, decode(value)?);
        instance = match key.as_str() {
            "weight" => {
                let bound = || format!("weight {value:?}: want a whole number in 0..=4294967295");
                // `u32`'s own parser takes a leading `+`.
                let digits = value.bytes().all(|b| b.is_ascii_digit());
                instance.with_weight(value.parse().ok().filter(|_| digits).ok_or_else(bound)?)
            }
            _ => instance.with_tag(key, value),
        };
    }
    Ok(instance)
}

impl Discover for Static {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        once(Self::instances(target))
    }

    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        Some(Self::instances(target).map_err(DiscoverError::from))
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Self::instances(target).map(drop)
    }

    fn is_given(&self) -> bool {
        true
    }
}

impl Unix {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "unix",
        form: "unix:///PATH",
        text: "one instance behind a Unix socket",
        options: &[],
    };

    /// The instance of a target.
    ///
    /// # Errors
    /// The path is empty, or there is an authority.
    pub fn instances(target: &Target) -> Result<Snapshot, BadTarget> {
        target.only_options(&[])?;
        if !target.authority().is_empty() {
            return Err(target.bad("want three slashes: unix:///PATH"));
        }
        let address = format!("unix:{}", target.path());
        let address: Address =
            address.parse().map_err(|why: evenkeel_core::BadAddress| target.bad(why.to_string()))?;
        Ok([Instance::from(address)].into_iter().collect())
    }
}

impl Discover for Unix {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        once(Self::instances(target))
    }

    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        Some(Self::instances(target).map_err(DiscoverError::from))
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Self::instances(target).map(drop)
    }

    fn is_given(&self) -> bool {
        true
    }
}

/// One answer that stays.
fn once(
    answer: Result<Snapshot, BadTarget>,
) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
    stream::iter([answer.map_err(DiscoverError::from)]).chain(stream::pending())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str) -> Result<Vec<(String, u32)>, String> {
        let target = Target::parse(target).map_err(|e| e.to_string())?;
        let set = Static::instances(&target).map_err(|e| e.to_string())?;
        Ok(set.iter().map(|i| (i.name(), i.weight())).collect())
    }

    /// F46.
    #[test]
    fn entries_have_addresses_weight_and_tags() {
        let target =
            Target::parse("static:///10.0.0.1:80|[::1]:81;weight=5;zone=a%2Cb,unix:/x,h:1;weight=0").unwrap();
        let set = Static::instances(&target).unwrap();
        let first = &set[0];
        assert_eq!((first.addresses().len(), first.weight(), first.tag("zone")), (2, 5, Some("a,b")));
        assert_eq!((set[1].name().as_str(), set[2].is_drained()), ("unix:/x", true));
        assert_eq!(target.service_name(), "10.0.0.1:80");
    }

    #[test]
    fn the_greatest_weight_is_not_clamped() {
        assert_eq!(read("static:///a:1;weight=4294967295").unwrap(), [("a:1".to_owned(), u32::MAX)]);
    }

    #[test]
    fn a_malformed_entry_is_one_error_that_names_it_and_the_bound() {
        for (target, why) in [
            ("static:///", "want at least one"),
            ("static://a:1", "three slashes"),
            ("static:///a", "want HOST:PORT"),
            ("static:///a:0", "1..=65535"),
            ("static:///a:65536", "1..=65535"),
            ("static:///1.2.3.4:-1", "1..=65535"),
            ("static:///300.1.1.1:80", "no IPv4 address"),
            ("static:///::1:80", "brackets"),
            ("static:///a:1;weight=-1", "0..=4294967295"),
            ("static:///a:1;weight=+1", "0..=4294967295"),
            ("static:///a:1;weight=4294967296", "0..=4294967295"),
            ("static:///a:1;weight=1.5", "0..=4294967295"),
            ("static:///a:1;weight=", "0..=4294967295"),
            ("static:///a:1;zone", "KEY=VALUE"),
            ("static:///a:1,,b:1", "want HOST:PORT"),
            ("static:///a:1;zone=%zz", "hexadecimal"),
            ("static:///a:1?wieght=5", "no option \"wieght\""),
        ] {
            let error = read(target).unwrap_err();
            assert!(error.contains(why), "{target}: {error}");
        }
    }
}
