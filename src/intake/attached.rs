//! Zips that somebody sent in a chat whose unpacked export lies around them.
//!
//! In a folder `plans.zip` may be an export or a document of the export beside it; only the
//! transcript tells, by naming it as a file. Such a zip is a file of that chat and is not looked
//! into (`whatsapp-export-format.md` 1.1), even where it holds an export itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;

use super::{Failure, Opened};
use crate::archive::Discovered;

/// The places in `discovered` of zips that a transcript beside them names as sent. `results` are
/// what became of each of `discovered`.
pub(super) fn attached(
    discovered: &[Discovered],
    results: &[Vec<Result<Opened, Failure>>],
) -> Vec<usize> {
    let mut zips: HashMap<&Path, Vec<usize>> = HashMap::new();
    for (place, found) in discovered.iter().enumerate() {
        if let Discovered::Zip(path) = found
            && let Some(folder) = path.parent()
        {
            zips.entry(folder).or_default().push(place);
        }
    }
    let mut attached = Vec::new();
    for (found, results) in discovered.iter().zip(results) {
        let Discovered::Folder(folder) = found else {
            continue;
        };
        let media: PathBuf = folder.join("media");
        let beside: Vec<usize> = [folder.as_path(), media.as_path()]
            .iter()
            .filter_map(|folder| zips.get(folder))
            .flatten()
            .copied()
            .collect();
        // A name that is no UTF-8 is in no transcript.
        let (places, names): (Vec<usize>, Vec<&str>) = beside
            .into_iter()
            .filter_map(|place| {
                let name = discovered[place].path().file_name()?;
                Some((place, name.to_str()?))
            })
            .unzip();
        if names.is_empty() {
            continue;
        }
        for opened in results.iter().flatten() {
            let text = opened.transcript.text();
            attached.extend(sent(text, &names).into_iter().map(|at| places[at]));
        }
    }
    attached.sort_unstable();
    attached.dedup();
    attached
}

/// Which of `names` the text names as a file: `NAME (file attached)`, `<attached: NAME>`.
fn sent(text: &str, names: &[&str]) -> Vec<usize> {
    let Ok(finder) = AhoCorasick::new(names) else {
        return Vec::new();
    };
    finder
        .find_overlapping_iter(text)
        .filter(|found| {
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            // The whole of a name: `plans.zip` is not sent where `old plans.zip` is.
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
    fn only_a_file_that_is_named_as_one_was_sent() {
        let names = ["plans.zip", "b.zip"];
        let text = "13/03/2023, 09:07 - Ann: \u{200e}plans.zip (file attached)\n";
        assert_eq!(sent(text, &names), [0]);
        let text = "[13.03.23, 09:05:00] Ann: \u{200e}<attached: b.zip>\n";
        assert_eq!(sent(text, &names), [1]);
        for talk in [
            "13/03/2023, 09:07 - Ann: did you unpack plans.zip ?\n",
            "13/03/2023, 09:07 - Ann: my-plans.zip (file attached)\n",
        ] {
            assert_eq!(sent(talk, &names), [0; 0], "{talk}");
        }
    }
}
