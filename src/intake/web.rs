//! The files of a Web export: `chat.txt` and `chat.md` tell the same chat, `media/` holds its
//! files; the first version saved a bare `<title>.md` (`whatsapp-export-format.md` 1.1).

use super::layout::Layout;
use crate::archive::{Container, Entry};
use crate::parser::text;

/// Enough for the first line, which holds the title.
const FIRST_LINE: usize = 4 * 1024;

/// The number of the `chat.md` that tells the same chat as this `chat.txt`.
pub(super) fn beside(layout: &Layout<'_>, transcript: u32) -> Option<u32> {
    let number = sibling(layout, transcript, "chat.txt", "chat.md")?;
    title(layout.container(), number).map(|_| number)
}

/// The number of the `chat.txt` that tells the same chat as this `chat.md`, and with seconds.
pub(super) fn with_seconds(layout: &Layout<'_>, markdown: u32) -> Option<u32> {
    sibling(layout, markdown, "chat.md", "chat.txt")
}

fn sibling(layout: &Layout<'_>, number: u32, name: &str, wanted: &str) -> Option<u32> {
    let own = layout.container().entry(number)?;
    (own.file_name() == name)
        .then(|| layout.sibling(own, wanted))
        .flatten()
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
