//! The key table as the reference page docs/reference/configuration.md.

use std::fmt::Write;

use super::keys::{Key, Kind, SECTIONS};

impl Key {
    /// What a value may be, for people.
    fn values(&self) -> String {
        match self.kind {
            Kind::Text => "text".to_owned(),
            Kind::List => "list of texts".to_owned(),
            Kind::Word(names) => {
                let names: Vec<String> = (names().iter().map(|name| format!("`{name}`"))).collect();
                names.join(", ")
            }
            Kind::Flag => "`true`, `false`".to_owned(),
            Kind::Count(low, high) => format!("whole number, {low} to {high}"),
            Kind::Number(low, high) => format!("number, {low} to {high}"),
            Kind::Date => "date, `\"2024-12-31\"`".to_owned(),
        }
    }
}

/// The reference page of all keys.
pub(super) fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         The keys of `chatferry.toml`. Paths are relative to this file. Flags win over the environment, the environment over\n\
         the file. The API key is never in this file: set `CLOSE_API_KEY`, or use `--api-key-file`.\n\n\
         This page is written by the test `config::tests::the_reference_page_is_that_of_the_key_table`, from the table in\n\
         `src/config/keys.rs`.\n",
    );
    for keys in SECTIONS {
        let _ = write!(
            page,
            "\n## `{}`\n\n| key | value | default | description |\n|---|---|---|---|\n",
            keys.header
        );
        for key in keys.keys {
            let default = key
                .default
                .map_or("required".to_owned(), |default| format!("`{default}`"));
            let _ = writeln!(
                page,
                "| `{}` | {} | {default} | {} |",
                key.name,
                key.values(),
                key.doc
            );
        }
    }
    page
}
