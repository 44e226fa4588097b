use crate::session::Session;
use evenkeel_core::Instance;
use evenkeel_discover::RegisterError;
use std::fmt::Write;
use zookeeper_client::{Acl, Acls, Client, CreateMode, CreateOptions, Error, Permission, Stat};

/// An instance's node, as a session sees it.
pub(super) struct Node<'a> {
    pub(super) session: &'a Session,
    pub(super) path: &'a str,
}

/// How often a write is begun anew because the node has come, gone or changed hands meanwhile.
const ATTEMPTS: usize = 8;
/// All to the session's user, reading to everyone.
static GUARDED: [Acl; 2] =
    [Acl::new_const(Permission::ALL, "auth", ""), Acl::new_const(Permission::READ, "world", "anyone")];

/// Who may do what with a node: everyone everything, or only its user may change it.
pub(super) fn acls(is_guarded: bool) -> Acls<'static> {
    if is_guarded { Acls::new(&GUARDED) } else { Acls::anyone_all() }
}

/// The name of an instance's node: its first address, with all that could not stand in a path or be mistaken percent-encoded.
pub(super) fn name(instance: &Instance) -> Result<String, RegisterError> {
    let Some(address) = instance.addresses().first() else {
        return Err(RegisterError::Instance("it has no address".to_owned()));
    };
    let mut name = String::new();
    for byte in address.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']') {
            name.push(char::from(byte));
        } else {
            // Into a String, which does not fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    Ok(name)
}

impl Node<'_> {
    fn client(&self) -> &Client {
        &self.session.client
    }

    /// Makes it this session's, with these data.
    pub(super) async fn write(&self, data: &[u8], acls: Acls<'_>) -> Result<(), Error> {
        let options = CreateMode::Ephemeral.with_acls(acls);
        for _ in 0..ATTEMPTS {
            let written = match self.client().check_stat(self.path).await? {
                None => self.create(data, &options).await,
                Some(stat) if self.session.owns(stat.ephemeral_owner) => {
                    self.client().set_data(self.path, data, None).await.map(drop)
                }
                Some(stat) => self.take_over(&stat, data, &options).await,
            };
            match written {
                Err(Error::NoNode | Error::NodeExists | Error::BadVersion) => {}
                written => return written,
            }
        }
        Err(Error::NodeExists)
    }

    /// Creates it, and the nodes above it only if they are not there: creating those is not everyone's right.
    async fn create(&self, data: &[u8], options: &CreateOptions<'_>) -> Result<(), Error> {
        match self.client().create(self.path, data, options).await {
            Err(Error::NoNode) => {
                let (parent, _) = self.path.rsplit_once('/').ok_or(Error::NoNode)?;
                self.client().mkdir(parent, &CreateMode::Persistent.with_acls(acls(false))).await?;
                self.client().create(self.path, data, options).await.map(drop)
            }
            created => created.map(drop),
        }
    }

    /// Replaces somebody else's at one stroke.
    async fn take_over(&self, stat: &Stat, data: &[u8], options: &CreateOptions<'_>) -> Result<(), Error> {
        let mut writer = self.client().new_multi_writer();
        writer.add_delete(self.path, Some(stat.version))?;
        writer.add_create(self.path, data, options)?;
        writer.commit().await.map(drop).map_err(Error::from)
    }

    /// Deletes it, if it is this session's.
    pub(super) async fn remove(&self) -> Result<(), Error> {
        match self.client().check_stat(self.path).await? {
            Some(stat) if self.session.owns(stat.ephemeral_owner) => {
                match self.client().delete(self.path, None).await {
                    Err(Error::NoNode) => Ok(()),
                    deleted => deleted,
                }
            }
            _ => Ok(()),
        }
    }

    /// Waits until nobody has it.
    pub(super) async fn gone(&self) -> String {
        loop {
            match self.client().check_and_watch_stat(self.path).await {
                Ok((Some(_), watcher)) => drop(watcher.changed().await),
                Ok((None, _)) => return format!("the node {} was deleted", self.path),
                // The next question waits for the next connection.
                Err(Error::ConnectionLoss) if !self.session.is_connected() => {}
                Err(error) => return format!("the node {}: {error}", self.path),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::name;
    use evenkeel_core::{Address, Instance};

    #[test]
    fn a_node_is_named_by_the_first_address_in_characters_that_a_path_takes() {
        for (address, want) in [
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[::1]:80", "[::1]:80"),
            ("unix:/run/a b", "unix:%2Frun%2Fa%20b"),
        ] {
            assert_eq!(name(&Instance::from(address.parse::<Address>().unwrap())).unwrap(), want);
        }
        assert!(name(&Instance::new([])).is_err());
    }
}
