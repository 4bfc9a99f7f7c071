//! Names and sizes of a message's files in Close.

use super::field::{Comparison, Expected, Field};

/// A file as Close returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct FileInClose {
    /// The file's name.
    pub name: String,
    /// The file's size in bytes; `None` if Close does not return it.
    pub size: Option<u64>,
}

/// Names and sizes of an answer of Close, as text for a keyed hash.
pub fn files_answered<'f>(files: impl Iterator<Item = (&'f str, Option<u64>)>) -> String {
    let files = files.map(|(name, size)| match size {
        Some(size) => format!("{}:{name}:{size}", name.len()),
        None => format!("{}:{name}:", name.len()),
    });
    files.collect::<Vec<_>>().join(",")
}

/// The fields that differ.
pub(super) fn differences(
    expected: &Expected<'_>,
    files: &[FileInClose],
    comparison: &Comparison<'_>,
) -> Vec<Field> {
    let text = || files_answered(files.iter().map(|file| (file.name.as_str(), file.size)));
    let is_answered = (expected.answered.files)
        .is_some_and(|hash| comparison.is_hash_of(hash, "answer-files", &text()));
    if is_answered {
        return Vec::new();
    }
    let sent = expected.sent.as_ref();
    let wanted = expected.wanted.map(|wanted| &wanted.message.files);
    // A file that is damaged in its archive was not sent; one that a newer archive brings has not been sent yet.
    let as_sent = sent.is_some_and(|sent| sent.files != wanted.map_or(usize::MAX, Vec::len));
    let (differ, by_sizes) = match (wanted, sent) {
        (Some(wanted), _) if !as_sent => {
            let wanted: Vec<(&str, u64)> = (wanted.iter())
                .map(|file| (file.name.reveal(), file.size))
                .collect();
            let sizes = wanted.iter().map(|(_, size)| *size).collect();
            let mut fields = by_name(wanted, files);
            // Names differ between exports of one chat: without Close's answer, equal sizes are enough.
            if sent.is_some() && expected.answered.files.is_none() && has_sizes(files, sizes) {
                fields.clear();
            }
            (fields, None)
        }
        (Some(wanted), Some(sent)) if sent.changing && files.len() == wanted.len() => {
            return Vec::new();
        }
        (_, Some(sent)) if files.len() != sent.files => (vec![Field::FileNames], None),
        // Which of the wanted files were sent is not recorded.
        (Some(_), Some(_)) => (Vec::new(), None),
        (None, Some(sent)) => (Vec::new(), sent.sizes.as_ref()),
        (_, None) => (Vec::new(), None),
    };
    let Some(sizes) = by_sizes else { return differ };
    match has_sizes(files, sizes.clone()) {
        true => differ,
        false => vec![Field::FileSizes],
    }
}

/// Whether files have these sizes, in any order. Sizes that Close does not return are not compared.
fn has_sizes(files: &[FileInClose], mut sizes: Vec<u64>) -> bool {
    let known: Option<Vec<u64>> = files.iter().map(|file| file.size).collect();
    known.map_or(files.len() == sizes.len(), |mut known| {
        sizes.sort_unstable();
        known.sort_unstable();
        known == sizes
    })
}

fn by_name(mut wanted: Vec<(&str, u64)>, files: &[FileInClose]) -> Vec<Field> {
    let mut rest: Vec<&FileInClose> = Vec::new();
    // Equal in both first, so that of two files of one name none is compared with the other.
    for file in files {
        let same = wanted.iter().position(|(name, size)| {
            *name == file.name && file.size.is_none_or(|held| held == *size)
        });
        match same {
            Some(index) => drop(wanted.swap_remove(index)),
            None => rest.push(file),
        }
    }
    let mut fields = Vec::new();
    for file in rest {
        match wanted.iter().position(|(name, _)| *name == file.name) {
            Some(index) => {
                wanted.swap_remove(index);
                fields.push(Field::FileSizes);
            }
            None => fields.push(Field::FileNames),
        }
    }
    if !wanted.is_empty() {
        fields.push(Field::FileNames);
    }
    fields
}
