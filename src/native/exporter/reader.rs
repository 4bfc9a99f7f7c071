//! The reader of WhatsApp-Chat-Exporter's JSON.

use std::path::{Path, PathBuf};

use crate::native::Keys;
use crate::native::json::{self, JsonFormat};
use crate::native::reader::{Candidate, Format, NamesInFile, Reader, Reading, Redacted};

/// Name of the file for all chats, without extension.
const ALL_CHATS: &str = "result";

/// Reads JSON of WhatsApp-Chat-Exporter.
pub(in crate::native) struct Exporter;

impl Reader for Exporter {
    fn format(&self) -> Format {
        Format {
            word: "exporter",
            description: "JSON of WhatsApp-Chat-Exporter",
        }
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        let is_own = match json::format_of(candidate)? {
            JsonFormat::Exporter | JsonFormat::TelegramLike => true,
            // Reported as unsupported if a person named it.
            JsonFormat::Telegram => candidate.is_named,
            JsonFormat::Cloud => false,
        };
        is_own.then(|| candidate.path.to_owned())
    }

    fn read(&self, archive: &Path, _: &dyn Keys) -> Vec<Reading> {
        vec![Reading::of_file(archive, super::read(archive))]
    }

    /// The file of one chat is named after the chat, with `-` for a blank.
    fn names_in(&self, file_name: &str) -> Option<NamesInFile> {
        let (stem, _) = file_name.rsplit_once(".json")?;
        Some(NamesInFile {
            chats: vec![stem.to_owned(), stem.replace('-', " ").trim().to_owned()],
            redacted: (stem != ALL_CHATS).then(|| Redacted {
                text: format!("{stem}.json"),
                replacement: "[name].json",
            }),
        })
    }
}
