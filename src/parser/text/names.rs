//! The chat's name in the name of an archive or transcript: `WhatsApp Chat with NAME`.

use super::words::words;

/// The name of a chat, from a file's or folder's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveName {
    /// The other side's name, or the group's subject.
    pub chat: String,
    /// True when the file's name has the form that WhatsApp gives; false when the whole of it was
    /// taken because somebody renamed it.
    pub certain: bool,
}

/// Reads the chat's name from the stem (no folder, no extension) of an archive's or a
/// transcript's name. Copies (` (1)`) and blanks turned to `_` by mail programs are understood
/// (`whatsapp-export-format.md` 1.1).
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

fn without_copy_number(stem: &str) -> &str {
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
    fn takes_the_name_out() {
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
