//! The result of a verification, and how the results for leads add up to it.
//!
//! Never here: reading Close, or layout of output.

use std::collections::{HashMap, HashSet};

use super::bytes::FailedDownloads;
use super::found::Found;
use super::lead_result::OfOneLead;
use super::repair::MessagePlace;
use crate::app::error::{Error, Exit};
use crate::app::lead_names::{LeadNames, NamedLead};
use crate::ids::LeadId;
use crate::plan::compare::{Field, Finding, Tally};
use crate::plan::repair::OnLead;
use crate::plan::{Plan, PlannedChat};
use crate::transform::desired::{Decision, Held};

/// The result of a verification.
#[derive(Default)]
pub(crate) struct Verification {
    /// Organisation, user and server in one line.
    pub(crate) account: String,
    /// Organisation and user by name, in one line.
    pub(crate) account_name: String,
    /// Whether the server is on this machine: its leads have no address for a browser.
    pub(crate) is_sandbox: bool,
    /// The totals: each message counts under its most harmful finding.
    pub(crate) tally: Tally,
    /// The number of chats with compared messages.
    pub(crate) chats: u64,
    /// The findings, the most harmful first.
    pub(crate) found: Vec<Found>,
    /// Fields in which every message differs, each with the number of messages.
    pub(crate) forms: Vec<(Field, u64)>,
    /// What was not checked, by chat or lead, with the reason.
    pub(crate) unchecked: Vec<Unchecked>,
    /// The number of files of messages in Close.
    pub(crate) files: u64,
    /// The number of files whose bytes were downloaded and compared.
    pub(crate) files_compared: u64,
    /// The files whose download failed.
    pub(crate) failed_downloads: FailedDownloads,
    /// Messages whose bytes a table asks for and whose files could not be read.
    pub(super) bytes_unread: HashSet<OnLead>,
    /// Whether the bytes of every file were to be compared.
    pub(crate) reads_files: bool,
    /// The number of messages that are in Close as they were sent, and that the next import
    /// updates.
    pub(crate) outdated: u64,
    /// The number of messages in Close without a file that is damaged in its archive.
    pub(crate) without_file: u64,
    /// Messages that the plan leaves undecided, and those of held chats: not in Close as far as known, not compared.
    pub(crate) undecided: u64,
    /// The number of messages of held chats.
    pub(crate) held: u64,
    /// The number of held chats with messages.
    pub(crate) held_chats: u64,
    /// Whether the checkpoint has none of these chats, so that nothing of them is in Close as far as known; false also where
    /// it has chats that no archive and row gives.
    pub(crate) held_are_absent: bool,
    /// The number of messages that `--limit` excluded.
    pub(crate) beyond_limit: u64,
    /// The number of archives that could not be read.
    pub(crate) unreadable: u64,
    /// The number of requests that were sent to Close.
    pub(crate) requests: u64,
    /// The duration of the verification, in seconds.
    pub(crate) seconds: f64,
    /// Why the verification ended early; `None` if it came to its end.
    pub(crate) stopped: Option<Error>,
    /// The exit status of the command.
    pub(crate) exit: Exit,
    /// Leads that Close has merged, each with the lead that is left, on which its messages were verified.
    pub(super) merged: Vec<(LeadId, LeadId)>,
    /// Leads that are left of merges and that neither tables nor checkpoint name, with the lead that they name.
    pub(super) names_of_leads: HashMap<LeadId, LeadId>,
    /// The names that contacts.csv has for leads.
    pub(super) lead_names: LeadNames,
    pub(super) names: Vec<ChatNames>,
    /// Deletions that a repair of each lead needs.
    pub(super) deletions: HashMap<LeadId, u64>,
}

/// Messages that were not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unchecked {
    /// The lead; `None` for a chat whose lead could not be listed while the plan was made.
    pub(crate) lead_id: Option<LeadId>,
    /// The number of messages.
    pub(crate) messages: u64,
    /// Why they were not checked, in words.
    pub(crate) why: String,
}

/// The names of a chat of the plan.
pub(super) struct ChatNames {
    device: String,
    name: String,
    is_private: bool,
    archives: Vec<String>,
}

/// Where the message of a finding is read: device, chat, archive and line; empty or 0 if unknown or private.
pub(crate) struct Place<'p> {
    /// The name of the device.
    pub(crate) device: &'p str,
    /// The name of the chat.
    pub(crate) chat: &'p str,
    /// The name of the archive.
    pub(crate) archive: &'p str,
    /// The line in the archive's transcript, from 1.
    pub(crate) line: u32,
}

impl Place<'_> {
    /// The place, owned.
    pub(super) fn owned(&self) -> MessagePlace {
        MessagePlace {
            device: self.device.to_owned(),
            chat: self.chat.to_owned(),
            archive: self.archive.to_owned(),
            line: self.line,
        }
    }
}

impl Verification {
    /// The place of a finding's message.
    pub(crate) fn place(&self, found: &Found) -> Place<'_> {
        self.place_of(found.chat, found.location)
    }

    /// The place of a message of a chat.
    pub(super) fn place_of(&self, chat: Option<usize>, location: Option<(u32, u32)>) -> Place<'_> {
        let chat = chat.and_then(|chat| self.names.get(chat));
        match chat.filter(|chat| !chat.is_private) {
            None => Place {
                device: "",
                chat: "",
                archive: "",
                line: 0,
            },
            Some(chat) => {
                let (archive, line) = location.unwrap_or((u32::MAX, 0));
                Place {
                    device: &chat.device,
                    chat: &chat.name,
                    archive: chat
                        .archives
                        .get(archive as usize)
                        .map_or("", String::as_str),
                    line,
                }
            }
        }
    }

    /// The next step for a finding, in words with the command.
    pub(crate) fn next(&self, found: &Found) -> String {
        let of_lead = self.deletions.get(&found.lead_id).copied();
        let of_lead = of_lead.unwrap_or_default();
        let lead = self.lead_of_tables(&found.lead_id);
        match found.deletions {
            0 if of_lead > 0 && found.next.is_repair() => format!(
                "{}; other findings of this lead need `--allow-deletes {of_lead}` with it",
                found.next.text(lead, 0)
            ),
            0 => found.next.text(lead, 0),
            _ => found.next.text(lead, of_lead),
        }
    }

    /// A lead with its name.
    pub(crate) fn named(&self, lead: &LeadId) -> NamedLead {
        NamedLead {
            id: lead.clone(),
            ..self.lead_names.named(self.lead_of_tables(lead))
        }
    }

    /// The lead as tables and checkpoint name it.
    fn lead_of_tables<'l>(&'l self, lead: &'l LeadId) -> &'l LeadId {
        self.names_of_leads.get(lead).unwrap_or(lead)
    }

    /// Whether every message was checked.
    pub(crate) fn has_verdict(&self) -> bool {
        self.stopped.is_none() && self.unchecked.is_empty()
    }

    /// Whether every message was checked, with the bytes that were to be compared.
    pub(crate) fn is_complete(&self) -> bool {
        self.has_verdict() && self.failed_downloads.number == 0
    }
}

/// Adds the result for a lead.
pub(super) fn add(lead: &LeadId, of_one: OfOneLead, result: &mut Verification) {
    if let Some(why) = of_one.unchecked {
        result.unchecked.push(Unchecked {
            lead_id: Some(lead.clone()),
            messages: of_one.tally.of(Finding::NotChecked),
            why,
        });
    }
    if of_one.is_denied && result.exit < Exit::Denied {
        result.exit = Exit::Denied;
    }
    let deletions: u64 = of_one.found.iter().map(|found| found.deletions).sum();
    if deletions > 0 {
        result.deletions.insert(lead.clone(), deletions);
    }
    result.tally.join(&of_one.tally);
    result.found.extend(of_one.found);
    result.files += of_one.files;
    result.files_compared += of_one.files_compared;
    result.failed_downloads.join(&of_one.failed_downloads);
    result.bytes_unread.extend(of_one.bytes_unread);
    result.outdated += of_one.outdated;
    result.without_file += of_one.without_file;
}

/// Removes differences that every message has, and orders the findings. `of_other_template`: messages whose links were made
/// from another template.
pub(super) fn finish(of_other_template: &HashSet<u64>, result: &mut Verification) {
    let is_form = |found: &Found| {
        let field = found.field;
        let is_of_other = field == Some(Field::IntegrationLink);
        (is_of_other && of_other_template.contains(&found.message))
            || field.is_some_and(|field| result.forms.iter().any(|(form, _)| *form == field))
    };
    let mut is_drifted = HashSet::new();
    let mut is_doubled = HashSet::new();
    let mut had_drifted = HashSet::new();
    for found in &result.found {
        match found.finding {
            Finding::Double => drop(is_doubled.insert(found.message)),
            Finding::Drifted => {
                had_drifted.insert(found.message);
                if !is_form(found) {
                    is_drifted.insert(found.message);
                }
            }
            _ => {}
        }
    }
    let same = had_drifted.difference(&is_drifted);
    let same = same
        .filter(|message| !is_doubled.contains(*message))
        .count() as u64;
    result.tally.replace(Finding::Drifted, Finding::Same, same);
    let mut found = std::mem::take(&mut result.found);
    found.retain(|found| !is_form(found));
    found.sort_by(|one, other| {
        (one.finding, one.field, one.message).cmp(&(other.finding, other.field, other.message))
    });
    result.found = found;
}

pub(super) fn exit_of(result: &Verification) -> Exit {
    let is_denied = (result.stopped.as_ref()).is_some_and(|error| error.exit == Exit::Denied);
    if is_denied || result.exit == Exit::Denied {
        Exit::Denied
    } else if !result.is_complete() {
        Exit::Stopped
    } else if result.tally.differing() > 0 || result.unreadable > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}

/// The messages of a chat that is held since its lead could not be listed.
pub(super) fn unlisted(planned: &PlannedChat) -> Option<Unchecked> {
    match &planned.chat.standing {
        Decision::Held(Held::Unlisted(why)) => Some(Unchecked {
            lead_id: None,
            messages: u64::from(planned.chat.held()),
            why: why.clone(),
        }),
        _ => None,
    }
}

pub(super) fn names(plan: &Plan) -> Vec<ChatNames> {
    let chats = plan.chats.iter().map(|planned| ChatNames {
        device: planned.chat.device.clone(),
        name: planned.chat.name.clone(),
        is_private: planned.chat.private,
        archives: planned.chat.archives.clone(),
    });
    chats.collect()
}
