use evenkeel_core::{Connectivity, Instance, Snapshot, below, mix};

/// Random numbers that are the same in every run.
#[derive(Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    /// An even draw from `0..n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        below(self.bits(), n)
    }

    pub(super) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    pub(super) fn state(&mut self) -> Connectivity {
        use Connectivity::{Connecting, Idle, Ready, TransientFailure};
        self.one_of(&[Ready, Ready, Ready, Connecting, Idle, TransientFailure])
    }

    /// A set from a small world, so that successive sets overlap. Often of two, which some policies want.
    pub(super) fn set(&mut self) -> Snapshot {
        let size = self.one_of(&[0, 1, 2, 2, 2, 2, 3, 5, 8, 20]);
        let first = self.below(4);
        (first..first + size).map(|n| self.instance(n)).collect()
    }

    fn instance(&mut self, n: usize) -> Instance {
        let hosts = if self.below(8) == 0 { vec![n, n + 100] } else { vec![n] };
        let addresses = hosts.into_iter().filter_map(|n| format!("host-{n}:80").parse().ok());
        let weight = self.one_of(&[1, 1, 1, 2, 5, 100, u32::MAX]);
        Instance::new(addresses).with_weight(weight).with_priority(self.one_of(&[0, 0, 10, 20]))
    }
}
