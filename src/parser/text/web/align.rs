//! Alignment of `chat.md` with `chat.txt`: the entry of each message, and its quotation.
//!
//! Both contain the same messages in the same order (observed), so the n-th entry belongs to the n-th message. In
//! either file a text may contain lines that look like the beginning of a message. Sender, minute and text of every
//! pair must agree. From the first pair that does not agree, nothing is used: a quotation at the wrong message is
//! worse than none.

use super::markdown::{Entry, EntryAuthor, Markdown, link, without_day};

/// The compared parts of a message in `chat.txt`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TxtMessage<'t> {
    /// The sender as written; `None` for a notice.
    pub(super) sender: Option<&'t str>,
    /// The body as written.
    pub(super) body: &'t str,
    /// Whether it is plain text, which is the same in both files.
    pub(super) is_text: bool,
    pub(super) hour: u32,
    pub(super) minute: u32,
}

/// The entry of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pair<'m> {
    /// The quotation, if it is a reply.
    pub(super) quote: Option<Quote<'m>>,
    /// Its text in `chat.md`, without the quotation.
    pub(super) body: &'m str,
}

/// A quotation: `> _Theo Marsh: plain text_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote<'m> {
    /// Sender and text, not yet separated.
    Text(&'m str),
    /// The browser did not have the quoted message.
    Unavailable,
}

/// Maximum number of lines that are tried as the end of a quotation.
const MOST_ENDS: usize = 100;

/// Result of an alignment.
#[derive(Debug, Default)]
pub(super) struct Aligned<'m> {
    /// Pairs for the messages from the first one on; incomplete if the files disagree.
    pub(super) pairs: Vec<Pair<'m>>,
    /// Indices of headers that belong to the message above, because `chat.md` contains them as its text.
    pub(super) pasted: Vec<usize>,
    /// Index of the first message that differs in `chat.md`.
    pub(super) differs: Option<usize>,
}

/// Maximum number of lines of one text that may look like messages.
const MOST: usize = 20;

/// Aligns the two files. `side` returns the message at an index, combined with the given number of headers after it
/// that may be part of its text.
pub(super) fn align<'t, 'm>(
    count: usize,
    side: impl Fn(usize, usize) -> TxtMessage<'t>,
    markdown: &Markdown<'m>,
) -> Aligned<'m> {
    let mut aligned = Aligned::default();
    let (mut place, mut entry) = (0, 0);
    while place < count {
        let left = count - place - 1;
        let entries_left = markdown.entries.len().saturating_sub(entry + 1);
        // Nearly always the first. Both files can contain pasted lines, but hardly ever both kinds.
        let found = std::iter::once((0, 0))
            .chain((1..=left.min(MOST)).map(|more| (more, 0)))
            .chain((1..=entries_left.min(MOST)).map(|more| (0, more)))
            .find_map(|(headers, entries)| {
                let pair = agree(&side(place, headers), entry, entries, markdown)?;
                Some((headers, entries, pair))
            });
        // It is not known for all notices how the browser writes them in chat.md.
        if found.is_none() && side(place, 0).sender.is_none() {
            aligned.pairs.push(Pair::default());
            place += 1;
            continue;
        }
        let Some((headers, entries, pair)) = found else {
            aligned.differs = Some(place);
            return aligned;
        };
        aligned.pairs.push(pair);
        aligned.pasted.extend(place + 1..=place + headers);
        place += headers + 1;
        entry += entries + 1;
    }
    // More messages in chat.md: it belongs to another export, which may have begun later.
    if entry < markdown.entries.len() {
        aligned.differs = count.checked_sub(1);
    }
    aligned
}

fn agree<'m>(
    side: &TxtMessage<'_>,
    entry: usize,
    more: usize,
    markdown: &Markdown<'m>,
) -> Option<Pair<'m>> {
    let known: &Entry<'_> = markdown.entries.get(entry)?;
    let who = match known.who {
        EntryAuthor::Sender(name) => Some(name),
        EntryAuthor::WhatsApp => None,
    };
    // The hour may lack its half of the day.
    let at_its_time = known
        .time
        .is_none_or(|(hour, minute)| minute == side.minute && hour % 12 == side.hour % 12);
    if who.map(str::trim) != side.sender.map(str::trim) || !at_its_time {
        return None;
    }
    let whole = markdown.body(entry, more);
    let without = without_day(whole);
    if !side.is_text {
        return pairs_of(without).next();
    }
    // A text may itself end like the date line of the next day.
    [whole, without].into_iter().find_map(|body| {
        pairs_of(body).find(|pair| {
            same_letters(pair.body, side.body) || is_link_to_file(pair.body, side.body)
        })
    })
}

/// Whether an entry is `[Image](media/NAME) caption` and the text has a marker of an unknown language for the file.
fn is_link_to_file(markdown: &str, text: &str) -> bool {
    link(markdown, |name| markdown.ends_with(&format!("{name})")))
        .and_then(|name| markdown.split_once(&format!("](media/{name})")))
        .and_then(|(_, caption)| text.trim_end().strip_suffix(caption.trim()))
        // Markers are in brackets in all known languages.
        .is_some_and(|before| before.trim_end().ends_with([')', '\u{ff09}']))
}

/// The ways to separate a quotation from the text below it: none, or one that ends at any line that may be its last.
fn pairs_of(body: &str) -> impl Iterator<Item = Pair<'_>> {
    let quoted = body
        .strip_prefix('\n')
        .or_else(|| body.strip_prefix("\r\n"))
        .and_then(|rest| rest.strip_prefix("> _"));
    let ends = quoted.into_iter().flat_map(|quoted| {
        let ends = quoted
            .match_indices("_\n")
            .map(|(at, end)| (at, at + end.len()));
        let at_end = quoted
            .strip_suffix('_')
            .map(|rest| (rest.len(), quoted.len()));
        ends.take(MOST_ENDS)
            .chain(at_end)
            .map(move |(end, after)| Pair {
                quote: Some(quote(&quoted[..end])),
                body: quoted[after..].trim_start_matches(['\n', '\r']),
            })
    });
    let without = Pair {
        quote: None,
        body: body.trim_start_matches(['\n', '\r']),
    };
    ends.chain(std::iter::once(without))
}

/// The first way to read a body without a `chat.txt`, if it has a quotation.
pub(super) fn first_pair(body: &str) -> Option<Pair<'_>> {
    pairs_of(body).next().filter(|pair| pair.quote.is_some())
}

fn quote(text: &str) -> Quote<'_> {
    // `[Original message not available]`, in the language of the browser.
    if text.starts_with('[') && text.ends_with(']') {
        Quote::Unavailable
    } else {
        Quote::Text(text)
    }
}

/// Compares letters and digits only, since Markdown may escape other characters; texts without any are compared
/// completely.
fn same_letters(one: &str, other: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(|c| c.is_alphanumeric())
    }
    let mut count = 0;
    let same = letters(one).inspect(|_| count += 1).eq(letters(other));
    let bare = |text: &str| text.replace(['\\', '\r'], "");
    same && (count > 0 || bare(one).trim() == bare(other).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line<'l> = (&'l str, &'l str);

    /// Aligns messages of one minute with a `chat.md`; `None` for an absent quotation.
    fn aligned<'m>(
        messages: &[Line<'_>],
        markdown: &'m str,
    ) -> (Vec<Option<Quote<'m>>>, Aligned<'m>) {
        let read = Markdown::read(markdown);
        let bodies: Vec<Vec<String>> = (0..messages.len())
            .map(|at| {
                let mut body = messages[at].1.to_owned();
                let mut longer = vec![body.clone()];
                for (sender, text) in &messages[at + 1..] {
                    body = format!("{body}\n[9/18/26, 9:52:00 AM] {sender}: {text}");
                    longer.push(body.clone());
                }
                longer
            })
            .collect();
        let side = |place: usize, more: usize| TxtMessage {
            sender: Some(messages[place].0),
            body: &bodies[place][more],
            is_text: true,
            hour: 9,
            minute: 52,
        };
        let found = align(messages.len(), side, &read);
        (found.pairs.iter().map(|p| p.quote).collect(), found)
    }

    #[test]
    fn quotes_of_one_and_of_several_lines() {
        let text = "[9:52 AM] **A:** one\n[9:52 AM] **You:**\n> _A: one_\ntwo\n\
                    [9:52 AM] **A:**\n> _You: x_\ny_\nthree\n[9:52 AM] **A:**\n> _[not available]_\nfour\n";
        let messages = [("A", "one"), ("You", "two"), ("A", "three"), ("A", "four")];
        let (quotes, found) = aligned(&messages, text);
        assert_eq!(
            quotes,
            [
                None,
                Some(Quote::Text("A: one")),
                Some(Quote::Text("You: x_\ny")),
                Some(Quote::Unavailable)
            ]
        );
        assert_eq!((found.differs, found.pasted.len()), (None, 0));
    }

    #[test]
    fn typed_quotation_is_text() {
        let text = "[9:52 AM] **A:**\n> _B: one_\ntwo\n";
        let (quotes, _) = aligned(&[("A", "> _B: one_\ntwo")], text);
        assert_eq!(quotes, [None]);
    }

    #[test]
    fn pasted_lines_in_one_file_are_text() {
        let pasted = "[9:52 AM] **A:** see\n[9/18/26, 9:52:00 AM] B: old\n[9:52 AM] **A:** end\n";
        let (_, found) = aligned(&[("A", "see"), ("B", "old"), ("A", "end")], pasted);
        assert_eq!(
            (found.pairs.len(), found.pasted, found.differs),
            (2, vec![1], None)
        );
        let markdown = "[9:52 AM] **A:** see\n[9:52 AM] **B:** old\n[9:52 AM] **A:** end\n";
        let messages = [("A", "see\n[9:52 AM] **B:** old"), ("A", "end")];
        let (_, found) = aligned(&messages, markdown);
        assert_eq!((found.pairs.len(), found.differs), (2, None));
    }

    #[test]
    fn entries_after_first_difference_are_ignored() {
        let text = "[9:52 AM] **A:** one\n[9:52 AM] **A:**\n> _A: one_\nthree\n";
        let (quotes, found) = aligned(&[("A", "one"), ("A", "two"), ("A", "three")], text);
        assert_eq!((quotes.len(), found.differs), (1, Some(1)));
        let other = "[9:53 AM] **A:** one\n";
        assert_eq!(aligned(&[("A", "one")], other).1.differs, Some(0));
        let longer = "[9:52 AM] **A:** one\n[9:52 AM] **A:** two\n";
        assert_eq!(aligned(&[("A", "one")], longer).1.differs, Some(0));
        assert_eq!(aligned(&[("A", "one \u{1f600}")], "").1.differs, Some(0));
    }
}
