//! Pasted text: lines of a text export that an exact archive shows to be no messages.
//!
//! A line of a message may look like a header and is then parsed as a message; native archives separate
//! messages whatever their texts are. If such an archive has the message before and those lines as one text
//! of that time, they are that text. If the native archive was imported earlier and is not in this run, its
//! record shows the same: [`running_back`] finds the texts in question. Never here: the evidence of
//! timestamps and lines alone ([`crate::parser::text`]).

use std::collections::HashMap;

use super::desired::Direction;
use super::message::Item;
use super::resolved::Resolved;
use crate::canonical;
use crate::chat::Kind;
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::parser::text::looks_like_header;

/// The maximum number of messages of one minute and first line that are tried for each text.
const MAX_TRIES: usize = 64;

/// Minute, direction and the canonical first line of a message.
type FirstLine = (i64, Direction, [u8; 16]);

/// Joins items of `archive` that are lines of a text in `known`, which another archive has complete, to the
/// item before them. Returns the lines of their headers, ascending.
pub(super) fn join<'s>(
    items: &mut Vec<Item<'s>>,
    known: &[Item<'s>],
    archive: &Resolved<'s>,
) -> Vec<u32> {
    let whole: Vec<&Item<'s>> = known.iter().filter(|item| is_whole(item)).collect();
    if whole.is_empty() {
        return Vec::new();
    }
    let mut begins: HashMap<FirstLine, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        if item.message.kind == Kind::Text && item.said_by.is_some() {
            let at = item.activity_at.timestamp().div_euclid(60);
            let begin = (at, item.direction, first_line(text(item)));
            begins.entry(begin).or_default().push(index);
        }
    }
    let transcript = Transcript::new(archive.source.transcript.text());
    let mut is_text = vec![false; items.len()];
    for whole in whole {
        let first = first_line(text(whole));
        let minute = whole.activity_at.timestamp().div_euclid(60);
        // The last one first: a text is written after what it repeats.
        let indexes = (minute - 1..=minute + 1)
            .filter_map(|at| begins.get(&(at, whole.direction, first)))
            .flat_map(|indexes| indexes.iter().rev().take(MAX_TRIES));
        let found = indexes.copied().find_map(|index| {
            let apart = items[index].activity_at - whole.activity_at;
            let is_near = apart.num_milliseconds().abs() <= MAX_DIFFERENCE && !is_text[index];
            let count = is_near
                .then(|| transcript.lines_of(&items[index..], text(whole)))
                .flatten()?;
            Some((index, count))
        });
        if let Some((index, count)) = found {
            is_text[index + 1..=index + count].fill(true);
            items[index].edited |= items[index + count].edited;
            items[index].text = Some(text(whole));
            items[index].content = whole.content;
            items[index].origin = Some(Box::new(whole.origin()));
        }
    }
    let mut lines = Vec::new();
    let mut is_text = is_text.into_iter();
    items.retain(|item| {
        let is_text = is_text.next().unwrap_or(false);
        if is_text {
            lines.push(item.message.line);
        }
        !is_text
    });
    lines
}

/// A text, and the messages after it that go back in time and so may be its lines.
#[derive(Debug, Clone)]
pub(super) struct RunningBack {
    /// The archive.
    pub(super) archive: u32,
    /// The line of its header.
    pub(super) line: u32,
    /// For each message after it, the line of its header and the content of the text extended to that
    /// message.
    pub(super) following: Vec<(u32, [u8; 16])>,
}

/// The maximum number of messages after a text that may be its lines.
const MAX_LINES: usize = 64;

/// Finds the texts of an archive that are followed by messages of earlier minutes.
pub(super) fn running_back(
    items: &[Item<'_>],
    archive: &Resolved<'_>,
    number: u32,
) -> Vec<RunningBack> {
    let minute = |item: &Item<'_>| item.activity_at.timestamp().div_euclid(60);
    let mut transcript = None;
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let is_text = item.message.kind == Kind::Text && item.said_by.is_some() && !item.edited;
        let following = items[index + 1..].iter().take(MAX_LINES);
        let count = following
            .take_while(|other| minute(other) < minute(item))
            .count();
        if !is_text || count == 0 {
            continue;
        }
        let transcript =
            transcript.get_or_insert_with(|| Transcript::new(archive.source.transcript.text()));
        let mut whole = canonical::text(text(item));
        let mut following = Vec::with_capacity(count);
        for at in index + 1..=index + count {
            let next = items.get(at + 1).map(|next| next.message.line);
            let line = items[at].message.line;
            whole.push(' ');
            whole.push_str(&canonical::text(transcript.lines(line, next)));
            let body = canonical::of_text(&whole);
            following.push((line, canonical::key(&body)));
        }
        found.push(RunningBack {
            archive: number,
            line: item.message.line,
            following,
        });
    }
    found
}

fn text<'s>(item: &Item<'s>) -> &'s str {
    item.text.unwrap_or(item.message.text.as_ref())
}

fn first_line(text: &str) -> [u8; 16] {
    canonical::key(&canonical::text(text.lines().next().unwrap_or_default()))
}

/// Whether an item is a text of an exact archive with a line like a header after its first line.
fn is_whole(item: &Item<'_>) -> bool {
    item.is_exact_time
        && item.message.kind == Kind::Text
        && text(item).contains('\n')
        && text(item).lines().skip(1).any(looks_like_header)
}

/// The lines of a transcript.
struct Transcript<'t> {
    text: &'t str,
    /// Byte offset of the start of each line.
    starts: Vec<usize>,
}

impl<'t> Transcript<'t> {
    fn new(text: &'t str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        Transcript { text, starts }
    }

    /// The lines from one number (inclusive) to another (exclusive).
    fn lines(&self, from: u32, to: Option<u32>) -> &'t str {
        let start = |line: u32| self.starts.get((line as usize).checked_sub(1)?).copied();
        let end = to.and_then(start).unwrap_or(self.text.len());
        let begin = start(from).unwrap_or(self.text.len());
        self.text.get(begin..end).unwrap_or_default()
    }

    /// The number of items after the first one whose headers and texts complete its text to `whole`; `None`
    /// if they make another text.
    fn lines_of(&self, items: &[Item<'_>], whole: &str) -> Option<usize> {
        let whole = canonical::text(whole);
        let mut rest = whole.strip_prefix(&canonical::text(text(items.first()?)))?;
        for (index, item) in items.iter().enumerate().skip(1) {
            let next = items.get(index + 1).map(|next| next.message.line);
            let written = canonical::text(self.lines(item.message.line, next));
            rest = rest.strip_prefix(' ')?;
            let Some(left) = rest.strip_prefix(&written) else {
                let marker = written.strip_prefix(rest)?.trim_start();
                return (item.edited && marker.starts_with('<')).then_some(index);
            };
            if left.is_empty() {
                return Some(index);
            }
            rest = left;
        }
        None
    }
}
