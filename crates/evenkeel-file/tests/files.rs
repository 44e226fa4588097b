//! The source with real files: written, replaced, cut off, deleted and swapped under it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, Source, Target, Watch};
use evenkeel_file::File;
use evenkeel_servers::{FileRegistry, Folder, Registry};
use futures_util::StreamExt;
use std::{fs, io::Write, os::unix::fs::symlink, path::Path, time::Duration};
use tokio::time::timeout;

/// What is seen at the latest a second after the write, and one more for a slow machine.
const SOON: Duration = Duration::from_secs(2);

fn watch(path: &Path) -> Watch {
    watch_target(&format!("file://{}", path.display()))
}

fn watch_target(target: &str) -> Watch {
    Source::new(File).watch(&Target::parse(target).unwrap())
}

/// The next item: the set's names, or the error.
async fn next(watch: &mut Watch) -> String {
    let item = timeout(SOON, watch.next()).await.expect("an item in time").expect("the watch goes on");
    item.map_or_else(|error| error.to_string(), |set| names(&set))
}

fn names(set: &Snapshot) -> String {
    set.iter().map(|i| format!("{};{}", i.name(), i.weight())).collect::<Vec<_>>().join(",")
}

/// Items until one is as wanted: writers that are seen half-way may cause others.
async fn until(watch: &mut Watch, want: &str) {
    let mut seen = Vec::new();
    let found = timeout(SOON, async {
        loop {
            let item = watch.next().await.expect("the watch goes on");
            let item = item.map_or_else(|error| error.to_string(), |set| names(&set));
            if item.contains(want) {
                return;
            }
            seen.push(item);
        }
    });
    assert!(found.await.is_ok(), "no {want:?} in time, but {seen:?}");
}

/// That nothing more comes for a while that is longer than the wait for a writer to be done.
async fn silent(watch: &mut Watch) {
    let item = timeout(Duration::from_millis(700), watch.next()).await;
    assert!(item.is_err(), "{item:?}");
}

fn replace(folder: &Folder, name: &str, text: &str) {
    let new = folder.file(".new", text);
    fs::rename(new, folder.path().join(name)).unwrap();
}

#[tokio::test]
async fn a_file_that_is_replaced_is_read_again() {
    let folder = Folder::new("replaced");
    let mut watch = watch(&folder.file("x.json", r#"["a:1"]"#));
    assert_eq!(next(&mut watch).await, "a:1;1");
    replace(&folder, "x.json", r#"["a:1","b:1"]"#);
    assert_eq!(next(&mut watch).await, "a:1;1,b:1;1");
    replace(&folder, "x.json", "[]");
    assert_eq!(next(&mut watch).await, "");
}

#[tokio::test]
async fn a_file_that_is_rewritten_in_place_is_read_again() {
    let folder = Folder::new("rewritten");
    let mut watch = watch(&folder.file("x.json", r#"["a:1"]"#));
    assert_eq!(next(&mut watch).await, "a:1;1");
    for port in 2..9 {
        folder.file("x.json", &format!(r#"["a:{port}"]"#));
        until(&mut watch, &format!("a:{port};1")).await;
    }
}

#[cfg(all(feature = "toml", feature = "yaml"))]
#[tokio::test]
async fn all_three_formats_are_read_and_the_option_goes_before_the_extension() {
    let folder = Folder::new("formats");
    let toml = folder.file("x.toml", "[[instances]]\naddress = \"a:1\"\nweight = 2\n");
    let yaml = folder.file("x.yml", "- address: a:1\n  weight: 2\n");
    let odd = folder.file("x y.json", "- address: a:1\n  weight: 2\n");
    assert_eq!(next(&mut watch(&toml)).await, "a:1;2");
    assert_eq!(next(&mut watch(&yaml)).await, "a:1;2");
    assert!(
        next(&mut watch_target(&format!("file://{}/x%20y.json", folder.path().display())))
            .await
            .contains("JSON")
    );
    let target = format!("file://{}/x%20y.json?format=yaml", folder.path().display());
    assert_eq!(next(&mut watch_target(&target)).await, "a:1;2", "{}", odd.display());
}

/// A 21.
#[tokio::test]
async fn a_half_written_file_is_an_error_and_the_next_write_counts() {
    let folder = Folder::new("half");
    let path = folder.file("x.json", r#"["a:1"]"#);
    let mut watch = watch(&path);
    assert_eq!(next(&mut watch).await, "a:1;1");
    let mut writer = fs::File::create(&path).unwrap();
    until(&mut watch, "it is empty").await;
    writer.write_all(br#"["a:1", "b:"#).unwrap();
    until(&mut watch, "it is not JSON").await;
    writer.write_all(br#"1"]"#).unwrap();
    assert_eq!(next(&mut watch).await, "a:1;1,b:1;1");
}

/// A 21.
#[tokio::test]
async fn a_deleted_file_is_an_error_and_counts_again_when_it_is_back() {
    let folder = Folder::new("deleted");
    let path = folder.file("x.json", r#"["a:1"]"#);
    let mut watch = watch(&path);
    assert_eq!(next(&mut watch).await, "a:1;1");
    fs::remove_file(&path).unwrap();
    let error = next(&mut watch).await;
    assert!(error.contains("x.json") && error.contains("No such file"), "{error}");
    silent(&mut watch).await;
    folder.file("x.json", r#"["a:1"]"#);
    until(&mut watch, "a:1;1").await;
}

#[tokio::test]
async fn a_file_that_is_missing_at_first_is_picked_up_when_it_comes() {
    let folder = Folder::new("missing");
    let mut watch = watch(&folder.path().join("x.json"));
    assert!(next(&mut watch).await.contains("No such file"));
    replace(&folder, "x.json", r#"["a:1"]"#);
    assert_eq!(next(&mut watch).await, "a:1;1");
}

#[tokio::test]
async fn a_missing_folder_is_an_error_and_the_end() {
    let folder = Folder::new("nofolder");
    let mut watch = watch(&folder.path().join("sub/x.json"));
    assert!(next(&mut watch).await.contains("its folder is missing"));
    assert!(watch.next().await.is_none());
}

#[tokio::test]
async fn a_folder_that_goes_away_ends_the_watch() {
    let folder = Folder::new("gone");
    fs::create_dir(folder.path().join("sub")).unwrap();
    let mut watch = watch(&folder.file("sub/x.json", r#"["a:1"]"#));
    assert_eq!(next(&mut watch).await, "a:1;1");
    fs::remove_dir_all(folder.path().join("sub")).unwrap();
    until(&mut watch, "its folder is missing").await;
    assert!(watch.next().await.is_none());
}

#[tokio::test]
async fn the_same_content_is_told_once() {
    let folder = Folder::new("same");
    let mut watch = watch(&folder.file("x.json", r#"["a:1"]"#));
    assert_eq!(next(&mut watch).await, "a:1;1");
    replace(&folder, "x.json", "[ \"a:1\" ]\n");
    folder.file("another.json", "[]");
    silent(&mut watch).await;
    replace(&folder, "x.json", r#"["b:1"]"#);
    assert_eq!(next(&mut watch).await, "b:1;1");
}

/// `x.json -> ..data/x.json`, `..data -> ..1`: a new folder, a new link renamed over the old, the old folder removed.
#[tokio::test]
async fn a_config_map_of_kubernetes_is_seen_at_each_swap() {
    let folder = Folder::new("configmap");
    let at = |name: &str| folder.path().join(name);
    let publish = |n: u32| {
        fs::create_dir(at(&format!("..{n}"))).unwrap();
        folder.file(&format!("..{n}/x.json"), &format!(r#"["a:{n}"]"#));
        symlink(format!("..{n}"), at("..data_tmp")).unwrap();
        fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish(1);
    symlink("..data/x.json", at("x.json")).unwrap();
    let mut watch = watch(&at("x.json"));
    assert_eq!(next(&mut watch).await, "a:1;1");
    for n in 2..6 {
        publish(n);
        assert_eq!(next(&mut watch).await, format!("a:{n};1"));
        fs::remove_dir_all(at(&format!("..{}", n - 1))).unwrap();
    }
    folder.file("..5/x.json", r#"["z:1"]"#);
    until(&mut watch, "z:1;1").await;
}

/// A release is a folder; `current` is a link to it in a folder above the file's own.
#[tokio::test]
async fn a_link_further_up_the_path_is_seen_too() {
    let folder = Folder::new("releases");
    for n in 1..3 {
        fs::create_dir_all(folder.path().join(format!("{n}/etc"))).unwrap();
        folder.file(&format!("{n}/etc/x.json"), &format!(r#"["a:{n}"]"#));
    }
    symlink("1", folder.path().join("current")).unwrap();
    let mut watch = watch(&folder.path().join("current/etc/x.json"));
    assert_eq!(next(&mut watch).await, "a:1;1");
    symlink("2", folder.path().join("next")).unwrap();
    fs::rename(folder.path().join("next"), folder.path().join("current")).unwrap();
    assert_eq!(next(&mut watch).await, "a:2;1");
}

/// The kernel gives a user a bounded number of watched folders.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn folders_that_the_path_no_longer_leads_through_are_left() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new("left");
    let listened = |name: &str| {
        let inode = format!("ino:{:x} ", fs::metadata(folder.path().join(name)).unwrap().ino());
        let open = fs::read_dir("/proc/self/fdinfo").unwrap();
        open.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok()).any(|info| info.contains(&inode))
    };
    for n in 1..3 {
        fs::create_dir(folder.path().join(n.to_string())).unwrap();
        folder.file(&format!("{n}/x.json"), &format!(r#"["a:{n}"]"#));
    }
    symlink("1", folder.path().join("current")).unwrap();
    let mut watch = watch(&folder.path().join("current/x.json"));
    assert_eq!(next(&mut watch).await, "a:1;1");
    assert_eq!((listened("1"), listened("2")), (true, false));
    symlink("2", folder.path().join("next")).unwrap();
    fs::rename(folder.path().join("next"), folder.path().join("current")).unwrap();
    assert_eq!(next(&mut watch).await, "a:2;1");
    assert_eq!((listened("1"), listened("2")), (false, true));
}

#[tokio::test]
async fn what_is_no_readable_text_is_an_error_of_its_own() {
    let folder = Folder::new("odd");
    let path = folder.path().join("x.json");
    fs::write(&path, b"[\"a\xff:1\"]").unwrap();
    let mut watch = watch(&path);
    assert!(next(&mut watch).await.contains("it is not UTF-8"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    until(&mut watch, "it is no regular file").await;
    fs::remove_dir(&path).unwrap();
    replace(&folder, "x.json", r#"["a:1"]"#);
    until(&mut watch, "a:1;1").await;
}

/// A pipe would hold a reader for ever, and `/dev/zero` has no end.
#[tokio::test]
async fn pipes_and_devices_are_refused() {
    let folder = Folder::new("pipe");
    let pipe = folder.path().join("x.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(next(&mut watch(&pipe)).await.contains("it is no regular file"));
    assert!(next(&mut watch_target("file:///dev/zero?format=json")).await.contains("it is no regular file"));
}

#[tokio::test]
async fn a_file_over_the_bound_is_refused_unread() {
    let folder = Folder::new("large");
    let path = folder.path().join("x.json");
    fs::File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let error = next(&mut watch(&path)).await;
    assert!(error.contains("larger than 64 MiB"), "{error}");
}

#[tokio::test]
async fn an_error_that_changes_is_told_again() {
    let folder = Folder::new("errors");
    let mut watch = watch(&folder.file("x.json", "7"));
    assert!(next(&mut watch).await.contains("want a list"));
    replace(&folder, "x.json", "8");
    silent(&mut watch).await;
    replace(&folder, "x.json", "{}");
    assert!(next(&mut watch).await.contains("in \"instances\""));
}

/// Nobody tells of it: the folder of the file cannot be listened in, as one on a file system that tells nothing.
#[tokio::test]
async fn a_change_that_is_not_told_is_found_by_looking() {
    let folder = Folder::new("deaf");
    fs::create_dir(folder.path().join("there")).unwrap();
    symlink("there/later/x.json", folder.path().join("x.json")).unwrap();
    let mut watch = watch(&folder.path().join("x.json"));
    assert!(next(&mut watch).await.contains("No such file"));
    fs::create_dir(folder.path().join("there/later")).unwrap();
    folder.file("there/later/x.json", r#"["a:1"]"#);
    until(&mut watch, "a:1;1").await;
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_never_quiet_is_read_all_the_same() {
    let folder = Folder::new("busy");
    let path = folder.file("x.json", r#"["a:1"]"#);
    let mut watch = watch(&path);
    assert_eq!(next(&mut watch).await, "a:1;1");
    let noise = async {
        loop {
            folder.file("log", "x");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let seen = async {
        replace(&folder, "x.json", r#"["b:1"]"#);
        next(&mut watch).await
    };
    tokio::select! {
        () = noise => {}
        seen = seen => assert_eq!(seen, "b:1;1"),
    }
}

/// Not even root can read through a link to itself.
#[tokio::test]
async fn a_file_that_cannot_be_read_is_an_error_until_it_can() {
    let folder = Folder::new("loop");
    let path = folder.path().join("x.json");
    symlink("x.json", &path).unwrap();
    let mut watch = watch(&path);
    assert!(next(&mut watch).await.contains("symbolic links"));
    replace(&folder, "x.json", r#"["a:1"]"#);
    until(&mut watch, "a:1;1").await;
}

#[tokio::test]
async fn the_registry_of_the_common_suite_does_as_it_says() {
    let mut registry = FileRegistry::start().await;
    let mut watch = watch_target(&registry.target());
    assert_eq!(next(&mut watch).await, "");
    registry.put("10.0.0.1:80", 1).await;
    assert_eq!(next(&mut watch).await, "10.0.0.1:80;1");
    registry.put("10.0.0.1:80", 7).await;
    assert_eq!(next(&mut watch).await, "10.0.0.1:80;7");
    registry.kill();
    assert!(next(&mut watch).await.contains("No such file"));
    registry.put("10.0.0.2:80", 1).await;
    registry.remove("10.0.0.1:80").await;
    silent(&mut watch).await;
    registry.restart().await;
    assert_eq!(next(&mut watch).await, "10.0.0.2:80;1");
}

#[test]
fn check_does_not_look_at_the_file() {
    let check = |target: &str| File.check(&Target::parse(target).unwrap());
    assert!(check("file:///nowhere/x.json").is_ok());
    assert!(check("file:///nowhere/x.ini").unwrap_err().to_string().contains("extension"));
}
