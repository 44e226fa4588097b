use evenkeel_core::Instance;

/// Which instances to keep, by their tags: all of some, none of others.
///
/// ```
/// use evenkeel_discover::Filter;
/// let filter = Filter::read(["zone=a", "!canary=true"])?;
/// # Ok::<(), evenkeel_discover::BadFilter>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    all: Vec<(String, String)>,
    none: Vec<(String, String)>,
}

impl Filter {
    /// Reads conditions: `KEY=VALUE` for a tag that an instance must have with just this value, `!KEY=VALUE` for one that it must not
    /// have. None keeps all.
    ///
    /// # Errors
    /// A condition has no key or no `=`.
    pub fn read<'a>(conditions: impl IntoIterator<Item = &'a str>) -> Result<Self, BadFilter> {
        let mut filter = Self::default();
        for condition in conditions {
            let (list, tag) = match condition.strip_prefix('!') {
                Some(tag) => (&mut filter.none, tag),
                None => (&mut filter.all, condition),
            };
            let (key, value) = tag
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| BadFilter::of(condition))?;
            list.push((key.to_owned(), value.to_owned()));
        }
        Ok(filter)
    }

    /// Whether it lets an instance through.
    pub fn keeps(&self, instance: &Instance) -> bool {
        let has = |(key, value): &(String, String)| instance.tag(key) == Some(value);
        self.all.iter().all(has) && !self.none.iter().any(has)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.none.is_empty()
    }
}

/// A condition that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: want KEY=VALUE or !KEY=VALUE")]
pub struct BadFilter(String);

impl BadFilter {
    fn of(condition: &str) -> Self {
        Self(evenkeel_core::printable(condition, 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_core::Address;

    fn keeps(conditions: &[&str], tags: &[(&str, &str)]) -> bool {
        let instance = Instance::from("a:1".parse::<Address>().unwrap());
        let instance = tags.iter().fold(instance, |instance, (key, value)| instance.with_tag(*key, *value));
        Filter::read(conditions.iter().copied()).unwrap().keeps(&instance)
    }

    #[test]
    fn all_of_some_tags_and_none_of_others() {
        assert!(keeps(&[], &[]));
        assert!(keeps(&["zone=a"], &[("zone", "a"), ("x", "y")]));
        assert!(!keeps(&["zone=a"], &[("zone", "ab")]) && !keeps(&["zone=a"], &[]));
        assert!(
            !keeps(&["zone=a", "v=2"], &[("zone", "a")])
                && keeps(&["zone=a", "v=2"], &[("zone", "a"), ("v", "2")])
        );
        assert!(keeps(&["!zone=a"], &[]) && keeps(&["!zone=a"], &[("zone", "b")]));
        assert!(!keeps(&["!zone=a", "!v=1"], &[("zone", "b"), ("v", "1")]));
        assert!(keeps(&["a==b"], &[("a", "=b")]) && keeps(&["a="], &[("a", "")]) && !keeps(&["a="], &[]));
    }

    #[test]
    fn a_condition_without_a_key_is_an_error() {
        for condition in ["", "zone", "=a", "!", "!=a", "!zone"] {
            let error = Filter::read([condition]).unwrap_err().to_string();
            assert!(error.contains("want KEY=VALUE"), "{condition}: {error}");
        }
    }
}
