use crate::read::LARGEST;
use evenkeel_core::printable;
use std::{io, time::Duration};

/// Why a file gives no set. What stands in the file is shown but a little.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be opened or read: most often it is not there.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("it is no regular file")]
    NotRegular,
    /// It is too large.
    #[error("it is larger than {} MiB", LARGEST >> 20)]
    TooLarge,
    /// It has nothing in it, as it happens while it is written. No instances are an empty list.
    #[error("it is empty; want a list of instances, [] for none")]
    Empty,
    /// It is not text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It does not follow its format.
    #[error("it is not {format}: {why}")]
    Malformed {
        /// The format that was expected.
        format: &'static str,
        /// What the parser says, cut to a readable length.
        why: String,
    },
    /// It holds something else than instances.
    #[error("want {0}")]
    Shape(&'static str),
    /// The file system does not answer.
    #[error("the file system does not answer within {0:?}")]
    Late(Duration),
    /// The reading came to a sudden end.
    #[error("the reader failed")]
    Reader,
}

impl FileError {
    /// The longest that a parser may say, in characters.
    const LONGEST: usize = 256;

    pub(crate) fn malformed(format: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Malformed { format, why: printable(&why.to_string(), Self::LONGEST) }
    }
}

/// The error of a certain file, as watchers get it.
#[derive(Debug, thiserror::Error)]
#[error("file {file:?}: {why}")]
pub(crate) struct OfFile {
    pub(crate) file: std::path::PathBuf,
    #[source]
    pub(crate) why: FileError,
}
