use super::{
    aliases::follow,
    stub::{Say, Stub, address, alias, name, nothing},
    *,
};
use crate::LookupError;
use hickory_resolver::proto::rr::{Name, RecordType};
use std::time::Duration;
use tokio::time::Instant;

fn soon() -> Instant {
    Instant::now() + LIMIT
}

async fn found(resolver: &Resolver<Stub>, at: &Name) -> Result<(Vec<String>, u32), LookupError> {
    let found = resolver.addresses(at, soon()).await;
    let (addresses, ttl) = Remembered::default().take_in(at, found)?;
    Ok((addresses.iter().map(ToString::to_string).collect(), ttl))
}

#[tokio::test(start_paused = true)]
async fn both_families_make_one_answer_with_the_smallest_ttl_in_a_fixed_order() {
    let stub = Stub::default();
    stub.addresses("x", 30, &["10.0.0.2", "10.0.0.1", "10.0.0.2"]);
    stub.addresses("x", 20, &["::1"]);
    let (addresses, ttl) = found(&stub.resolver(), &name("x")).await.unwrap();
    assert_eq!(
        (addresses.as_slice(), ttl),
        (["10.0.0.1", "10.0.0.2", "::1"].map(String::from).as_slice(), 20)
    );
    assert_eq!(stub.asked(), ["A x.", "AAAA x."]);
}

/// A 17, RFC 2308: nothing at all is an answer, with a TTL of its own, which counts only where nothing was found.
#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_empty_and_holds_for_the_negative_ttl() {
    let stub = Stub::default();
    assert_eq!(found(&stub.resolver(), &name("x")).await.unwrap(), (vec![], 60));
    stub.addresses("x", 300, &["10.0.0.1"]);
    assert_eq!(found(&stub.resolver(), &name("x")).await.unwrap().1, 300);
}

/// A 17: a family that cannot be told is an error unless the other has something.
#[tokio::test(start_paused = true)]
async fn a_family_that_fails_or_hangs_costs_only_itself() {
    let stub = Stub::default();
    for say in [Say::Fail, Say::Hang] {
        let began = Instant::now();
        stub.say("x", RecordType::AAAA, say.clone());
        stub.addresses("x", 30, &["10.0.0.1"]);
        assert_eq!(found(&stub.resolver(), &name("x")).await.unwrap(), (vec!["10.0.0.1".to_owned()], 30));
        stub.say("x", RecordType::A, Say::Records(nothing(5)));
        assert!(found(&stub.resolver(), &name("x")).await.is_err());
        stub.say("x", RecordType::A, say);
        assert!(found(&stub.resolver(), &name("x")).await.is_err());
        assert!(began.elapsed() <= 3 * LIMIT, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_dns_is_an_error_after_five_seconds() {
    let stub = Stub::default();
    stub.say("x", RecordType::A, Say::Hang);
    stub.say("x", RecordType::AAAA, Say::Hang);
    let began = Instant::now();
    let error = found(&stub.resolver(), &name("x")).await.unwrap_err();
    assert_eq!(error.to_string(), "A x.: no answer from DNS within 5s");
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn aliases_are_followed_within_an_answer_and_across_answers() {
    let stub = Stub::default();
    let records = vec![alias("b", 50, "c"), alias("A", 7, "B")];
    stub.say("a", RecordType::A, Say::Records(Answer { records, ..Answer::default() }));
    stub.addresses("c", 40, &["10.0.0.1"]);
    let (addresses, ttl) = found(&stub.resolver(), &name("a")).await.unwrap();
    assert_eq!((addresses.as_slice(), ttl), (["10.0.0.1".to_owned()].as_slice(), 7));
    assert_eq!(stub.asked(), ["A a.", "A c.", "AAAA a."]);
}

/// RFC 6604: the code of an answer with aliases is about the end of them.
#[tokio::test(start_paused = true)]
async fn an_alias_of_nothing_is_nothing() {
    let stub = Stub::default();
    let answer = Answer { records: vec![alias("a", 7, "gone")], ..nothing(60) };
    stub.say("a", RecordType::A, Say::Records(answer));
    assert_eq!(found(&stub.resolver(), &name("a")).await.unwrap(), (vec![], 7));
    assert_eq!(stub.asked(), ["A a.", "AAAA a."]);
}

/// A 19: a circle of aliases is an error, not a name without addresses.
#[tokio::test(start_paused = true)]
async fn a_circle_of_aliases_is_an_error() {
    let stub = Stub::default();
    let circle: Vec<_> =
        (0..20).map(|n| alias(&format!("n{n}"), 60, &format!("n{}", (n + 1) % 20))).collect();
    for (n, record) in circle.iter().enumerate() {
        let one = Answer { records: vec![record.clone()], ..Answer::default() };
        stub.say(&format!("n{n}"), RecordType::A, Say::Records(one));
    }
    let error = follow(&stub, &name("n0"), RecordType::A).await.unwrap_err();
    assert!(matches!(error, LookupError::Aliases { .. }), "{error}");
    stub.say("n0", RecordType::A, Say::Records(Answer { records: circle, ..Answer::default() }));
    let error = follow(&stub, &name("n0"), RecordType::A).await.unwrap_err();
    assert!(matches!(error, LookupError::Aliases { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn sixteen_aliases_are_followed_and_no_more() {
    let stub = Stub::default();
    stub.addresses("n17", 60, &["10.0.0.1"]);
    let records = (0..17).map(|n| alias(&format!("n{n}"), 60, &format!("n{}", n + 1))).collect();
    let chain = Say::Records(Answer { records, ..Answer::default() });
    for (start, good) in [("n1", true), ("n0", false)] {
        stub.say(start, RecordType::A, chain.clone());
        assert_eq!(follow(&stub, &name(start), RecordType::A).await.is_ok(), good, "{start}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_beside_the_point_is_an_error() {
    let stub = Stub::default();
    let records = vec![address("other", 60, "10.0.0.1")];
    stub.say("x", RecordType::A, Say::Records(Answer { records, ..Answer::default() }));
    let error = follow(&stub, &name("x"), RecordType::A).await.unwrap_err();
    assert!(matches!(error, LookupError::Unanswered { .. }), "{error}");
}

/// resolv.conf(5): `search` and `ndots`.
#[tokio::test(start_paused = true)]
async fn a_name_is_tried_in_the_search_domains_before_or_after_itself() {
    let stub = Stub::default();
    let resolver = Resolver { search: vec![name("s1"), name("s2")], ..stub.resolver() };
    for (typed, tried) in [
        ("x", &["A x.", "A x.s1.", "A x.s2."][..]),
        ("x.y", &["A x.y.", "A x.y.s1.", "A x.y.s2."]),
        ("x.", &["A x."]),
    ] {
        resolver.lookup(&Name::from_ascii(typed).unwrap(), &[RecordType::A], soon()).await;
        assert_eq!(stub.asked(), tried);
    }
    let one = Name::from_ascii("x").unwrap();
    stub.say("x.s1", RecordType::A, Say::Records(nothing(9)));
    assert_eq!(found(&resolver, &one).await.unwrap(), (vec![], 9), "the smallest TTL of all that were tried");
    stub.addresses("x.s1", 60, &["10.0.0.1"]);
    stub.addresses("x", 60, &["10.0.0.2"]);
    stub.addresses("x.y", 60, &["10.0.0.3"]);
    stub.addresses("x.y.s1", 60, &["10.0.0.4"]);
    assert_eq!(found(&resolver, &one).await.unwrap().0, ["10.0.0.1"]);
    let two = Name::from_ascii("x.y").unwrap();
    assert_eq!(found(&resolver, &two).await.unwrap().0, ["10.0.0.3"]);
}

/// An error is never an empty set, whichever of the names it is about.
#[tokio::test(start_paused = true)]
async fn one_name_that_could_not_be_told_makes_nothing_an_error() {
    let stub = Stub::default();
    let resolver = Resolver { search: vec![name("s1"), name("s2")], ..stub.resolver() };
    stub.say("x.s1", RecordType::A, Say::Fail);
    let one = Name::from_ascii("x").unwrap();
    assert!(found(&resolver, &one).await.is_err());
    stub.addresses("x.s2", 60, &["10.0.0.1"]);
    assert_eq!(found(&resolver, &one).await.unwrap().0, ["10.0.0.1"]);
}

#[tokio::test(start_paused = true)]
async fn the_hosts_file_comes_before_dns() {
    let stub = Stub::default();
    let hosts = Hosts::of(|| {
        let mut hosts = hickory_resolver::Hosts::default();
        hosts.read_hosts_conf("10.0.0.9 box Box.lan\n::9 box # text\nnonsense\n".as_bytes()).unwrap();
        hosts
    });
    let resolver = Resolver { hosts, ..stub.resolver() };
    for (at, want) in [
        ("box", &["10.0.0.9", "::9"][..]),
        ("BOX.", &["10.0.0.9", "::9"]),
        ("box.lan", &["10.0.0.9"]),
        ("localhost", &["127.0.0.1", "::1"]),
        ("a.localhost.", &["127.0.0.1", "::1"]),
    ] {
        let found = found(&resolver, &Name::from_ascii(at).unwrap()).await.unwrap();
        assert_eq!(
            (found.0.as_slice(), found.1),
            (want.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice(), 60),
            "{at}"
        );
    }
    assert!(stub.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn addresses_that_came_along_are_not_asked_for() {
    let stub = Stub::default();
    stub.addresses("x", 60, &["10.0.0.1"]);
    stub.addresses("x", 60, &["::1"]);
    let (v4, v6) = (address("x", 9, "10.0.0.5"), address("x", 8, "::5"));
    for (glue, asked) in [
        (vec![v4.clone(), v6.clone(), address("y", 1, "10.0.0.7")], &[][..]),
        (vec![v4], &["AAAA x."]),
        (vec![v6], &["A x."]),
        (vec![], &["A x.", "AAAA x."]),
    ] {
        let found = stub.resolver().addresses_with(&name("x"), &Glue::of(&glue), soon()).await;
        assert_eq!(found.iter().filter(|f| f.as_ref().unwrap().addresses.len() == 1).count(), 2);
        assert_eq!(stub.asked(), asked);
    }
}
