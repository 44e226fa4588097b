/// Undoes percent encoding.
pub(crate) fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err("a percent sign wants two hexadecimal digits behind it"),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "percent-encoded bytes are not UTF-8")?;
    if text.chars().any(char::is_control) { Err("it has control characters") } else { Ok(text) }
}
