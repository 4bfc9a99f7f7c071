//! Construction of the chat: cuts bodies out between headers, classifies them and counts everything.

use std::borrow::Cow;
use std::collections::HashMap;

use super::body;
use super::fold::fold;
use super::long_names::{LongNames, Watch};
use super::marked::{self, Marked};
use super::marks;
use super::notices::{self, Notice};
use super::pasted::{self, Pasted};
use super::plain_text::is_plain_text;
use super::recent_senders::{RecentSender, RecentSenders};
use super::scan::{Layout, Scan};
use super::sender::{LineParts, Participants, split};
use super::sender_inference;
use super::shape::Candidate;
use super::unread_header;
use crate::chat::{
    Chat, Format, Kind, LineCount, Message, Oddity, OddityKind, Participant, Platform,
};
use crate::parser::Context;

/// Builds the chat. `broken_lines` are lines that contained invalid UTF-8; `layout` has at least one header.
pub(super) fn build<'t>(
    text: &'t str,
    broken_lines: &[u32],
    scan: &Scan,
    layout: &Layout,
    context: &Context<'_>,
) -> Chat<'t> {
    let platform = if layout.rules.shape.is_iphone() {
        Platform::Ios
    } else {
        Platform::Android
    };
    let build = Build {
        text,
        broken_lines,
        scan,
        layout,
        context,
        platform,
    };
    let mut pasted = Pasted::default();
    let read_first = |pasted: &Pasted| {
        let mut first = build.builder(LongNames::default());
        first.watch = Some(Watch::new(platform, context.chat_name));
        build.read(&mut first, pasted);
        first
    };
    let mut first = read_first(&pasted);
    if first.run_back.found() {
        pasted = build.pasted();
        if !pasted.text.is_empty() {
            first = read_first(&pasted);
        }
    }
    let long_names = first.watch.take().map(Watch::found).unwrap_or_default();
    let format = Format {
        pattern: layout.rules.pattern(layout.decision.order),
        date_order: layout.decision.order,
        evidence: layout.decision.evidence,
        seconds: layout.rules.shape.seconds,
        form: layout.rules.form(),
    };
    let mut last = first;
    if !long_names.is_empty() {
        // A second pass, with the complete names.
        last = build.builder(long_names);
        build.read(&mut last, &pasted);
    }
    last.doubt(&pasted);
    let wrote = |name: &str| last.participants.wrote(name);
    for line in unread_header::find(text, scan, layout, wrote) {
        last.odd(line, OddityKind::UnknownHalfDay);
    }
    last.finish(format)
}

/// The input of a build.
struct Build<'t, 'c> {
    text: &'t str,
    broken_lines: &'c [u32],
    scan: &'c Scan,
    layout: &'c Layout,
    context: &'c Context<'c>,
    platform: Platform,
}

impl<'t, 'c> Build<'t, 'c> {
    fn builder(&self, long_names: LongNames<'t>) -> Builder<'t, 'c> {
        let text = self.text;
        Builder {
            text,
            platform: self.platform,
            context: self.context,
            long_names,
            watch: None,
            run_back: pasted::Watch::default(),
            participants: Participants::default(),
            messages: Vec::with_capacity(self.layout.most_headers()),
            oddities: Vec::new(),
            lines: LineCount {
                total: self.scan.lines,
                ..LineCount::default()
            },
            group_notices: 0,
            owner: None,
            owner_twice: false,
            named_by_notices: None,
            several_named: false,
            marked: Vec::new(),
            known_lines: HashMap::new(),
            has_rtl_phrases: false,
            recent: RecentSenders::default(),
            has_nul: self.scan.has_nul,
            has_cr: self.scan.has_cr,
        }
    }

    /// Decides which headers that run back in time are pasted text.
    fn pasted(&self) -> Pasted {
        let (scan, layout) = (self.scan, self.layout);
        let allowed = scan.candidates.iter().filter(|c| layout.rules.allow(c));
        let lines: Vec<pasted::Line> = allowed
            .filter_map(|candidate| {
                let start = candidate.start as usize;
                Some(pasted::Line {
                    start,
                    body: start + usize::from(candidate.length),
                    number: candidate.line,
                    time: layout.time(candidate)?,
                })
            })
            .collect();
        let mut pasted = pasted::find(self.text, &lines);
        // In the wrong date order any file runs back in time; the chat is held.
        if !layout.decision.evidence.is_settled() {
            pasted.doubtful.clear();
            pasted.long.clear();
        }
        pasted
    }

    fn read(&self, builder: &mut Builder<'t, 'c>, pasted: &Pasted) {
        let (scan, layout) = (self.scan, self.layout);
        for line in self.broken_lines {
            builder.odd(*line, OddityKind::NotUtf8);
        }
        let mut open: Option<(&Candidate, chrono::NaiveDateTime)> = None;
        let mut text = pasted.text.iter().copied().peekable();
        for candidate in &scan.candidates {
            let time = if layout.rules.allow(candidate) {
                let time = layout.time(candidate);
                if time.is_none() {
                    builder.odd(candidate.line, OddityKind::ImpossibleDate);
                }
                time
            } else {
                builder.odd(candidate.line, OddityKind::OtherShape);
                None
            };
            let Some(time) = time else { continue };
            if text.next_if_eq(&candidate.line).is_some() {
                continue;
            }
            if layout.is_too_late(time.date()) {
                builder.odd(candidate.line, OddityKind::AfterArchive);
            }
            builder.run_back.see(time);
            match open.replace((candidate, time)) {
                Some((header, time)) => {
                    builder.message(header, time, candidate.start as usize, candidate.line)
                }
                None => {
                    builder.before_first(candidate.line);
                    // Reported once: a phone writes a whole export in one calendar.
                    if layout.is_converted(&scan.days[candidate.day as usize]) {
                        builder.odd(candidate.line, OddityKind::OtherCalendar);
                    }
                }
            }
        }
        if let Some((header, time)) = open {
            builder.message(header, time, builder.text.len(), scan.lines + 1);
        }
    }
}

struct Builder<'t, 'c> {
    text: &'t str,
    platform: Platform,
    context: &'c Context<'c>,
    long_names: LongNames<'t>,
    /// Detects long names, in the first pass.
    watch: Option<Watch<'t>>,
    run_back: pasted::Watch,
    participants: Participants<'t>,
    messages: Vec<Message<'t>>,
    oddities: Vec<Oddity>,
    lines: LineCount,
    group_notices: u32,
    owner: Option<u32>,
    owner_twice: bool,
    /// The name under which notices about what the owner did stand.
    named_by_notices: Option<Cow<'t, str>>,
    /// Whether they stand under several names.
    several_named: bool,
    /// Messages after a mark that may be notices or calls.
    marked: Vec<Marked>,
    /// The number of known lines of WhatsApp under each participant.
    known_lines: HashMap<u32, u32>,
    /// Whether a phrase of a right-to-left language was found after a mark.
    has_rtl_phrases: bool,
    recent: RecentSenders<'t>,
    /// Whether the transcript contains a NUL byte.
    has_nul: bool,
    /// Whether the transcript contains a CR.
    has_cr: bool,
}

impl<'t> Builder<'t, '_> {
    fn odd(&mut self, line: u32, kind: OddityKind) {
        self.oddities.push(Oddity { line, kind });
    }

    /// Marks the messages that may be pasted text.
    fn doubt(&mut self, pasted: &Pasted) {
        for line in &pasted.doubtful {
            let found = (self.messages).binary_search_by_key(line, |message| message.line);
            if let Ok(place) = found {
                let extra = self.messages[place].extra.get_or_insert_default();
                extra.may_be_pasted = true;
            }
        }
        for line in pasted.doubtful.iter().chain(&pasted.long) {
            self.odd(*line, OddityKind::RunsBack);
        }
    }

    fn before_first(&mut self, first_header: u32) {
        for line in 1..first_header {
            self.odd(line, OddityKind::BeforeFirstHeader);
            self.lines.oddities += 1;
        }
    }

    /// Adds the message whose header is `header` and whose lines end before byte `end` and before line
    /// `next_line`.
    fn message(
        &mut self,
        header: &Candidate,
        local_time: chrono::NaiveDateTime,
        end: usize,
        next_line: u32,
    ) {
        self.lines.headers += 1;
        self.lines.continuations += next_line - header.line - 1;
        let from = header.start as usize + usize::from(header.length);
        // A header is never longer than its line, but the slice must not rely on that.
        let rest = without_line_ends(self.text.get(from..end).unwrap_or(""));
        let line = self.text.get(header.start as usize..).unwrap_or("");
        let is_line_marked =
            self.platform == Platform::Ios && line.starts_with(marks::is_whatsapp_mark);
        if self.has_nul && rest.contains('\0') {
            self.odd(header.line, OddityKind::NulByte);
        }
        let mut message = Message {
            line: header.line,
            sender: None,
            local_time,
            kind: Kind::System,
            edited: false,
            text: Cow::Borrowed(""),
            extra: None,
        };
        if let Some(known) = self.recent.find(rest) {
            let (number, body) = (known.number, &rest[known.name.len() + 2..]);
            if known.watched {
                known.watched = self.watch.as_mut().is_some_and(|watch| watch.see(rest));
            }
            let one_line = next_line == header.line + 1;
            if (one_line || !self.has_cr) && is_plain_text(body, one_line, self.platform) {
                message.sender = Some(number);
                message.kind = Kind::Text;
                message.text = Cow::Borrowed(body);
                self.participants.list[number as usize].messages += 1;
            } else {
                self.add_body(&mut message, number, body, is_line_marked);
            }
            self.messages.push(message);
            return;
        }
        let watched = self.watch.as_mut().is_some_and(|watch| watch.see(rest));
        let known = |name: &str| self.participants.wrote(name);
        match split(rest, self.platform, &self.long_names, known) {
            LineParts::Notice(notice) => {
                self.group_notices += u32::from(notice == Some(Notice::Group));
                if let Some(watch) = self.watch.as_mut() {
                    watch.see_notice(rest);
                }
                message.text = self.unix_lines(notice_text(rest));
            }
            LineParts::Message { sender, body } => {
                let number = self.participants.number(sender);
                self.add_body(&mut message, number, body, is_line_marked);
                if message.sender.is_some() && !self.long_names.may_be_longer(sender) {
                    self.recent.add(RecentSender {
                        name: sender,
                        number,
                        watched,
                    });
                }
            }
        }
        self.messages.push(message);
    }

    /// The text with LF as its only line end.
    fn unix_lines<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        if self.has_cr {
            body::unix_lines(text)
        } else {
            text
        }
    }

    fn add_body(
        &mut self,
        message: &mut Message<'t>,
        number: u32,
        written: &'t str,
        is_line_marked: bool,
    ) {
        let index = self.context.media;
        let read = match self.unix_lines(Cow::Borrowed(written)) {
            Cow::Borrowed(text) => body::read(text, self.platform, index, is_line_marked),
            Cow::Owned(text) => owned(body::read(&text, self.platform, index, is_line_marked)),
        };
        if self.platform == Platform::Ios && marks::is_led(written) {
            let is_rtl = marks::lead(written) == marks::Lead::RightToLeft;
            let found = match read.kind {
                Kind::Text => notices::notice_and_name(written),
                _ => None,
            };
            if found.is_some() && notices::is_by_owner(written) {
                self.see_owner(number);
            }
            let found = found.map(|(notice, name)| {
                let is_sentence = |name: &String| !marked::begins_with_name(written, name);
                (notice, name.filter(is_sentence))
            });
            let is_known =
                read.kind != Kind::Text || found.as_ref().is_some_and(|(_, name)| name.is_none());
            if is_known {
                *self.known_lines.entry(number).or_default() += 1;
            }
            self.has_rtl_phrases |= is_rtl && (read.kind != Kind::Text || found.is_some());
            if let Some((notice, None)) = found {
                self.group_notices += u32::from(notice == Notice::Group);
                message.text = self.unix_lines(notice_text(written));
                return;
            }
            if read.kind == Kind::Text {
                self.marked.push(Marked {
                    at: u32::try_from(self.messages.len()).unwrap_or(u32::MAX),
                    is_rtl,
                    notice: found.and_then(|(notice, name)| Some((notice, name?))),
                });
            }
        }
        if read.unknown {
            self.odd(message.line, OddityKind::UnknownMarker);
        }
        if read.by_owner {
            // There cannot be two owners: on Android a person may have typed the words.
            self.owner_twice |= self.owner.is_some_and(|known| known != number);
            self.owner = Some(number);
        }
        message.sender = Some(number);
        message.kind = read.kind;
        message.edited = read.edited;
        message.text = read.text;
        message.extra = read.extra;
        if message.attachments().iter().any(|a| a.entry.is_none()) && !self.context.media.is_empty()
        {
            self.odd(message.line, OddityKind::MissingAttachment);
        }
        self.participants.list[number as usize].messages += 1;
    }

    /// Notes the name before a notice about what the owner did: it is the owner's, who may write nothing else.
    fn see_owner(&mut self, number: u32) {
        let Some(participant) = self.participants.list.get(number as usize) else {
            return;
        };
        let name = &participant.name;
        self.several_named |= (self.named_by_notices.as_ref()).is_some_and(|known| known != name);
        self.named_by_notices = Some(name.clone());
    }

    /// Decides which marked lines WhatsApp wrote.
    fn decide_marked(&mut self, is_group: bool) {
        let has_group_notice = |one: &Marked| matches!(&one.notice, Some((Notice::Group, _)));
        let is_about_sender = |one: &Marked| {
            let sender = self.messages[one.at as usize].sender;
            let sender = sender.and_then(|at| self.participants.list.get(at as usize));
            let name = sender.map(|sender| fold(&sender.name));
            has_group_notice(one) && name == one.notice.as_ref().map(|(_, name)| name.clone())
        };
        let is_group = is_group || self.marked.iter().any(is_about_sender);
        let places: Vec<u32> = self.marked.iter().map(|one| one.at).collect();
        let chat = self.context.chat_name;
        let list = &mut self.participants.list;
        sender_inference::by_the_chat(chat, is_group, &places, list, &mut self.messages);
        let file = marked::File {
            chat,
            is_group,
            has_rtl_phrases: self.has_rtl_phrases,
            known: &self.known_lines,
        };
        for one in &self.marked {
            let is_by_the_chat = self.messages[one.at as usize].sender.is_none();
            self.group_notices += u32::from(is_by_the_chat && has_group_notice(one));
        }
        let decided = marked::decide(&self.marked, &file, list, &mut self.messages);
        self.group_notices += decided.group_notices;
        for line in decided.guessed {
            self.odd(line, OddityKind::GuessedNotice);
        }
        for line in decided.kept {
            self.odd(line, OddityKind::UnknownMark);
        }
    }

    fn finish(mut self, format: Format) -> Chat<'t> {
        let chat = self.context.chat_name;
        let is_group = self.group_notices > 0;
        self.decide_marked(is_group);
        if self.platform == Platform::Android {
            let list = &mut self.participants.list;
            for line in sender_inference::guess_notices(chat, is_group, list, &mut self.messages) {
                self.odd(line, OddityKind::GuessedNotice);
            }
        }
        if let Some(you) = sender_inference::called_you(chat, &self.participants.list) {
            self.owner_twice |= self.owner.is_some_and(|known| known != you);
            self.owner = Some(you);
        }
        self.oddities.sort_by_key(|o| o.line);
        let (participants, numbers) = keep_senders(self.participants.list);
        // Nearly always every participant has messages, and a million messages keep their numbers.
        if participants.len() < numbers.len() {
            for message in &mut self.messages {
                message.sender = message.sender.and_then(|old| numbers[old as usize]);
            }
        }
        Chat {
            platform: self.platform,
            format,
            owner: (self.owner.filter(|_| !self.owner_twice)).and_then(|old| numbers[old as usize]),
            named_by_notices: self.named_by_notices.filter(|_| !self.several_named),
            participants,
            messages: self.messages,
            group_notices: self.group_notices,
            oddities: self.oddities,
            lines: self.lines,
        }
    }
}

fn owned(body: body::Body<'_>) -> body::Body<'static> {
    body::Body {
        kind: body.kind,
        text: Cow::Owned(body.text.into_owned()),
        edited: body.edited,
        by_owner: body.by_owner,
        unknown: body.unknown,
        extra: body.extra.map(|extra| Box::new(extra.into_owned())),
    }
}

fn notice_text(text: &str) -> Cow<'_, str> {
    marks::without(text.trim())
}

/// The text without its final line ends.
fn without_line_ends(text: &str) -> &str {
    let bytes = text.as_bytes();
    let kept = bytes
        .iter()
        .rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    &text[..kept.map_or(0, |at| at + 1)]
}

/// The participants with at least one message, and the new number of each previous one.
fn keep_senders(list: Vec<Participant<'_>>) -> (Vec<Participant<'_>>, Vec<Option<u32>>) {
    let mut kept = Vec::with_capacity(list.len());
    let mut numbers = Vec::with_capacity(list.len());
    for participant in list {
        if participant.messages == 0 {
            numbers.push(None);
        } else {
            numbers.push(u32::try_from(kept.len()).ok());
            kept.push(participant);
        }
    }
    (kept, numbers)
}
