//! What every policy that follows latency must do in a closed loop: 10 servers, 50 callers, several speeds and server models.

use crate::Choice;
use crate::policies::closed_loop::{self, Calls, Fleet, Lab, Work};
use std::time::Duration;

/// One setting: a fleet and who calls it.
pub(in crate::policies) struct Setting {
    pub(in crate::policies) fleet: Fleet,
    pub(in crate::policies) lab: Lab,
    name: String,
}

impl Setting {
    /// Every speed, model and kind of caller, each with a seed of its own.
    pub(in crate::policies) fn all(seconds: f64) -> Vec<Self> {
        let models = [
            (None, Work::Constant),
            (None, Work::Exponential),
            (Some(4), Work::Constant),
            (Some(6), Work::Mixed),
        ];
        let mut all = Vec::new();
        for mean in [0.005, 0.020, 0.100] {
            for (workers, work) in models {
                for think in [0.0, mean] {
                    let fleet =
                        Fleet::even(10, Duration::from_secs_f64(mean), workers).with(|s| s.work = work);
                    let calls = Calls::Closed { callers: 50, think };
                    let lab = Lab { seed: 1 + all.len() as u64, seconds, calls, ..Lab::default() };
                    let name = format!("mean {mean} s, workers {workers:?}, {work:?}, think {think} s");
                    all.push(Self { fleet, lab, name });
                }
            }
        }
        all
    }

    #[track_caller]
    fn holds(&self, good: bool, value: f64) {
        assert!(good, "{value} with {}", self.name);
    }
}

pub(in crate::policies) fn slow_one(choice: &Choice) {
    for setting in Setting::all(5.0) {
        let record = closed_loop::run(choice, &setting.fleet.clone().slower(3, 10.0), setting.lab);
        let share = record.of(3, 0.0..5.0);
        setting.holds(share < 0.03, share);
    }
}

pub(in crate::policies) fn black_hole(choice: &Choice) {
    for setting in Setting::all(6.0) {
        let record = closed_loop::run(choice, &setting.fleet.clone().failing(3, 0.5..99.0), setting.lab);
        let share = record.of(3, 1.5..6.0);
        setting.holds(share < 0.005, share);
    }
}

pub(in crate::policies) fn newcomer(choice: &Choice) {
    for setting in Setting::all(3.0) {
        let record = closed_loop::run(choice, &setting.fleet.clone().joined_by(3, 1.0), setting.lab);
        let share = record.of(3, 1.0..2.0);
        setting.holds(share > 0.01 && share < 0.2, share);
    }
}

/// However fast and idle the new one is.
pub(in crate::policies) fn fast_newcomer(choice: &Choice) {
    for setting in Setting::all(2.5).iter().filter(|setting| setting.fleet.servers[0].mean > 0.01) {
        let fleet = setting.fleet.clone().joined_by(3, 1.0).at_speed(3, vec![(0.0, 5.0)]);
        let share = closed_loop::run(choice, &fleet, setting.lab).of(3, 1.0..2.0);
        setting.holds(share > 0.01 && share < 0.2, share);
    }
}

/// A server is back at 80 % of its share 5 s after it was slow, and after it failed.
pub(in crate::policies) fn recovery(choice: &Choice) {
    for setting in Setting::all(10.0).iter().filter(|setting| setting.fleet.servers[0].mean > 0.01) {
        let slow = setting.fleet.clone().at_speed(3, vec![(0.0, 0.1), (3.0, 1.0)]);
        let failing = setting.fleet.clone().failing(3, 0.0..3.0);
        for fleet in [slow, failing] {
            let shares = (0..3).map(|seed| {
                let lab = Lab { seed: 100 * setting.lab.seed + seed, ..setting.lab };
                closed_loop::run(choice, &fleet, lab).of(3, 8.0..10.0)
            });
            let share = shares.sum::<f64>() / 3.0;
            setting.holds(share > 0.08 && share < 0.13, share);
        }
    }
}

/// Shares of servers whose work is one of these.
pub(in crate::policies) fn even(choice: &Choice, works: &[Work]) {
    let judged = |setting: &&Setting| {
        let server = &setting.fleet.servers[0];
        server.mean < 0.05 && works.contains(&server.work)
    };
    for setting in Setting::all(5.0).iter().filter(judged) {
        let record = closed_loop::run(choice, &setting.fleet, setting.lab);
        for server in 0..10 {
            let share = 10.0 * record.of(server, 1.0..5.0);
            setting.holds((share - 1.0).abs() < 0.15, share);
        }
    }
}

/// Two servers of weights 1 and 3, as fast as each other.
pub(in crate::policies) fn weights(choice: &Choice, work: Work) {
    for callers in [1, 50] {
        let fleet = Fleet::even(2, Duration::from_millis(10), None).weighing(&[1, 3]).with(|s| s.work = work);
        let calls = Calls::Closed { callers, think: 0.0 };
        let share = closed_loop::run(choice, &fleet, Lab { calls, ..Lab::default() }).of(1, 1.0..10.0);
        assert!((share - 0.75).abs() < 0.05, "{share} for {work:?}, {callers} callers");
    }
}
