//! Who said a line: the part between the stamp and the body.

use std::borrow::Cow;
use std::collections::HashMap;

use super::body;
use super::marks;
use super::notices::{self, Notice};
use crate::chat::{Participant, Platform};

/// The senders who wrote last, the frequent ones in front: nearly every message is by one of
/// them, and comparing a few names is less work than looking for the end of one.
#[derive(Debug, Default)]
pub(super) struct Recent<'t> {
    list: Vec<(&'t str, u32)>,
}

impl<'t> Recent<'t> {
    /// How many senders are remembered.
    const MOST: usize = 12;

    /// The number of the sender with whose name `rest` begins, and where the body begins.
    pub(super) fn find(&mut self, rest: &str) -> Option<(u32, usize)> {
        let bytes = rest.as_bytes();
        let at = self.list.iter().position(|(name, _)| {
            bytes.get(name.len()..name.len() + 2) == Some(b": ") && rest.starts_with(name)
        })?;
        let (name, number) = self.list[at];
        if at > 0 {
            self.list.swap(at, at - 1);
        }
        Some((number, name.len() + 2))
    }

    /// Remembers a sender. `name` is all that stands before the first `: ` of a line, so that no
    /// other sender's name begins with it and a colon.
    pub(super) fn add(&mut self, name: &'t str, number: u32) {
        self.list.truncate(Self::MOST - 1);
        self.list.push((name, number));
    }
}

/// The two parts of a line after its stamp.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'t> {
    /// Somebody said it.
    By {
        /// The sender as written, marks and all.
        sender: &'t str,
        /// The body as written.
        body: &'t str,
    },
    /// Nobody said it: a notice.
    Notice(Option<Notice>),
}

/// Splits the text after a stamp into sender and body.
///
/// A name may hold nearly anything, so the split is at the first `: `; a line without one is a
/// notice. Where the words of a notice begin before that colon, the line is a notice too, unless
/// `known` says that the part before the colon is somebody who wrote already.
pub(super) fn split<'t>(
    rest: &'t str,
    platform: Platform,
    long_names: &LongNames<'_>,
    known: impl Fn(&str) -> bool,
) -> Said<'t> {
    let first = rest.split('\n').next().unwrap_or(rest);
    let Some((sender, body_at)) = split_at(first) else {
        return Said::Notice(notices::notice(rest));
    };
    let (sender, body_at) = long_names.lengthen(first, sender, body_at);
    if known(sender) {
        return Said::By {
            sender,
            body: &rest[body_at..],
        };
    }
    if let Some(notice) = notices::notice_around_colon(first) {
        return Said::Notice(Some(notice));
    }
    // iPhone notices of before 2023 begin with a mark where others have their sender; an
    // embedding mark in front of a number is another one.
    if platform == Platform::Ios
        && rest.starts_with(marks::is_sign)
        && let Some(notice) = notices::notice(rest)
    {
        return Said::Notice(Some(notice));
    }
    Said::By {
        sender,
        body: &rest[body_at..],
    }
}

/// The sender and where the body begins: after `: `, or after a colon that ends the line, which
/// is how an empty body looks after an editor has cut blanks.
fn split_at(first: &str) -> Option<(&str, usize)> {
    let bytes = first.as_bytes();
    if let Some(at) = memchr::memchr_iter(b':', bytes).find(|at| bytes.get(at + 1) == Some(&b' ')) {
        return Some((&first[..at], at + 2));
    }
    let line = first.strip_suffix('\r').unwrap_or(first);
    let sender = line.strip_suffix(':')?;
    Some((sender, line.len()))
}

/// Names with `: ` in them, such as `ACME: Support`: the part before the first colon, and the
/// part after it.
///
/// Somebody who begins all messages with one word has no such name, so there must be proof: the
/// name of the chat, or a text by WhatsApp itself (`ACME: Support: <Media omitted>`) behind it.
#[derive(Debug, Default)]
pub(super) struct LongNames<'t> {
    names: HashMap<&'t str, &'t str>,
}

impl<'t> LongNames<'t> {
    /// Finds them. `rests` are the lines after their stamps.
    pub(super) fn find(
        rests: impl Iterator<Item = &'t str>,
        platform: Platform,
        chat: Option<&str>,
    ) -> Self {
        struct Seen<'t> {
            sender: &'t str,
            second: Option<&'t str>,
            count: u32,
            proof: bool,
        }
        let letters = |text: &str| -> String {
            (text.chars().filter(|c| c.is_alphanumeric()))
                .flat_map(char::to_lowercase)
                .collect()
        };
        let chat = chat.map(letters).filter(|chat| !chat.is_empty());
        let mut names = HashMap::new();
        let mut seen: Vec<Seen<'t>> = Vec::new();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut recent = Recent::default();
        for rest in rests {
            let known = recent.find(rest);
            // Whoever wrote two texts that begin differently has no longer name.
            if known.is_some_and(|(number, _)| seen[number as usize].second.is_none()) {
                continue;
            }
            let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let first = &rest[..end];
            let Some((sender, body_at)) = split_at(first) else {
                continue;
            };
            let body = &first[body_at..];
            let second = body.split_once(": ").map(|(second, _)| second);
            let number = match known {
                Some((number, _)) => number,
                None => {
                    let number = *numbers.entry(sender).or_insert_with(|| {
                        seen.push(Seen {
                            sender,
                            second,
                            count: 0,
                            proof: false,
                        });
                        u32::try_from(seen.len() - 1).unwrap_or(u32::MAX)
                    });
                    recent.add(sender, number);
                    number
                }
            };
            let entry = &mut seen[number as usize];
            if entry.second != second {
                entry.second = None;
            }
            let Some(second) = entry.second else {
                continue;
            };
            entry.count += 1;
            let said = &body[second.len() + 2..];
            entry.proof |= !said.is_empty() && body::is_by_whatsapp(said, platform);
            if entry.count == 1
                && chat.is_some()
                && chat == Some(letters(&first[..body_at + second.len()]))
            {
                names.insert(sender, second);
            }
        }
        names.extend(seen.into_iter().filter_map(|seen| {
            (seen.proof && seen.count > 1).then_some((seen.sender, seen.second?))
        }));
        LongNames { names }
    }

    /// True when the sender of this name may be somebody with a longer one.
    pub(super) fn may_be_longer(&self, sender: &str) -> bool {
        self.names.contains_key(sender)
    }

    fn lengthen<'l>(&self, first: &'l str, sender: &'l str, body_at: usize) -> (&'l str, usize) {
        let long = self.names.get(sender).and_then(|second| {
            let end = body_at + second.len();
            let after = first.get(body_at..)?.strip_prefix(second)?;
            after.starts_with(": ").then(|| (&first[..end], end + 2))
        });
        long.unwrap_or((sender, body_at))
    }
}

/// The participants of a chat, found by the name as it is written.
#[derive(Default)]
pub(super) struct Participants<'t> {
    pub(super) list: Vec<Participant<'t>>,
    written: HashMap<&'t str, u32>,
    plain: HashMap<(Cow<'t, str>, bool), u32>,
}

impl<'t> Participants<'t> {
    /// The number of the participant with this name.
    pub(super) fn number(&mut self, written: &'t str) -> u32 {
        if let Some(number) = self.written.get(written) {
            return *number;
        }
        let (name, unsaved) = plain(written);
        let number = *self
            .plain
            .entry((name.clone(), unsaved))
            .or_insert_with(|| {
                self.list.push(Participant {
                    name,
                    unsaved,
                    messages: 0,
                });
                u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX)
            });
        self.written.insert(written, number);
        number
    }

    /// True when somebody of this name has written.
    pub(super) fn wrote(&self, written: &str) -> bool {
        self.written
            .get(written)
            .is_some_and(|number| self.list[*number as usize].messages > 0)
    }
}

/// The name without marks and without the `~ ` of people who are not in the address book.
fn plain(written: &str) -> (Cow<'_, str>, bool) {
    let name = marks::name(written);
    if !name.starts_with('~') {
        return (name, false);
    }
    let strip = |name: &str| name[1..].trim_start().len();
    let kept = strip(&name);
    let cut = name.len() - kept;
    let name = match name {
        Cow::Borrowed(name) => Cow::Borrowed(&name[cut..]),
        Cow::Owned(name) => Cow::Owned(name[cut..].to_owned()),
    };
    (name, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by<'t>(sender: &'t str, body: &'t str) -> Said<'t> {
        Said::By { sender, body }
    }

    fn split<'t>(rest: &'t str, platform: Platform, known: impl Fn(&str) -> bool) -> Said<'t> {
        super::split(rest, platform, &LongNames::default(), known)
    }

    #[test]
    fn splits_at_the_first_colon() {
        let nobody = |_: &str| false;
        assert_eq!(
            split("Ola: hi: there", Platform::Android, nobody),
            by("Ola", "hi: there")
        );
        assert_eq!(split("Anna: ", Platform::Android, nobody), by("Anna", ""));
        assert_eq!(
            split("Anna:\nmore", Platform::Android, nobody),
            by("Anna", "\nmore")
        );
        assert_eq!(
            split("[Work] Ben: ok", Platform::Ios, nobody),
            by("[Work] Ben", "ok")
        );
    }

    #[test]
    fn a_notice_with_a_colon_has_no_sender() {
        let nobody = |_: &str| false;
        let subject = "You changed the subject from \"Group: A\" to \"Group: B\"";
        assert_eq!(
            split(subject, Platform::Android, nobody),
            Said::Notice(Some(Notice::Group))
        );
        assert_eq!(
            split("Anna: Bob added you", Platform::Android, nobody),
            by("Anna", "Bob added you")
        );
        let told = "You added Bob: the builder";
        assert_eq!(
            split(told, Platform::Android, |name| name == "You added Bob"),
            by("You added Bob", "the builder")
        );
    }

    #[test]
    fn names_lose_their_tilde() {
        assert_eq!(plain("~\u{202f}Nev"), ("Nev".into(), true));
        assert_eq!(plain("~ Ravi K"), ("Ravi K".into(), true));
        assert_eq!(plain("Nev ~"), ("Nev ~".into(), false));
    }
}
