use crate::{Folder, Registry};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// A file as a registry: each change writes it anew under another name and renames it. It is killed by deleting it.
#[derive(Debug)]
pub struct FileRegistry {
    folder: Folder,
    instances: BTreeMap<String, u32>,
    alive: bool,
}

impl FileRegistry {
    /// An empty list.
    pub async fn start() -> Self {
        let mut new = Self { folder: Folder::new("file"), instances: BTreeMap::new(), alive: true };
        new.restart().await;
        new
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("instances.json")
    }

    /// Writes what there is now, unless it is killed.
    fn write(&self) {
        if !self.alive {
            return;
        }
        let record =
            |(address, weight): (&String, &u32)| format!(r#"{{"address":"{address}","weight":{weight}}}"#);
        let records: Vec<_> = self.instances.iter().map(record).collect();
        let new = self.folder.file("instances.new", &format!("[{}]", records.join(",")));
        fs::rename(new, self.path()).unwrap();
    }
}

impl Registry for FileRegistry {
    fn target(&self) -> String {
        format!("file://{}", self.path().display())
    }

    async fn put(&mut self, address: &str, weight: u32) {
        self.instances.insert(address.to_owned(), weight);
        self.write();
    }

    async fn remove(&mut self, address: &str) {
        self.instances.remove(address);
        self.write();
    }

    fn kill(&mut self) {
        self.alive = false;
        fs::remove_file(self.path()).unwrap();
    }

    async fn restart(&mut self) {
        self.alive = true;
        self.write();
    }
}
