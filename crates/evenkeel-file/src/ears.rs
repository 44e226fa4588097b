use crate::folders::folders;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::Notify;

/// Listens for changes in the folders of one file. Silent once dropped.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    watcher: Option<RecommendedWatcher>,
    folders: Vec<PathBuf>,
}

impl Ears {
    /// Listens in the folders that the path leads through now; true if all of them can be heard. Blocks for a moment.
    ///
    /// Each time anew: a folder of the same name may be another one since.
    pub(crate) fn listen(&mut self, path: &Path, heard: &Arc<Notify>) -> bool {
        if self.watcher.is_none() {
            self.watcher = start(heard.clone());
        }
        let Some(watcher) = &mut self.watcher else { return false };
        for folder in self.folders.drain(..) {
            // One that is gone need not be left.
            let _ = watcher.unwatch(&folder);
        }
        self.folders = folders(path).into_iter().collect();
        let silent = |folder: &&PathBuf| watcher.watch(folder, RecursiveMode::NonRecursive).is_err();
        self.folders.iter().filter(silent).count() == 0
    }
}

fn start(heard: Arc<Notify>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<Event>| {
        if event.map_or(true, |event| is_change(event.kind)) {
            heard.notify_one();
        }
    };
    let started = notify::recommended_watcher(tell);
    started
        .inspect_err(|error| tracing::warn!(%error, "no notice of changed files; looking every second"))
        .ok()
}

/// Whether a file may read differently after it. Reading a file is an event too, but none that matters.
fn is_change(kind: EventKind) -> bool {
    let written = event::AccessKind::Close(event::AccessMode::Write);
    !kind.is_access() || kind == EventKind::Access(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind, RenameMode};

    /// What looking at a file causes must not cause another look.
    #[test]
    fn reading_a_file_is_no_change() {
        for kind in [AccessKind::Open(AccessMode::Any), AccessKind::Read, AccessKind::Close(AccessMode::Read)]
        {
            assert!(!is_change(EventKind::Access(kind)), "{kind:?}");
        }
        let modified = [ModifyKind::Any, ModifyKind::Name(RenameMode::To)].map(EventKind::Modify);
        let others =
            [EventKind::Create(CreateKind::File), EventKind::Remove(RemoveKind::Any), EventKind::Other];
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert!(modified.into_iter().chain(others).chain([written]).all(is_change));
    }
}
