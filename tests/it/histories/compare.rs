//! The ledger against all that Close holds: every message is one activity, and no activity is left.
//!
//! Where the ledger allows more than one state, it is narrowed to what Close holds.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chatferry::sandbox::StoredMessage;

use super::fits::{fits, words};
use super::folder::LEADS;
use super::ledger::{Entry, Held, Ledger};
use super::story::stamp;
use crate::truth::Conversation;
use crate::truth::conversation::Content;

/// What differs, or nothing.
///
/// # Errors
/// What is missing, what is too much, and all that Close holds.
pub(super) fn compare(
    truth: &Conversation,
    ledger: &mut Ledger,
    found: &[StoredMessage],
) -> Result<(), String> {
    let fits: Vec<Vec<usize>> = (truth.messages.iter().zip(&ledger.entries))
        .map(|(message, entry)| {
            let fits = |place: &usize| fits(truth, message, entry, &found[*place]);
            (0..found.len()).filter(fits).collect()
        })
        .collect();
    let mut pairs = Pairs {
        fits: &fits,
        partner: vec![None; found.len()],
    };
    let mut missing = Vec::new();
    // Those that must be there first: a later one never takes their place away.
    for wanted in [Held::Yes, Held::Perhaps] {
        for (place, entry) in ledger.entries.iter().enumerate() {
            let is_missing = entry.held == wanted
                && !pairs.find(place, &mut BTreeSet::new())
                && wanted == Held::Yes;
            if is_missing {
                missing.push(place);
            }
        }
    }
    let extra: Vec<usize> = (0..found.len())
        .filter(|place| pairs.partner[*place].is_none())
        .collect();
    if !missing.is_empty() || !extra.is_empty() {
        return Err(difference(truth, ledger, found, &missing, &extra));
    }
    let mut there = vec![None; ledger.entries.len()];
    for (place, partner) in pairs.partner.iter().enumerate() {
        if let Some(entry) = partner {
            there[*entry] = Some(place);
        }
    }
    for (place, partner) in there.into_iter().enumerate() {
        let entry = &mut ledger.entries[place];
        match partner {
            Some(partner) => {
                entry.held = Held::Yes;
                entry.narrow(&truth.messages[place].content, &found[partner], |version| {
                    words(&truth.messages[place], version)
                });
            }
            None => entry.held = Held::No,
        }
    }
    Ok(())
}

/// Augmenting paths between entries and activities.
struct Pairs<'a> {
    /// For each entry the activities that fit.
    fits: &'a [Vec<usize>],
    /// For each activity its entry.
    partner: Vec<Option<usize>>,
}

impl Pairs<'_> {
    fn find(&mut self, entry: usize, tried: &mut BTreeSet<usize>) -> bool {
        for place in &self.fits[entry] {
            if !tried.insert(*place) {
                continue;
            }
            let is_free = match self.partner[*place] {
                Some(other) => self.find(other, tried),
                None => true,
            };
            if is_free {
                self.partner[*place] = Some(entry);
                return true;
            }
        }
        false
    }
}

impl Entry {
    fn narrow<'a>(
        &mut self,
        content: &Content,
        found: &StoredMessage,
        words: impl Fn(usize) -> &'a str,
    ) {
        self.leads.retain(|lead| LEADS[*lead] == found.lead_id);
        let contact = found.contact_id.as_deref().unwrap_or_default();
        self.contacts.retain(|id| *id == contact);
        self.numbers.retain(|number| *number == found.remote_phone);
        match content {
            Content::Text(_) => {
                self.versions
                    .retain(|version| found.markdown.ends_with(words(*version)));
            }
            Content::File(_) => {
                let has = !found.attachments.is_empty();
                self.bytes.retain(|bytes| *bytes == has);
            }
            _ => {}
        }
    }
}

fn difference(
    truth: &Conversation,
    ledger: &Ledger,
    found: &[StoredMessage],
    missing: &[usize],
    extra: &[usize],
) -> String {
    let mut text = String::new();
    for place in missing {
        let message = &truth.messages[*place];
        let Entry {
            leads,
            contacts,
            versions,
            bytes,
            exact,
            ..
        } = &ledger.entries[*place];
        writeln!(
            text,
            "  missing: {} by {} {:?}, leads {leads:?} {contacts:?}, versions {versions:?}, bytes {bytes:?}, exact {exact}",
            stamp(message.at),
            message.author,
            message.content
        )
        .expect("a string");
    }
    for place in extra {
        writeln!(text, "  too much: {}", shown(&found[*place])).expect("a string");
    }
    let mut all: Vec<String> = found.iter().map(shown).collect();
    all.sort();
    for line in all {
        writeln!(text, "  Close: {line}").expect("a string");
    }
    text
}

fn shown(found: &StoredMessage) -> String {
    let files: Vec<&str> = (found.attachments.iter())
        .map(|file| file.filename.as_str())
        .collect();
    format!(
        "{} {} {} {} {:?} {files:?} {}",
        stamp(found.activity_at.timestamp_millis()),
        found.lead_id,
        found.contact_id.as_deref().unwrap_or_default(),
        found.direction,
        found.markdown,
        found.external_id
    )
}
