//! What is to be corrected about each message, from the findings of a comparison.
//!
//! Never here: which operation that is ([`crate::plan::repair`]).

use std::collections::{BTreeSet, HashMap, HashSet};

use super::findings::Table;
use crate::app::error::Result;
use crate::app::verify::found::{Found, Next};
use crate::app::verify::items::{NotRepairable, Standing};
use crate::app::verify::lead_result::{Basis, ListedBasis};
use crate::app::verify::result::Verification;
use crate::app::verify::run::OfLeads;
use crate::checkpoint::{OperationKind, Snapshot, State, Subject};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::CopyRecord;
use crate::plan::compare::{ExpectedLink, Field, Finding};
use crate::plan::repair::{Copy, OnLead, SentFacts, Unfixed, Wish};

/// The wishes of a repair.
#[derive(Default)]
pub(super) struct Wishes {
    /// By message and lead.
    pub(super) of: HashMap<OnLead, Wish>,
    /// Findings that nothing here corrects.
    pub(super) unfixed: Vec<Unfixed>,
    /// What was compared, by message and lead.
    pub(super) bases: HashMap<OnLead, Basis>,
    /// The number of findings that are to be repaired.
    pub(super) findings: u64,
}

impl Wishes {
    /// The wishes for the findings of a comparison; with a table, for those of its rows. `restores`: also for messages
    /// that are recorded as removed in Close. `restores_undone`: also for those that `undo` deleted; a table with their rows
    /// asks for that too.
    pub(super) fn of(
        result: &Verification,
        of_leads: &OfLeads,
        (table, restores, restores_undone): (Option<&Table>, bool, bool),
    ) -> Wishes {
        let all = || of_leads.iter().map(|(_, of_one)| of_one);
        let bases: HashMap<u64, &Basis> = all()
            .flat_map(|of_one| &of_one.bases)
            .map(|basis| (basis.number, basis))
            .collect();
        let redundant: HashSet<&ActivityId> = (bases.values())
            .filter_map(|basis| basis.listed.as_ref())
            .flat_map(|listed| &listed.redundant)
            .collect();
        let shared = Shared {
            redundant,
            linked_elsewhere: all().flat_map(|of_one| &of_one.linked_elsewhere).collect(),
            restores,
            restores_undone: restores_undone || table.is_some(),
        };
        let mut wishes = Wishes::default();
        for found in &result.found {
            if table.is_some_and(|table| !table.has(found)) {
                continue;
            }
            let Some(basis) = bases.get(&found.message) else {
                continue;
            };
            let on_lead = (found.lead_id.clone(), found.external_id.clone());
            let wish = wishes.of.entry(on_lead.clone()).or_default();
            wish.chat = found.chat;
            if let Err(why) = shared.wish(found, basis, wish) {
                wishes.unfixed.extend(why.map(|why| Unfixed {
                    on_lead: on_lead.clone(),
                    why: why.to_owned(),
                    is_over: false,
                }));
            } else {
                wishes.findings += 1;
            }
            wishes
                .bases
                .entry(on_lead)
                .or_insert_with(|| (*basis).clone());
        }
        wishes.of.retain(|_, wish| {
            wish.post || wish.elsewhere || !wish.fields.is_empty() || !wish.copies.is_empty()
        });
        wishes
    }
}

/// What the wishes of all messages depend on.
struct Shared<'s> {
    /// Activities to delete.
    redundant: HashSet<&'s ActivityId>,
    /// Activities that activities of other leads are linked to.
    linked_elsewhere: HashSet<&'s ActivityId>,
    restores: bool,
    /// Whether messages that `undo` deleted are posted again.
    restores_undone: bool,
}

impl Shared<'_> {
    /// Adds a finding to the wish for its message. The error is why it is not repaired; `None`: it is information, or
    /// nothing can be concluded from it.
    fn wish(
        &self,
        found: &Found,
        basis: &Basis,
        wish: &mut Wish,
    ) -> std::result::Result<(), Option<&'static str>> {
        match found.finding {
            Finding::RemovedByUs
                if matches!(basis.item.standing, Standing::Undone(_)) && !self.restores_undone =>
            {
                return Err(Some(
                    "taken back by `undo`; `--gone restore`, or its row with `--from`, posts it again",
                ));
            }
            Finding::Missing if found.next == Next::CorrectRow => {
                return Err(Some(
                    "Close has no such lead any more; correct lead_id and contact_id of its chat in contacts.csv, then `chatferry plan`",
                ));
            }
            Finding::Missing | Finding::RemovedByUs => wish.post = true,
            Finding::Removed if matches!(found.next, Next::LeftOut(_)) => return Err(None),
            Finding::Removed if self.restores => wish.post = true,
            Finding::Elsewhere if found.next == Next::Correct => {
                return Err(Some(
                    "an activity on another lead has its external id; delete that one in Close, and verify again",
                ));
            }
            Finding::Elsewhere => wish.elsewhere = true,
            Finding::Drifted => {
                let repairable = basis.item.is_repairable();
                repairable.map_err(|why: NotRepairable| Some(why.describe()))?;
                let (Some(field), Some(listed)) = (found.field, &basis.listed) else {
                    return Err(None);
                };
                wish.fields.push(field);
                wish.activity_id = Some(listed.activity_id.clone());
                wish.sent = basis.item.record.as_ref().map(|record| SentFacts {
                    at: record.row.activity_at,
                    files: record.row.media_count as usize,
                });
                if field == Field::Link {
                    wish.link = self.link(&listed.link);
                }
            }
            Finding::Double => {
                let Some(listed) = &basis.listed else {
                    return Err(None);
                };
                let redundant = listed.redundant.iter();
                let copies = redundant.filter(|copy| !self.linked_elsewhere.contains(copy));
                wish.copies = copies.map(|copy| self.copy(copy, basis, listed)).collect();
                if wish.copies.is_empty() {
                    return Err(Some(
                        "its activities stay: others are linked to them, they differ from the message, or another user created them",
                    ));
                }
            }
            Finding::Pending
            | Finding::NotChecked
            | Finding::Removed
            | Finding::Foreign
            | Finding::Same => return Err(None),
        }
        Ok(())
    }

    /// The activity to link to: one that is not deleted.
    fn link(
        &self,
        (target, expected): &(Option<ExternalId>, ExpectedLink),
    ) -> Option<(ExternalId, ActivityId)> {
        let ids = match expected {
            ExpectedLink::To(ids) | ExpectedLink::MayBe(ids) => ids,
            ExpectedLink::NotCompared | ExpectedLink::Absent => return None,
        };
        let stays = ids.iter().find(|id| !self.redundant.contains(id));
        target.clone().zip(stays.or(ids.first()).cloned())
    }

    fn copy(&self, copy: &ActivityId, basis: &Basis, listed: &ListedBasis) -> Copy {
        let row = basis.item.record.as_ref().map(|record| &record.row);
        let row = row.filter(|row| row.state == State::Done);
        Copy {
            activity_id: copy.clone(),
            kept: listed.activity_id.clone(),
            record: match row {
                None => CopyRecord::Absent,
                Some(row) if row.activity_id.as_ref() == Some(copy) => CopyRecord::Deleted {
                    linked: listed.is_linked,
                },
                Some(_) => CopyRecord::Kept,
            },
        }
    }
}

/// What earlier runs began and did not finish.
#[derive(Default)]
pub(super) struct Begun {
    /// The leads of moves, updates and posts.
    pub(super) leads: BTreeSet<LeadId>,
    /// The lead of each reply that is to be linked.
    pub(super) links: Vec<LeadId>,
}

impl Begun {
    /// Whether nothing is to be finished.
    pub(super) fn is_empty(&self) -> bool {
        self.leads.is_empty() && self.links.is_empty()
    }
}

/// What earlier runs began and did not finish.
pub(super) fn begun(snapshot: Option<&Snapshot>) -> Result<Begun> {
    let mut begun = Begun::default();
    let Some(snapshot) = snapshot else {
        return Ok(begun);
    };
    let Begun { leads, links } = &mut begun;
    for row in snapshot.open_operations()? {
        match (row.operation.kind, row.operation.subject) {
            (OperationKind::Replace, Subject::Message(key)) => {
                leads.extend([Some(key.lead_id), row.target_lead].into_iter().flatten());
            }
            (OperationKind::Relink, Subject::Message(key)) => links.push(key.lead_id),
            _ => {}
        }
    }
    snapshot.each_message(|row| {
        if row.changing || matches!(row.state, State::Intent | State::Unknown) {
            leads.insert(row.lead_id);
        }
    })?;
    Ok(begun)
}
