use super::*;
use crate::{
    refresh::Refresh,
    resolver::{
        Answer,
        stub::{Say, Stub, address, alias, name},
    },
};
use evenkeel_discover::Watch;
use hickory_resolver::proto::rr::{RData, Record, RecordType, rdata::SRV};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::Instant};

const AT: &str = "_x._tcp.s";

fn open(stub: &Stub) -> Watch {
    let look = Services { resolver: stub.resolver(), name: name(AT), last: Remembered::default() };
    watch(look, Refresh::Ttl(Refresh::FLOOR), Arc::new(Notify::new())).boxed()
}

async fn next(watch: &mut Watch) -> Snapshot {
    watch.next().await.unwrap().unwrap()
}

/// `addresses priority weight` of each instance.
fn shown(set: &Snapshot) -> Vec<String> {
    let addresses = |i: &evenkeel_core::Instance| {
        i.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
    };
    set.iter().map(|i| format!("{} {} {}", addresses(i), i.priority(), i.weight())).collect()
}

fn dropped(set: &Snapshot) -> String {
    set.dropped().map(ToString::to_string).unwrap_or_default()
}

/// F45, G-77, A 20.
#[tokio::test(start_paused = true)]
async fn a_record_is_one_instance_with_priority_weight_and_all_addresses_of_its_target() {
    let stub = Stub::default();
    stub.services(AT, 60, &[(20, 1, 3, "c"), (10, 60, 1, "a"), (10, 40, 2, "b")]);
    stub.addresses("a", 60, &["10.0.0.2", "10.0.0.1"]);
    stub.addresses("a", 60, &["::1"]);
    stub.addresses("b", 60, &["10.0.0.3"]);
    stub.addresses("c", 60, &["10.0.0.4"]);
    let set = next(&mut open(&stub)).await;
    let want = ["10.0.0.1:1|10.0.0.2:1|[::1]:1 10 60", "10.0.0.3:2 10 40", "10.0.0.4:3 20 1"];
    assert_eq!(shown(&set), want);
    assert!(set.dropped().is_none());
}

/// F02, RFC 2782: weight 0 beside greater ones of its priority is drained; where all have it, all are equal.
#[tokio::test(start_paused = true)]
async fn weight_0_is_drained_beside_others_and_1_among_its_like() {
    let stub = Stub::default();
    stub.addresses("a", 60, &["10.0.0.1"]);
    stub.services(
        AT,
        60,
        &[(1, 0, 1, "a"), (1, 7, 2, "a"), (2, 0, 3, "a"), (2, 0, 4, "a"), (3, 65535, 5, "a")],
    );
    let want = ["10.0.0.1:1 1 0", "10.0.0.1:2 1 7", "10.0.0.1:3 2 1", "10.0.0.1:4 2 1", "10.0.0.1:5 3 65535"];
    assert_eq!(shown(&next(&mut open(&stub)).await), want);
    assert_eq!(stub.asked(), ["A a.", "AAAA a.", "SRV _x._tcp.s."], "each target is asked for once");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_listed_twice_counts_where_it_is_better() {
    let stub = Stub::default();
    stub.addresses("a", 60, &["10.0.0.1"]);
    stub.services(AT, 60, &[(20, 9, 1, "a"), (10, 2, 1, "a"), (10, 3, 1, "A"), (10, 1, 1, "a")]);
    assert_eq!(shown(&next(&mut open(&stub)).await), ["10.0.0.1:1 10 3"]);
}

/// F45, go-kit 892.
#[tokio::test(start_paused = true)]
async fn a_bad_record_is_left_out_and_reported_and_the_others_count() {
    let stub = Stub::default();
    stub.addresses("a", 60, &["10.0.0.1"]);
    stub.say("broken", RecordType::A, Say::Fail);
    stub.say("broken", RecordType::AAAA, Say::Hang);
    stub.services(
        AT,
        60,
        &[(1, 1, 0, "a"), (1, 1, 1, "."), (1, 1, 2, "gone"), (1, 1, 3, "broken"), (1, 1, 4, "a")],
    );
    let set = next(&mut open(&stub)).await;
    assert_eq!(shown(&set), ["10.0.0.1:4 1 1"]);
    let dropped = dropped(&set);
    for why in [
        "4 left out",
        "SRV 1 1 0 a.: the port is 0",
        "SRV 1 1 1 .: the target is \".\"",
        "SRV 1 1 2 gone.: the target has no address",
        "SRV 1 1 3 broken.: A broken.: ",
    ] {
        assert!(dropped.contains(why), "{dropped}");
    }
}

/// A 17, RFC 2782: "." alone means that there is no such service.
#[tokio::test(start_paused = true)]
async fn no_such_name_and_no_such_service_are_empty_sets() {
    let stub = Stub::default();
    let mut watch = open(&stub);
    assert!(next(&mut watch).await.is_empty());
    stub.services(AT, 60, &[(0, 0, 0, ".")]);
    let set = next(&mut watch).await;
    assert!(set.is_empty() && set.dropped().is_none());
}

/// A 17.
#[tokio::test(start_paused = true)]
async fn an_error_of_the_records_or_of_all_targets_is_an_error() {
    let stub = Stub::default();
    stub.say(AT, RecordType::SRV, Say::Fail);
    assert!(open(&stub).next().await.unwrap().is_err());
    stub.services(AT, 60, &[(1, 1, 1, "a"), (1, 1, 2, "b"), (1, 1, 0, "c")]);
    for target in ["a", "b"] {
        stub.say(target, RecordType::A, Say::Fail);
        stub.say(target, RecordType::AAAA, Say::Fail);
    }
    let mut watch = open(&stub);
    let error = watch.next().await.unwrap().unwrap_err().to_string();
    assert!(error.starts_with("A a.: "), "{error}");
    assert!(watch.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_cannot_be_told_keeps_the_addresses_that_it_had() {
    let stub = Stub::default();
    stub.services(AT, 60, &[(1, 1, 1, "a"), (1, 1, 2, "b")]);
    stub.addresses("a", 60, &["10.0.0.1"]);
    stub.addresses("b", 60, &["10.0.0.2"]);
    let mut watch = open(&stub);
    next(&mut watch).await;
    stub.say("a", RecordType::A, Say::Fail);
    stub.say("a", RecordType::AAAA, Say::Fail);
    stub.addresses("b", 60, &["10.0.0.3"]);
    assert_eq!(shown(&next(&mut watch).await), ["10.0.0.1:1 1 1", "10.0.0.3:2 1 1"]);
    stub.services(AT, 60, &[(1, 1, 2, "b")]);
    assert_eq!(shown(&next(&mut watch).await), ["10.0.0.3:2 1 1"]);
    stub.services(AT, 60, &[(1, 1, 1, "a"), (1, 1, 2, "b")]);
    let set = next(&mut watch).await;
    assert_eq!(shown(&set), ["10.0.0.3:2 1 1"], "a target that was gone is no longer known");
    assert!(dropped(&set).contains("SRV 1 1 1 a."));
}

#[tokio::test(start_paused = true)]
async fn the_smallest_ttl_of_records_and_addresses_says_when_to_look_again() {
    for (records, addresses, wait) in [(30, 60, 30), (60, 30, 30), (0, 60, 5), (60, 0, 5)] {
        let stub = Stub::default();
        stub.services(AT, records, &[(1, 1, 1, "a")]);
        stub.addresses("a", addresses, &["10.0.0.1"]);
        let mut watch = open(&stub);
        next(&mut watch).await;
        let began = Instant::now();
        next(&mut watch).await;
        let bounds = Duration::from_secs(wait)..=Duration::from_millis(wait * 1000 + 500);
        assert!(bounds.contains(&began.elapsed()), "{records} {addresses}: {:?}", began.elapsed());
    }
}

/// The service's name may be an alias, and addresses that come along are used.
#[tokio::test(start_paused = true)]
async fn an_alias_of_the_service_is_followed_and_its_glue_used() {
    let stub = Stub::default();
    let data = RData::SRV(SRV::new(1, 1, 1, name("a")));
    let records = vec![alias(AT, 60, "real"), Record::from_rdata(name("real"), 60, data)];
    let additional = vec![address("a", 60, "10.0.0.1"), address("a", 60, "::1")];
    stub.say(AT, RecordType::SRV, Say::Records(Answer { records, additional, nothing: None }));
    assert_eq!(shown(&next(&mut open(&stub)).await), ["10.0.0.1:1|[::1]:1 1 1"]);
    assert_eq!(stub.asked(), ["SRV _x._tcp.s."]);
}

/// All targets have one time limit together, however many there are.
#[tokio::test(start_paused = true)]
async fn many_silent_targets_do_not_add_up() {
    let stub = Stub::default();
    let names: Vec<String> = (0..200).map(|n| format!("t{n}")).collect();
    let records: Vec<_> = names.iter().map(|name| (1, 1, 1, name.as_str())).collect();
    stub.services(AT, 60, &records);
    for name in &names[1..] {
        stub.say(name, RecordType::A, Say::Hang);
        stub.say(name, RecordType::AAAA, Say::Hang);
    }
    stub.addresses("t0", 60, &["10.0.0.1"]);
    let began = Instant::now();
    let _ = open(&stub).next().await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[test]
fn a_mistake_in_a_target_is_found_without_asking() {
    for (target, why) in [
        ("srv:///", "the host is empty"),
        ("srv:///_x._tcp.s:80", "want no port"),
        ("srv:///10.0.0.1", "no SRV records"),
        ("srv:///a b", "a host name has"),
        ("srv:///_x._tcp.s?min_ttl=0s", "100ms..=3600s"),
        ("srv:///_x._tcp.s?weight=1", "no option"),
    ] {
        let error = Srv::default().check(&Target::parse(target).unwrap()).unwrap_err().to_string();
        assert!(error.contains(why), "{target}: {error}");
    }
    for target in ["srv:///_x._tcp.s", "srv:///echo.service.consul?refresh=1s", "srv://[::1]/_x._tcp.s."] {
        Srv::default().check(&Target::parse(target).unwrap()).unwrap();
    }
}

/// A 19, G 111: as many records as a message holds, each with its addresses beside it.
#[tokio::test(start_paused = true)]
async fn an_answer_full_of_records_and_their_addresses_costs_little_time() {
    let stub = Stub::default();
    let hosts: Vec<String> = (0..900).map(|n| format!("h{n}")).collect();
    let list: Vec<_> = hosts.iter().map(|host| (1, 1, 1, host.as_str())).collect();
    stub.services(AT, 60, &list);
    let additional = hosts.iter().flat_map(|host| [address(host, 60, "10.0.0.1"), address(host, 60, "::1")]);
    stub.add(AT, RecordType::SRV, additional.collect());
    let began = std::time::Instant::now();
    assert_eq!(next(&mut open(&stub)).await.len(), 1);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(stub.asked().len(), 1, "what came along is not asked for");
}

/// G 111: 3,000 records of one target with 4,000 addresses are not 12 million.
#[tokio::test(start_paused = true)]
async fn many_records_of_a_target_with_many_addresses_stay_small() {
    let stub = Stub::default();
    let addresses: Vec<String> = (0..4000).map(|n| format!("10.0.{}.{}", n / 256, n % 256)).collect();
    stub.addresses("a", 60, &addresses.iter().map(String::as_str).collect::<Vec<_>>());
    let list: Vec<_> = (1..=3000).map(|port| (1, 1, port, "a")).collect();
    stub.services(AT, 60, &list);
    let began = std::time::Instant::now();
    let set = next(&mut open(&stub)).await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!((set.len(), set[0].addresses().len()), (3000, 64));
    assert!(dropped(&set).contains("the target has 4000 addresses, the limit is 64"), "{}", dropped(&set));
}
