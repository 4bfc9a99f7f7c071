//! The files of a WhatsApp Web export: `chat.txt` and `chat.md` contain the same messages, `media/` the
//! attachments. The first version of the export was a single `<title>.md`.

use super::layout::Layout;
use crate::archive::{Container, Entry};
use crate::parser::text;

/// Bytes that certainly contain the first line, which contains the title.
const FIRST_LINE: usize = 4 * 1024;

/// The number of the `chat.md` with the same messages as this `chat.txt`.
pub(super) fn markdown_of(layout: &Layout<'_>, transcript: u32) -> Option<u32> {
    let number = sibling(layout, transcript, "chat.txt", "chat.md")?;
    title(layout.container(), number).map(|_| number)
}

/// The number of the `chat.txt` with the same messages as this `chat.md`, whose times have seconds.
pub(super) fn text_of(layout: &Layout<'_>, markdown: u32) -> Option<u32> {
    sibling(layout, markdown, "chat.md", "chat.txt")
}

fn sibling(layout: &Layout<'_>, number: u32, name: &str, wanted: &str) -> Option<u32> {
    let own = layout.container().entry(number)?;
    (own.file_name() == name)
        .then(|| layout.sibling(own, wanted))
        .flatten()
}

/// Whether an entry may be a single-file Markdown export.
pub(super) fn is_markdown(entry: &Entry) -> bool {
    entry
        .file_name()
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("md"))
}

/// The chat's name in the first line of a Markdown export; `None` for every other file.
pub(super) fn title(container: &Container, number: u32) -> Option<String> {
    container.entry(number).filter(|entry| is_markdown(entry))?;
    let head = container.head(number, FIRST_LINE).ok()?;
    let head = text::decode(head).ok()?;
    text::markdown_title(head.text()).map(str::to_owned)
}
