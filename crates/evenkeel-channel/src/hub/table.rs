use evenkeel_core::EndpointId;
use std::sync::Arc;

/// From the ids of endpoints to their connections: part of a publication, so a copy must be cheap. It is cut into chunks that
/// copies share, and a change copies only its own.
#[derive(Debug)]
pub(crate) struct Table<C> {
    chunks: Vec<Arc<Chunk<C>>>,
}

type Chunk<C> = [Option<(EndpointId, C)>; CHUNK];

/// Entries a chunk: 10,000 endpoints make 79 of them to share, and a change copies at most 128 handles.
const CHUNK: usize = 128;

impl<C> Clone for Table<C> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone() }
    }
}

impl<C> Default for Table<C> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<C: Clone> Table<C> {
    /// The connection of an endpoint; nothing if it has none, or its place has another owner by now.
    #[inline]
    pub(crate) fn get(&self, id: EndpointId) -> Option<&C> {
        let place = id.index as usize;
        let entry = self.chunks.get(place / CHUNK)?[place % CHUNK].as_ref();
        entry.filter(|(owner, _)| *owner == id).map(|(_, connection)| connection)
    }

    pub(super) fn set(&mut self, index: u32, entry: Option<(EndpointId, C)>) {
        let place = index as usize;
        while self.chunks.len() <= place / CHUNK {
            self.chunks.push(Arc::new([const { None }; CHUNK]));
        }
        Arc::make_mut(&mut self.chunks[place / CHUNK])[place % CHUNK] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_it_saw_and_a_later_owner_is_another() {
        let id = |index, generation| EndpointId { index, generation };
        let mut table = Table::default();
        table.set(300, Some((id(300, 1), "one")));
        let copy = table.clone();
        table.set(300, Some((id(300, 2), "two")));
        assert_eq!((copy.get(id(300, 1)), table.get(id(300, 1))), (Some(&"one"), None));
        assert_eq!((table.get(id(300, 2)), table.get(id(9_000, 1))), (Some(&"two"), None));
    }
}
