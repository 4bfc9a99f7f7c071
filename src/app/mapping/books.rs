//! Files of the migration that look like address books.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// The most files that are listed.
const LISTED: usize = 50;

/// The `.vcf` files in the folder of the migration, in those of its archives and one above these; absolute, in order, at most
/// 50. Folders that cannot be read have none.
pub(crate) fn address_books(settings: &Settings) -> Vec<PathBuf> {
    let dir = match settings.dir.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => settings.dir.clone(),
    };
    let archives = settings.devices.iter().flat_map(|device| &device.archives);
    let mut folders = BTreeSet::new();
    for archives in archives.map(|written| dir.join(written)) {
        folders.extend(
            archives
                .parent()
                .and_then(|above| above.canonicalize().ok()),
        );
        folders.extend(archives.canonicalize());
    }
    folders.extend(dir.canonicalize());
    let mut books = BTreeSet::new();
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        books.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| is_book(path)),
        );
    }
    books.into_iter().take(LISTED).collect()
}

fn is_book(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|own| own.eq_ignore_ascii_case("vcf")) && path.is_file()
}
