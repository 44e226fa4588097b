use std::any::Any;

/// What a panic said, at most 256 characters of it: policies and pickers may be anybody's code, and a panic in one of them is an error of
/// its own, not the end of the program.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(no text)").chars().take(256).collect()
}
