//! Who said a line: the part between the stamp and the body.

use std::borrow::Cow;
use std::collections::HashMap;

use super::long_names::LongNames;
use super::marks;
use super::notices::{self, Notice};
use crate::chat::{Participant, Platform};

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
pub(super) fn split_at(first: &str) -> Option<(&str, usize)> {
    let bytes = first.as_bytes();
    if let Some(at) = memchr::memchr_iter(b':', bytes).find(|at| bytes.get(at + 1) == Some(&b' ')) {
        return Some((&first[..at], at + 2));
    }
    let line = first.strip_suffix('\r').unwrap_or(first);
    let sender = line.strip_suffix(':')?;
    Some((sender, line.len()))
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
                    number: None,
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
