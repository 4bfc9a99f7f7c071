//! The lines of archives that contain a message.
//!
//! Belongs here: reading the archives that are in memory. Never here: what a plan does with a message.

use super::value::{OddityView, SourceLine};
use crate::chat::{Chat, Message};
use crate::transform::Source;
use crate::transform::desired::Desired;
use crate::transform::message_name::MessageName;
use crate::transform::trace::{Traced, Wanted, message_at};

/// A line with the chat that it belongs to.
pub(super) struct Located {
    /// The chat: index into [`Desired::chats`].
    pub(super) chat: Option<usize>,
    /// The name of the participant; `None` for a notice, or a line of no message.
    pub(super) sender: Option<String>,
    /// The id of WhatsApp.
    pub(super) native_id: Option<String>,
    /// Whether its id is the one that was asked for, and not only begins so.
    pub(super) is_exact: bool,
    /// The line.
    pub(super) line: SourceLine,
}

/// The wanted lines of the archives, and those of traced messages, each once.
pub(super) fn look(
    sources: &[Source<'_>],
    desired: &Desired,
    wanted: &Wanted,
    traced: &[Traced],
) -> Vec<Located> {
    let mut found = Vec::new();
    for source in sources {
        let path = source.opened.place();
        let named: Vec<u32> = (wanted.lines.iter())
            .filter(|(file, _)| MessageName::is_of(file, &path))
            .map(|(_, line)| *line)
            .collect();
        let copies: Vec<u32> = (traced.iter().flat_map(|traced| &traced.copies))
            .filter(|copy| copy.path == path)
            .map(|copy| copy.line)
            .collect();
        if named.is_empty() && copies.is_empty() && wanted.id.is_none() {
            continue;
        }
        let chat = chat_of(source, &path, desired);
        let is_ready = chat.is_some_and(|chat| desired.chats[chat].standing.is_ready());
        source.with_messages(|read| {
            let reread = source.outline.and_then(|_| source.opened.reread());
            let text = reread
                .as_ref()
                .map_or(source.transcript, |text| &text.transcript);
            let archive = Archive {
                source,
                path: &path,
                read,
                text: text.text(),
                chat,
            };
            for line in &named {
                found.extend(archive.at(*line));
            }
            for line in copies.iter().filter(|line| !named.contains(line)) {
                // Archives of one native file share its path.
                let message = message_at(&read.messages, *line, true);
                found.extend(message.map(|message| archive.message(message, *line, false)));
            }
            // Messages of chats that are imported were traced.
            if let Some(id) = wanted.id.as_deref().filter(|_| !is_ready) {
                for message in &read.messages {
                    let ids = message.native_id().into_iter();
                    let mut ids = ids.chain(message.known_as().iter().map(String::as_str));
                    if let Some(own) = ids.find(|own| own.starts_with(id)) {
                        found.push(archive.message(message, message.line, own == id));
                    }
                }
            }
        });
    }
    found
}

/// The numbers of lines of the text archives that wanted lines name. Of private chats nothing is shown.
pub(super) fn lines_of_named(
    sources: &[Source<'_>],
    desired: &Desired,
    wanted: &Wanted,
) -> Vec<u32> {
    let mut lines = Vec::new();
    for source in sources {
        let path = source.opened.place();
        if !(wanted.lines.iter()).any(|(file, _)| MessageName::is_of(file, &path)) {
            continue;
        }
        let chat = chat_of(source, &path, desired);
        if chat.is_some_and(|chat| desired.chats[chat].private) {
            continue;
        }
        source.with_messages(|read| {
            if !read.platform.is_native() {
                lines.push(read.lines.total);
            }
        });
    }
    lines
}

/// The chat of an archive. Archives of one native file have one path, and archives with equal content one digest.
fn chat_of(source: &Source<'_>, path: &str, desired: &Desired) -> Option<usize> {
    let digest = source.opened.digest();
    desired.chats.iter().position(|chat| {
        (chat.paths.iter().zip(&chat.sources))
            .any(|(own, archive)| own == path && archive.digest == digest[..16])
    })
}

struct Archive<'a> {
    source: &'a Source<'a>,
    path: &'a str,
    read: &'a Chat<'a>,
    text: &'a str,
    chat: Option<usize>,
}

impl Archive<'_> {
    /// The message at a line, or the line itself if it belongs to none; `None` if there is no such line.
    fn at(&self, line: u32) -> Option<Located> {
        let is_native = self.read.platform.is_native();
        if !is_native && line > self.read.lines.total {
            return None;
        }
        match message_at(&self.read.messages, line, is_native) {
            Some(message) => Some(self.message(message, line, true)),
            None if is_native => None,
            None => Some(Located {
                chat: self.chat,
                sender: None,
                native_id: None,
                is_exact: true,
                line: SourceLine {
                    oddities: self.oddities(line, line + 1),
                    text: self.lines(line, line + 1),
                    ..self.line(line, "oddity", 1)
                },
            }),
        }
    }

    fn message(&self, message: &Message<'_>, line: u32, is_exact: bool) -> Located {
        let is_native = self.read.platform.is_native();
        let next = self.next_header(message.line);
        let role = match (is_native, line == message.line) {
            (true, _) => "record",
            (false, true) => "header",
            (false, false) => "continuation",
        };
        let files = message.attachments();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let text = match is_native {
            true => Some(message.text.to_string()),
            false => self.lines(message.line, next),
        };
        Located {
            chat: self.chat,
            sender: (self.read.sender_of(message)).map(|sender| sender.name.to_string()),
            native_id: message.native_id().map(str::to_owned),
            is_exact,
            line: SourceLine {
                header_line: Some(message.line),
                local_time: Some(message.local_time.format("%Y-%m-%dT%H:%M:%S").to_string()),
                kind: Some(message.kind.word()),
                edited: message.edited,
                files: count(files.len()),
                files_present: count(files.iter().filter(|file| file.entry.is_some()).count()),
                oddities: self.oddities(message.line, next),
                text,
                ..self.line(line, role, next - message.line)
            },
        }
    }

    /// What is true of every line of the archive.
    fn line(&self, line: u32, role: &'static str, line_count: u32) -> SourceLine {
        let format = &self.read.format;
        let is_native = self.read.platform.is_native();
        SourceLine {
            archive: self.path.to_owned(),
            device: self.source.device.name.clone(),
            chat: self.source.opened.chat_name().to_owned(),
            platform: self.read.platform.to_string(),
            line,
            role,
            header_line: None,
            line_count,
            form: (!is_native).then(|| format.pattern.clone()),
            date_order: (!is_native).then(|| format.date_order.to_string()),
            date_order_evidence: Some(self.read.date_order_evidence()),
            local_time: None,
            kind: None,
            edited: false,
            files: 0,
            files_present: 0,
            oddities: Vec::new(),
            copy_by: None,
            copy_difference_ms: None,
            text: None,
        }
    }

    /// The line after the last one of the message whose header is at `line`.
    fn next_header(&self, line: u32) -> u32 {
        if self.read.platform.is_native() {
            return line + 1;
        }
        let next = self
            .read
            .messages
            .partition_point(|message| message.line <= line);
        let next = self.read.messages.get(next).map(|message| message.line);
        next.unwrap_or(self.read.lines.total + 1)
    }

    fn oddities(&self, from: u32, until: u32) -> Vec<OddityView> {
        (self.read.oddities.iter())
            .filter(|odd| (from..until).contains(&odd.line))
            .map(|odd| OddityView {
                line: odd.line,
                code: odd.kind.code(),
                what: odd.kind.describe(),
            })
            .collect()
    }

    fn lines(&self, from: u32, until: u32) -> Option<String> {
        let lines = self.text.split('\n').skip(from.saturating_sub(1) as usize);
        let lines: Vec<&str> = (lines.take((until - from) as usize))
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n").trim_end().to_owned())
    }
}
