//! Construction of the chat from lines, `chat.md` and file names.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chrono::{NaiveDateTime, Timelike};

use super::align::{Pair, Quote};
use super::files::{self, UnnamedFile};
use super::message::{self, Parts};
use super::words;
use super::{MOST_COLONS, body, detect};
use crate::chat::{Chat, Format, Kind, LineCount, Message, Oddity, OddityKind, Platform, Quoted};
use crate::parser::Context;
use crate::parser::text::body::unix_lines;
use crate::parser::text::sender::Participants;
use crate::parser::text::{marks, sender_inference};

/// The parts of a line after its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineParts<'t> {
    /// A message: sender and body, as written.
    Message(&'t str, &'t str),
    /// A notice.
    Notice(&'t str),
    /// A placeholder for a message that could not be exported.
    Placeholder(&'t str),
}

/// Classifies the text after a timestamp. `split` separates sender and body.
pub(super) fn classify<'t>(
    rest: &'t str,
    split: impl FnOnce(&'t str) -> Option<(&'t str, &'t str)>,
) -> LineParts<'t> {
    if let Some(notice) = rest.strip_prefix("- ") {
        return LineParts::Notice(notice);
    }
    if detect::is_broken(rest) {
        return LineParts::Placeholder(rest);
    }
    match split(rest) {
        Some((sender, body)) => LineParts::Message(sender, body),
        None => LineParts::Notice(rest),
    }
}

/// Collects the messages of a chat.
pub(super) struct Builder<'t, 'c> {
    context: &'c Context<'c>,
    participants: Participants<'t>,
    messages: Vec<Message<'t>>,
    oddities: Vec<Oddity>,
    pub(super) lines: LineCount,
    group_notices: u32,
    /// Messages that describe only the kind of their file.
    wanted: Vec<UnnamedFile>,
    /// Quotations, by index of the message.
    quotes: Vec<(usize, Option<String>)>,
}

impl<'t, 'c> Builder<'t, 'c> {
    pub(super) fn new(context: &'c Context<'c>, total: u32) -> Self {
        Builder {
            context,
            participants: Participants::default(),
            messages: Vec::new(),
            oddities: Vec::new(),
            lines: LineCount {
                total,
                ..LineCount::default()
            },
            group_notices: 0,
            wanted: Vec::new(),
            quotes: Vec::new(),
        }
    }

    pub(super) fn odd(&mut self, line: u32, kind: OddityKind) {
        self.oddities.push(Oddity { line, kind });
    }

    /// Adds a line that belongs to no message.
    pub(super) fn odd_line(&mut self, line: u32, kind: OddityKind) {
        self.odd(line, kind);
        self.lines.oddities += 1;
    }

    /// Adds a message with the given number of lines.
    pub(super) fn message(
        &mut self,
        (line, count): (u32, u32),
        time: NaiveDateTime,
        parts: LineParts<'t>,
        pair: Option<&Pair<'_>>,
    ) {
        self.lines.headers += 1;
        self.lines.continuations += count - 1;
        let mut message = Message {
            line,
            sender: None,
            local_time: time,
            kind: Kind::System,
            edited: false,
            text: Cow::Borrowed(""),
            extra: None,
        };
        match parts {
            LineParts::Placeholder(text) => {
                message.kind = Kind::Unsupported;
                message.text = Cow::Borrowed(text);
            }
            LineParts::Notice(text) => {
                let (kind, group) = body::notice(text);
                self.group_notices += u32::from(group);
                if words::is_cut(text) {
                    self.odd(line, OddityKind::EarlierMissing);
                }
                message.kind = kind;
                message.text = unix_lines(Cow::Borrowed(text));
            }
            LineParts::Message(sender, body) => {
                let number = self.participants.number(sender);
                self.participants.list[number as usize].messages += 1;
                message.sender = Some(number);
                let index = self.context.media;
                let parts = match unix_lines(Cow::Borrowed(body)) {
                    Cow::Borrowed(body) => message::read(body, pair, index),
                    Cow::Owned(body) => message::read(&body, pair, index).into_owned(),
                };
                self.fill(&mut message, parts);
            }
        }
        if message.text.contains('\0') {
            self.odd(line, OddityKind::NulByte);
        }
        match pair.and_then(|pair| pair.quote) {
            Some(Quote::Text(text)) => self
                .quotes
                .push((self.messages.len(), Some(text.to_owned()))),
            Some(Quote::Unavailable) => self.quotes.push((self.messages.len(), None)),
            None => {}
        }
        self.messages.push(message);
    }

    fn fill(&mut self, message: &mut Message<'t>, parts: Parts<'t>) {
        message.kind = parts.kind;
        message.text = parts.text;
        message.extra = parts.extra;
        if parts.unknown {
            self.odd(message.line, OddityKind::UnknownMarker);
        }
        if let Some((media, note)) = parts.wanted {
            self.wanted.push(UnnamedFile {
                message: self.messages.len(),
                // The names of files contain whole seconds, as the timestamps do.
                time: message
                    .local_time
                    .with_nanosecond(0)
                    .unwrap_or(message.local_time),
                media,
                note,
            });
        }
    }

    /// The chat.
    pub(super) fn finish(mut self, format: Format) -> Chat<'t> {
        self.find_files();
        self.resolve_quotes();
        let owner = sender_inference::called_you(self.context.chat_name, &self.participants.list);
        let has_media = !self.context.media.is_empty();
        let missing: Vec<u32> = self
            .messages
            .iter()
            .filter(|m| has_media && m.attachments().iter().any(|a| a.entry.is_none()))
            .map(|m| m.line)
            .collect();
        for line in missing {
            self.odd(line, OddityKind::MissingAttachment);
        }
        self.oddities.sort_by_key(|odd| odd.line);
        Chat {
            platform: Platform::Web,
            format,
            owner,
            named_by_notices: None,
            participants: self.participants.list,
            messages: self.messages,
            group_notices: self.group_notices,
            oddities: self.oddities,
            lines: self.lines,
        }
    }

    fn find_files(&mut self) {
        if self.wanted.is_empty() {
            return;
        }
        let index = self.context.media;
        let taken: HashSet<u32> = self
            .messages
            .iter()
            .flat_map(|message| message.attachments())
            .filter_map(|attachment| attachment.entry)
            .collect();
        let names = index.names();
        for (place, entry) in files::find(&self.wanted, index, &taken) {
            let Ok(at) = names.binary_search_by_key(&entry, |(number, _)| *number) else {
                continue;
            };
            let extra = self.messages[place].extra.as_mut();
            if let Some(attachment) = extra.and_then(|extra| extra.attachments.first_mut()) {
                message::assign_file(attachment, entry, names[at].1);
            }
        }
    }

    /// Separates sender and text of the quotations, when all participants are known.
    fn resolve_quotes(&mut self) {
        let people: HashMap<&str, u32> = (0u32..)
            .zip(&self.participants.list)
            .map(|(number, participant)| (participant.name.as_ref(), number))
            .collect();
        for (place, quote) in std::mem::take(&mut self.quotes) {
            let quoted = match quote {
                None => Quoted {
                    id: None,
                    text: None,
                    sender: None,
                    elsewhere: false,
                },
                Some(text) => resolve_quote(&text, &people),
            };
            self.messages[place].extra.get_or_insert_default().quoted = Some(quoted);
        }
    }
}

/// `Theo Marsh: plain text`: the longest name of a participant.
fn resolve_quote(quote: &str, people: &HashMap<&str, u32>) -> Quoted {
    let quote = marks::without(quote);
    let plain = quote.trim_start_matches(['~', ' ', '\u{202f}', '\u{a0}']);
    let ends = || {
        plain
            .match_indices(": ")
            .map(|(at, _)| at)
            .take(MOST_COLONS)
    };
    let known = ends()
        .filter_map(|at| Some((at, *people.get(&plain[..at])?)))
        .last();
    let end = known.map(|(at, _)| at).or_else(|| ends().next());
    Quoted {
        id: None,
        text: Some(end.map_or(plain, |at| &plain[at + 2..]).to_owned()),
        sender: known.map(|(_, sender)| sender),
        elsewhere: false,
    }
}
