//! Marked lines that no word list knows: which of them WhatsApp wrote.
//!
//! WhatsApp writes a direction mark before its own lines on an iPhone, and people paste texts that begin with one:
//! numbers, Hebrew and Arabic, answers of bots. So the mark is never enough. A line is a notice or a call only with a
//! second sign; otherwise it stays a message, and an oddity reports it.
//!
//! Never here: lines that a word list knows, and Android, which writes no marks.
//!
//! See docs/reference/whatsapp-export-format.md, "Notices".

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::fold::{fold, is_double_quote};
use super::marks;
use super::notices::Notice;
use super::words::{is_you, words};
use crate::chat::{Kind, Message, Participant};

/// A message after a mark that may be a line of WhatsApp.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    /// Index of the message.
    pub(super) at: u32,
    /// Whether only a right-to-left mark comes first, which counts only in files with phrases of such a language.
    pub(super) is_rtl: bool,
    /// A known notice that begins with words that read as a sentence, and these words, folded: people write `I think
    /// she left`.
    pub(super) notice: Option<(Notice, String)>,
}

/// What is known of a file when its marked lines are decided.
pub(super) struct File<'c> {
    pub(super) chat: Option<&'c str>,
    pub(super) is_group: bool,
    /// Whether a phrase of a right-to-left language was found after a mark.
    pub(super) has_rtl_phrases: bool,
    /// The number of known lines of WhatsApp under each participant.
    pub(super) known: &'c HashMap<u32, u32>,
}

/// The decision about the marked lines of a file.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Lines that became notices or calls by a sign alone.
    pub(super) guessed: Vec<u32>,
    /// Lines that stayed messages.
    pub(super) kept: Vec<u32>,
    /// The number of known notices that only groups have.
    pub(super) group_notices: u32,
}

/// Turns marked lines with a second sign into notices and calls.
pub(super) fn decide(
    marked: &[Marked],
    file: &File<'_>,
    participants: &mut [Participant<'_>],
    messages: &mut [Message<'_>],
) -> Decided {
    let mut decided = Decided::default();
    let marked: Vec<&Marked> = (marked.iter())
        .filter(|one| !one.is_rtl || file.has_rtl_phrases)
        .filter(|one| messages[one.at as usize].sender.is_some())
        .collect();
    if marked.is_empty() {
        return decided;
    }
    let names = Names::of(file.chat, participants);
    let lines: Vec<Line> = (marked.iter())
        .map(|one| Line::of(&messages[one.at as usize], one.is_rtl, &names))
        .collect();
    let forms = repeated(&lines);
    let silent = silent(&lines, file, participants);
    for (one, line) in marked.iter().zip(&lines) {
        let name = &participants[line.sender as usize].name;
        let message = &mut messages[one.at as usize];
        let is_known =
            (one.notice.as_ref()).is_some_and(|(_, gap)| names.is_name_of_person(gap, name));
        let is_own = line.is_plain && begins_with_own_name(&message.text, name);
        let call = line.is_plain.then(|| call(&message.text, &names)).flatten();
        // Businesses and people repeat themselves, `Order 12 is ready`, but do not name themselves.
        let by_form =
            line.is_plain && contains_name(&message.text, name) && forms.contains(&line.form);
        if !is_known && !is_own && call.is_none() && !by_form && !silent.contains(&line.sender) {
            decided.kept.push(message.line);
            continue;
        }
        if let (true, Some((Notice::Group, _))) = (is_known, &one.notice) {
            decided.group_notices += 1;
        }
        if !is_known {
            decided.guessed.push(message.line);
        }
        match call {
            Some(true) if !is_known => message.kind = Kind::Call,
            _ => {
                message.kind = Kind::System;
                message.sender = None;
                participants[line.sender as usize].messages -= 1;
            }
        }
        message.text = Cow::Owned(marks::without(message.text.trim()).into_owned());
    }
    decided
}

/// What of a marked line the signs look at.
struct Line {
    sender: u32,
    is_rtl: bool,
    /// One line of words without a link, a question or a call.
    is_plain: bool,
    form: String,
}

impl Line {
    fn of(message: &Message<'_>, is_rtl: bool, names: &Names) -> Line {
        let text = message.text.trim();
        let form = names.form(text);
        Line {
            sender: message.sender.unwrap_or_default(),
            is_rtl,
            is_plain: !text.contains('\n')
                && !is_from_a_person(text)
                && form.chars().filter(|c| c.is_alphabetic()).count() >= MIN_LETTERS,
            form,
        }
    }
}

/// The fewest letters of a form: what remains of a pasted number or of a name is no notice.
const MIN_LETTERS: usize = 4;

/// Forms that occur for two senders, or three times.
fn repeated(lines: &[Line]) -> HashSet<String> {
    let mut seen: HashMap<&str, (u32, u32, bool)> = HashMap::new();
    for line in lines.iter().filter(|line| line.is_plain) {
        let (count, sender, is_of_two) = seen.entry(&line.form).or_insert((0, line.sender, false));
        *count += 1;
        *is_of_two |= *sender != line.sender;
    }
    (seen.into_iter())
        .filter(|(_, (count, _, is_of_two))| *count > 2 || *is_of_two)
        .map(|(form, _)| form.to_owned())
        .collect()
}

/// Senders who have marked lines only: a former subject of the group, or a member who wrote nothing. Not in a
/// chat of two: the other person may be a bot or paste every text, and the notices of the chat are under that name.
fn silent(lines: &[Line], file: &File<'_>, participants: &[Participant<'_>]) -> HashSet<u32> {
    let mut plain: HashMap<u32, u32> = HashMap::new();
    let may_be =
        |line: &&Line| line.is_plain && (!line.is_rtl || file.known.contains_key(&line.sender));
    for line in lines.iter().filter(may_be) {
        *plain.entry(line.sender).or_default() += 1;
    }
    let is_silent = |sender: u32, count: u32| {
        let participant = participants.get(sender as usize);
        participant.is_some_and(|participant| participant.messages == count)
    };
    let chat = file.chat.map(marks::name);
    let is_contact = |sender: u32| {
        let participant = participants.get(sender as usize);
        participant.is_some_and(|participant| Some(&participant.name) == chat.as_ref())
    };
    let writers = participants.iter().filter(|p| p.messages > 0).count();
    (plain.into_iter())
        .filter(|(sender, count)| is_silent(*sender, *count))
        .map(|(sender, _)| sender)
        .filter(|_| file.is_group || writers > 2)
        .filter(|sender| file.is_group || !is_contact(*sender))
        .collect()
}

/// Whether a text with a second mark after a separator is a call, `Voice call. <mark>2 min`, or another line of
/// WhatsApp with an action at its end; `None` if it has no such form.
fn call(text: &str, names: &Names) -> Option<bool> {
    let (head, tail) = text.split_once(marks::is_whatsapp_mark)?;
    let is_blank = |c: char| c.is_whitespace() || marks::is_blank(c);
    let before = head.trim_end_matches(is_blank);
    let head = before.trim_end_matches(SEPARATORS);
    let tail = tail.trim_matches(|c: char| is_blank(c) || marks::is_mark(c));
    // People paste several texts of which each begins with a mark.
    if head.len() == before.len() || !words().phrases.is_call_tail(tail) {
        return None;
    }
    let is_short = head.chars().count() <= LONGEST_OF_CALL;
    let is_name_free = names.form(head) == plain_form(head);
    Some(is_short && is_name_free && !head.contains(char::is_numeric))
}

/// What stands between the words of a call and its length or action.
pub(super) const SEPARATORS: [char; 8] = [
    '.', ',', '\u{60c}', '\u{6d4}', '\u{3002}', '\u{ff0c}', '\u{3001}', '\u{964}',
];

/// Characters of the words of a call.
const LONGEST_OF_CALL: usize = 40;

/// Whether a text begins with words that can be a name; `folded` are these words in folded form. In a sentence the last
/// one is seldom a capitalised word.
pub(super) fn begins_with_name(text: &str, folded: &str) -> bool {
    let plain = text.chars().filter(|c| !marks::is_mark(*c));
    let words: String = plain.take(folded.chars().count()).collect();
    let is_small = |word: &&str| word.starts_with(char::is_lowercase);
    let small = words.split_whitespace().filter(is_small);
    let is_sentence = small.filter(|word| word.chars().count() > 2).count() > 1
        && words
            .split_whitespace()
            .next_back()
            .as_ref()
            .is_some_and(is_small);
    let is_long = words.chars().count() > LONGEST_NAME || words.contains(['?', '!', '\n']);
    !is_sentence && !is_long
}

/// Characters of a name.
const LONGEST_NAME: usize = 80;

/// Whether a text contains a name, or its first part.
fn contains_name(text: &str, name: &str) -> bool {
    let (text, name) = (fold(text), fold(name));
    let first = name.split(' ').next().unwrap_or_default();
    let is_first_name = first.chars().count() > 2 && first.contains(char::is_alphabetic);
    contains_words(&text, &name) || (is_first_name && contains_words(&text, first))
}

/// Whether a text contains words that no letter continues; scripts without blanks have no such letters.
fn contains_words(text: &str, words: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic() && c < '\u{2e80}';
    words.contains(char::is_alphanumeric)
        && text.match_indices(words).any(|(at, _)| {
            !text[..at].ends_with(is_letter) && !text[at + words.len()..].starts_with(is_letter)
        })
}

fn begins_with_own_name(text: &str, name: &str) -> bool {
    !name.is_empty()
        && marks::trim_start(text)
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(marks::is_blank))
}

/// Whether a text has what no line of WhatsApp has: a question, a call, a link.
pub(super) fn is_from_a_person(text: &str) -> bool {
    text.contains(['?', '!', '\u{61f}', '\u{ff1f}', '\u{ff01}']) || has_link(text)
}

/// Whether a text contains an address on the web.
fn has_link(text: &str) -> bool {
    text.contains("://")
        || text.split_whitespace().any(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let host = word.split('/').next().unwrap_or(word);
            host.starts_with("www.")
                || host.rsplit_once('.').is_some_and(|(name, end)| {
                    name.ends_with(|c: char| c.is_ascii_alphanumeric())
                        && (2..=12).contains(&end.len())
                        && end.bytes().all(|b| b.is_ascii_lowercase())
                })
        })
}

/// The words of a text without numbers and quotations, folded.
fn plain_form(text: &str) -> String {
    let mut form = String::new();
    let mut is_quoted = false;
    for c in fold(text).chars() {
        is_quoted ^= is_double_quote(c);
        let kept = !is_quoted && (c.is_alphabetic() || is_combining(c));
        match kept {
            true => form.push(c),
            false if !form.is_empty() && !form.ends_with(' ') => form.push(' '),
            false => {}
        }
    }
    form.truncate(form.trim_end().len());
    form
}

/// Vowel signs of Indic and Southeast Asian scripts, which are no letters.
fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{65f}' | '\u{900}'..='\u{e4e}')
        && !c.is_numeric()
}

/// The names of a file, to be removed from texts.
struct Names {
    finder: Option<AhoCorasick>,
    folded: HashSet<String>,
}

impl Names {
    fn of(chat: Option<&str>, participants: &[Participant<'_>]) -> Names {
        let mut folded: HashSet<String> = HashSet::new();
        let names = participants.iter().map(|p| p.name.as_ref());
        for name in names.chain(chat) {
            folded.insert(fold(name));
            // `Your security code with Nadia changed`.
            if let Some((first, _)) = name.split_once(' ')
                && first.chars().count() > 2
            {
                folded.insert(fold(first));
            }
        }
        folded.retain(|name| name.chars().any(char::is_alphanumeric));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&folded);
        Names {
            finder: finder.ok(),
            folded,
        }
    }

    /// The words of a text without names, numbers and quotations, folded.
    fn form(&self, text: &str) -> String {
        let text = fold(text);
        let Some(finder) = &self.finder else {
            return plain_form(&text);
        };
        let mut kept = String::with_capacity(text.len());
        let mut end = 0;
        for found in finder.find_iter(&text) {
            kept.push_str(&text[end..found.start()]);
            kept.push(' ');
            end = found.end();
        }
        kept.push_str(&text[end..]);
        plain_form(&kept)
    }

    /// Whether the folded text is a person's name or number, in a line under the name `sender`.
    fn is_name_of_person(&self, text: &str, sender: &str) -> bool {
        let text = text.trim().trim_start_matches(['~', ' ']);
        let is_number = text.starts_with('+') && !text.contains(char::is_alphabetic);
        is_number || is_you(text) || self.folded.contains(text) || fold(sender).starts_with(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            finder: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(["rita sol", "rita", "ben"])
                .ok(),
            folded: ["rita sol", "rita", "ben"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn form_has_no_names_numbers_and_quotations() {
        let names = names();
        for (one, other) in [
            ("Puhelu. \u{200e}2 min", "Puhelu. \u{200e}14 min"),
            (
                "Kód s uživatelem Rita se změnil",
                "Kód s uživatelem Ben se změnil",
            ),
            (
                "Ben skapade \u{201c}Roof\u{201d}",
                "Rita Sol skapade \u{201c}Garden: A\u{201d}",
            ),
        ] {
            assert_eq!(names.form(one), names.form(other), "{one}");
        }
        assert_eq!(names.form("+44 7700 900113"), "");
        assert_eq!(names.form("Rita Sol 12"), "");
    }

    #[test]
    fn sentence_before_a_notice_is_not_a_name() {
        for name in [
            "Anna",
            "Maria von der Au",
            "rita",
            "+44 7700 900113",
            "Dr. Marsh (work)",
        ] {
            assert!(
                begins_with_name(&format!("\u{200e}{name} left"), &fold(name)),
                "{name}"
            );
        }
        for words in ["I think she", "so your brother", "Anna? She"] {
            assert!(
                !begins_with_name(&format!("\u{200e}{words} left"), &fold(words)),
                "{words}"
            );
        }
    }

    #[test]
    fn link_is_found_in_any_form() {
        for text in [
            "see https://x.y",
            "www.shop.example",
            "at shop.example/4411",
            "a.io today",
        ] {
            assert!(has_link(text), "{text}");
        }
        for text in [
            "Puhelu. 2 min",
            "vytvořil/a skupinu",
            "2.5 h",
            "e.g. this",
            "done.Next",
        ] {
            assert!(!has_link(text), "{text}");
        }
    }

    #[test]
    fn name_is_found_as_a_word() {
        for text in [
            "Rita Sol left",
            "code with rita changed",
            "\u{8207}Rita\u{4e4b}",
        ] {
            assert!(contains_name(text, "Rita Sol"), "{text}");
        }
        for text in ["Margarita is ready", "Ritaka", "Order for Sol", "ready"] {
            assert!(!contains_name(text, "Rita Sol"), "{text}");
        }
        assert!(!contains_name("+44 is the code", "+44 7700 900113"));
    }

    #[test]
    fn call_has_a_mark_after_its_separator() {
        let names = names();
        for (text, is) in [
            ("Puhelu. \u{200e}2 min", Some(true)),
            ("Soitto epäonnistui, \u{200e}Yritä uudelleen", Some(true)),
            ("通話。\u{200e}2 分", Some(true)),
            ("Kód uživatele Rita se změnil. \u{200e}Více", Some(false)),
            ("Passt so, \u{200e}bis morgen", None),
            ("Harbour Street. \u{200e}Berlin", None),
            ("For Rita. \u{200e}Order ready", None),
            ("Rita Sol, \u{200e}Garden Street", None),
            ("Puhelu 2 min", None),
            ("Puhelu \u{200e}2 min", None),
            ("a, \u{200e}b, \u{200e}c", None),
        ] {
            assert_eq!(call(text, &names), is, "{text}");
        }
    }
}
