use crate::{Address, Instance, keyed};

/// Who an instance is to a hash policy: the texts of its addresses, in order of the texts. Nothing else counts, neither the
/// place in the list nor a tag, so that every client on every machine agrees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policies) struct Identity(Box<[u8]>);

impl Identity {
    pub(in crate::policies) fn of(instance: &Instance) -> Self {
        let mut texts: Vec<Vec<u8>> = instance.addresses().iter().map(text).collect();
        texts.sort();
        let mut bytes = Vec::new();
        for text in texts {
            // The length before each text tells ["ab", "c"] from ["a", "bc"].
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text);
        }
        Self(bytes.into())
    }

    /// Its hash under a seed.
    pub(in crate::policies) fn hash(&self, seed: u64) -> u64 {
        keyed(seed, &self.0)
    }
}

/// What output shows; but the path of a Unix socket byte by byte, since what is no UTF-8 would look alike.
fn text(address: &Address) -> Vec<u8> {
    match address {
        Address::Unix(path) => [b"unix:", path.as_os_str().as_encoded_bytes()].concat(),
        other => other.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(addresses: &[&str]) -> Identity {
        Identity::of(&Instance::new(addresses.iter().map(|a| a.parse().unwrap())))
    }

    /// F13, B 35.
    #[test]
    fn an_identity_is_the_set_of_addresses() {
        assert_eq!(of(&["b:1", "a:1"]), of(&["a:1", "b:1", "a:1"]));
        assert_ne!(of(&["a:1", "b:1"]), of(&["a:1"]));
        assert_eq!(*of(&["10.0.0.1:80"]).0, *b"\x0b\0\0\0\0\0\0\x0010.0.0.1:80");
        assert_eq!(*of(&["unix:/s"]).0, *b"\x07\0\0\0\0\0\0\0unix:/s");
    }
}
