use crate::{
    FileError,
    ears::Ears,
    error::OfFile,
    place::Place,
    read::{Look, read},
};
use evenkeel_core::Snapshot;
use evenkeel_discover::DiscoverError;
use std::{io, mem::take, path::Path, sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    task::spawn_blocking,
    time::{Instant, timeout},
};

/// A writer that was quiet for this long is taken to be done.
const QUIET: Duration = Duration::from_millis(50);
/// A file that is written all the time is read this long after the first change.
const BUSY: Duration = Duration::from_millis(500);
/// How often to look without being told, for file systems that tell nothing of what other machines do (NFS).
const RECHECK: Duration = Duration::from_secs(5);
/// The same where no folder can be listened in.
const RECHECK_DEAF: Duration = Duration::from_secs(1);
/// The longest that a look at a file may take; a dead file system may hold it for ever.
const LOOK: Duration = Duration::from_secs(10);

/// One watch of one file.
#[derive(Debug)]
pub(crate) struct Follow {
    place: Place,
    heard: Arc<Notify>,
    eye: Eye,
    /// What was told last: a set, or the words of an error.
    told: Option<Result<Snapshot, String>>,
    hears: bool,
    ended: bool,
}

/// What looks at a file, on a thread where it may block.
#[derive(Debug, Default)]
struct Eye {
    ears: Ears,
    last: Option<Look>,
}

/// What a look at a file shows.
struct Sight {
    /// Whether changes will be heard of.
    hears: bool,
    /// Whether the folder that the file should be in is there.
    has_folder: bool,
    /// Nothing if the file is the same as before.
    read: Option<Result<Snapshot, FileError>>,
}

impl Follow {
    /// A watch that begins with the first [`next`](Self::next).
    pub(crate) fn new(place: Place) -> Self {
        Self { place, heard: Arc::default(), eye: Eye::default(), told: None, hears: true, ended: false }
    }

    /// The next set or error; none after the folder was gone or the file system did not answer.
    pub(crate) async fn next(&mut self) -> Option<Result<Snapshot, DiscoverError>> {
        while !self.ended {
            if self.told.is_some() {
                self.change().await;
            }
            let read = self.look().await;
            if let Some(news) = read.and_then(|read| self.news(read)) {
                return Some(news);
            }
        }
        None
    }

    /// Waits until the file may have changed and its writer seems to be done.
    async fn change(&self) {
        let recheck = if self.hears { RECHECK } else { RECHECK_DEAF };
        if timeout(recheck, self.heard.notified()).await.is_err() {
            return;
        }
        let latest = Instant::now() + BUSY;
        while Instant::now() < latest && timeout(QUIET, self.heard.notified()).await.is_ok() {}
    }

    async fn look(&mut self) -> Option<Result<Snapshot, FileError>> {
        let (mut eye, place, heard) = (take(&mut self.eye), self.place.clone(), self.heard.clone());
        let looking = spawn_blocking(move || {
            let sight = eye.look(&place, &heard);
            (eye, sight)
        });
        let failed = match timeout(LOOK, looking).await {
            Ok(Ok((eye, sight))) => {
                (self.eye, self.hears, self.ended) = (eye, sight.hears, !sight.has_folder);
                return sight.read;
            }
            Ok(Err(_)) => FileError::Reader,
            Err(_) => FileError::Late(LOOK),
        };
        self.ended = true;
        Some(Err(failed))
    }

    /// What there is to tell of a reading, if anything is new.
    fn news(&mut self, read: Result<Snapshot, FileError>) -> Option<Result<Snapshot, DiscoverError>> {
        let outcome = read.map_err(|why| OfFile { file: self.place.path.clone(), why });
        let told = Some(outcome.as_ref().map(Snapshot::clone).map_err(OfFile::to_string));
        let is_new = told != self.told || self.ended;
        self.told = told;
        is_new.then(|| outcome.map_err(DiscoverError::source_failed))
    }
}

impl Eye {
    /// Listens first and looks then, so that no change falls between.
    fn look(&mut self, place: &Place, heard: &Arc<Notify>) -> Sight {
        let hears_all = self.ears.listen(&place.path, heard);
        let folder = place.path.parent().map_or(Ok(true), Path::try_exists);
        let has_folder = folder.as_ref().is_ok_and(|there| *there);
        let read = if has_folder {
            read(place, &mut self.last)
        } else {
            let missing = io::Error::new(io::ErrorKind::NotFound, "its folder is missing");
            Some(Err(folder.err().unwrap_or(missing).into()))
        };
        Sight { hears: hears_all, has_folder, read }
    }
}
