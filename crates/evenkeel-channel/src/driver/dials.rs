use evenkeel_core::{Address, EndpointId};
use tokio::task::AbortHandle;

/// The attempts under way, by the place of their endpoint: ten thousand of them may end in one batch.
#[derive(Debug, Default)]
pub(super) struct Dials(Vec<Vec<Dial>>);

#[derive(Debug)]
struct Dial {
    id: EndpointId,
    address: Address,
    task: AbortHandle,
}

impl Dials {
    pub(super) fn add(&mut self, id: EndpointId, address: Address, task: AbortHandle) {
        let place = id.index as usize;
        if self.0.len() <= place {
            self.0.resize_with(place + 1, Vec::new);
        }
        self.0[place].push(Dial { id, address, task });
    }

    /// Forgets an attempt, and yields its task.
    pub(super) fn remove(&mut self, id: EndpointId, address: &Address) -> Option<AbortHandle> {
        let dials = self.0.get_mut(id.index as usize)?;
        let place = dials.iter().position(|dial| dial.id == id && dial.address == *address)?;
        Some(dials.swap_remove(place).task)
    }
}
