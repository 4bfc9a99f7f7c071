//! `chat.md`: the same messages as `chat.txt`, with quotations.
//!
//! ```text
//! # WhatsApp Chat Export: TITLE
//! ## September 18, 2026
//! [9:53 AM] **You:**
//! > _Theo Marsh: plain text_
//! the answer
//! [9:54 AM] __Theo Marsh added Nadia__
//! [9:55 AM] **Theo Marsh:** [Image](media/NAME) caption
//! ```
//!
//! Format as observed. Dates and times depend on the language of the browser, so only hour and minute of a time are
//! read, and only if they are plain digits.
//!
//! See docs/reference/whatsapp-export-format.md, "Web transcript in markdown".

use std::collections::HashSet;

use super::attached::LONGEST_NAME;

/// The entries of a `chat.md`.
#[derive(Debug, Default)]
pub(super) struct Markdown<'m> {
    text: &'m str,
    pub(super) entries: Vec<Entry<'m>>,
    /// All senders.
    pub(super) senders: HashSet<&'m str>,
    /// Whether it contains the sentence that the oldest messages are missing.
    pub(super) cut: bool,
    /// The lines that are dates, from 1, with their text.
    pub(super) days: Vec<(u32, &'m str)>,
    pub(super) lines: u32,
}

/// A message, or a line in one that looks like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'m> {
    /// Line number, from 1.
    pub(super) line: u32,
    pub(super) who: EntryAuthor<'m>,
    /// Hour and minute as written; the hour may lack its half of the day.
    pub(super) time: Option<(u32, u32)>,
    /// The text between the brackets.
    pub(super) clock: &'m str,
    /// Start of the text after the sender, in bytes.
    body: usize,
    /// Start of the line, in bytes.
    start: usize,
}

/// Author of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryAuthor<'m> {
    /// This sender, as written.
    Sender(&'m str),
    /// WhatsApp: a notice. Its body ends with two underscores.
    WhatsApp,
}

/// Start of the first line of every `chat.md` and of the single-file exports.
const TITLE: &str = "# WhatsApp Chat Export";

/// Whether a text is a `chat.md`, or the beginning of one.
pub(in crate::parser::text) fn is_markdown_export(text: &str) -> bool {
    text.trim_start().starts_with(TITLE)
}

/// The chat's name, in the first line.
pub(in crate::parser::text) fn title(text: &str) -> Option<&str> {
    let first = text.trim_start().lines().next()?;
    let title = first.strip_prefix(TITLE)?.trim_start_matches(':').trim();
    (!title.is_empty()).then_some(title)
}

impl<'m> Markdown<'m> {
    /// Reads all lines that may begin an entry.
    pub(super) fn read(text: &'m str) -> Self {
        let mut read = Markdown {
            text,
            ..Markdown::default()
        };
        let mut start = 0;
        while start < text.len() {
            let end = memchr::memchr(b'\n', &text.as_bytes()[start..])
                .map_or(text.len(), |at| start + at);
            read.lines += 1;
            read.line(start, end);
            start = end + 1;
        }
        read
    }

    fn line(&mut self, start: usize, end: usize) {
        let line = self.text[start..end].trim_end_matches('\r');
        if let Some(day) = line.strip_prefix("## ") {
            self.days.push((self.lines, day));
        } else if let Some((who, clock, body)) = head(line) {
            if let EntryAuthor::Sender(name) = who {
                self.senders.insert(name);
            }
            self.entries.push(Entry {
                line: self.lines,
                who,
                time: minute(clock),
                clock,
                body: start + body,
                start,
            });
        } else if self.entries.is_empty() && self.days.is_empty() {
            // The only sentence before the messages that is in italics.
            self.cut |= line.len() > 2 && line.starts_with('_') && line.ends_with('_');
        }
    }

    /// The text of the entry at an index, combined with the `more` lines after it that only look like entries:
    /// trimmed, without the date of the next day.
    pub(super) fn body(&self, place: usize, more: usize) -> &'m str {
        let (Some(entry), next) = (self.entries.get(place), self.entries.get(place + more + 1))
        else {
            return "";
        };
        let end = next.map_or(self.text.len(), |next| next.start);
        let body = self.text.get(entry.body..end).unwrap_or("").trim_end();
        match entry.who {
            EntryAuthor::Sender(_) => body,
            EntryAuthor::WhatsApp => body.split("__").next().unwrap_or(body),
        }
    }
}

/// Parses `[9:53 AM] **You:** text`: author, clock, and start of the text.
fn head(line: &str) -> Option<(EntryAuthor<'_>, &str, usize)> {
    let (clock, rest) = line.strip_prefix('[')?.split_once("] ")?;
    if clock.len() > 40 || !clock.chars().any(char::is_numeric) {
        return None;
    }
    let at = line.len() - rest.len();
    if rest.starts_with("__") && rest.len() > 4 {
        return Some((EntryAuthor::WhatsApp, clock, at + 2));
    }
    // A placeholder for a message that could not be exported.
    if rest.starts_with('<') && rest.ends_with('>') {
        return Some((EntryAuthor::WhatsApp, clock, at));
    }
    let name = rest.strip_prefix("**")?;
    let end = name.find(":**")?;
    let body = at + 2 + end + 3;
    let blank = usize::from(line[body..].starts_with(' '));
    Some((EntryAuthor::Sender(&name[..end]), clock, body + blank))
}

/// The first two numbers of a clock.
fn minute(clock: &str) -> Option<(u32, u32)> {
    let mut numbers = clock
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let (hour, minute) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    (hour < 25 && minute < 60).then_some((hour, minute))
}

/// The body without date lines of the next day at its end.
pub(super) fn without_day(body: &str) -> &str {
    let line = body.rfind('\n').map_or(0, |at| at + 1);
    if body[line..].starts_with("## ") && line > 0 {
        body[..line].trim_end()
    } else {
        body
    }
}

/// The name of the file that a body links to: `[Image](media/NAME) caption`. A name may contain brackets, so `is_file`
/// determines where it ends.
pub(super) fn link(body: &str, is_file: impl Fn(&str) -> bool) -> Option<&str> {
    let (label, rest) = body.strip_prefix('[')?.split_once("](media/")?;
    if label.contains('\n') {
        return None;
    }
    let line = rest.lines().next().unwrap_or(rest);
    let ends = || {
        let ends = line.match_indices(')').map(|(at, _)| &line[..at]);
        ends.take_while(|name| name.len() <= LONGEST_NAME)
    };
    ends().find(|name| is_file(name)).or_else(|| ends().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# WhatsApp Chat Export: Theo: Marsh\nExport date: today\n\n---\n\
        _Some earlier messages may not be available._\n---\n\n## September 18, 2026\n\n\
        [9:52 AM] **Theo Marsh:** plain\ntext\n\n[21:53] **You:**\n> _Theo Marsh: plain_\nyes\n\n\
        ## September 19, 2026\n\n[9:54 AM] __Theo Marsh added Nadia__\n";

    #[test]
    fn entries_dates_and_the_head() {
        let read = Markdown::read(TEXT);
        assert_eq!(title(TEXT), Some("Theo: Marsh"));
        assert!(read.cut && is_markdown_export(TEXT));
        let who: Vec<_> = read
            .entries
            .iter()
            .map(|e| (e.line, e.who, e.time))
            .collect();
        assert_eq!(
            who,
            [
                (10, EntryAuthor::Sender("Theo Marsh"), Some((9, 52))),
                (13, EntryAuthor::Sender("You"), Some((21, 53))),
                (19, EntryAuthor::WhatsApp, Some((9, 54))),
            ]
        );
        assert_eq!(read.body(0, 0), "plain\ntext");
        assert_eq!(without_day(read.body(1, 0)), "\n> _Theo Marsh: plain_\nyes");
        assert_eq!(read.body(2, 0), "Theo Marsh added Nadia");
        assert_eq!(read.days.len(), 2);
        assert_eq!(read.lines, 19);
    }

    #[test]
    fn link_to_name_with_brackets() {
        let body = "[Image](media/a (1).jpeg) look (here)";
        assert_eq!(link(body, |name| name == "a (1).jpeg"), Some("a (1).jpeg"));
        assert_eq!(link("[Image](media/b.jpeg) x", |_| false), Some("b.jpeg"));
        assert_eq!(link("see [Image](media/b.jpeg)", |_| true), None);
    }
}
