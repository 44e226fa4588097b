//! Instances from a file, `file:///PATH`: JSON, TOML or YAML, read again whenever it changes.
//!
//! The document is a list of records, or an object with the list in `instances` and, if wanted, a gRPC service config in
//! `serviceConfig`. A record is an object as [`read_object`](evenkeel_discover::read_object) reads it, or a text `HOST:PORT`:
//!
//! ```yaml
//! instances:
//!   - 10.0.0.1:80
//!   - { address: "10.0.0.2:80", weight: 5, tags: { zone: a } }
//! serviceConfig: { loadBalancingConfig: [ { round_robin: {} } ] }
//! ```
//!
//! A file that is missing, unreadable, half-written or malformed is an error, and so is one of no bytes; the next good one counts.
//! Only an empty list says that there are no instances. Write the file under another name and rename it: a list in YAML or TOML that is cut
//! off between two records is a good list, just a shorter one.
//!
//! Folders are watched, not the file, so that a rename or a swap of symbolic links, as Kubernetes does it for a `ConfigMap`, is seen as well.

mod document;
mod ears;
mod error;
mod folders;
mod follow;
mod format;
mod place;
mod read;
mod source;
#[cfg(feature = "yaml")]
mod yaml;

pub use error::FileError;
pub use source::File;
