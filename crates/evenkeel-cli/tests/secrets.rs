//! G 110 of the scenarios: what is secret in a target is neither shown, nor logged, nor told by an error; here with all sources and their
//! libraries, at the most talkative level.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use evenkeel::{
    Address, Channel, Instance, Registrar, Target,
    balance::Balancer,
    discover::{DiscoverError, Follow},
};
use evenkeel_servers::{Etcd, Registry};
use std::{
    error::Error,
    fmt::Debug,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;

/// What stands in each secret, and nowhere else.
const PLANTED: &str = "gEhEiM";
/// Bytes that stand for it in the hexadecimal, the decimal and the base64 form.
const ENCODED: [&str; 3] = ["674568456", "103, 69, 104, 69", "Z0VoRWlN"];

/// All that was said by anybody.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Said {
    /// Everything that is logged from now on, by all crates.
    fn listen() -> Self {
        let said = Self::default();
        let writer = said.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        said
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

fn clean(text: &str) {
    for secret in [PLANTED].iter().chain(&ENCODED) {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret}: {line:?}");
    }
}

/// An error in all its forms.
fn clean_error(error: &(dyn Error + 'static)) {
    clean(&format!("{error} {error:?} {error:#?}"));
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    causes.for_each(|cause| clean(&format!("{cause} {cause:?}")));
}

fn clean_debug(value: &impl Debug) {
    clean(&format!("{value:?} {value:#?}"));
}

/// Follows a target for a while, and looks at whatever can be seen of it.
async fn look(text: &str) -> Result<Follow, Arc<DiscoverError>> {
    let target = Target::parse(text).map_err(|bad| Arc::new(DiscoverError::from(bad)))?;
    clean(&format!("{target} {target:?} {:?}", target.bad("no")));
    let mut follow = evenkeel::sources().follow(&target).map_err(|bad| Arc::new(DiscoverError::from(bad)))?;
    let first = timeout(Duration::from_secs(12), follow.first()).await.unwrap();
    clean_debug(&follow);
    clean_debug(&follow.known());
    first.map(|_| follow)
}

fn encoded(target: &str) -> String {
    target.replace('%', "%25").replace('&', "%26").replace('?', "%3F")
}

/// Targets that no source can answer, each with a secret in a place of its own.
fn broken(dead: &str) -> Vec<String> {
    let pw = PLANTED;
    let mut all = vec![
        format!("etcd://root:{pw}@{dead}/svc"),
        format!("etcd://root:{pw}%zz@{dead}/svc"),
        format!("etcd://{pw}@{dead}/svc"),
        format!("etcd://:{pw}@{dead}/svc"),
        format!("etcd://root:{pw}/x@{dead}/svc"),
        format!("etcd://root:{pw}?x@{dead}/svc"),
        format!("etcd:///root:{pw}@{dead}/svc"),
        format!("etcd:/root:{pw}@{dead}/svc"),
        format!("etcd://root:{pw}@/svc"),
        format!("etcd://root:{pw}@{dead}/svc?ttl=1"),
        format!("etcd://root:{pw}@{dead}/svc?limit=0"),
        format!("etcd://root:{pw}@h:0/svc"),
        format!("etcd://root:{pw}@{dead}/svc?ca=/nowhere.pem"),
        format!("etcd://{dead}/svc?token={pw}"),
        format!("etcd://{dead}/svc?acl_token={pw}"),
        format!("etcd://{dead}/svc?Password={pw}"),
        format!("dns://root:{pw}@{dead}/svc.internal"),
        format!("dns://{dead}/svc.internal?secret={pw}"),
        format!("srv://root:{pw}@{dead}/_x._tcp.svc.internal"),
        format!("root:{pw}@svc.internal:80"),
        format!("root:{pw} @svc.internal:80"),
        format!("file:///nowhere/x.json?password={pw}"),
        format!("file://root:{pw}@h/nowhere/x.json"),
        format!("static://root:{pw}@h/10.0.0.1:80"),
        format!("static:///10.0.0.1:80?token={pw}"),
        format!("unix://root:{pw}@h/run/x.sock"),
        format!("nobody://root:{pw}@{dead}/svc?token={pw}"),
    ];
    for n in 0..all.len() {
        let inner = encoded(&all[n]);
        all.push(format!("merge:///?of={inner}"));
        all.push(format!("first:///?of={}&of=static:///", encoded(&format!("merge:///?of={inner}"))));
    }
    all
}

#[tokio::test]
async fn a_secret_is_shown_by_nothing_and_nobody() {
    let said = Said::listen();
    let mut etcd = Etcd::start().await;
    etcd.require_password(PLANTED);
    etcd.put("10.0.0.1:80", 1).await;
    let target = format!("etcd://root:{PLANTED}@127.0.0.1:{}/services/echo", etcd.port());

    for text in [target.clone(), format!("merge:///?of={}", encoded(&target))] {
        let follow = look(&text).await.unwrap();
        assert_eq!(follow.known().set.as_ref().unwrap().len(), 1);
    }
    let wrong = target.replace(PLANTED, &format!("{PLANTED}x"));
    clean_error(&*look(&wrong).await.unwrap_err());

    let registrar = evenkeel::registrar(&target.parse().unwrap()).unwrap();
    clean_debug(&registrar);
    let instance = Instance::from("10.0.0.2:80".parse::<Address>().unwrap());
    let registration = registrar.register(&instance).await.unwrap();
    clean_debug(&registration);
    registration.deregister().await.unwrap();
    let refused = evenkeel::registrar(&wrong.parse().unwrap()).unwrap().register(&instance).await;
    clean_error(&refused.unwrap_err());

    let [port] = evenkeel_servers::free_ports();
    for text in broken(&format!("127.0.0.1:{port}")) {
        clean(&Target::redact(&text));
        clean_error(&*look(&text).await.unwrap_err());
    }
    let said = said.text();
    assert!(said.contains("discovery failed") && said.contains("h2::") && said.contains("TRACE"));
    clean(&said);
}

#[tokio::test]
async fn a_secret_is_not_shown_by_channels_and_balancers() {
    let [port] = evenkeel_servers::free_ports();
    for text in broken(&format!("127.0.0.1:{port}")) {
        let builder = Channel::builder(&text).sources(evenkeel::sources());
        clean_debug(&builder);
        match builder.build() {
            Ok(channel) => {
                clean_debug(&channel);
                clean_debug(&channel.stats());
            }
            Err(error) => clean_error(&error),
        }
        let builder = Balancer::builder(&text).sources(evenkeel::sources());
        clean_debug(&builder);
        match builder.build() {
            Ok(balancer) => {
                clean_debug(&balancer);
                if let Err(error) = balancer.pick(&evenkeel::CallSpec::new()) {
                    clean_error(&error);
                }
            }
            Err(error) => clean_error(&error),
        }
    }
}

#[test]
fn a_secret_is_not_printed_by_the_command() {
    let [port] = evenkeel_servers::free_ports();
    for text in broken(&format!("127.0.0.1:{port}")) {
        for args in [
            &["resolve", &text, "--timeout", "200ms"][..],
            &["resolve", "--json", &text, "--timeout", "200ms"],
            &["pick", &text],
            &["call", &text, "--deadline", "200ms"],
        ] {
            let run = common::keel(args);
            assert_ne!(run.code, Some(0), "{args:?}: {run:?}");
            clean(&run.stdout);
            clean(&run.stderr);
        }
    }
}
