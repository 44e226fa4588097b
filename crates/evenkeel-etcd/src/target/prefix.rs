use evenkeel_discover::{BadTarget, Target};

/// What the keys of a service begin with. It ends in a slash, so that `svc/foo` does not take in `svc/foobar`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(String);

impl Prefix {
    /// The prefix of a target, and where it has two the other.
    ///
    /// Some write keys with a slash before them (etcd's own examples, Go kit) and some without (Kitex), so the path `svc/foo` means
    /// both `/svc/foo/` and `svc/foo/`, in this order. A path with a slash of its own (`etcd://host//svc/foo`) or the option
    /// `slash=yes` means only the first, `slash=no` only the second.
    pub(super) fn both(target: &Target) -> Result<(Self, Option<Self>), BadTarget> {
        let path = target.path();
        let path = path.strip_suffix('/').unwrap_or(path);
        let (path, is_absolute) = path.strip_prefix('/').map_or((path, false), |path| (path, true));
        if path.is_empty() {
            return Err(target.bad("want what the keys begin with: etcd://HOST:PORT/PREFIX"));
        }
        let (with, without) = (Self(format!("/{path}/")), Self(format!("{path}/")));
        match target.option("slash") {
            None if is_absolute => Ok((with, None)),
            None => Ok((with, Some(without))),
            Some("yes") => Ok((with, None)),
            Some("no") if is_absolute => Err(target.bad("option slash=no, but the path begins with a slash")),
            Some("no") => Ok((without, None)),
            Some(other) => Err(target.bad(format!("option slash={other}: want yes or no"))),
        }
    }

    /// The first key that has it and the first behind all that have it.
    pub(crate) fn range(&self) -> (Vec<u8>, Vec<u8>) {
        let path = self.0.strip_suffix('/').unwrap_or(&self.0);
        // '0' is the byte after the slash.
        (self.0.clone().into_bytes(), format!("{path}0").into_bytes())
    }

    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }
}
