//! Senders whose names contain `: `, such as `ACME: Support`.
//!
//! A person who begins all messages with the same word has no such name, so proof is required: the name of the chat,
//! or a text by WhatsApp after the name (`ACME: Support: <Media omitted>`).

use std::collections::HashMap;

use super::body;
use super::sender::split_at;
use crate::chat::Platform;

/// The long names of a file; nearly always none.
#[derive(Debug, Default)]
pub(super) struct LongNames<'t> {
    names: HashMap<&'t str, &'t str>,
}

impl LongNames<'_> {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The sender and the start of the body, with the complete long name. `first` is the line after its timestamp,
    /// `sender` and `body_at` are the result of [`split_at`].
    pub(super) fn lengthen<'l>(
        &self,
        first: &'l str,
        sender: &'l str,
        body_at: usize,
    ) -> (&'l str, usize) {
        let long = self.names.get(sender).and_then(|second| {
            let end = body_at + second.len();
            let after = first.get(body_at..)?.strip_prefix(second)?;
            after.starts_with(": ").then(|| (&first[..end], end + 2))
        });
        long.unwrap_or((sender, body_at))
    }

    /// Whether `sender` may be the first part of a longer name.
    pub(super) fn may_be_longer(&self, sender: &str) -> bool {
        self.names.contains_key(sender)
    }
}

/// Detects long names while a file is read with short ones.
#[derive(Debug)]
pub(super) struct Watch<'t> {
    platform: Platform,
    /// The letters of the chat's name.
    chat: Option<String>,
    senders: HashMap<&'t str, Watched<'t>>,
    found: HashMap<&'t str, &'t str>,
}

#[derive(Debug)]
struct Watched<'t> {
    /// The text before a second `: ` with which every message of the sender has begun so far.
    second: Option<&'t str>,
    count: u32,
    proof: bool,
}

impl<'t> Watch<'t> {
    /// `chat` is the chat's name.
    pub(super) fn new(platform: Platform, chat: Option<&str>) -> Self {
        Watch {
            platform,
            chat: chat.map(letters).filter(|chat| !chat.is_empty()),
            senders: HashMap::new(),
            found: HashMap::new(),
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
        // A second part without letters is not part of a name: the sender of `Ann: : !` is Ann.
        let second = body
            .split_once(": ")
            .map(|(second, _)| second)
            .filter(|second| second.contains(char::is_alphanumeric));
        let watched = self.senders.entry(sender).or_insert(Watched {
            second,
            count: 0,
            proof: false,
        });
        if watched.second != second {
            watched.second = None;
        }
        let Some(second) = watched.second else {
            return false;
        };
        watched.count += 1;
        let after_name = &body[second.len() + 2..];
        watched.proof |= !after_name.is_empty() && body::is_by_whatsapp(after_name, self.platform);
        if watched.count == 1
            && self.chat.is_some()
            && self.chat == Some(letters(&first[..body_at + second.len()]))
        {
            self.found.insert(sender, second);
        }
        true
    }

    /// The long names that were proven.
    pub(super) fn found(self) -> LongNames<'t> {
        let mut names = self.found;
        names.extend(self.senders.into_iter().filter_map(|(sender, watched)| {
            (watched.proof && watched.count > 1).then_some((sender, watched.second?))
        }));
        LongNames { names }
    }
}

fn letters(text: &str) -> String {
    (text.chars().filter(|c| c.is_alphanumeric()))
        .flat_map(char::to_lowercase)
        .collect()
}
