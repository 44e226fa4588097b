use super::{Addresses, ShrinkGuard};
use crate::{BadTarget, Target};
use evenkeel_core::{Backoff, Field, FieldKind};
use std::time::Duration;

/// What is done with the answers of a source, whatever source it is. Each has a default that is right for most.
///
/// A value out of bounds is moved to the nearest bound; no time is longer than a year. A target can set four of them for itself by options: `?limit=1000`, `?addresses=strict`, `?max_stale=60s` and `?shrink_guard=0.5`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// How many instances of a target are kept. Of more, those are that the hash of their identity prefers, so that every delivery and
    /// every client keeps the same. At least 1; default 100,000.
    pub limit: usize,
    /// How many addresses an instance may have, at most 64. Default 16.
    pub addresses_per_instance: usize,
    /// Which addresses are left out. Default: those that no service can have.
    pub addresses: Addresses,
    /// How long the last good set serves after discovery began to fail; then picks fail with its error. Default: for ever.
    pub max_stale: Option<Duration>,
    /// Whether a set that shrinks suddenly is held back. Default: no.
    pub shrink_guard: Option<ShrinkGuard>,
    /// How long to wait before a watch that ended is started again. Default: gRPC's, 1 s, 1.6 times longer each time up to 120 s.
    pub backoff: Backoff,
}

/// The greatest number of addresses of one instance.
const MOST_ADDRESSES: usize = 64;

impl Default for Settings {
    fn default() -> Self {
        Self {
            limit: 100_000,
            addresses_per_instance: 16,
            addresses: Addresses::default(),
            max_stale: None,
            shrink_guard: None,
            backoff: Backoff::default(),
        }
    }
}

/// A year: adding it to any instant is safe.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

impl Settings {
    /// The options that every target has.
    pub const OPTIONS: &[Field] = &[
        Field::whole("limit", 1..=4_294_967_295, "100000", "the most instances that are kept"),
        Field::new(
            "addresses",
            FieldKind::OneOf(&["default", "strict", "all"]),
            "\"default\"",
            "which addresses are left out: those that no service can have, loopback and link-local ones too, or none",
        ),
        Field::new(
            "max_stale",
            FieldKind::Duration { min: Duration::from_millis(1), max: LONGEST },
            "null",
            "how long the last good set serves once discovery fails; for ever without it",
        ),
        Field::new(
            "shrink_guard",
            FieldKind::Number { min: 0.0, max: 1.0 },
            "null",
            "holds a set back that lost more than this share at once, until it is seen twice or for 30 s",
        ),
    ];

    /// The settings of one target, and the target without the options that say them.
    pub(crate) fn of(&self, target: &Target) -> Result<(Target, Self), BadTarget> {
        let mut own = self.clone();
        let bad = |key: &str, text: &str, want: &str| target.bad(format!("option {key}={text}: want {want}"));
        if let Some(text) = target.option("limit") {
            // `usize`'s own parser takes a leading `+`.
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            let limit = text.parse().ok().filter(|limit| digits && (1..=u32::MAX as usize).contains(limit));
            own.limit = limit.ok_or_else(|| bad("limit", text, "a whole number in 1..=4294967295"))?;
        }
        if let Some(text) = target.option("addresses") {
            own.addresses = match text {
                "strict" => Addresses::Strict,
                "default" => Addresses::Default,
                "all" => Addresses::All,
                _ => return Err(bad("addresses", text, "default, strict or all")),
            };
        }
        let stale = target.duration("max_stale", Duration::from_millis(1)..=LONGEST)?;
        own.max_stale = stale.or(own.max_stale).map(|time| time.min(LONGEST));
        if let Some(text) = target.option("shrink_guard") {
            let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
            let share =
                share.ok_or_else(|| bad("shrink_guard", text, "a share in 0..=1, not 0, such as 0.5"))?;
            own.shrink_guard = Some(ShrinkGuard { share, ..ShrinkGuard::default() });
        }
        if let Some(guard) = &mut own.shrink_guard {
            guard.hold = guard.hold.min(LONGEST);
        }
        own.limit = own.limit.max(1);
        own.addresses_per_instance = own.addresses_per_instance.clamp(1, MOST_ADDRESSES);
        Ok((
            Self::OPTIONS.iter().fold(target.clone(), |target, option| target.without_option(option.name)),
            own,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_have_settings_of_its_own_and_the_source_does_not_see_them() {
        let target =
            "etcd://h/svc?limit=7&max_stale=1.5s&ttl=3s&shrink_guard=0.25&addresses=strict".parse().unwrap();
        let (rest, own) = Settings::default().of(&target).unwrap();
        assert_eq!(rest.to_string(), "etcd://h/svc?ttl=3s");
        assert_eq!(
            (own.limit, own.max_stale, own.addresses),
            (7, Some(Duration::from_millis(1500)), Addresses::Strict)
        );
        assert!((own.shrink_guard.unwrap().share - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn settings_of_the_program_out_of_bounds_are_moved_to_the_nearest() {
        let guard = ShrinkGuard { hold: Duration::MAX, ..ShrinkGuard::default() };
        let settings = Settings {
            limit: 0,
            addresses_per_instance: 0,
            max_stale: Some(Duration::MAX),
            shrink_guard: Some(guard),
            ..Settings::default()
        };
        let (_, own) = settings.of(&"etcd://h/svc".parse().unwrap()).unwrap();
        assert_eq!((own.limit, own.addresses_per_instance, own.max_stale), (1, 1, Some(LONGEST)));
        assert_eq!(own.shrink_guard.unwrap().hold, LONGEST);
    }

    #[test]
    fn a_bad_setting_is_an_error_that_names_it_and_the_bound() {
        for (option, why) in [
            ("limit=0", "option limit=0: want a whole number in 1..=4294967295"),
            ("limit=x", "option limit=x"),
            ("limit=+5", "option limit=+5"),
            ("addresses=some", "option addresses=some: want default, strict or all"),
            ("max_stale=5", "option max_stale=5: want a time such as 5s, in 1ms..=31536000s"),
            ("max_stale=0s", "option max_stale=0s"),
            ("max_stale=-1s", "option max_stale=-1s"),
            ("shrink_guard=0", "option shrink_guard=0: want a share in 0..=1, not 0, such as 0.5"),
            ("shrink_guard=NaN", "option shrink_guard=NaN"),
            ("shrink_guard=1.1", "option shrink_guard=1.1"),
        ] {
            let target = format!("etcd://h/svc?{option}").parse().unwrap();
            let error = Settings::default().of(&target).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
