use super::*;
use evenkeel_discover::{BadTarget, Composite, Filter, Manual, SourceInfo, Sources, only};

const MANUAL: SourceInfo = SourceInfo { scheme: "manual", form: "manual:///", text: "by hand", options: &[] };

fn sources(manual: &Manual) -> Sources {
    let inner = Sources::default().with(MANUAL, manual.clone()).unwrap();
    let composite = Composite::new(inner.clone());
    inner.with(Composite::MERGE, composite.clone()).unwrap().with(Composite::FIRST, composite).unwrap()
}

fn known(text: &str) -> Result<String, String> {
    let target = Target::parse(text).map_err(|e| e.to_string())?;
    let source = sources(&Manual::new()).find(&target).map_err(|e: BadTarget| e.to_string())?;
    source.check(&target).map_err(|e| e.to_string())?;
    Ok(source.known(&target).map_or_else(|| "unknown".to_owned(), words))
}

/// Percent-encodes all that has a meaning.
fn encode(text: &str) -> String {
    text.chars()
        .map(|c| if "%&?=;#".contains(c) { format!("%{:02X}", c as u32) } else { c.to_string() })
        .collect()
}

/// `scheme:///?of=..` of these.
fn composite(scheme: &str, parts: &[&str]) -> String {
    let of: Vec<_> = parts.iter().map(|part| format!("of={}", encode(part))).collect();
    format!("{scheme}:///?{}", of.join("&"))
}

#[test]
fn targets_stand_in_targets() {
    let (a, b) = ("static:///a:1;zone=x,a:2;zone=y", "static:///b:1;zone=x");
    assert_eq!(known(&composite("merge", &[a, b])).unwrap(), "a:1,a:2,b:1");
    assert_eq!(known(&composite("first", &[b, a])).unwrap(), "b:1");
    let within = composite("merge", &[&composite("first", &[a, b]), "static:///c:1"]);
    assert_eq!(known(&within).unwrap(), "a:1,a:2,c:1");
}

#[test]
fn only_keeps_instances_by_their_tags() {
    let all = composite("merge", &["static:///a:1;zone=x,a:2;zone=y", "static:///b:1;zone=x;canary=true"]);
    assert_eq!(known(&format!("{all}&only=zone%3Dx")).unwrap(), "a:1,b:1");
    assert_eq!(known(&format!("{all}&only=zone%3Dx&only=!canary%3Dtrue")).unwrap(), "a:1");
    assert_eq!(known(&format!("{all}&only=zone=y")).unwrap(), "a:2");
    assert_eq!(known(&format!("{all}&only=zone=nowhere")).unwrap(), "");
}

#[test]
fn a_mistake_within_is_told_where_the_target_is_given() {
    let deep = |n| (0..n).fold("static:///a:1".to_owned(), |inner, _| composite("first", &[&inner]));
    assert_eq!(known(&deep(4)).unwrap(), "a:1");
    for (target, why) in [
        ("merge:///".to_owned(), "want at least one option of=TARGET"),
        ("first:///x?of=static:///a:1".to_owned(), "want first:///?of=TARGET"),
        ("merge://h/?of=static:///a:1".to_owned(), "want merge:///?of=TARGET"),
        ("merge:///?fo=static:///a:1".to_owned(), "no option \"fo\"; there are: of, only"),
        ("merge:///?of=static:///a:1&only=zone".to_owned(), "want KEY=VALUE"),
        ("merge:///?of=static:///a:0".to_owned(), "1..=65535"),
        ("merge:///?of=".to_owned(), "it is empty"),
        ("merge:///?of=nowhere:///a".to_owned(), "no source for the scheme \"nowhere\""),
        (composite("first", &[&composite("merge", &["static:///a"])]), "want HOST:PORT"),
        (deep(5), "4 deep"),
    ] {
        let error = known(&target).unwrap_err();
        assert!(error.contains(why), "{target}: {error}");
    }
}

/// A 110, at each depth, well encoded or not.
#[test]
fn credentials_of_inner_targets_are_never_shown() {
    let inner =
        ["nowhere://joe:hunter2@h/x", "nowhere://h/x?token=hunter2", "static:///a:0?password=hunter2"];
    for inner in inner {
        let once = composite("merge", &[inner]);
        let twice = composite("first", &[&once, "static:///a:1"]);
        for target in [once, twice, format!("merge:///?of={inner}"), format!("merge:///?of={inner}&x=y")] {
            let error = known(&target).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
            let parsed = Target::parse(&target).unwrap();
            assert!(!format!("{parsed} {parsed:?}").contains("hunter2"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_a_target_is_one_of_its_parts() {
    let manual = Manual::new();
    let text = composite("merge", &["static:///a:1", "manual:///x"]);
    let target = Target::parse(&text).unwrap();
    let source = sources(&manual).find(&target).unwrap();
    let mut watch = source.watch(&target);
    assert_eq!(words(watch.next().await.unwrap()), "a:1");
    manual.set(set(&["b:1"]));
    assert_eq!(words(watch.next().await.unwrap()), "a:1,b:1");
    manual.fail("down");
    assert_eq!(words(watch.next().await.unwrap()), "a:1,b:1 | manual:///x: stale for 0 s: down");
    source.refresh(&target);
    assert_eq!(manual.refreshes(), 1);
    drop(watch);
    assert_eq!(manual.watchers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_filter_passes_on_all_else() {
    let manual = Manual::new();
    let some = only(Source::new(manual.clone()), Filter::read(["zone=a"]).unwrap());
    let both: Snapshot = [instance("a:1").with_tag("zone", "a"), instance("b:1")].into_iter().collect();
    manual.set(both.with_service_config("{}"));
    let mut watch = Box::pin(some.watch(&target("x")));
    let first = watch.next().await.unwrap().unwrap();
    assert_eq!((words(Ok(first.clone())).as_str(), first.service_config().unwrap().as_ref()), ("a:1", "{}"));
    manual.fail("down");
    assert_eq!(words(watch.next().await.unwrap()), "error: down");
    some.refresh(&target("x"));
    assert_eq!((manual.refreshes(), some.is_given()), (1, true));
}
