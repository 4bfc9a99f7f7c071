//! Names of people in the names of files and folders: those of native archives by their readers, all others as the
//! names of text exports.
//!
//! Redaction and privacy depend on it. Never here: what is redacted, and which chats are private.

use std::path::Path;

use super::chat_name::stem;
use crate::native::{self, NamesInFile, Redacted};
use crate::parser::text::archive_name;

/// Finds the names of people in the name of a file or folder, by the forms that WhatsApp and
/// exporters give such names; empty if there are none.
pub fn names_in(file_name: &str) -> NamesInFile {
    native::names_in(file_name).unwrap_or_else(|| in_export_name(file_name))
}

/// The chats of which a text export may have this name: by WhatsApp's form, and with the marks of a copy or of a mail
/// program removed from a name that a person gave.
fn in_export_name(file_name: &str) -> NamesInFile {
    let own = stem(file_name);
    let as_given = format!("WhatsApp Chat with {}", own.replace('_', " "));
    let file_stem = Path::new(file_name).file_stem().unwrap_or_default();
    let certain = archive_name(&file_stem.to_string_lossy());
    NamesInFile {
        chats: vec![archive_name(own).chat, archive_name(&as_given).chat],
        redacted: certain.certain.then_some(Redacted {
            text: certain.chat,
            replacement: "[name]",
        }),
    }
}

/// Whether a path has the name of such a chat. Folders may be named like the chat too.
pub fn is_chat_named(path: &Path, is_such: impl Fn(&str) -> bool) -> bool {
    let parts = path.components();
    parts
        .flat_map(|part| names_in(&part.as_os_str().to_string_lossy()).chats)
        .any(|chat| is_such(&chat) || is_such(without_number(&chat)))
}

/// A name without the number that macOS gives to a copy. The number may be part of the name as well.
fn without_number(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((own, number)) if number.bytes().all(|b| b.is_ascii_digit()) => own,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_found_in_file_names_of_every_format() {
        for (file, chats, redacted) in [
            (
                "WhatsApp Chat with Theo Marsh (1).zip",
                ["Theo Marsh", "WhatsApp Chat with Theo Marsh"],
                Some("Theo Marsh"),
            ),
            ("Theo_Marsh.txt", ["Theo_Marsh", "Theo Marsh"], None),
            (
                "Theo-Marsh.json",
                ["Theo-Marsh", "Theo Marsh"],
                Some("Theo-Marsh.json"),
            ),
            ("result.json", ["result", "result"], None),
            ("msgstore.db", ["msgstore.db", "msgstore.db"], None),
        ] {
            let found = names_in(file);
            assert_eq!(found.chats, chats, "{file}");
            let text = found.redacted.map(|redacted| redacted.text);
            assert_eq!(text.as_deref(), redacted, "{file}");
        }
    }
}
