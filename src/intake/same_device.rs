//! Archives of one device settle each other's order of day and month.
//!
//! A phone writes all its exports with one pattern, so an archive in which nothing tells day from
//! month is read as the others of its device are, if they are of the same form and agree. This is
//! the weakest evidence: everything in the file itself and the user's word go before it, and one
//! archive that says otherwise (the phone's language was changed) leaves the others open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::chat::{Chat, DateOrder, Evidence, Platform};

/// The archives whose order the others of their device settle: place, order, and how many
/// archives say so. `device` gives the device of the archive at a place.
pub(super) fn settle(
    chats: &[Result<Chat<'_>, Failure>],
    device: impl Fn(usize) -> usize,
) -> Vec<(usize, (DateOrder, u32))> {
    type Key = (usize, Platform, String);
    let key = |place: usize, chat: &Chat<'_>| -> Key {
        (device(place), chat.platform, form(&chat.format.pattern))
    };
    let read = || {
        let chats = chats.iter().enumerate();
        chats.filter_map(|(place, chat)| Some((place, chat.as_ref().ok()?)))
    };
    let is_open = |chat: &Chat<'_>| chat.format.evidence == Evidence::Open;
    // `None` where two archives contradict each other.
    let mut agreed: HashMap<Key, Option<(DateOrder, u32)>> = HashMap::new();
    for (place, chat) in read().filter(|(_, chat)| !is_open(chat)) {
        let order = chat.format.date_order;
        agreed
            .entry(key(place, chat))
            .and_modify(|known| {
                *known = known
                    .filter(|(first, _)| *first == order)
                    .map(|(first, count)| (first, count + 1));
            })
            .or_insert(Some((order, 1)));
    }
    read()
        .filter(|(_, chat)| is_open(chat))
        .filter_map(|(place, chat)| Some((place, (*agreed.get(&key(place, chat))?)?)))
        .collect()
}

/// A pattern such as `[DD.MM.YY, HH:MM:SS]` without the order of its date. Padding stays: a phone
/// that writes `03/04/23` in one chat writes no `3/4/23` in another.
fn form(pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| if matches!(c, 'D' | 'M' | 'Y') { 'N' } else { c })
        .collect()
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
    fn the_form_forgets_the_order_and_keeps_the_padding() {
        assert_eq!(form("D/M/YY, h:MM AM -"), form("M/D/YY, h:MM AM -"));
        assert_eq!(form("[DD.MM.YY, HH:MM:SS]"), form("[YY.MM.DD, HH:MM:SS]"));
        assert_ne!(form("D/M/YY, HH:MM -"), form("DD/MM/YY, HH:MM -"));
        assert_ne!(form("D/M/YY, HH:MM -"), form("D/M/YYYY, HH:MM -"));
    }

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
