use crate::format::Format;
use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::path::PathBuf;

/// Which file a target means, and how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
}

/// The options of a target.
pub(crate) const OPTIONS: &[Field] = &[Field::new(
    "format",
    FieldKind::OneOf(Format::NAMES),
    "null",
    "how the file is written; by its extension without it",
)];

impl Place {
    /// Understands a target.
    pub(crate) fn of(target: &Target) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        if !target.authority().is_empty() {
            return Err(target.bad("want three slashes and an absolute path: file:///PATH"));
        }
        let path = target.decoded_path()?;
        if path.is_empty() || path.ends_with('/') {
            return Err(target.bad("want the path of a file: file:///PATH"));
        }
        let path = PathBuf::from(format!("/{path}"));
        let names = Format::NAMES.join(", ");
        let format = match target.option("format") {
            Some(name) => Format::named(name)
                .ok_or_else(|| target.bad(format!("option format={name}: want one of {names}")))?,
            None => path
                .extension()
                .and_then(|extension| Format::of_extension(extension.to_str()?))
                .ok_or_else(|| target.bad(format!("want a file extension or an option format of {names}")))?,
        };
        Ok(Self { path, format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(target: &str) -> Result<(String, String), String> {
        let target = Target::parse(target).map_err(|e| e.to_string())?;
        let place = Place::of(&target).map_err(|e| e.to_string())?;
        Ok((place.path.display().to_string(), format!("{:?}", place.format)))
    }

    #[test]
    fn a_target_names_an_absolute_path_and_its_format() {
        let of = |path: &str, format: &str| Ok((path.to_owned(), format.to_owned()));
        assert_eq!(place("file:///etc/svc.json"), of("/etc/svc.json", "Json"));
        assert_eq!(place("file:///etc/a%20b.JSON"), of("/etc/a b.JSON", "Json"));
        assert_eq!(place("file:///etc/svc.list?format=json"), of("/etc/svc.list", "Json"));
        #[cfg(feature = "toml")]
        assert_eq!(place("file:///svc.toml"), of("/svc.toml", "Toml"));
        #[cfg(feature = "yaml")]
        assert_eq!(place("file:///etc/svc.yml"), of("/etc/svc.yml", "Yaml"));
        #[cfg(all(feature = "toml", feature = "yaml"))]
        assert_eq!(place("file:///etc/svc.yaml?format=toml"), of("/etc/svc.yaml", "Toml"));
    }

    #[test]
    fn a_mistake_in_a_target_is_told_without_looking_at_the_file() {
        for (target, why) in [
            ("file://etc/svc.json", "three slashes"),
            ("file://localhost/etc/svc.json", "three slashes"),
            ("file:///", "want the path"),
            ("file:///etc/", "want the path"),
            ("file:///etc/svc", "want a file extension or an option format of json"),
            ("file:///etc/svc.ini", "want a file extension"),
            ("file:///etc/svc.json?format=ini", "format=ini: want one of json"),
            ("file:///etc/svc.json?fromat=json", "no option \"fromat\"; there are: format"),
            ("file:///etc/%zz.json", "hexadecimal"),
        ] {
            let error = place(target).unwrap_err();
            assert!(error.contains(why), "{target}: {error}");
        }
    }
}
