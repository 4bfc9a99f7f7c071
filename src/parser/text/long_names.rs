//! Senders whose names contain `: `, such as `ACME: Support`.
//!
//! A person who begins all messages with the same word has no such name, so proof is required: the name of the chat, a
//! notice about a person of this name, or a text by WhatsApp after the name (`ACME: Support: <Media omitted>`).

use std::collections::{HashMap, HashSet};

use super::body;
use super::notices;
use super::sender::split_at;
use crate::chat::Platform;

/// The most colons of a name.
const MOST_COLONS: usize = 3;

/// The long names of a file; nearly always none.
#[derive(Debug, Default)]
pub(super) struct LongNames<'t> {
    /// The rest of the name, by the part before its first `: `; the longest first.
    names: HashMap<&'t str, Vec<&'t str>>,
    noted: Noted,
}

/// Names in notices, as their letters, by the letters before the first `: `.
#[derive(Debug, Default)]
struct Noted(HashMap<String, HashSet<String>>);

impl Noted {
    /// Adds a name that contains `: `.
    fn add(&mut self, name: &str) {
        let first = name.split(": ").next().unwrap_or(name);
        let names = self.0.entry(letters(first)).or_default();
        names.insert(letters(name));
    }

    fn contains(&self, name: &str) -> bool {
        !self.0.is_empty() && {
            let first = name.split(": ").next().unwrap_or(name);
            let names = self.0.get(&letters(first));
            names.is_some_and(|names| names.contains(&letters(name)))
        }
    }

    /// Whether a name begins with `sender` and a colon.
    fn begins_with(&self, sender: &str) -> bool {
        !self.0.is_empty() && self.0.contains_key(&letters(sender))
    }
}

impl LongNames<'_> {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.noted.0.is_empty()
    }

    /// The sender and the start of the body, with the complete long name. `first` is the line after its timestamp,
    /// `sender` and `body_at` are the result of [`split_at`].
    pub(super) fn lengthen<'l>(
        &self,
        first: &'l str,
        sender: &'l str,
        body_at: usize,
    ) -> (&'l str, usize) {
        let Some(body) = first.get(body_at..) else {
            return (sender, body_at);
        };
        let rests = self.names.get(sender).into_iter().flatten();
        let known = rests
            .filter(|rest| begins_with(body, rest))
            .map(|rest| rest.len())
            .next();
        let noted = || {
            let is_noted = |rest: &&str| self.noted.contains(&first[..body_at + rest.len()]);
            rests_of(body).filter(is_noted).last().map(str::len)
        };
        match known.or_else(noted) {
            Some(length) => (&first[..body_at + length], body_at + length + 2),
            None => (sender, body_at),
        }
    }

    /// Whether `sender` may be the first part of a longer name.
    pub(super) fn may_be_longer(&self, sender: &str) -> bool {
        self.names.contains_key(sender) || self.noted.begins_with(sender)
    }

    /// Whether a line begins with a long name and goes on without a colon, as a notice about that person does.
    pub(super) fn begins_notice(&self, first: &str, sender: &str, body_at: usize) -> bool {
        let body = first.get(body_at..).unwrap_or_default();
        let rests = self.names.get(sender).into_iter().flatten();
        rests.clone().any(|rest| {
            let after = body.strip_prefix(rest);
            after.is_some_and(|after| after.starts_with([' ', '\'', '\u{2019}']))
        }) || (!self.noted.0.is_empty()
            && (notices::names_with_colon(first).iter()).any(|name| self.noted.contains(name)))
    }
}

/// Detects long names while a file is read with short ones.
#[derive(Debug)]
pub(super) struct Watch<'t> {
    platform: Platform,
    /// The letters of the chat's name.
    chat: Option<String>,
    /// Whether the chat's name has a colon, or what stands for one in a file name, after a letter.
    is_chat_divided: bool,
    senders: HashMap<&'t str, Watched<'t>>,
    found: HashMap<&'t str, &'t str>,
    noted: Noted,
    /// The letters of names in lines that would be messages if the name were short.
    led: HashSet<String>,
}

#[derive(Debug)]
struct Watched<'t> {
    /// The texts before a further `: ` with which every message of the sender has begun so far, the shortest first, and
    /// whether a text by WhatsApp followed one.
    rests: Vec<(&'t str, bool)>,
    count: u32,
    /// Whether it was seen with other texts; only the name of the chat counts then.
    is_varied: bool,
    /// Whether a text without a further `: ` was seen: a participant has the short name.
    is_short: bool,
}

impl<'t> Watch<'t> {
    /// `chat` is the chat's name.
    pub(super) fn new(platform: Platform, chat: Option<&str>) -> Self {
        let is_divider = |(before, after): (char, char)| {
            before.is_alphanumeric() && matches!(after, ':' | '_' | '\u{a789}' | '\u{ff1a}')
        };
        let divided =
            chat.is_some_and(|chat| chat.chars().zip(chat.chars().skip(1)).any(is_divider));
        Watch {
            platform,
            chat: chat.map(letters).filter(|chat| !chat.is_empty()),
            is_chat_divided: divided,
            senders: HashMap::new(),
            found: HashMap::new(),
            noted: Noted::default(),
            led: HashSet::new(),
        }
    }

    /// Observes a notice: it may name people who write elsewhere.
    pub(super) fn see_notice(&mut self, rest: &str) {
        if rest.contains(": ") {
            let names = notices::names_with_colon(rest);
            // Subjects too: on an iPhone they are senders. The name of a member may be the first part of a subject.
            names.iter().for_each(|name| self.noted.add(name));
        }
    }

    /// Observes a message: the text after its timestamp. Returns false if the sender needs no more observation, because
    /// texts that begin differently prove that there is no longer name.
    pub(super) fn see(&mut self, rest: &'t str) -> bool {
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let first = &rest[..end];
        let Some((sender, body_at)) = split_at(first) else {
            return true;
        };
        let body = &first[body_at..];
        let may_be_chat = self.may_be_chat(sender);
        let goes_on = may_be_chat && self.is_chat_divided;
        let known = self.senders.get(sender);
        let is_varied = known.is_some_and(|known| known.is_varied);
        let is_short = known.is_some_and(|known| known.is_short);
        if is_varied && is_short && !goes_on {
            return false;
        }
        let mut rests = rests_of(body).map(|rest| (rest, false)).peekable();
        let is_plain = rests.peek().is_none();
        if is_plain && !is_short && notices::notice(first).is_some() {
            if !is_varied {
                let names = notices::names_with_colon(first);
                self.led.extend(names.iter().map(|name| letters(name)));
            }
            return true;
        }
        let watched = self.senders.entry(sender).or_insert_with(|| Watched {
            rests: rests.collect(),
            count: 0,
            is_varied: false,
            is_short: false,
        });
        watched.is_short |= is_plain;
        (watched.rests).retain(|(rest, _)| begins_with(body, rest));
        watched.count += 1;
        watched.is_varied |= watched.rests.is_empty();
        for (rest, has_proof) in &mut watched.rests {
            let after_name = &body[rest.len() + 2..];
            *has_proof |= !after_name.is_empty() && body::is_by_whatsapp(after_name, self.platform);
        }
        let is_first = watched.count == 1;
        let is_settled = watched.is_varied && watched.is_short;
        if may_be_chat && (is_first || self.is_chat_divided) {
            let is_chat = |rest: &&str| self.chat == Some(letters(&first[..body_at + rest.len()]));
            if let Some(rest) = rests_of(body).find(is_chat) {
                self.found.insert(sender, rest);
            }
        }
        goes_on || !is_settled
    }

    /// Whether the chat's name begins with a sender and goes on.
    fn may_be_chat(&self, sender: &str) -> bool {
        let Some(chat) = &self.chat else { return false };
        let longest = chat.len() * 4 + 16;
        sender.len() < longest && {
            let first = letters(sender);
            first.len() < chat.len() && !first.is_empty() && chat.starts_with(&first)
        }
    }

    /// The long names that were proven.
    pub(super) fn found(mut self) -> LongNames<'t> {
        let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
        for (sender, rest) in self.found {
            names.entry(sender).or_default().push(rest);
        }
        for (sender, watched) in self.senders {
            if watched.is_short && !self.noted.0.is_empty() {
                self.noted.0.remove(&letters(sender));
            }
            let proven = watched.rests.iter().rev().find(|(rest, has_proof)| {
                let name = || letters(sender) + &letters(rest);
                (*has_proof && watched.count > 1)
                    || (!self.led.is_empty() && self.led.contains(&name()))
            });
            if let Some((rest, _)) = proven {
                let rests = names.entry(sender).or_default();
                if !rests.contains(rest) {
                    rests.push(rest);
                }
            }
        }
        for rests in names.values_mut() {
            rests.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
        }
        LongNames {
            names,
            noted: self.noted,
        }
    }
}

/// The texts before each further `: ` of a body, which a name may end with: those with a letter or digit in their last
/// part, since the sender of `Ann: : !` is Ann.
fn rests_of(body: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let ends = body.match_indices(": ").take(MOST_COLONS);
    ends.filter_map(move |(at, _)| {
        let part = body.get(from..at).unwrap_or_default();
        from = at + 2;
        (part.contains(char::is_alphanumeric)).then(|| &body[..at])
    })
}

/// Whether a body begins with the rest of a name.
fn begins_with(body: &str, rest: &str) -> bool {
    let after = body.strip_prefix(rest);
    after.is_some_and(|after| after.starts_with(": "))
}

fn letters(text: &str) -> String {
    (text.chars().filter(|c| c.is_alphanumeric()))
        .flat_map(char::to_lowercase)
        .collect()
}
