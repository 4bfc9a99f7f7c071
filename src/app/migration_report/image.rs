//! Images of a conversation that are small enough to be shown in a report.
//!
//! An image is recognised by its first bytes, never by its name: a file that a browser could run, as SVG and HTML, is
//! never one.

use std::cell::Cell;

use crate::plan::Plan;
use crate::transform::desired::File;

/// The size of the largest image that is shown, in bytes.
const LARGEST: u64 = 256 * 1024;
/// The total size of the images of a report, in bytes.
const TOTAL: u64 = 8 * 1024 * 1024;

/// An image to show in a report.
#[derive(Debug)]
pub(crate) struct Image {
    /// The media type, such as `image/jpeg`.
    pub(crate) media_type: &'static str,
    /// The bytes of the image file.
    pub(crate) bytes: Vec<u8>,
}

/// What is left of the total size.
#[derive(Debug)]
pub(super) struct Budget(Cell<u64>);

impl Default for Budget {
    fn default() -> Self {
        Budget(Cell::new(TOTAL))
    }
}

/// The image in a file; `None` if it is none, is too large, or cannot be read.
pub(super) fn of(plan: &Plan, file: &File, budget: &Budget) -> Option<Image> {
    let left = budget.0.get();
    if file.size == 0 || file.size > LARGEST.min(left) {
        return None;
    }
    let container = plan.containers.get(file.container as usize)?;
    // Looks at the first bytes alone, so that documents are not read.
    media_type(&container.head(file.entry, 64).ok()?)?;
    let bytes = container.read(file.entry).ok()?;
    let media_type = media_type(&bytes)?;
    budget.0.set(left.saturating_sub(bytes.len() as u64));
    Some(Image { media_type, bytes })
}

/// The media type of an image that every browser shows.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let known = infer::get(bytes)?.mime_type();
    ["image/jpeg", "image/png", "image/webp", "image/gif"]
        .into_iter()
        .find(|shown| *shown == known)
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn documents_are_no_images_whatever_their_name() {
        assert_eq!(
            media_type(b"\xff\xd8\xff\xe0\0\x10JFIF"),
            Some("image/jpeg")
        );
        assert_eq!(
            media_type(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            Some("image/png")
        );
        assert_eq!(
            media_type(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            None
        );
        assert_eq!(media_type(b"<!doctype html><script>"), None);
        assert_eq!(media_type(b"%PDF-1.7"), None);
    }
}
