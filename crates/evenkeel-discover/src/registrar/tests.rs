use super::{Lease, RegisterError, RegisterSettings, register};
use evenkeel_core::{Address, Instance};
use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// A registry of one entry.
#[derive(Debug, Clone, Default)]
struct Fake(Arc<Mutex<State>>, Arc<Notify>);

#[derive(Debug, Default)]
struct State {
    entry: Option<u32>,
    puts: u32,
    is_down: bool,
    hangs: bool,
}

impl Fake {
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn entry(&self) -> Option<u32> {
        self.0.lock().unwrap().entry
    }

    fn lose(&self) {
        self.set(|state| state.entry = None);
        self.1.notify_one();
    }

    async fn answer(&self, change: impl FnOnce(&mut State)) -> Result<(), RegisterError> {
        if self.0.lock().unwrap().hangs {
            pending::<()>().await;
        }
        let mut state = self.0.lock().unwrap();
        if state.is_down {
            return Err(RegisterError::registry("down"));
        }
        change(&mut state);
        Ok(())
    }
}

impl Lease for Fake {
    async fn put(&mut self, instance: &Instance) -> Result<(), RegisterError> {
        self.set(|state| state.puts += 1);
        self.answer(|state| state.entry = Some(instance.weight())).await
    }

    async fn keep(&mut self) -> RegisterError {
        self.1.notified().await;
        RegisterError::registry("the lease is lost")
    }

    async fn remove(&mut self) -> Result<(), RegisterError> {
        self.answer(|state| state.entry = None).await
    }
}

fn instance(weight: u32) -> Instance {
    Instance::from("a:1".parse::<Address>().unwrap()).with_weight(weight)
}

/// F47, F48: what is lost is registered again, with back-off while the registry is down.
#[tokio::test(start_paused = true)]
async fn a_lost_lease_is_registered_again_as_soon_as_the_registry_takes_it() {
    let fake = Fake::default();
    let kept = register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap();
    assert_eq!(fake.entry(), Some(5));
    fake.lose();
    sleep(Duration::from_millis(200)).await;
    assert_eq!((fake.entry(), kept.failure().is_some()), (Some(5), false));
    fake.set(|state| state.is_down = true);
    fake.lose();
    sleep(Duration::from_secs(60)).await;
    assert_eq!((fake.entry(), kept.failure().unwrap().to_string().as_str()), (None, "down"));
    let puts = fake.0.lock().unwrap().puts;
    assert!((8..25).contains(&puts), "{puts} attempts in a minute");
    fake.set(|state| state.is_down = false);
    sleep(Duration::from_secs(12)).await;
    assert_eq!((fake.entry(), kept.failure().is_some()), (Some(5), false));
}

#[tokio::test(start_paused = true)]
async fn an_update_replaces_and_deregistering_twice_is_harmless() {
    let fake = Fake::default();
    let kept = register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap();
    kept.update(&instance(0)).await.unwrap();
    assert_eq!(fake.entry(), Some(0));
    kept.deregister().await.unwrap();
    assert_eq!(fake.entry(), None);
    kept.deregister().await.unwrap();
    assert!(matches!(kept.update(&instance(1)).await, Err(RegisterError::Ended)));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_guard_deregisters() {
    let fake = Fake::default();
    drop(register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap());
    sleep(Duration::from_millis(1)).await;
    assert_eq!(fake.entry(), None);
    assert_eq!(Arc::strong_count(&fake.0), 1, "the task has ended");
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_hangs_is_an_error_within_the_bound() {
    let fake = Fake::default();
    fake.set(|state| state.hangs = true);
    let error = register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "the registry did not answer within 5s");
    fake.set(|state| state.hangs = false);
    let kept = register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap();
    fake.set(|state| state.hangs = true);
    assert!(matches!(kept.deregister().await, Err(RegisterError::TooLate(_))));
    drop(kept);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(Arc::strong_count(&fake.0), 1, "the task has ended");
}

/// Discovery leaves such tags out; what is registered is read back whole.
#[tokio::test(start_paused = true)]
async fn tags_that_nobody_would_read_are_refused() {
    let fake = Fake::default();
    let kept = register(fake.clone(), &instance(5), RegisterSettings::default()).await.unwrap();
    for (key, value) in [("a\nb", "c"), ("a", "\u{7}"), ("", "x"), ("long", &*"x".repeat(4096))] {
        let bad = instance(7).with_tag(key, value);
        let refused = register(fake.clone(), &bad, RegisterSettings::default()).await.unwrap_err();
        assert!(refused.to_string().starts_with("the instance cannot be registered: its tags"), "{refused}");
        assert!(matches!(kept.update(&bad).await, Err(RegisterError::Instance(_))));
    }
    assert_eq!((fake.entry(), fake.0.lock().unwrap().puts), (Some(5), 1));
}

/// A registry that is back after a long time gives a lease its whole time again; the instance is put within it.
#[tokio::test(start_paused = true)]
async fn after_a_long_outage_it_is_registered_again_within_the_lease() {
    let (fake, lease) = (Fake::default(), Duration::from_secs(3));
    let settings = RegisterSettings::default().within(lease);
    let _kept = register(fake.clone(), &instance(5), settings).await.unwrap();
    for minutes in 1..20_u32 {
        fake.set(|state| state.is_down = true);
        fake.lose();
        sleep(minutes * Duration::from_millis(60_077)).await;
        fake.set(|state| state.is_down = false);
        sleep(lease / 3).await;
        assert_eq!(fake.entry(), Some(5));
    }
}
