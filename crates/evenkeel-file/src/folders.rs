use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::read_link,
    path::{Component, Path, PathBuf},
};

/// How many symbolic links a path may go through (Linux's own bound).
const LINKS: usize = 40;

/// The folders in which something changes when another file comes to stand at a path: the one that the file is really in, and those of all
/// symbolic links on the way. Kubernetes' `x.json -> ..data/x.json` and `..data -> ..2024_01_01/` need all of them.
pub(crate) fn folders(path: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut links = 0;
    let mut at = PathBuf::from("/");
    let mut rest = reversed(path);
    while let Some(part) = rest.pop() {
        if part == ".." {
            at.pop();
            continue;
        }
        let here = at.join(&part);
        match read_link(&here) {
            Ok(target) if links < LINKS => {
                links += 1;
                found.insert(at.clone());
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                rest.append(&mut reversed(&target));
            }
            _ => {
                if rest.is_empty() {
                    found.insert(at.clone());
                }
                at = here;
            }
        }
    }
    found
}

/// The parts of a path, the last first.
fn reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|c| matches!(c, Component::Normal(_) | Component::ParentDir));
    parts.rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_servers::Folder;
    use std::{fs::create_dir, os::unix::fs::symlink};

    fn names(folder: &Folder, path: &str) -> Vec<String> {
        let real = folder.path().canonicalize().unwrap();
        let found = folders(&real.join(path));
        found.iter().map(|f| f.strip_prefix(&real).unwrap().display().to_string()).collect()
    }

    #[test]
    fn a_plain_file_has_its_own_folder() {
        let folder = Folder::new("folders");
        assert_eq!(names(&folder, "x.json"), [""]);
        assert_eq!(names(&folder, "gone/x.json"), ["gone"]);
        assert_eq!(names(&folder, "gone/../x.json"), [""]);
    }

    #[test]
    fn each_symbolic_link_on_the_way_adds_its_folder() {
        let folder = Folder::new("folders");
        create_dir(folder.path().join("real")).unwrap();
        create_dir(folder.path().join("links")).unwrap();
        folder.file("real/x.json", "[]");
        symlink("real", folder.path().join("..data")).unwrap();
        symlink("../..data/x.json", folder.path().join("links/x.json")).unwrap();
        assert_eq!(names(&folder, "links/x.json"), ["", "links", "real"]);
    }

    #[test]
    fn a_loop_of_links_ends() {
        let folder = Folder::new("folders");
        symlink("b.json", folder.path().join("a.json")).unwrap();
        symlink("a.json", folder.path().join("b.json")).unwrap();
        assert_eq!(names(&folder, "a.json"), [""]);
    }
}
