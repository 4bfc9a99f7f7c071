//! The display name of a chat, derived from the names of its transcript, zip and folder.

use std::path::Path;

use crate::archive::{Container, Entry};
use crate::parser::text::{self, ArchiveName};

/// The chat's name: from the transcript's name if WhatsApp gave it, else from the zip's or the folder's,
/// else any name that a person gave.
pub(super) fn chat_name(container: &Container, path: &Path, transcript: &Entry) -> ArchiveName {
    let own = text::archive_name(stem(transcript.file_name()));
    let inner = transcript.folder().rsplit('/').next().unwrap_or("");
    let outer = if container.is_zip() || !path.is_file() {
        Some(path)
    } else {
        path.parent()
    };
    let outer = outer.and_then(|p| {
        p.file_name()
            .or(None)
            .map(|n| n.to_string_lossy().into_owned())
            .or_else(|| {
                p.canonicalize()
                    .ok()?
                    .file_name()
                    .map(|n| n.to_string_lossy().into_owned())
            })
    });
    // A folder may still have the name of the zip that it was unpacked from.
    let of_zip = outer.as_deref().map(stem).map(text::archive_name);
    let is_decoding = |zip: &&ArchiveName| zip.certain && is_decoding_of(transcript, zip);
    if let Some(zip) = of_zip.as_ref().filter(is_decoding) {
        return zip.clone();
    }
    let of_folder = text::archive_name(inner);
    if let Some(certain) = [Some(&own), Some(&of_folder), of_zip.as_ref()]
        .into_iter()
        .flatten()
        .find(|n| n.certain)
    {
        return certain.clone();
    }
    let generic = matches!(stem(transcript.file_name()), "_chat" | "chat");
    if !generic && !container.is_zip() {
        return own;
    }
    if !inner.is_empty() {
        of_folder
    } else {
        of_zip.unwrap_or(own)
    }
}

/// Whether the transcript's name is not UTF-8 and `other` is one of its decodings: the name on disk then
/// determines which decoding is right.
fn is_decoding_of(transcript: &Entry, other: &ArchiveName) -> bool {
    transcript.other_names.iter().any(|name| {
        let name = name
            .rsplit_once('/')
            .map_or(name.as_str(), |(_, name)| name);
        text::archive_name(stem(name)).chat == other.chat
    })
}

/// A name without the extension `.zip` or `.txt`, also where the number of a copy follows: `Theo.zip (1)`.
pub(super) fn stem(name: &str) -> &str {
    let without_extension = |name: &'_ str| -> Option<usize> {
        let lower = name.to_ascii_lowercase();
        let has_extension = lower.ends_with(".zip") || lower.ends_with(".txt");
        has_extension.then(|| name.len() - 4)
    };
    let end = without_extension(name)
        .or_else(|| without_extension(text::without_copy_number(name)))
        .unwrap_or(name.len());
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn stem_has_no_extension_and_no_number_of_a_copy_behind_it() {
        for (name, expected) in [
            ("Theo.zip", "Theo"),
            ("Theo.TXT", "Theo"),
            ("Theo.zip (1)", "Theo"),
            ("Theo.ZIP (12)", "Theo"),
            ("Theo (1).zip", "Theo (1)"),
            ("Theo (1)", "Theo (1)"),
            ("Theo.zip (Berlin)", "Theo.zip (Berlin)"),
            ("Theo", "Theo"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
