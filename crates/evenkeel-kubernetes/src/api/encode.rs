/// Percent-encodes what stands in a path or a query.
pub(crate) fn encode(text: &str) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).map(|digit| digit.to_ascii_uppercase());
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([digit(byte >> 4), digit(byte & 15)].into_iter().flatten());
        }
    }
    out
}
