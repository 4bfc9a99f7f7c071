//! The line `sep=;` with which a spreadsheet program declares the delimiter of a table.
//!
//! Never here: a delimiter that is derived from the header.

/// The delimiter that a first line `sep=;` declares; `None` for any other line. A spreadsheet may
/// have split the line into cells.
pub(crate) fn declared_delimiter(line: &str) -> Option<u8> {
    let declaration = line.trim().trim_start_matches('"');
    let word = declaration
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("sep="))?;
    let mut rest = declaration[word.len()..].chars();
    let delimiter = rest
        .next()
        .or_else(|| line.ends_with("=\t").then_some('\t'))?;
    let is_one = matches!(delimiter, ',' | ';' | '\t');
    (is_one && rest.all(|c| c == delimiter || matches!(c, '"' | ',' | ';')))
        .then(|| u8::try_from(delimiter).ok())?
}
