use crate::{FileError, document::read_document, place::Place};
use evenkeel_core::Snapshot;
use std::{
    fs::{File, Metadata, metadata},
    io::Read,
    time::{Duration, SystemTime},
};

/// The largest file, in bytes.
pub(crate) const LARGEST: u64 = 64 << 20;
/// A file that has not been written for this long when it is read does not change again without a new time: the clocks of file systems
/// tick in up to 2 s (FAT).
const SETTLED: Duration = Duration::from_secs(2);

/// What a file looked like when it was read. One that looks the same and had settled is the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    length: u64,
    modified: Option<SystemTime>,
    identity: [i64; 4],
}

impl Look {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }

    fn has_settled(&self) -> bool {
        let age = self.modified.and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_some_and(|age| age >= SETTLED)
    }
}

/// Device, inode and the time of the last change of either content or attributes.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    [metadata.dev().cast_signed(), metadata.ino().cast_signed(), metadata.ctime(), metadata.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i64; 4] {
    [0; 4]
}

/// Reads a file, unless it still looks as it did when it was last read: then nothing.
pub(crate) fn read(place: &Place, last: &mut Option<Look>) -> Option<Result<Snapshot, FileError>> {
    let before = match metadata(&place.path) {
        Ok(metadata) if !metadata.is_file() => return Some(Err(FileError::NotRegular)),
        Ok(metadata) if metadata.len() > LARGEST => return Some(Err(FileError::TooLarge)),
        Ok(metadata) => Look::of(&metadata),
        Err(error) => {
            *last = None;
            return Some(Err(error.into()));
        }
    };
    if last.as_ref() == Some(&before) {
        return None;
    }
    *last = Some(before).filter(Look::has_settled);
    Some(text(place).and_then(|text| read_document(&text, place.format)))
}

fn text(place: &Place) -> Result<String, FileError> {
    let mut bytes = Vec::new();
    File::open(&place.path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(FileError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| FileError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use evenkeel_servers::Folder;
    use std::path::PathBuf;

    fn place(path: PathBuf) -> Place {
        Place { path, format: Format::Json }
    }

    fn age(path: &std::path::Path, age: Duration) {
        File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn a_file_that_looks_the_same_is_not_read_again() {
        let folder = Folder::new("look");
        let place = place(folder.file("x.json", "[]"));
        age(&place.path, Duration::from_secs(60));
        let mut last = None;
        assert!(read(&place, &mut last).is_some());
        assert!(read(&place, &mut last).is_none());
        age(&place.path, Duration::from_secs(70));
        assert!(read(&place, &mut last).is_some());
    }

    /// Two writes within one tick of the clock look the same.
    #[test]
    fn a_file_that_was_written_just_now_is_read_again() {
        let folder = Folder::new("look");
        let place = place(folder.file("x.json", "[]"));
        let mut last = None;
        assert!(read(&place, &mut last).is_some());
        assert!(read(&place, &mut last).is_some());
    }
}
