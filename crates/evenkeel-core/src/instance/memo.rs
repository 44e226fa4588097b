use super::Snapshot;

/// A value derived from a snapshot (a subset, a ring, a joined instance), kept until the snapshot or the parameters change.
///
/// A policy that made such a value anew in each update would defeat every cache that goes by identity.
#[derive(Debug)]
pub struct Memo<K, V>(Option<(Snapshot, K, V)>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    /// The value for `set` and `key`, from `make` if either differs from the last time.
    pub fn get(&mut self, set: &Snapshot, key: K, make: impl FnOnce(&Snapshot, &K) -> V) -> &V {
        if self.0.as_ref().is_some_and(|(s, k, _)| !s.same(set) || *k != key) {
            self.0 = None;
        }
        let (_, _, value) = self.0.get_or_insert_with(|| {
            let value = make(set, &key);
            (set.clone(), key, value)
        });
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_again_only_for_another_set_or_key() {
        let (one, two) = (Snapshot::new([]), Snapshot::new([]));
        let (mut memo, mut made) = (Memo::default(), 0);
        let mut get = |set: &Snapshot, key: u8| {
            *memo.get(set, key, |_, _| {
                made += 1;
                made
            })
        };
        assert_eq!([get(&one, 1), get(&one, 1), get(&one, 2), get(&two, 2), get(&two, 2)], [1, 1, 2, 3, 3]);
    }
}
