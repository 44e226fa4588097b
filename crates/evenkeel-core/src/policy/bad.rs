use std::{fmt, sync::Arc};

/// Why a policy refuses a set. It goes on with its last good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadUpdate(Arc<str>);

impl BadUpdate {
    /// A reason, which should name the policy, what it wants and what it got.
    pub fn new(why: impl Into<Arc<str>>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for BadUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadUpdate {}

/// What is wrong with a configuration: where, which value, and what would be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub struct BadConfig {
    /// The place in the JSON, such as `loadBalancingConfig[0].custom_round_robin.chooseSecond`.
    pub path: String,
    /// The policy, where it is in one.
    pub policy: Option<String>,
    /// The field, where it is one.
    pub field: Option<String>,
    /// The value that is wrong.
    pub value: Option<serde_json::Value>,
    /// What is allowed, such as `a whole number in 0..=4294967295`.
    pub bound: Option<String>,
    /// What is wrong, in a few words.
    pub problem: String,
}

impl BadConfig {
    /// A problem at a place.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        let (path, problem) = (path.into(), problem.into());
        Self { path, policy: None, field: None, value: None, bound: None, problem }
    }

    /// The same with the policy that it is in.
    #[must_use]
    pub fn in_policy(mut self, policy: &str) -> Self {
        self.policy = Some(policy.to_owned());
        self
    }

    /// The same with the field, the value found there and what is allowed.
    #[must_use]
    pub fn at_field(mut self, field: &str, value: &serde_json::Value, bound: impl Into<String>) -> Self {
        self.field = Some(field.to_owned());
        self.value = Some(value.clone());
        self.bound = Some(bound.into());
        self
    }
}

/// How much of a wrong value is shown.
const SHOWN: usize = 80;

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)?;
        if let Some(bound) = &self.bound {
            write!(f, ", want {bound}")?;
        }
        if let Some(value) = &self.value {
            let text = value.to_string();
            match text.char_indices().nth(SHOWN) {
                None => write!(f, ", got {text}")?,
                Some((end, _)) => write!(f, ", got {}...", &text[..end])?,
            }
        }
        Ok(())
    }
}
