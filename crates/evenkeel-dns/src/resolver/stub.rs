//! A DNS of the tests' own, without sockets.

use super::{Answer, Ask, Hosts, Resolver, question};
use crate::LookupError;
use hickory_resolver::proto::rr::{
    Name, RData, Record, RecordType,
    rdata::{CNAME, SRV},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};
use tokio::time::Instant;

/// What it says to a question: nothing exists unless it was told.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    Records(Answer),
    Fail,
    Hang,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Stub {
    zone: Arc<Mutex<HashMap<(Name, RecordType), Say>>>,
    asked: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Stub {
    pub(crate) fn say(&self, at: &str, kind: RecordType, say: Say) {
        self.zone.lock().unwrap().insert((name(at), kind), say);
    }

    /// These addresses of the name, and no others of their family.
    pub(crate) fn addresses(&self, at: &str, ttl: u32, list: &[&str]) {
        let records: Vec<Record> = list.iter().map(|ip| address(at, ttl, ip)).collect();
        let kind = records[0].record_type();
        self.say(at, kind, Say::Records(Answer { records, ..Answer::default() }));
    }

    pub(crate) fn services(&self, at: &str, ttl: u32, list: &[(u16, u16, u16, &str)]) {
        let records = list.iter().map(|(priority, weight, port, target)| {
            let data = SRV::new(*priority, *weight, *port, name(target));
            Record::from_rdata(name(at), ttl, RData::SRV(data))
        });
        let records = records.collect();
        self.say(at, RecordType::SRV, Say::Records(Answer { records, ..Answer::default() }));
    }

    /// What comes along with the records that it says already.
    pub(crate) fn add(&self, at: &str, kind: RecordType, more: Vec<Record>) {
        if let Some(Say::Records(answer)) = self.zone.lock().unwrap().get_mut(&(name(at), kind)) {
            answer.additional = more;
        }
    }

    /// What was asked so far, sorted, without the times; from then on it counts anew.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked: Vec<_> = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort_by(|a, b| a.1.cmp(&b.1));
        asked.into_iter().map(|(_, question)| question).collect()
    }

    pub(crate) fn resolver(&self) -> Resolver<Self> {
        Resolver { ask: self.clone(), search: Vec::new(), ndots: 1, hosts: Hosts::none() }
    }
}

impl Ask for Stub {
    async fn ask(&self, name: &Name, kind: RecordType) -> Result<Answer, LookupError> {
        let question = question(name, kind);
        self.asked.lock().unwrap().push((Instant::now(), question.clone()));
        let say = self.zone.lock().unwrap().get(&(name.clone(), kind)).cloned();
        match say {
            None => Ok(nothing(60)),
            Some(Say::Records(answer)) => Ok(answer),
            Some(Say::Fail) => Err(LookupError::Unanswered { question }),
            Some(Say::Hang) => std::future::pending().await,
        }
    }
}

pub(crate) fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

pub(crate) fn address(at: &str, ttl: u32, ip: &str) -> Record {
    Record::from_rdata(name(at), ttl, RData::from(ip.parse::<IpAddr>().unwrap()))
}

pub(crate) fn alias(at: &str, ttl: u32, target: &str) -> Record {
    Record::from_rdata(name(at), ttl, RData::CNAME(CNAME(name(target))))
}

pub(crate) fn nothing(ttl: u32) -> Answer {
    Answer { nothing: Some(ttl), ..Answer::default() }
}
