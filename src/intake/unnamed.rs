//! Archives that no device has, next to archives that a device names one by one.
//!
//! Belongs here: finding them by the names that WhatsApp gives to exports. They are not opened, and folders are not
//! searched: the folder may be any folder of the machine.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::RealPaths;
use crate::parser::text::archive_name;

/// The archives in the folders of `named`, the files that devices name, which are not at or below a path of `claimed`,
/// all paths of devices. Sorted.
pub(super) fn next_to(
    named: &[PathBuf],
    claimed: &[PathBuf],
    real_paths: &mut RealPaths,
) -> Vec<PathBuf> {
    let folders: BTreeSet<&Path> = named.iter().filter_map(|path| path.parent()).collect();
    if folders.is_empty() {
        return Vec::new();
    }
    let claimed: HashSet<PathBuf> = (claimed.iter())
        .map(|path| real_paths.resolve(path))
        .collect();
    let mut unnamed = BTreeSet::new();
    for folder in folders {
        let listed = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        // A folder that cannot be listed has been named with its files; these are read by their paths.
        let items = fs::read_dir(listed).into_iter().flatten().flatten();
        for item in items {
            let is_file = item.file_type().is_ok_and(|kind| kind.is_file());
            let path = folder.join(item.file_name());
            if !is_file || !is_export(&path) {
                continue;
            }
            let real = real_paths.resolve(&path);
            if !real.ancestors().any(|path| claimed.contains(path)) {
                unnamed.insert(path);
            }
        }
    }
    unnamed.into_iter().collect()
}

/// Whether the name is one that WhatsApp gives to exports.
fn is_export(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    let is_read = extension.eq_ignore_ascii_case("zip") || extension.eq_ignore_ascii_case("txt");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    is_read && archive_name(&stem).certain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_exports_count() {
        for (name, expected) in [
            ("WhatsApp Chat with Theo Marsh.zip", true),
            ("WhatsApp Chat - Theo Marsh.ZIP", true),
            ("WhatsApp Chat with Theo Marsh.txt", true),
            ("WhatsApp Chat with Theo Marsh.pdf", false),
            ("plans.zip", false),
            ("notes.txt", false),
        ] {
            assert_eq!(is_export(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn named_files_and_those_of_named_folders_are_claimed() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(format!("WhatsApp Chat with {name}.txt"));
        for name in ["Theo", "Rita", "Zoe"] {
            fs::write(path(name), "x").expect("written");
        }
        let mut real = RealPaths::default();
        let named = [path("Theo")];
        let mut found = |claimed: &[PathBuf]| next_to(&named, claimed, &mut real);
        assert_eq!(found(&[path("Theo"), path("Rita")]), [path("Zoe")]);
        assert!(found(&[path("Theo"), dir.path().to_owned()]).is_empty());
    }
}
