//! Holds chats to which contacts.csv gives another number than a native archive of the same conversation has.
//!
//! A name is no proof: two people may have one. So an export is compared by content with the native archives of its
//! device; of one name, it is also held where the content is not enough to compare. Never here: numbers that two rows
//! give one contact ([`super::same_contact`]), and one number under two names ([`super::same_number`]).

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::desired::{Decision, Held};
use super::group_chats::texts_by_minute;
use super::resolved::Resolved;
use crate::intake::texts_of;
use crate::matching::overlap::{Common, Overlap, Texts, common, overlap};
use crate::matching::tolerance::TEXTS;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;

/// A text that more than this number of native chats have at one minute is no evidence.
const FEW: usize = 4;

/// The native one-to-one chats of a device.
#[derive(Default)]
struct NativeChats {
    /// Index of the archive, and its number.
    numbers: Vec<(usize, Phone)>,
    known: KnownNumbers,
    /// The texts of each as [`overlap`] compares them, once they are needed.
    texts: Vec<OnceLock<Texts>>,
    by_name: HashMap<String, Vec<usize>>,
    by_text: HashMap<u64, Vec<usize>>,
}

/// Numbers, each in both forms ([`Phone::twin`]).
#[derive(Default)]
struct KnownNumbers(HashSet<Phone>);

impl KnownNumbers {
    fn add(&mut self, number: &Phone) {
        self.0.extend(number.twin());
        self.0.insert(number.clone());
    }

    fn has(&self, number: &Phone) -> bool {
        self.0.contains(number)
    }
}

/// Holds exports whose row contradicts a native archive, together with that archive.
pub(super) fn hold(all: &mut [Resolved<'_>], contacts: &Contacts) {
    let exports: Vec<(usize, Phone)> = (all.iter().enumerate())
        .filter_map(|(index, resolved)| Some((index, number_of_row(resolved)?)))
        .collect();
    let mut devices: HashMap<String, NativeChats> = HashMap::new();
    for (index, number) in exports {
        let device = all[index].source.device.name.clone();
        let native =
            (devices.entry(device)).or_insert_with_key(|device| NativeChats::of(all, device));
        if native.numbers.is_empty() || native.known.has(&number) {
            continue;
        }
        let found = native.find(all, index).map(|at| &native.numbers[at]);
        if let Some((other, own)) = found {
            let resolved = &all[index];
            let line = contacts.line_of_number(
                &resolved.source.device.name,
                resolved.source.name(),
                &number,
            );
            let held = Decision::Held(Held::OtherNumber {
                line,
                row: number.to_string(),
                archive: own.to_string(),
            });
            let other = *other;
            // One chat, which is held as a whole.
            all[index].numbers = all[other].numbers.clone();
            all[index].standing = held.clone();
            all[other].standing = held;
        }
    }
}

/// The number that a row gives to an export that is ready and has none itself.
fn number_of_row(resolved: &Resolved<'_>) -> Option<Phone> {
    let is_ready = matches!(resolved.standing, Decision::Ready(_));
    let is_export = resolved.source.opened.native.is_none();
    let numbers = resolved
        .numbers
        .as_ref()
        .filter(|numbers| numbers.group.is_none())?;
    let has_none = Phone::parse(resolved.source.title()).is_none();
    (is_ready && is_export && has_none).then(|| numbers.other.clone())
}

/// Whether no row maps a native archive.
fn is_unmapped(resolved: &Resolved<'_>) -> bool {
    matches!(
        resolved.standing,
        Decision::Held(Held::Mapping(_) | Held::NameOfColleague { .. } | Held::OtherNumber { .. })
    )
}

impl NativeChats {
    fn of(all: &[Resolved<'_>], device: &str) -> NativeChats {
        let mut chats = NativeChats::default();
        for (index, resolved) in all.iter().enumerate() {
            let native = resolved.source.opened.native.as_ref();
            let phone = native.and_then(|native| native.phone.as_deref());
            let is_pair =
                (resolved.numbers.as_ref()).is_some_and(|numbers| numbers.group.is_none());
            let is_open = is_unmapped(resolved) || matches!(resolved.standing, Decision::Ready(_));
            let number = phone.and_then(Phone::parse);
            let (Some(number), true) = (
                number,
                is_pair && is_open && resolved.source.device.name == device,
            ) else {
                continue;
            };
            let at = chats.numbers.len();
            chats.known.add(&number);
            chats.numbers.push((index, number));
            chats.texts.push(OnceLock::new());
            let name = name_key(resolved.source.name());
            chats.by_name.entry(name).or_default().push(at);
            for text in texts_by_minute(resolved.source.chat) {
                let with = chats.by_text.entry(text).or_default();
                if with.last() != Some(&at) && with.len() <= FEW {
                    with.push(at);
                }
            }
        }
        chats
    }

    /// The native chat that an export is of, or that it cannot be distinguished from.
    fn find(&self, all: &[Resolved<'_>], export: usize) -> Option<usize> {
        let source = &all[export].source;
        let mut shared: HashMap<usize, usize> = HashMap::new();
        let texts = source.with_messages(|chat| {
            for text in texts_by_minute(chat) {
                let with = self.by_text.get(&text).filter(|with| with.len() <= FEW);
                for at in with.into_iter().flatten() {
                    *shared.entry(*at).or_default() += 1;
                }
            }
            texts_of(chat)
        });
        let of = |at: usize| {
            self.texts[at].get_or_init(|| texts_of(all[self.numbers[at].0].source.chat))
        };
        let is_one = |at: usize| match overlap(&texts, of(at)) {
            Overlap::Same { shared, of, .. } => shared >= TEXTS || (shared == of && shared > 1),
            _ => false,
        };
        let mut candidates: Vec<(usize, usize)> = shared.into_iter().collect();
        candidates.sort_unstable_by_key(|(at, count)| (std::cmp::Reverse(*count), *at));
        let by_content = candidates
            .iter()
            .map(|(at, _)| *at)
            .take(FEW)
            .find(|at| is_one(*at));
        by_content.or_else(|| {
            let named = self.by_name.get(&name_key(source.name()))?;
            let is_open = |at: &&usize| is_unmapped(&all[self.numbers[**at].0]);
            (named.iter().filter(is_open).copied())
                .find(|at| common(&texts, of(*at)) != Common::Nothing)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn phone(text: &str) -> Phone {
        Phone::parse(text).expect("a number")
    }

    #[test]
    fn number_is_known_in_both_forms() {
        let mut known = KnownNumbers::default();
        known.add(&phone("+5511987654321"));
        known.add(&phone("+551187654322"));
        for (number, is_known) in [
            ("+5511987654321", true),
            ("+551187654321", true),
            ("+5511987654322", true),
            ("+551187654322", true),
            ("+5511987654323", false),
            ("+353861234501", false),
        ] {
            assert_eq!(known.has(&phone(number)), is_known, "{number}");
        }
    }

    /// A folder may hold an export of each of the many chats of a database: they are not compared one by one.
    #[test]
    fn thousands_of_numbers_are_looked_up_quickly() {
        let number = |kind: u32, number: u32| phone(&format!("+55119{kind}{number:07}"));
        let mut known = KnownNumbers::default();
        let (of_database, of_rows): (Vec<Phone>, Vec<Phone>) =
            (0..5_000).map(|n| (number(8, n), number(7, n))).unzip();
        let began = Instant::now();
        of_database.iter().for_each(|number| known.add(number));
        assert!(!of_rows.iter().any(|number| known.has(number)));
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            began.elapsed()
        );
    }
}
