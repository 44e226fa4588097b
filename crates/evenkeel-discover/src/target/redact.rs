/// Options whose values are nobody's business.
const SECRET: [&str; 4] = ["token", "password", "passwd", "secret"];

/// What stands for a secret.
pub(super) const HIDDEN: &str = "***";

/// Whether the value of this option must not be shown.
pub(super) fn is_secret(option: &str) -> bool {
    SECRET.iter().any(|secret| option.eq_ignore_ascii_case(secret))
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

/// Whether the value of this option is itself a target, as `merge` has them, or a URL.
pub(super) fn is_target(option: &str) -> bool {
    matches!(option, "of" | "server")
}

/// The text of a target without its credentials: neither what stands before an `@` in its authority, nor a secret option.
pub(super) fn redact(text: &str) -> String {
    if has_bare_credentials(text) {
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        let rest = text.rsplit_once('@').map_or("", |(_, rest)| rest);
        return redact(&format!("{scheme}://{HIDDEN}@{rest}"));
    }
    let (rest, query) = text.split_once('?').map_or((text, None), |(rest, query)| (rest, Some(query)));
    let mut shown = match rest.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", without_userinfo(authority))
        }
        None => rest.to_owned(),
    };
    for (n, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if n == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            // A target within a target may hide a secret behind percent signs.
            Some((key, value)) if is_target(key) => {
                let value = super::decode(value).map_or_else(|_| HIDDEN.to_owned(), |inner| redact(&inner));
                shown.extend([key, "=", &value.replace('&', "%26")]);
            }
            Some((key, _)) if is_secret(key) => shown.extend([key, "=", HIDDEN]),
            _ => shown.push_str(pair),
        }
    }
    shown
}

pub(super) fn without_userinfo(authority: &str) -> String {
    match authority.rsplit_once('@') {
        Some((_, servers)) => format!("{HIDDEN}@{servers}"),
        None => authority.to_owned(),
    }
}
