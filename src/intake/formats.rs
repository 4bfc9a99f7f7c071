//! The archive formats that discovery recognises, by the rules of their readers.

use std::path::{Path, PathBuf};

use crate::archive::Recognize;
use crate::native;
use crate::parser::text;

/// All formats that chatferry reads.
pub(super) struct Formats;

impl Recognize for Formats {
    fn native_archive_at(&self, path: &Path, is_named: bool) -> Option<PathBuf> {
        native::claim(path, is_named).map(|claim| claim.archive)
    }

    fn is_export_name(&self, stem: &str) -> bool {
        text::archive_name(stem).certain
    }

    fn is_web_markdown(&self, head: &str) -> bool {
        text::markdown_title(head).is_some()
    }
}
