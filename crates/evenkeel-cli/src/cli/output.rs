use super::CliError;
use serde::Serialize;
use std::{
    fmt,
    io::{self, Write},
};

/// Prints on standard output. A reader that went away, as `head` does, is no error.
pub(crate) fn print(text: impl fmt::Display) -> Result<(), CliError> {
    print_to_reader(text).map(drop)
}

/// The same, and whether the reader is still there.
pub(crate) fn print_to_reader(text: impl fmt::Display) -> Result<bool, CliError> {
    match write!(io::stdout().lock(), "{text}").and_then(|()| io::stdout().flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Output(error)),
    }
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CliError> {
    json_to_reader(value).map(drop)
}

/// The same, and whether the reader is still there.
pub(crate) fn json_to_reader(value: &impl Serialize) -> Result<bool, CliError> {
    let text = serde_json::to_string(value).map_err(|error| CliError::Output(error.into()))?;
    print_to_reader(format_args!("{text}\n"))
}

/// How many characters of an error are shown.
const LONGEST: usize = 800;

/// The text as one line without control characters, cut to a length that can be read.
pub(crate) fn plain(line: &str) -> String {
    let mut text = String::new();
    for c in line.chars().take(LONGEST) {
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    if line.chars().nth(LONGEST).is_some() {
        text.push_str("...");
    }
    text
}

/// Columns of text that line up: the first to the left, those of numbers to the right.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// From this column on, text stands to the right.
    right_from: usize,
}

impl Table {
    /// A table whose columns from this one on hold numbers.
    pub(crate) fn new(right_from: usize) -> Self {
        Self { rows: Vec::new(), right_from }
    }

    /// Adds a row.
    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |n: usize| self.rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max();
        (0..columns).map(|n| width(n).unwrap_or(0)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::new();
            for (n, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let room = " ".repeat(width - cell.chars().count());
                let (before, after) = if n < self.right_from { ("", &*room) } else { (&*room, "") };
                line.extend(["  ", before, cell, after]);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(1);
        table.row(["endpoint", "calls"]);
        table.row(["a:1", "12"]);
        assert_eq!(table.to_string(), "  endpoint  calls\n  a:1          12\n");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(plain("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(plain(&"x".repeat(10_000)).len(), LONGEST + 3);
    }
}
