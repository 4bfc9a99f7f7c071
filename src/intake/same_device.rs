//! Archives of one device settle each other's order of day and month.
//!
//! A phone writes all its exports with one pattern, so an archive in which nothing tells day from
//! month is read as the others of its device are, if they are of the same form and agree. This is
//! the weakest evidence: everything in the file itself and the user's word go before it, and one
//! archive that says otherwise (the phone's language was changed) leaves the others open.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::chat::{Chat, DateOrder, Evidence, Format, Platform};

/// The archives whose order the others of their device settle: place, order, and how many
/// archives say so. `device` gives the device of the archive at a place.
pub(super) fn settle(
    chats: &[Result<Chat<'_>, Failure>],
    device: impl Fn(usize) -> usize,
) -> Vec<(usize, (DateOrder, u32))> {
    let (open, settled): (Vec<_>, Vec<_>) = chats
        .iter()
        .enumerate()
        .filter_map(|(place, chat)| Some((place, chat.as_ref().ok()?)))
        .partition(|(_, chat)| chat.format.evidence == Evidence::Open);
    // A phone has few forms, however many archives.
    let mut forms: HashMap<usize, Vec<(&Format, Platform, u32)>> = HashMap::new();
    for (place, chat) in settled {
        let of_device = forms.entry(device(place)).or_default();
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
    let order_for = |(place, chat): &(usize, &Chat<'_>)| {
        let fitting = forms.get(&device(*place))?.iter();
        let mut fitting = fitting.filter(|(format, platform, _)| {
            *platform == chat.platform && format.form.fits(&chat.format.form)
        });
        let (first, _, count) = fitting.next()?;
        let order = first.date_order;
        let count = fitting.try_fold(*count, |sum, (format, _, count)| {
            (format.date_order == order).then_some(sum + count)
        })?;
        Some((*place, (order, count)))
    };
    open.iter().filter_map(order_for).collect()
}

/// The device of an archive where no configuration tells: what lies under one of the `named`
/// paths is of one phone, as `init` takes it, and so are archives that were named one by one and
/// lie in one folder. Equal numbers mean equal devices.
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
    fn what_lies_under_one_path_is_of_one_device() {
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
