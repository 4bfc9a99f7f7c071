//! The chat's name in the name of an archive or transcript: `WhatsApp Chat with NAME`.

use super::words::words;

/// The name of a chat, from the name of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveName {
    /// The name of the other participant, or the subject of the group, as the archive's name has
    /// it.
    pub chat: String,
    /// Whether the file's name has WhatsApp's form; otherwise the file was renamed and `chat` is its whole name.
    pub certain: bool,
}

/// Extracts the chat's name from the stem (no folder, no extension) of an archive's or transcript's name. Copy numbers
/// (` (1)`) and blanks that mail programs replaced by `_` are recognised.
pub fn archive_name(stem: &str) -> ArchiveName {
    let stem = stem.trim();
    let copy = without_copy_number(stem);
    for candidate in [copy, &copy.replace('_', " ")] {
        let candidate = candidate.replace(['\u{a0}', '\u{202f}'], " ");
        if let Some(chat) = words()
            .chat_names
            .iter()
            .find_map(|p| p.capture(&candidate))
        {
            return ArchiveName {
                chat: chat.trim().to_owned(),
                certain: true,
            };
        }
    }
    ArchiveName {
        chat: copy.to_owned(),
        certain: false,
    }
}

/// A name without the number that a browser or file manager gives to a copy: `Theo (1)`.
pub fn without_copy_number(stem: &str) -> &str {
    let Some(rest) = stem.strip_suffix(')') else {
        return stem;
    };
    match rest.rsplit_once(" (") {
        Some((name, number))
            if (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            name
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_name_is_extracted() {
        for (stem, chat, certain) in [
            ("WhatsApp Chat with Theo Marsh", "Theo Marsh", true),
            ("WhatsApp Chat - Theo Marsh (1)", "Theo Marsh", true),
            ("WhatsApp_Chat_with_Theo_Marsh", "Theo Marsh", true),
            ("WhatsApp Chat - +44 7700 900123", "+44 7700 900123", true),
            ("Theo Marsh", "Theo Marsh", false),
        ] {
            assert_eq!(
                archive_name(stem),
                ArchiveName {
                    chat: chat.into(),
                    certain
                },
                "{stem}"
            );
        }
    }
}
