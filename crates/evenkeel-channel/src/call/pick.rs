use super::attempt::Sender;
use crate::{
    driver::{Event, Handle, now},
    error::Error,
    transport::Connection,
};
use evenkeel_core::{Call, CallInfo, EndpointId, Failure, Metadata, Pick, panic_text};
use http::HeaderMap;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering::{AcqRel, Relaxed},
    },
};
use tokio::time::timeout;

/// A request's headers, for pickers.
struct Headers<'a>(&'a HeaderMap);

impl Metadata for Headers<'_> {
    fn values(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        for value in self.0.get_all(name) {
            see(value.as_bytes());
        }
    }
}

/// A connection to put the call on.
pub(super) struct Picked<C> {
    pub(super) id: EndpointId,
    pub(super) handle: Arc<Handle<C>>,
    pub(super) call: Call,
    /// The publication that it came from.
    pub(super) version: u64,
}

/// The answer to one look at the current publication.
enum Answer<C> {
    Go(Picked<C>),
    Wait,
    Fail(Arc<Failure>),
    Error(Error),
}

/// What a call brings to its picks.
pub(super) struct Wanted<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) key: Option<&'a [u8]>,
    pub(super) wait_for_ready: bool,
    /// Who refused the call before.
    pub(super) tried: &'a [EndpointId],
    /// A publication that is known to be out of date: only a newer one counts.
    pub(super) newer_than: Option<u64>,
}

/// Looks once at the current publication: the way of nearly all calls. Nothing if the call has to wait; `last` is then left
/// with the reason, for the deadline's error.
pub(super) fn look<C: Connection>(
    sender: &Sender<C>,
    wanted: &Wanted<'_>,
    last: &mut Option<Arc<Failure>>,
) -> Option<Result<Picked<C>, Error>> {
    settle(ask(sender, wanted), wanted, last)
}

/// Waits for a publication that has something to pick.
pub(super) async fn wait<C: Connection>(
    sender: &Sender<C>,
    wanted: &Wanted<'_>,
    last: &mut Option<Arc<Failure>>,
) -> Result<Picked<C>, Error> {
    let _place = Place::take(sender)?;
    let waiting = next(sender, wanted, last);
    let Some(limit) = sender.limits.queue_timeout else { return waiting.await };
    match timeout(limit, waiting).await {
        Ok(done) => done,
        Err(_) => Err(Error::QueueTimeout { after: limit, last: last.clone() }),
    }
}

async fn next<C: Connection>(
    sender: &Sender<C>,
    wanted: &Wanted<'_>,
    last: &mut Option<Arc<Failure>>,
) -> Result<Picked<C>, Error> {
    // Subscribed before looking, so that no publication is missed.
    let mut version = sender.front.version.subscribe();
    loop {
        version.borrow_and_update();
        if let Some(done) = look(sender, wanted, last) {
            return done;
        }
        version.changed().await.map_err(|_| Error::Closed)?;
    }
}

/// Whether an answer ends the wait.
fn settle<C>(
    answer: Answer<C>,
    wanted: &Wanted<'_>,
    last: &mut Option<Arc<Failure>>,
) -> Option<Result<Picked<C>, Error>> {
    match answer {
        Answer::Go(picked) => Some(Ok(picked)),
        Answer::Wait => None,
        Answer::Fail(why) if wanted.wait_for_ready => {
            *last = Some(why);
            None
        }
        Answer::Fail(why) => Some(Err(Error::NoEndpoint(why))),
        Answer::Error(error) => Some(Err(error)),
    }
}

fn ask<C: Connection>(sender: &Sender<C>, wanted: &Wanted<'_>) -> Answer<C> {
    sender.front.published.read(|publication, ticket| {
        if publication.closed {
            return Answer::Error(Error::Closed);
        }
        if publication.asleep {
            let _ = sender.events.send(Event::Wake);
            return Answer::Wait;
        }
        if wanted.newer_than.is_some_and(|old| publication.version <= old) {
            return Answer::Wait;
        }
        let headers = Headers(wanted.headers);
        let info = CallInfo::new(fastrand::u64(..), ticket, &now)
            .with_key(wanted.key)
            .with_tried(wanted.tried)
            .with_metadata(&headers);
        let pick = match catch_unwind(AssertUnwindSafe(|| publication.state.picker.pick(&info))) {
            Ok(pick) => pick,
            Err(panic) => return Answer::Error(Error::PickerPanicked(panic_text(&*panic))),
        };
        if let Some(id) = info.take_connect() {
            let _ = sender.events.send(Event::Nudge(id));
        }
        match pick {
            Pick::Endpoint(id, call) => match publication.table.get(id) {
                Some(handle) if handle.connection.is_open() => {
                    let call = call.timed(|| info.now(), now);
                    Answer::Go(Picked { id, handle: handle.clone(), call, version: publication.version })
                }
                // It has closed in this instant, or the picker named what it was not given: the next publication knows.
                _ => {
                    call.unsent();
                    Answer::Wait
                }
            },
            Pick::Queue => Answer::Wait,
            Pick::Fail(why) => Answer::Fail(why),
            Pick::Drop(why) => Answer::Error(Error::Dropped(why)),
        }
    })
}

/// Why the channel fails calls; nothing if it does not, or not any more.
pub(crate) fn failure<C: Connection>(sender: &Sender<C>) -> Option<Error> {
    let wanted =
        Wanted { headers: &HeaderMap::new(), key: None, tried: &[], wait_for_ready: false, newer_than: None };
    match ask(sender, &wanted) {
        Answer::Fail(why) => Some(Error::NoEndpoint(why)),
        Answer::Error(error) => Some(error),
        Answer::Go(picked) => {
            picked.call.unsent();
            None
        }
        Answer::Wait => None,
    }
}

/// A place in the queue of calls that wait.
struct Place<'a, C: Connection>(&'a Sender<C>);

impl<'a, C: Connection> Place<'a, C> {
    fn take(sender: &'a Sender<C>) -> Result<Self, Error> {
        let limit = sender.limits.max_waiting;
        let place = Self(sender);
        if sender.front.waiting.fetch_add(1, AcqRel) >= limit {
            return Err(Error::QueueFull { limit });
        }
        Ok(place)
    }
}

impl<C: Connection> Drop for Place<'_, C> {
    fn drop(&mut self) {
        self.0.front.waiting.fetch_sub(1, Relaxed);
    }
}
