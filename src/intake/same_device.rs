//! Archives of one device settle each other's order of day and month.
//!
//! A phone writes all its exports with one pattern, so an archive in which nothing tells day from
//! month is read as the others of its device are, if they are of the same form and agree. This is
//! the weakest evidence: everything in the file itself and the user's word go before it, and one
//! archive that says otherwise (the phone's language was changed) leaves the others open.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::chat::{Chat, DateOrder, Evidence};

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
    let order_for = |(place, chat): &(usize, &Chat<'_>)| {
        let mut orders = settled
            .iter()
            .filter(|(other, of)| {
                device(*other) == device(*place)
                    && of.platform == chat.platform
                    && of.format.form.fits(&chat.format.form)
            })
            .map(|(_, of)| of.format.date_order);
        let first = orders.next()?;
        let count = orders.try_fold(1, |count, order| (order == first).then_some(count + 1))?;
        Some((*place, (first, count)))
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
    let mut folders: Vec<PathBuf> = Vec::new();
    archives
        .map(|path| {
            let under = named
                .iter()
                .filter(|folder| path.starts_with(folder) && path != folder.as_path())
                .max_by_key(|folder| folder.components().count());
            let folder = under.map_or_else(
                || path.parent().unwrap_or(Path::new("")).to_owned(),
                PathBuf::clone,
            );
            let known = folders.iter().position(|known| *known == folder);
            known.unwrap_or_else(|| {
                folders.push(folder);
                folders.len() - 1
            })
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
