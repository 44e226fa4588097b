use super::{Addresses, addresses::Family};
use crate::LookupError;
use hickory_resolver::proto::rr::Name;
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// The addresses that each name had in the last good answer of each family, so that an error takes none away.
#[derive(Debug, Default)]
pub(crate) struct Remembered(HashMap<Name, [Vec<IpAddr>; 2]>);

impl Remembered {
    /// The addresses of a name, sorted, and the time in seconds that they are good for: what was found, and in the place of a family that
    /// could not be told what it was last.
    ///
    /// # Errors
    /// There is none, and one of the families could not be told.
    pub(crate) fn take_in(
        &mut self,
        name: &Name,
        [v4, v6]: Addresses,
    ) -> Result<(Vec<IpAddr>, u32), LookupError> {
        let last = self.0.entry(name.clone()).or_default();
        let [last_v4, last_v6] = last;
        let (mut addresses, mut positive, mut negative, mut error) = (Vec::new(), None, None, None);
        for (found, last) in [(v4, last_v4), (v6, last_v6)] {
            match found {
                Ok(Family { addresses, ttl }) => {
                    let smallest = if addresses.is_empty() { &mut negative } else { &mut positive };
                    *smallest = Some(smallest.map_or(ttl, |smallest: u32| smallest.min(ttl)));
                    *last = addresses;
                }
                Err(why) => error = error.or(Some(why)),
            }
            addresses.extend(last.iter().copied());
        }
        match error {
            Some(error) if addresses.is_empty() => Err(error),
            _ => {
                addresses.sort_unstable();
                addresses.dedup();
                Ok((addresses, positive.or(negative).unwrap_or_default()))
            }
        }
    }

    /// Forgets all names but these.
    pub(crate) fn keep(&mut self, names: &HashSet<Name>) {
        self.0.retain(|name, _| names.contains(name));
    }
}
