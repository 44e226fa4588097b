use crate::{
    follow::Follow,
    place::{OPTIONS, Place},
};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target};
use futures_core::Stream;
use futures_util::{future::Either, stream};

/// `file:///PATH[?format=json|toml|yaml]`: instances from a file; the path is absolute and percent-encoded, the format that of its
/// extension if not given.
///
/// A watch yields whenever the set or the error changes, within a second of the write on a local file system. A bad file is an error and
/// the watch goes on, so the next write counts at once; it ends when the folder is missing or the file system does not answer within 10 s.
/// At most 64 MiB are read, of regular files alone, on the runtime's threads for blocking work.
#[derive(Debug, Clone, Copy, Default)]
pub struct File;

impl File {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "file",
        form: "file:///PATH",
        text: "a list in a file, read again when it changes",
        options: OPTIONS,
    };
}

impl Discover for File {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        match Place::of(target) {
            Ok(place) => Either::Left(stream::unfold(Follow::new(place), |mut follow| async move {
                follow.next().await.map(|item| (item, follow))
            })),
            Err(bad) => Either::Right(stream::iter([Err(bad.into())])),
        }
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Place::of(target).map(drop)
    }
}
