//! Instances from DNS: [`Dns`] reads the addresses of a name, [`Srv`] reads SRV records (RFC 2782).
//!
//! Both look again when the smallest TTL of an answer ends. An answer that says that there is nothing is the empty set; one that does
//! not come, or says that the server cannot tell, is an error. The system's own DNS servers, its search list and its hosts file
//! are used unless the target names servers: then those alone are asked, for the name exactly as it is written.

mod address_source;
mod error;
mod host_port;
mod options;
mod refresh;
mod resolver;
mod srv_source;
mod watch;

pub use address_source::Dns;
pub use error::LookupError;
pub use host_port::{BadHost, HostPort};
pub use srv_source::Srv;
