//! Date order of an archive, determined by other archives of the same device.
//!
//! A phone writes all its exports in one format. If the dates of an archive are ambiguous, it gets the date
//! order of the archives of its device that have the same format, provided that they agree. This is the
//! weakest evidence: the file itself and the user's configuration take precedence. If the archives disagree,
//! because the language of the phone was changed, the order stays undetermined.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::chat::{Chat, DateOrder, Evidence, Format, Platform};

/// Determines the date order of ambiguous archives: index, order, and the number of archives that support
/// it. `device` returns the device of the archive at an index.
pub(super) fn determine(
    chats: &[Result<Chat<'_>, Failure>],
    device: impl Fn(usize) -> usize,
) -> Vec<(usize, (DateOrder, u32))> {
    let (ambiguous, determined): (Vec<_>, Vec<_>) = chats
        .iter()
        .enumerate()
        .filter_map(|(index, chat)| Some((index, chat.as_ref().ok()?)))
        .partition(|(_, chat)| chat.format.evidence == Evidence::Open);
    // A phone has few formats, however many archives.
    let mut forms: HashMap<usize, Vec<(&Format, Platform, u32)>> = HashMap::new();
    for (index, chat) in determined {
        let of_device = forms.entry(device(index)).or_default();
        let known = of_device.iter_mut().find(|(format, platform, _)| {
            *platform == chat.platform
                && format.form == chat.format.form
                && format.date_order == chat.format.date_order
        });
        match known {
            Some((.., count)) => *count += 1,
            None => of_device.push((&chat.format, chat.platform, 1)),
        }
    }
    let order_for = |(index, chat): &(usize, &Chat<'_>)| {
        let fitting = forms.get(&device(*index))?.iter();
        let mut fitting = fitting.filter(|(format, platform, _)| {
            *platform == chat.platform && format.form.fits(&chat.format.form)
        });
        let (first, _, count) = fitting.next()?;
        let order = first.date_order;
        let count = fitting.try_fold(*count, |sum, (format, _, count)| {
            (format.date_order == order).then_some(sum + count)
        })?;
        Some((*index, (order, count)))
    };
    ambiguous.iter().filter_map(order_for).collect()
}

/// The devices of archives without a configuration: archives under one of the `named` paths belong to one
/// device, as in `init`, and so do archives that were named individually and are in one folder. Equal numbers
/// mean equal devices.
pub fn device_of_path<'p>(
    named: &[PathBuf],
    archives: impl Iterator<Item = &'p Path>,
) -> Vec<usize> {
    let named: HashSet<&Path> = named.iter().map(PathBuf::as_path).collect();
    let mut folders: HashMap<&Path, usize> = HashMap::new();
    archives
        .map(|path| {
            let mut above = path.ancestors().skip(1);
            let under = above.find(|folder| named.contains(folder));
            let folder = under.or(path.parent()).unwrap_or(Path::new(""));
            let next = folders.len();
            *folders.entry(folder).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_under_one_path_belong_to_one_device() {
        let named = ["exports", "b/x.zip", "b/y.zip", "c/old"].map(PathBuf::from);
        let paths = [
            "exports/a.zip",
            "exports/2021/b.zip",
            "b/x.zip",
            "b/y.zip",
            "c/old/one.zip",
        ];
        let devices = device_of_path(&named, paths.iter().map(Path::new));
        assert_eq!(devices, [0, 0, 1, 1, 2]);
    }
}
