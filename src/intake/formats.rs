//! The archive formats that discovery recognises, by the rules of their readers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::archive::Recognize;
use crate::native::{self, Claim};
use crate::parser::text;

/// All formats that chatferry reads, and what discovery has found of native ones: a log may be split into
/// thousands of files, each of which is opened only once to find its format.
#[derive(Default)]
pub(super) struct Formats {
    claims: Mutex<HashMap<PathBuf, Claim>>,
}

impl Formats {
    /// The claims that need not be repeated, by archive.
    pub(super) fn into_claims(self) -> HashMap<PathBuf, Claim> {
        let claims = self.claims.into_inner();
        claims.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recognize for Formats {
    fn native_archive_at(&self, path: &Path, is_named: bool, is_folder: bool) -> Option<PathBuf> {
        let claim = native::claim(path, is_named, is_folder)?;
        let archive = claim.archive.path.clone();
        if claim.is_final {
            let claims = self.claims.lock();
            let mut claims = claims.unwrap_or_else(PoisonError::into_inner);
            claims.insert(archive.clone(), claim);
        }
        Some(archive)
    }

    fn is_export_name(&self, stem: &str) -> bool {
        text::archive_name(stem).certain
    }

    fn is_web_markdown(&self, head: &str) -> bool {
        text::markdown_title(head).is_some()
    }

    fn is_native_name(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        (name.starts_with("msgstore") && name.contains(".db"))
            || matches!(
                name.as_str(),
                "wa.db" | "chatstorage.sqlite" | "manifest.db"
            )
            || [".crypt12", ".crypt14", ".crypt15"]
                .iter()
                .any(|ending| name.ends_with(ending))
    }
}
