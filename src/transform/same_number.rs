//! Chats of different names to which contacts.csv gives one number.
//!
//! Archives of one number are one chat, since names follow the address book; but if two names of one device
//! cover the same days and share no message, they are two people (as when a row got its neighbour's
//! number), and each would get the other's messages. An older name is never separated from a newer one:
//! those share their history, or the older name was exported before the newer chat begins.

use std::collections::BTreeMap;

use super::age::Age;
use super::desired::{Decision, Held, SharedNumber};
use super::resolved::Resolved;
use super::rules::Rules;
use crate::intake::texts_of;
use crate::matching::overlap::{Common, Texts, common};
use crate::matching::tolerance::MINUTE;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::{SameNumber, TwoPeople};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * MINUTE;

/// The archives of one chat; or, if they contradict each other, those of each name separately, and held.
pub(super) fn apart<'s>(archives: Vec<Resolved<'s>>, rules: &Rules<'_>) -> Vec<Vec<Resolved<'s>>> {
    let is_pair = |r: &Resolved<'_>| r.numbers.as_ref().is_some_and(|n| n.group.is_none());
    let is_left_out = |r: &Resolved<'_>| matches!(r.standing, Decision::LeftOut(_));
    if archives.len() < 2 || !archives.iter().all(is_pair) || archives.iter().any(is_left_out) {
        return vec![archives];
    }
    let mut names: Vec<Name> = Vec::new();
    for (index, resolved) in archives.iter().enumerate() {
        // A log may be split into thousands of archives of one name.
        if let Some(known) = names.iter_mut().find(|known| known.is_of(resolved)) {
            known.indexes.push(index);
            continue;
        }
        let name = Name::of(resolved, rules.contacts);
        match names.iter_mut().find(|known| known.is_same(&name)) {
            Some(known) => known.indexes.push(index),
            None => names.push(Name {
                indexes: vec![index],
                ..name
            }),
        }
    }
    if names.len() < 2 {
        return vec![archives];
    }
    let texts: Vec<Texts> = (archives.iter())
        .map(|resolved| resolved.source.with_messages(texts_of))
        .collect();
    let mut with: Vec<Option<(usize, TwoPeople)>> = vec![None; names.len()];
    for one in 0..names.len() {
        for other in 0..one {
            if names[one].device != names[other].device {
                continue;
            }
            let evidence = two_people((&names[one], &names[other]), &archives, &texts, rules);
            if let Some(evidence) = evidence {
                with[one].get_or_insert((other, evidence));
                with[other].get_or_insert((one, evidence));
            }
        }
    }
    let Some(any) = with.iter().flatten().next().map(|(_, evidence)| *evidence) else {
        return vec![archives];
    };
    // Other chats with the number are held as well: whose number it is could not be determined.
    let number = archives.first().and_then(|r| r.numbers.as_ref());
    let number = number.map_or_else(String::new, |numbers| numbers.other.to_string());
    let shown: Vec<(String, Option<u32>)> = (names.iter())
        .map(|name| (name.shown.clone(), name.line))
        .collect();
    let mut parts: Vec<Vec<Resolved<'s>>> = names.iter().map(|_| Vec::new()).collect();
    for (index, mut resolved) in archives.into_iter().enumerate() {
        let Some(at) = names.iter().position(|name| name.indexes.contains(&index)) else {
            continue;
        };
        let (other, evidence) = with[at].unwrap_or((usize::from(at == 0), any));
        resolved.standing = Decision::Held(Held::SameNumber(Box::new(SameNumber {
            names: [shown[at].0.clone(), shown[other].0.clone()],
            lines: [shown[at].1, shown[other].1],
            number: number.clone(),
            evidence,
        })));
        resolved.numbers = None;
        parts[at].push(resolved);
    }
    parts
}

/// The evidence that two names are two people, if there is any.
fn two_people(
    (one, other): (&Name, &Name),
    archives: &[Resolved<'_>],
    texts: &[Texts],
    rules: &Rules<'_>,
) -> Option<TwoPeople> {
    let pairs = one.indexes.iter();
    let pairs = pairs.flat_map(|a| other.indexes.iter().map(|b| (*a, *b)));
    let found: Vec<Common> = pairs.map(|(a, b)| common(&texts[a], &texts[b])).collect();
    if found.contains(&Common::Something) {
        return None;
    }
    if found.contains(&Common::Nothing) {
        return Some(TwoPeople::NothingInCommon);
    }
    // A number that no row gives to the name is the archive's own.
    one.line.zip(other.line)?;
    let exported = |name: &Name| {
        let dates = name.indexes.iter().filter_map(|index| {
            let source = &archives[*index].source;
            let today = rules.policy.today;
            Age::of(source.last_time(), source.opened.exported, today).dated
        });
        dates.max()
    };
    let begin = |name: &Name| name.indexes.iter().map(|index| texts[*index].begin()).min();
    let (dated, dated_other) = (exported(one)?, exported(other)?);
    if dated.div_euclid(DAY) == dated_other.div_euclid(DAY) {
        return Some(TwoPeople::ExportedTogether);
    }
    let (earlier, begin) = match dated < dated_other {
        true => (dated, begin(other)?),
        false => (dated_other, begin(one)?),
    };
    (earlier.div_euclid(MINUTE) > begin).then_some(TwoPeople::ExportedLater)
}

/// The names of a chat to which several rows give its number. `None` if rows give the names one `chat_key`.
pub(super) fn shared(archives: &[Resolved<'_>], contacts: &Contacts) -> Option<SharedNumber> {
    let number = &archives.first()?.numbers.as_ref()?.other;
    let mut of_device: BTreeMap<&str, Vec<Name>> = BTreeMap::new();
    let mut last: Option<&Resolved<'_>> = None;
    for resolved in archives {
        let is_again = |last: &Resolved<'_>| {
            let (one, other) = (last.source, resolved.source);
            let is_named_so = (&one.device.name, one.name()) == (&other.device.name, other.name());
            is_named_so && last.numbers == resolved.numbers
        };
        if last.replace(resolved).is_some_and(is_again) {
            continue;
        }
        let name = Name::of(resolved, contacts);
        let names = of_device.entry(&resolved.source.device.name).or_default();
        let is_number = Phone::parse(&name.shown).is_some();
        let is_known = |known: &Name| known.is_same(&name) || known.line == name.line;
        if !is_number && name.line.is_some() && !names.iter().any(is_known) {
            names.push(name);
        }
    }
    let names = of_device.into_values().find(|names| names.len() > 1)?;
    Some(SharedNumber {
        number: number.to_string(),
        names: (names.into_iter())
            .filter_map(|name| Some((name.shown, name.line?)))
            .collect(),
    })
}

/// The identity of a chat on a device.
struct Name {
    device: String,
    /// The `chat_key`, else the name.
    key: (bool, String),
    shown: String,
    /// The line of the row that gives it the number.
    line: Option<u32>,
    indexes: Vec<usize>,
}

impl Name {
    fn of(resolved: &Resolved<'_>, contacts: &Contacts) -> Name {
        let device = resolved.source.device.name.as_str();
        let shown = resolved.source.name();
        Name {
            device: device.to_owned(),
            key: match contacts.chat_key(device, shown) {
                Some(key) => (true, key.to_owned()),
                None => (false, name_key(shown)),
            },
            shown: shown.to_owned(),
            line: (resolved.numbers.as_ref())
                .and_then(|numbers| contacts.line_of_number(device, shown, &numbers.other)),
            indexes: Vec::new(),
        }
    }

    /// Whether an archive certainly has this name.
    fn is_of(&self, resolved: &Resolved<'_>) -> bool {
        let source = resolved.source;
        self.device == source.device.name && self.shown == source.name()
    }

    fn is_same(&self, other: &Name) -> bool {
        self.device == other.device && self.key == other.key
    }
}
