//! Consul as a source of instances, `consul://HOST[:8500]/SERVICE`, and a registrar that keeps instances in it.
//!
//! [`Consul`] asks the health endpoint of Consul's HTTP API with blocking queries, so that it is told of changes at once;
//! [`ConsulRegistrar`] registers with the local agent under a TTL check.
//!
//! # What an entry means
//!
//! | of Consul | of an instance |
//! | --- | --- |
//! | `Service.Address`, else `Node.Address`; `Service.Port` | its address |
//! | `Service.Weights.Passing` | its weight; 1 where there is none |
//! | a tag `k=v` of `Service.Tags` | the tag `k` with the value `v` |
//! | any other tag `v1` | the tag `v1` with an empty value |
//! | a pair of `Service.Meta` | a tag; it goes before one of `Service.Tags` |
//!
//! Metadata with these keys says what Consul has no field for; the registrar writes them, and so may anybody:
//!
//! | key | value |
//! | --- | --- |
//! | `evenkeel-weight` | the weight, 0..=4294967295, where Consul's 1..=65535 is not enough; 0 is drained |
//! | `evenkeel-priority` | the tier, 0 by default and best |
//! | `evenkeel-addresses` | all addresses, separated by commas, in the place of Consul's one |
//! | `evenkeel-tags` | a JSON object of tags that cannot be written `k=v` |
//!
//! A value that is longer than Consul's 512 bytes goes on under the same key with `-2`, `-3` and so on behind it.

mod access;
mod authority;
mod client;
mod entries;
mod entry;
mod error;
mod meta;
mod options;
mod position;
mod query;
mod registrar;
mod source;
mod url;
mod watch;

pub use error::ConsulError;
pub use registrar::ConsulRegistrar;
pub use source::Consul;
