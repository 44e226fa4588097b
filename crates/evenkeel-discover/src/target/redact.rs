/// What the names of options hold whose values are nobody's business, so that `acl_token`, or a mistyped name, is hidden too.
const SECRET: [&str; 7] = ["token", "pass", "pwd", "secret", "credential", "api_key", "apikey"];

/// What stands for a secret.
pub(super) const HIDDEN: &str = "***";

/// How deep targets within targets are shown: one more than a source takes.
const DEEPEST: usize = 5;

/// Whether the value of this option must not be shown.
pub(super) fn is_secret(option: &str) -> bool {
    let option = option.to_ascii_lowercase();
    SECRET.iter().any(|secret| option.contains(secret))
}

/// The text with `***` for each `USER:PASSWORD` before an `@`, wherever it stands: in a target whose scheme is missing or misspelt, in an
/// option that there is not, in an error that quotes a part.
pub(super) fn hide_pairs(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('@') {
        let begin =
            before.rfind(is_boundary).and_then(|at| Some(at + before[at..].chars().next()?.len_utf8()));
        let (others, pair) = before.split_at(begin.unwrap_or(0));
        let is_pair = pair
            .split_once(':')
            .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty() && user != "unix");
        shown.extend([others, if is_pair { HIDDEN } else { pair }, "@"]);
        rest = behind;
    }
    shown + rest
}

/// What no user name and no password holds, unless it is percent-encoded.
fn is_boundary(c: char) -> bool {
    c.is_whitespace() || "/?&=,;|\"'".contains(c)
}

/// Whether an `@` stands behind what looks like `USER:PASSWORD` and a character that ends the authority.
pub(super) fn has_bare_credentials(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let (authority, behind) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let tail = authority.rsplit_once(':').map_or("", |(_, tail)| tail);
    behind.contains('@')
        && !authority.contains('@')
        && tail.contains(|c: char| !c.is_ascii_digit() && c != ']')
}

/// The text of a target without its credentials: neither what stands before an `@` in its authority, nor a secret option.
pub(super) fn redact(text: &str) -> String {
    redact_within(text, DEEPEST)
}

/// A target within `depth` more targets; one that stands deeper is not shown at all.
fn redact_within(text: &str, depth: usize) -> String {
    if has_bare_credentials(text) {
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        let rest = text.rsplit_once('@').map_or("", |(_, rest)| rest);
        return redact_within(&format!("{scheme}://{HIDDEN}@{rest}"), depth);
    }
    let (rest, query) = text.split_once('?').map_or((text, None), |(rest, query)| (rest, Some(query)));
    let mut shown = match rest.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{}", without_userinfo(authority), path_without_userinfo(path))
        }
        None => path_without_userinfo(rest),
    };
    for (n, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if n == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            // A target within a target may hide a secret behind percent signs.
            Some((key, value)) if name(key) == "of" || is_target(value) => {
                let value = match super::decode(value) {
                    Ok(inner) if depth > 0 => redact_within(&inner, depth - 1),
                    _ => HIDDEN.to_owned(),
                };
                shown.extend([key, "=", &value.replace('&', "%26")]);
            }
            Some((key, _)) if is_secret(&name(key)) => shown.extend([key, "=", HIDDEN]),
            None if is_secret(&name(pair)) => shown.push_str(HIDDEN),
            _ => shown.push_str(pair),
        }
    }
    hide_pairs(&shown)
}

fn is_target(value: &str) -> bool {
    super::decode(value).is_ok_and(|value| value.contains("://"))
}

/// The name of an option as it is meant; it may be percent-encoded.
fn name(key: &str) -> String {
    super::decode(key).unwrap_or_else(|_| key.to_owned())
}

pub(super) fn without_userinfo(authority: &str) -> String {
    match authority.rsplit_once('@') {
        Some((_, servers)) => format!("{HIDDEN}@{servers}"),
        None => authority.to_owned(),
    }
}

/// A path in which what looks like `USER:PASSWORD@` is hidden: it stood in the authority, had the slashes been right.
pub(super) fn path_without_userinfo(path: &str) -> String {
    match path.rsplit_once('@') {
        // A list of addresses is no such thing.
        Some((before, rest)) if before.contains(':') && !before.contains([',', ';']) => {
            let slash = if path.starts_with('/') { "/" } else { "" };
            format!("{slash}{HIDDEN}@{rest}")
        }
        _ => path.to_owned(),
    }
}
