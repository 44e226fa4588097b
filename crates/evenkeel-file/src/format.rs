use crate::FileError;
use serde_json::Value;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    #[cfg(feature = "toml")]
    Toml,
    #[cfg(feature = "yaml")]
    Yaml,
}

impl Format {
    /// What the option `format` takes; an extension may be `yml` too.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "json",
        #[cfg(feature = "toml")]
        "toml",
        #[cfg(feature = "yaml")]
        "yaml",
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            #[cfg(feature = "toml")]
            "toml" => Some(Self::Toml),
            #[cfg(feature = "yaml")]
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }

    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        Self::named(if extension == "yml" { "yaml" } else { &extension })
    }

    /// Parses a text. NaN and the infinities, which JSON does not have, become null.
    pub(crate) fn parse(self, text: &str) -> Result<Value, FileError> {
        match self {
            Self::Json => serde_json::from_str(text).map_err(|error| FileError::malformed("JSON", error)),
            #[cfg(feature = "toml")]
            // Its error in full would quote the file.
            Self::Toml => {
                toml::from_str(text).map_err(|error| FileError::malformed("TOML", toml_error(text, &error)))
            }
            #[cfg(feature = "yaml")]
            Self::Yaml => crate::yaml::parse(text),
        }
    }
}

#[cfg(feature = "toml")]
fn toml_error(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| format!(" at line {}", before.matches('\n').count() + 1));
    format!("{}{}", error.message(), line.unwrap_or_default())
}
