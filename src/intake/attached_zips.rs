//! Zip files in a folder that are attachments of the chat exported into that folder.
//!
//! `plans.zip` next to an unpacked export may be another export or a document of the chat. It is an
//! attachment if the transcript names it as one; then it is not opened, even if it contains an export.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;

use super::{Failure, Opened};
use crate::archive::Discovered;

/// Indices into `discovered` of the zips that a transcript in the same folder names as attachments.
/// `results` are the opened archives of each of `discovered`.
pub(super) fn attached(
    discovered: &[Discovered],
    results: &[Vec<Result<Opened, Failure>>],
) -> Vec<usize> {
    let mut zips: HashMap<&Path, Vec<usize>> = HashMap::new();
    for (index, found) in discovered.iter().enumerate() {
        if let Discovered::Zip(path) = found
            && let Some(folder) = path.parent()
        {
            zips.entry(folder).or_default().push(index);
        }
    }
    let mut attached = Vec::new();
    for (found, results) in discovered.iter().zip(results) {
        let Discovered::Folder(folder) = found else {
            continue;
        };
        let media: PathBuf = folder.join("media");
        let in_folder: Vec<usize> = [folder.as_path(), media.as_path()]
            .iter()
            .filter_map(|folder| zips.get(folder))
            .flatten()
            .copied()
            .collect();
        // A name that is not UTF-8 cannot occur in a transcript.
        let (indices, names): (Vec<usize>, Vec<&str>) = in_folder
            .into_iter()
            .filter_map(|index| {
                let name = discovered[index].path().file_name()?;
                Some((index, name.to_str()?))
            })
            .unzip();
        if names.is_empty() {
            continue;
        }
        for opened in results.iter().flatten() {
            let text = opened.transcript.text();
            attached.extend(
                named_as_attachments(text, &names)
                    .into_iter()
                    .map(|at| indices[at]),
            );
        }
    }
    attached.sort_unstable();
    attached.dedup();
    attached
}

/// Indices of the `names` that the text contains as attachments: `NAME (file attached)`, `<attached: NAME>`.
fn named_as_attachments(text: &str, names: &[&str]) -> Vec<usize> {
    let Ok(finder) = AhoCorasick::new(names) else {
        return Vec::new();
    };
    finder
        .find_overlapping_iter(text)
        .filter(|found| {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            // Only complete names: `plans.zip` is not attached where `old plans.zip` is.
            let begins = before.is_empty() || before.ends_with([' ', '\n', '\u{200e}', ':']);
            let iphone = after.starts_with('>') && before.ends_with([' ', '\u{200e}']);
            (begins && after.starts_with(" (")) || iphone
        })
        .map(|found| found.pattern().as_usize())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_as_attachments_count() {
        let names = ["plans.zip", "b.zip"];
        let text = "13/03/2023, 09:07 - Ann: \u{200e}plans.zip (file attached)\n";
        assert_eq!(named_as_attachments(text, &names), [0]);
        let text = "[13.03.23, 09:05:00] Ann: \u{200e}<attached: b.zip>\n";
        assert_eq!(named_as_attachments(text, &names), [1]);
        for talk in [
            "13/03/2023, 09:07 - Ann: did you unpack plans.zip ?\n",
            "13/03/2023, 09:07 - Ann: my-plans.zip (file attached)\n",
        ] {
            assert_eq!(named_as_attachments(talk, &names), [0; 0], "{talk}");
        }
    }
}
