use evenkeel_discover::{BadTarget, Server, Target};
use evenkeel_wire::{Tls, WireError};
use http::HeaderValue;
use std::path::PathBuf;

/// The part of a target that says which service, where, and by what right.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) servers: Vec<Server>,
    pub(crate) service: String,
    pub(crate) namespace: Option<String>,
    /// Marked as sensitive: `Debug` does not show it.
    pub(crate) token: Option<HeaderValue>,
    tls: Security,
}

#[derive(Debug, Clone)]
enum Security {
    None,
    Given(Tls),
    Files { ca: PathBuf, client: Option<(PathBuf, PathBuf)> },
}

/// The port of Consul's HTTP API.
const PORT: u16 = 8500;
/// The longest name of a service; Consul's DNS takes 63 characters, its API more.
const LONGEST: usize = 255;

impl Access {
    /// Reads it; `tls` is for a target that names no files of its own.
    pub(crate) fn read(target: &Target, tls: Option<&Tls>) -> Result<Self, BadTarget> {
        if target.credentials()?.is_some() {
            return Err(target.bad("Consul knows no user and password; want an option token="));
        }
        let token = one(target, "token")?.map(|text| token(target, text)).transpose()?;
        Ok(Self {
            servers: target.servers(PORT)?,
            service: service(target)?,
            namespace: one(target, "ns")?.map(str::to_owned),
            token,
            tls: Security::read(target, tls)?,
        })
    }

    /// How to secure a connection; files are read anew each time, so that renewed certificates count.
    pub(crate) fn tls(&self) -> Result<Option<Tls>, WireError> {
        match &self.tls {
            Security::None => Ok(None),
            Security::Given(tls) => Ok(Some(tls.clone())),
            Security::Files { ca, client } => {
                let client = client.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
                Tls::from_files(ca, client).map(Some)
            }
        }
    }
}

impl Security {
    fn read(target: &Target, given: Option<&Tls>) -> Result<Self, BadTarget> {
        let path = |key| Ok::<_, BadTarget>(one(target, key)?.map(PathBuf::from));
        let client = match (path("cert")?, path("key")?) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            _ => return Err(target.bad("options cert and key: want both or neither")),
        };
        match path("ca")? {
            Some(_) if !cfg!(feature = "tls") => {
                Err(target.bad("option ca: this build has no TLS; turn on a feature such as tls-ring"))
            }
            Some(ca) => Ok(Self::Files { ca, client }),
            None if client.is_some() => Err(target.bad("options cert and key: want an option ca too")),
            None => Ok(given.map_or(Self::None, |tls| Self::Given(tls.clone()))),
        }
    }
}

/// An option that may be given once, with a value.
pub(crate) fn one<'a>(target: &'a Target, key: &'a str) -> Result<Option<&'a str>, BadTarget> {
    let mut values = target.options(key);
    let first = values.next();
    if values.next().is_some() {
        return Err(target.bad(format!("option {key}: want it once")));
    }
    match first {
        Some("") => Err(target.bad(format!("option {key}: want a value"))),
        other => Ok(other),
    }
}

fn token(target: &Target, text: &str) -> Result<HeaderValue, BadTarget> {
    let header = HeaderValue::from_str(text).ok().filter(|_| text.bytes().all(|b| b.is_ascii_graphic()));
    let mut header = header.ok_or_else(|| target.bad("option token: want printable ASCII characters"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// The name of the service, as it stands in the path and goes into Consul's.
fn service(target: &Target) -> Result<String, BadTarget> {
    let name = target.path();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:@+".contains(c);
    if name.is_empty() {
        Err(target.bad("want the name of a service: consul://HOST[:PORT]/SERVICE"))
    } else if name.len() > LONGEST || !name.chars().all(plain) || name.chars().all(|c| c == '.') {
        Err(target.bad(
            "want a service's name of at most 255 letters, digits and '-', '.', '_', '~', ':', '@', '+'",
        ))
    } else {
        Ok(name.to_owned())
    }
}
