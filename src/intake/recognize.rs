//! What the search for archives asks of the readers: which paths, names and texts are theirs.

use std::path::{Path, PathBuf};

use super::stores;
use crate::archive::Recognize;
use crate::parser::text;

/// The formats that this program reads.
pub(super) struct Formats;

impl Recognize for Formats {
    fn store_at(&self, path: &Path, is_named: bool) -> Option<PathBuf> {
        stores::store_at(path, is_named)
    }

    fn is_export_name(&self, stem: &str) -> bool {
        text::archive_name(stem).certain
    }

    fn is_web_markdown(&self, head: &str) -> bool {
        text::markdown_title(head).is_some()
    }
}
