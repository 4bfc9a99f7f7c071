//! The files of a Web export: `chat.txt` and `chat.md` tell the same chat, `media/` holds its
//! files; the first version saved a bare `<title>.md` (`whatsapp-export-format.md` 1.1).

use crate::archive::{Container, Entry};
use crate::parser::text;

/// Enough for the first line, which holds the title.
const FIRST_LINE: usize = 4 * 1024;

/// The number of the `chat.md` that tells the same chat as this `chat.txt`.
pub(super) fn beside(container: &Container, transcript: u32) -> Option<u32> {
    let own = container.entry(transcript)?;
    let number = sibling(container, own, "chat.txt", "chat.md")?;
    title(container, number).map(|_| number)
}

/// The number of the `chat.txt` that tells the same chat as this `chat.md`, and with seconds.
pub(super) fn with_seconds(container: &Container, markdown: u32) -> Option<u32> {
    sibling(container, container.entry(markdown)?, "chat.md", "chat.txt")
}

fn sibling(container: &Container, own: &Entry, name: &str, wanted: &str) -> Option<u32> {
    if own.file_name() != name {
        return None;
    }
    (0u32..)
        .zip(container.entries())
        .find(|(_, entry)| entry.file_name() == wanted && entry.folder() == own.folder())
        .map(|(number, _)| number)
}

/// True for an entry that may be a bare export in Markdown.
pub(super) fn is_markdown(entry: &Entry) -> bool {
    entry
        .file_name()
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("md"))
}

/// The chat's name in the first line of an export in Markdown; `None` for every other file.
pub(super) fn title(container: &Container, number: u32) -> Option<String> {
    container.entry(number).filter(|entry| is_markdown(entry))?;
    let head = container.head(number, FIRST_LINE).ok()?;
    let head = text::decode(head).ok()?;
    text::markdown_title(head.text()).map(str::to_owned)
}
