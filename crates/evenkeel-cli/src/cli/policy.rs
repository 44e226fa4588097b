use super::CliError;
use clap::Args;
use custom_round_robin::CustomRoundRobin;
use evenkeel::{
    Registry, ServiceConfig,
    core::{BadConfig, Choice},
    policies,
};
use serde_json::{Map, Value};

/// The policy to use.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The policy by its name, with its defaults
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    policy: Option<String>,

    /// A gRPC service config: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    config: Option<String>,
}

/// The policy chosen, and the rest of the service config that it came from.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) choice: Choice,
    pub(crate) other_config: Option<String>,
}

/// The policies that can be named: the built-in ones, and the example of one that is not.
pub(crate) fn registry() -> Registry {
    policies::registry().replace::<CustomRoundRobin>()
}

impl PolicyArgs {
    /// Whether either flag was given.
    pub(crate) fn is_given(&self) -> bool {
        self.policy.is_some() || self.config.is_some()
    }

    /// The policy that the flags choose.
    pub(crate) fn choose(&self, registry: &Registry) -> Result<Chosen, CliError> {
        let named = |name: &str| registry.default_of(name).map_err(|error| unknown(error, registry));
        let Some(config) = &self.config else {
            let choice = self.policy.as_deref().map_or_else(|| Ok(policies::default_choice()), named)?;
            return Ok(Chosen { choice, other_config: None });
        };
        let text = config_text("--config", config)?;
        let parsed = ServiceConfig::parse(&text, registry)?;
        let choice = parsed.load_balancing().cloned().unwrap_or_else(policies::default_choice);
        Ok(Chosen { choice, other_config: without_policy(&text) })
    }
}

/// The config without what chooses the policy.
fn without_policy(config: &str) -> Option<String> {
    let mut fields: Map<String, Value> = serde_json::from_str(config).ok()?;
    fields.remove("loadBalancingConfig");
    fields.remove("loadBalancingPolicy");
    Some(Value::Object(fields).to_string())
}

/// The name is not known, or the policy has a field that must be given.
fn unknown(mut error: BadConfig, registry: &Registry) -> CliError {
    error.problem = if let (Some(policy), Some(field)) = (&error.policy, &error.field) {
        format!("{policy} needs {field}: give it with --config")
    } else {
        let names: Vec<_> = registry.policies().map(|policy| policy.name).collect();
        format!("{}; there is {}", error.problem, names.join(", "))
    };
    CliError::Policy(error)
}

/// The JSON of a flag that takes JSON or `@FILE`.
pub(crate) fn config_text(flag: &'static str, given: &str) -> Result<String, CliError> {
    match given.strip_prefix('@') {
        None => Ok(given.to_owned()),
        Some(file) => std::fs::read_to_string(file).map_err(|source| CliError::File {
            flag,
            file: file.to_owned(),
            source,
        }),
    }
}
