//! Signals, sent to this very process.

use std::process::{Command, id};
use std::time::Duration;

use evenkeel_echo::health::{ServingStatus, SharedHealth};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::echo::{Stop, toggle};

fn send(name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", id())]).status();
    assert!(sent.expect("a shell").success());
}

#[tokio::test]
async fn the_user_signal_toggles_the_health() {
    let health = SharedHealth::serving();
    let signals = signal(SignalKind::user_defined1()).expect("a signal to catch");
    tokio::spawn(toggle(health.clone(), signals));
    for status in [ServingStatus::NotServing, ServingStatus::Serving] {
        send("USR1");
        let toggled = async {
            while health.status() != status {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(5), toggled).await.expect("a toggle");
    }
}

#[tokio::test]
async fn terminate_and_interrupt_stop_the_server() {
    for name in ["TERM", "INT"] {
        let stop = Stop::new().expect("signals to catch");
        send(name);
        timeout(Duration::from_secs(5), stop.wait()).await.expect("a stop");
    }
}
