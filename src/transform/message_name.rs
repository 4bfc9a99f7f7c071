//! Names of messages in tables that people edit: an external id, or ARCHIVE:LINE as reports print it.
//!
//! Never here: what a table does with a message.

use std::collections::HashMap;

use super::desired::DesiredChat;
use crate::display_text;
use crate::ids::ExternalId;
use crate::native;
use crate::table_cell;

/// How a person names a message in a table or on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MessageName {
    /// An external id: a WhatsApp id, a wamid, or a derived one.
    Id(ExternalId),
    /// A line of an archive.
    ArchiveLine {
        /// The archive, or the end of its path, with `/` between folders.
        file: String,
        /// The line, from 1.
        line: u32,
    },
}

impl MessageName {
    /// Reads a name that a person typed; `None` if it is none.
    pub fn read(text: &str) -> Option<MessageName> {
        MessageName::parse(text.trim())
    }

    /// Parses a cell as it is in the table; `None` if it is not a message name.
    pub(super) fn parse(cell: &str) -> Option<MessageName> {
        let cell = match cell.contains(':') {
            true => table_cell::read_name(cell),
            false => table_cell::read(cell),
        };
        if cell.is_empty() || cell.contains(char::is_control) {
            return None;
        }
        // No WhatsApp id has a colon.
        if let Some((file, line)) = cell.rsplit_once(':') {
            let line = line.parse().ok().filter(|line| *line > 0)?;
            let file = file.replace('\\', "/");
            return (!file.is_empty()).then_some(MessageName::ArchiveLine { file, line });
        }
        if cell.contains(char::is_whitespace) {
            return None;
        }
        Some(MessageName::Id(
            native::stanza_of(cell).map_or_else(|| cell.into(), ExternalId::from),
        ))
    }

    /// Whether the path of an archive, as it is printed, ends with the named file.
    pub fn is_of(file: &str, path: &str) -> bool {
        let path = display_text::line(path).replace('\\', "/");
        let file = file.trim_start_matches("./");
        path == file || path.ends_with(&format!("/{file}"))
    }
}

/// The desired messages of each name: chat and index.
pub(super) fn indexes<'w>(
    names: impl Iterator<Item = &'w MessageName>,
    chats: &[DesiredChat],
) -> HashMap<MessageName, Vec<(usize, usize)>> {
    let mut by_id: HashMap<&ExternalId, &MessageName> = HashMap::new();
    let mut by_line: HashMap<u32, Vec<(&str, &MessageName)>> = HashMap::new();
    for name in names {
        match name {
            MessageName::Id(id) => {
                by_id.insert(id, name);
            }
            MessageName::ArchiveLine { file, line } => {
                by_line.entry(*line).or_default().push((file, name));
            }
        }
    }
    let mut indexes: HashMap<MessageName, Vec<(usize, usize)>> = HashMap::new();
    for (number, chat) in chats.iter().enumerate() {
        chat.messages.with(|messages| {
            for (index, message) in messages.iter().enumerate() {
                let ids = std::iter::once(&message.external_id).chain(message.alternate_ids());
                let mut names: Vec<&MessageName> =
                    ids.filter_map(|id| by_id.get(id).copied()).collect();
                let path = chat.paths.get(message.archive as usize);
                for (file, name) in by_line.get(&message.line).into_iter().flatten() {
                    if path.is_some_and(|path| MessageName::is_of(file, path)) {
                        names.push(name);
                    }
                }
                for name in names {
                    let all = indexes.entry(name.clone()).or_default();
                    if all.last() != Some(&(number, index)) {
                        all.push((number, index));
                    }
                }
            }
        });
    }
    indexes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_name_is_an_id_or_archive_and_line() {
        let id = |id: &str| Some(MessageName::Id(id.into()));
        assert_eq!(
            MessageName::parse("3A147ACFD8475480CC39"),
            id("3A147ACFD8475480CC39")
        );
        let wamid = native::wamid_of("+917506080480", false, "3A147ACFD8475480CC39").unwrap();
        assert_eq!(MessageName::parse(&wamid), id("3A147ACFD8475480CC39"));
        let index = MessageName::ArchiveLine {
            file: "exports/WhatsApp Chat with Theo.zip".to_owned(),
            line: 12,
        };
        assert_eq!(
            MessageName::parse(r"exports\WhatsApp Chat with Theo.zip:12"),
            Some(index)
        );
        for none in ["", "two words", "file.zip:0", "file.zip:x", ":4"] {
            assert_eq!(MessageName::parse(none), None, "{none}");
        }
        assert!(MessageName::is_of("Theo.zip", "exports/Theo.zip"));
        assert!(!MessageName::is_of("heo.zip", "exports/Theo.zip"));
    }
}
