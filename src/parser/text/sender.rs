//! Separation of sender and body in a line.

use std::borrow::Cow;
use std::collections::HashMap;

use super::long_names::LongNames;
use super::marks;
use super::media;
use super::notices::{self, Notice};
use crate::chat::{Participant, Platform};

/// The parts of a line after its timestamp.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineParts<'t> {
    /// A message.
    Message {
        /// The sender as written, including marks.
        sender: &'t str,
        /// The body as written.
        body: &'t str,
    },
    /// A notice, which has no sender.
    Notice(Option<Notice>),
}

/// Splits the text after a timestamp into sender and body.
///
/// A name may contain nearly anything, so the text is split at the first `: `; a line without one is a notice. If words
/// of a known notice come before that colon, the line is a notice too, unless `known` returns true for the part before
/// the colon, because a sender of this name wrote before.
pub(super) fn split<'t>(
    rest: &'t str,
    platform: Platform,
    long_names: &LongNames<'_>,
    known: impl Fn(&str) -> bool,
) -> LineParts<'t> {
    let first = rest.split('\n').next().unwrap_or(rest);
    let Some((sender, body_at)) = split_at(first) else {
        return LineParts::Notice(notices::notice(rest));
    };
    if !long_names.is_empty()
        && long_names.begins_notice(first, sender, body_at)
        && let Some(notice) = notices::notice(rest)
    {
        return LineParts::Notice(Some(notice));
    }
    let (sender, body_at) = long_names.lengthen(first, sender, body_at);
    if known(sender) {
        return LineParts::Message {
            sender,
            body: &rest[body_at..],
        };
    }
    if let Some(notice) = notices::notice_around_colon(first) {
        return LineParts::Notice(Some(notice));
    }
    // iPhone notices before 2023 begin with a mark where messages have their sender. An embedding mark before a
    // number is different.
    if platform == Platform::Ios
        && rest.starts_with(marks::is_whatsapp_mark)
        && let Some(notice) = notices::notice(rest)
    {
        return LineParts::Notice(Some(notice));
    }
    LineParts::Message {
        sender,
        body: &rest[body_at..],
    }
}

/// The sender and the start of the body: after `: `, or after a colon that ends the line, which is an empty body after
/// an editor has removed trailing blanks.
pub(super) fn split_at(first: &str) -> Option<(&str, usize)> {
    let bytes = first.as_bytes();
    let colon = memchr::memchr_iter(b':', bytes).find(|at| bytes.get(at + 1) == Some(&b' '));
    let before = colon.map_or(first, |at| &first[..at]);
    if let Some(file) = before_file(before, first) {
        return Some(file);
    }
    if let Some(at) = colon {
        return Some((&first[..at], at + 2));
    }
    if let Some(file) = before_attached_file(first) {
        return Some(file);
    }
    let line = first.strip_suffix('\r').unwrap_or(first);
    let sender = line.strip_suffix(':')?;
    Some((sender, line.len()))
}

/// The sender and the start of the body in `Rita:<attached: 1.jpg>`, which some versions write without a blank. `before`
/// is the part of the line before the first colon with a blank.
fn before_file<'t>(before: &str, first: &'t str) -> Option<(&'t str, usize)> {
    let marker = memchr::memchr(b'<', before.as_bytes())?;
    let name = before[..marker].trim_end_matches(marks::is_mark);
    let sender = name.strip_suffix(':').filter(|name| !name.is_empty())?;
    (first.trim_end().ends_with('>')).then(|| (&first[..sender.len()], name.len()))
}

/// The sender and the start of the body in `Rita:IMG-1.jpg (file attached)`, which some versions write without a blank.
/// No file name contains a colon.
fn before_attached_file(first: &str) -> Option<(&str, usize)> {
    let line = first.trim_end();
    let name = (line.ends_with(')'))
        .then(|| media::before_attached(line))
        .flatten()?;
    let (sender, file) = name.rsplit_once(':')?;
    let is_file = media::reads_as_file(marks::trim_start(file)) && file.contains('.');
    (is_file && !sender.is_empty()).then_some((sender, sender.len() + 1))
}

/// The participants of a chat, found by their names as written.
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

    /// Whether a participant of this name has written.
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

    fn by<'t>(sender: &'t str, body: &'t str) -> LineParts<'t> {
        LineParts::Message { sender, body }
    }

    fn split<'t>(rest: &'t str, platform: Platform, known: impl Fn(&str) -> bool) -> LineParts<'t> {
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
    fn notice_with_colon_has_no_sender() {
        let nobody = |_: &str| false;
        let subject = "You changed the subject from \"Group: A\" to \"Group: B\"";
        assert_eq!(
            split(subject, Platform::Android, nobody),
            LineParts::Notice(Some(Notice::Group))
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
