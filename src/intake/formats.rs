//! The archive formats that discovery recognises, by the rules of their readers.

use std::path::{Path, PathBuf};

use super::native_archives;
use crate::archive::Recognize;
use crate::parser::text;

/// All formats that chatferry reads.
pub(super) struct Formats;

impl Recognize for Formats {
    fn native_archive_at(&self, path: &Path, is_named: bool) -> Option<PathBuf> {
        native_archives::native_archive_at(path, is_named)
    }

    fn is_export_name(&self, stem: &str) -> bool {
        text::archive_name(stem).certain
    }

    fn is_web_markdown(&self, head: &str) -> bool {
        text::markdown_title(head).is_some()
    }
}
