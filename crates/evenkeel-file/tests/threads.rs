//! The threads of a watch; in a process of its own, so that no other test starts any meanwhile.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use evenkeel_discover::{Source, Target};
use evenkeel_file::File;
use evenkeel_servers::Folder;
use futures_util::StreamExt;
use std::{
    fs,
    time::{Duration, Instant},
};

#[test]
fn a_dropped_watch_leaves_no_thread_behind() {
    let threads = || fs::read_dir("/proc/self/task").unwrap().count();
    let folder = Folder::new("dropped");
    let path = folder.file("x.json", r#"["a:1"]"#);
    let target = Target::parse(&format!("file://{}", path.display())).unwrap();
    let before = threads();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut watch = Source::new(File).watch(&target);
        assert_eq!(watch.next().await.unwrap().unwrap().len(), 1);
        assert!(threads() > before, "one listens");
    });
    drop(runtime);
    let end = Instant::now() + Duration::from_secs(5);
    while threads() > before && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(threads(), before);
}
