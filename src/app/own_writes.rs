//! What this process itself wrote into tables, so that one of its forms does not refuse another.
//!
//! A form names the version of a table that a person saw. If everything that was written since is this process's own, the form
//! is not outdated by someone else, and may be applied to the table as it is now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;

/// The versions of each table by their digests: each but the first is what this process made of the one before it.
static VERSIONS: Mutex<BTreeMap<PathBuf, Vec<String>>> = Mutex::new(BTreeMap::new());

/// The digest of a version, 32 hexadecimal digits of BLAKE3; `none` for a table that does not exist.
pub(super) fn digest(bytes: Option<&[u8]>) -> String {
    match bytes {
        Some(bytes) => HEXLOWER.encode(&blake3::hash(bytes).as_bytes()[..16]),
        None => "none".to_owned(),
    }
}

/// Notes that this process replaced `before` by `after`.
pub(super) fn note(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>) {
    let (before, after) = (digest(before), digest(after));
    if before == after {
        return;
    }
    let mut all = VERSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let versions = all.entry(path.to_owned()).or_default();
    if versions.last() != Some(&before) {
        // Someone else wrote in between.
        *versions = vec![before];
    }
    versions.push(after);
}

/// Whether a version became another one by writes of this process alone.
pub(super) fn lead_from(path: &Path, seen: &str, now: &str) -> bool {
    let all = VERSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(versions) = all.get(path) else {
        return false;
    };
    versions.last().is_some_and(|last| last == now) && versions.iter().any(|one| one == seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_of_someone_else_ends_the_own_ones() {
        let path = Path::new("a table of this test");
        let [a, b, c, d] = [b"a", b"b", b"c", b"d"].map(|bytes| Some(bytes.as_slice()));
        let leads = |from, to| lead_from(path, &digest(from), &digest(to));
        note(path, None, a);
        note(path, a, b);
        assert!(leads(None, b) && leads(a, b));
        assert!(!leads(a, c), "c was written by someone else");
        note(path, c, d);
        assert!(leads(c, d));
        assert!(!leads(a, d) && !leads(b, d), "c is not of this process");
    }
}
