use evenkeel_discover::{BadTarget, Server, Target};
use evenkeel_wire::{Tls, WireError};
use std::{fmt, path::PathBuf};

/// The servers of a target, and how to talk to them.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) servers: Vec<Server>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) tls: Option<TlsFiles>,
}

/// Who is calling.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// The PEM files of the options `ca`, `cert` and `key`.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    ca: PathBuf,
    client: Option<(PathBuf, PathBuf)>,
}

/// The port that etcd has been given for its clients.
const PORT: u16 = 2379;

impl Cluster {
    pub(super) fn of(target: &Target) -> Result<Self, BadTarget> {
        let credentials = match target.credentials()? {
            Some((user, _)) if user.is_empty() => {
                return Err(target.bad("want USER:PASSWORD before the @"));
            }
            Some((user, password)) => Some(Credentials { user, password }),
            None => None,
        };
        Ok(Self { servers: target.servers(PORT)?, credentials, tls: TlsFiles::of(target)? })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl TlsFiles {
    fn of(target: &Target) -> Result<Option<Self>, BadTarget> {
        let path = |option| target.option(option).map(PathBuf::from);
        let client = match (path("cert"), path("key")) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            _ => return Err(target.bad("want the options cert and key together")),
        };
        let Some(ca) = path("ca") else {
            return match client {
                Some(_) => Err(target.bad("want the option ca along with cert and key")),
                None => Ok(None),
            };
        };
        if cfg!(not(feature = "tls")) {
            return Err(target.bad("option ca: this build has no TLS; turn on a feature such as tls-ring"));
        }
        Ok(Some(Self { ca, client }))
    }

    pub(crate) fn read(&self) -> Result<Tls, WireError> {
        let client = self.client.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
        Tls::from_files(&self.ca, client)
    }
}
