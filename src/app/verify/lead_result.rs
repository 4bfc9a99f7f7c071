//! The result for one lead: numbers, findings, and what a repair needs of messages with findings.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::bytes::FailedDownloads;
use super::found::{Found, Next};
use super::integration_link::Links;
use super::items::{Item, Standing};
use crate::close::Failure;
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::plan::compare::{ExpectedLink, Finding, Forms, Tally};
use crate::plan::repair::OnLead;

/// What a repair needs of a message with findings.
#[derive(Clone)]
pub(super) struct Basis {
    /// As [`Found::message`].
    pub(super) number: u64,
    pub(super) item: Item,
    /// If the message is listed.
    pub(super) listed: Option<ListedBasis>,
}

/// What a repair needs of a listed message.
#[derive(Clone)]
pub(super) struct ListedBasis {
    /// Its activity.
    pub(super) activity_id: ActivityId,
    /// Whether that is linked to a reply target.
    pub(super) is_linked: bool,
    /// The link that is expected, with the external id of the reply target.
    pub(super) link: (Option<ExternalId>, ExpectedLink),
    /// Activities that repeat it and are to be deleted.
    pub(super) redundant: Vec<ActivityId>,
}

/// An activity with a derived external id that is no message of its lead.
#[derive(Clone)]
pub(super) struct Stray {
    pub(super) external_id: ExternalId,
    pub(super) activity_id: ActivityId,
    /// The user who created it, and when.
    pub(super) created_by: Option<UserId>,
    pub(super) created: DateTime<Utc>,
}

/// The result for one lead.
#[derive(Clone, Default)]
pub(super) struct OfOneLead {
    pub(super) tally: Tally,
    pub(super) found: Vec<Found>,
    pub(super) forms: Forms,
    /// The links of the template.
    pub(super) links: Links,
    /// Files of messages in Close, and those among them whose bytes were compared.
    pub(super) files: u64,
    pub(super) files_compared: u64,
    /// Files whose download failed.
    pub(super) failed_downloads: FailedDownloads,
    /// Messages whose bytes a table asks for and whose files could not be read.
    pub(super) bytes_unread: Vec<OnLead>,
    /// Messages that the next import updates.
    pub(super) outdated: u64,
    /// Messages in Close without a file that is damaged in its archive.
    pub(super) without_file: u64,
    /// Why messages were not checked.
    pub(super) unchecked: Option<String>,
    /// Close denied the lead.
    pub(super) is_denied: bool,
    /// How long to wait until the list cannot be late any more.
    pub(super) wait: Option<Duration>,
    /// The lead that Close has merged this one into: its messages are verified there.
    pub(super) merged_into: Option<LeadId>,
    /// With [`Verifier::keeps`](super::lead::Verifier::keeps): messages with findings.
    pub(super) bases: Vec<Basis>,
    /// With [`Verifier::keeps`](super::lead::Verifier::keeps): activities of other leads that activities of this one are linked to.
    pub(super) linked_elsewhere: Vec<ActivityId>,
    /// Activities with a derived external id that are no message to verify.
    pub(super) strays: Vec<Stray>,
}

/// A message and its place in the comparison.
pub(super) struct OfItem<'i> {
    pub(super) lead: &'i LeadId,
    pub(super) item: &'i Item,
    pub(super) number: u64,
}

impl OfItem<'_> {
    /// A finding about the message.
    pub(super) fn found(&self, finding: Finding, next: Next) -> Found {
        Found {
            finding,
            field: None,
            message: self.number,
            chat: self.item.chat,
            location: self.item.location(),
            external_id: self.item.external_id.clone(),
            lead_id: self.lead.clone(),
            activity_id: self.item.activity_id.clone(),
            what: String::new(),
            changed_by: None,
            changed_at: None,
            next,
            deletions: 0,
        }
    }
}

impl OfOneLead {
    /// Counts messages that cannot be checked because of a failure.
    pub(super) fn uncheck(&mut self, lead: &LeadId, items: &[Item], first: u64, failure: &Failure) {
        let why = failure.reason();
        for (number, item) in (first..).zip(items) {
            let of = OfItem { lead, item, number };
            self.tally.planned += 1;
            self.not_checked(&of, &why);
        }
        self.unchecked = Some(why);
        self.is_denied = failure.is_denied();
    }

    /// Counts a message that could not be checked.
    pub(super) fn not_checked(&mut self, of: &OfItem<'_>, why: &str) {
        let (finding, next) = match of.item.standing {
            Standing::Removed => (Finding::Removed, Next::RepairRemoved),
            _ => (Finding::NotChecked, Next::Verify),
        };
        self.tally.add(finding, 1);
        let mut found = of.found(finding, next);
        why.clone_into(&mut found.what);
        self.found.push(found);
    }
}
