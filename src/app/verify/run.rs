//! The leads of a verification, one after another; those whose lists may be late are read again at the end.
//!
//! Never here: the comparison of one lead ([`super::lead`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::VerifyOrder;
use super::across;
use super::integration_link::Links;
use super::items::{self, Leads, OfLead};
use super::lead::Verifier;
use super::lead_result::{OfItem, OfOneLead};
use super::result::{Verification, add, finish, names, unlisted};
use crate::app::error::Result;
use crate::app::{Notice, Observer};
use crate::clock::SharedClock;
use crate::close::Failure;
use crate::ids::LeadId;
use crate::plan::compare::Forms;
use crate::plan::{Plan, Totals};
use crate::stop_reason::StopReason;
use crate::survey;
use crate::transform::desired::Content;

/// The wait before a list that may be late is read again; doubled each time.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// Why messages after the end of a verification were not checked.
const NOT_REACHED: &str = "not reached before it stopped";

/// The longest of these waits.
const MAX_DELAY: Duration = Duration::from_secs(15);

/// A verification whose plan is made.
pub(super) struct Run<'r> {
    pub(super) verifier: &'r Verifier<'r>,
    pub(super) clock: &'r SharedClock,
    pub(super) order: &'r VerifyOrder<'r>,
    /// Only these leads.
    pub(super) only: Option<&'r BTreeSet<LeadId>>,
}

/// The results for leads.
pub(super) type OfLeads = Vec<(LeadId, OfOneLead)>;

/// The number of the first message that is compared again, so that it differs from those of the first comparison.
const AGAIN: u64 = 1 << 40;

/// The state between two leads.
struct Progress {
    /// Messages that may still be compared.
    rest: usize,
    /// The number of the next message.
    next: u64,
    chats: HashSet<ChatKey>,
    forms: Forms,
    links: Links,
    /// The results.
    done: OfLeads,
    /// What was compared on each lead.
    parts: Vec<across::Part>,
}

/// A chat: of the plan, or of the checkpoint alone.
type ChatKey = (Option<usize>, Option<i64>);

impl Run<'_> {
    /// Compares all leads and adds the findings to the result. The leads of `earlier` are not read: their results count.
    pub(super) async fn run(
        &self,
        earlier: OfLeads,
        result: &mut Verification,
        observer: &mut dyn Observer,
    ) -> Result<OfLeads> {
        let plan = self.verifier.plan;
        let chosen = &self.order.selection;
        result.names = names(plan);
        result
            .unchecked
            .extend(plan.chats.iter().filter_map(unlisted));
        let is_limited = chosen.device.is_some() || chosen.chat.is_some();
        let mut leads = Leads::of(plan, self.verifier.snapshot, is_limited)?;
        count_held(plan, &leads, result);
        let limit = chosen
            .limit
            .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut progress = Progress {
            rest: limit.unwrap_or(usize::MAX),
            next: match earlier.is_empty() {
                true => 0,
                false => AGAIN,
            },
            chats: HashSet::new(),
            forms: Forms::default(),
            links: Links::default(),
            done: Vec::new(),
            parts: Vec::new(),
        };
        let followed = items::followed(plan);
        (result.merged).extend(followed.map(|(from, into)| (from.clone(), into.clone())));
        let mut earlier: HashMap<LeadId, OfOneLead> = earlier.into_iter().collect();
        let mut again = Vec::new();
        let all = leads.all(chosen.lead.as_ref());
        let known: BTreeSet<LeadId> = all.iter().cloned().collect();
        let all = all
            .into_iter()
            .filter(|lead| self.only.is_none_or(|only| only.contains(lead)));
        for lead in all {
            let of_lead = leads.of_lead(&lead, self.verifier.snapshot)?;
            let part = (progress.rest.min(of_lead.items.len()), progress.next);
            result.undecided += of_lead.undecided;
            result.beyond_limit += (of_lead.items.len() - part.0) as u64;
            progress.rest -= part.0;
            progress.next += part.0 as u64;
            progress
                .chats
                .extend(of_lead.items[..part.0].iter().map(key_of));
            if part.0 == 0 {
                continue;
            }
            progress.parts.push((lead.clone(), part));
            if let Some(of_one) = earlier.remove(&lead) {
                progress.done.push((lead, of_one));
                continue;
            }
            observer.reading(Some(&self.label(&of_lead)));
            let of_one = self.read((&lead, &of_lead), part, false, result).await;
            observer.reading(None);
            match of_one.wait {
                Some(wait) => again.push((lead, of_lead, part, wait)),
                None => progress.done.push((lead, of_one)),
            }
        }
        self.ask_again(again, &mut progress, result, observer).await;
        self.follow_merges(&mut leads, (&mut progress, &known), result)
            .await?;
        for (lead, of_one) in &progress.done {
            progress.forms.join(&of_one.forms);
            progress.links.join(of_one.links.clone());
            add(lead, of_one.clone(), result);
        }
        let basis = (&leads, self.verifier.snapshot);
        across::find(basis, (&progress.parts, &progress.done), result)?;
        result.chats = progress.chats.len() as u64;
        let is_whole = self.only.is_none() && chosen.is_everything();
        result.forms = progress.forms.of_all(is_whole);
        finish(&progress.links.of_other_template(), result);
        Ok(progress.done)
    }

    /// The first chat of a lead, for a line of progress.
    fn label(&self, of_lead: &OfLead) -> Content {
        let mut chats = of_lead.items.iter().filter_map(|item| item.chat);
        let chat = chats
            .next()
            .and_then(|chat| self.verifier.plan.chats.get(chat));
        match chat {
            Some(planned) => survey::label(&planned.chat),
            None => Content::new("a chat without an archive"),
        }
    }

    /// Compares a lead, unless the verification has ended.
    async fn read(
        &self,
        (lead, of_lead): (&LeadId, &OfLead),
        part: (usize, u64),
        is_last: bool,
        result: &mut Verification,
    ) -> OfOneLead {
        if result.stopped.is_some() {
            return unreached(lead, of_lead, part, NOT_REACHED);
        }
        match self.verifier.lead(lead, of_lead, part, is_last).await {
            Ok(of_one) => of_one,
            Err(failure) => stop(lead, of_lead, part, failure, result),
        }
    }

    /// Compares the messages of merged leads on the leads that are left, with what belongs there anyway. `known`: the leads
    /// that tables or checkpoint name.
    async fn follow_merges(
        &self,
        leads: &mut Leads<'_>,
        (progress, known): (&mut Progress, &BTreeSet<LeadId>),
        result: &mut Verification,
    ) -> Result<()> {
        let mut seen = HashSet::new();
        loop {
            let found = progress.done.iter();
            let found = found.filter_map(|(lead, of_one)| {
                let into = of_one.merged_into.clone()?;
                Some((lead.clone(), into))
            });
            let merges: Vec<(LeadId, LeadId)> = found
                .filter(|(from, _)| seen.insert(from.clone()))
                .collect();
            if merges.is_empty() {
                return Ok(());
            }
            let mut changed = BTreeSet::new();
            for (from, into) in merges {
                leads.merge(&from, &into);
                if !known.contains(&into) {
                    let names = &mut result.names_of_leads;
                    names.entry(into.clone()).or_insert_with(|| from.clone());
                }
                changed.extend([from.clone(), into.clone()]);
                result.merged.push((from, into));
            }
            let mut limits: HashMap<LeadId, usize> = HashMap::new();
            progress.parts.retain(|(lead, (limit, _))| {
                let is_changed = changed.contains(lead);
                if is_changed {
                    *limits.entry(leads.present(lead).clone()).or_default() += limit;
                }
                !is_changed
            });
            (progress.done).retain(|(lead, _)| !changed.contains(lead));
            let limits: BTreeMap<LeadId, usize> = limits.into_iter().collect();
            for (lead, limit) in limits {
                let of_lead = leads.of_lead(&lead, self.verifier.snapshot)?;
                let part = (limit.min(of_lead.items.len()), progress.next);
                progress.next += part.0 as u64;
                progress.parts.push((lead.clone(), part));
                let of_one = self.read((&lead, &of_lead), part, true, result).await;
                progress.done.push((lead, of_one));
            }
        }
    }

    /// Reads the leads whose lists may be late again, until they are complete or cannot be late any more.
    async fn ask_again(
        &self,
        leads: Vec<(LeadId, OfLead, (usize, u64), Duration)>,
        progress: &mut Progress,
        result: &mut Verification,
        observer: &mut dyn Observer,
    ) {
        let Some(mut left) = leads.iter().map(|(.., wait)| *wait).max() else {
            return;
        };
        observer.notice(Notice::ListsLate {
            leads: leads.len() as u64,
            wait: left,
        });
        let (mut leads, mut delay) = (leads, FIRST_DELAY);
        while !leads.is_empty() {
            let wait = delay.min(left);
            self.clock.sleep(wait).await;
            left -= wait;
            delay = (delay * 2).min(MAX_DELAY);
            for (lead, of_lead, part, _) in std::mem::take(&mut leads) {
                let is_last = left.is_zero();
                let of_one = self.read((&lead, &of_lead), part, is_last, result).await;
                match of_one.wait {
                    Some(wait) => leads.push((lead, of_lead, part, wait)),
                    None => progress.done.push((lead, of_one)),
                }
            }
        }
    }
}

/// Counts the messages of held chats.
fn count_held(plan: &Plan, leads: &Leads<'_>, result: &mut Verification) {
    let recorded = leads.recorded_chats();
    result.held_are_absent = leads.are_all_planned();
    for (index, chat) in plan.chats.iter().enumerate() {
        let held = Totals::of_chat(chat).held;
        result.held += held;
        result.held_chats += u64::from(held > 0);
        result.held_are_absent &= held == 0 || !recorded.contains(&index);
    }
}

fn key_of(item: &items::Item) -> ChatKey {
    let recorded = item.record.as_ref().map(|record| record.row.chat.number());
    match item.chat {
        Some(chat) => (Some(chat), None),
        None => (None, recorded),
    }
}

/// The result for a lead that is not read, since an earlier one could not be.
fn unreached(
    lead: &LeadId,
    of_lead: &OfLead,
    (limit, first): (usize, u64),
    why: &str,
) -> OfOneLead {
    let mut of_one = OfOneLead::default();
    for (number, item) in (first..).zip(&of_lead.items[..limit]) {
        of_one.tally.planned += 1;
        of_one.not_checked(&OfItem { lead, item, number }, why);
    }
    of_one.unchecked = Some(why.to_owned());
    of_one
}

/// The result for a lead at which the verification ends.
fn stop(
    lead: &LeadId,
    of_lead: &OfLead,
    part: (usize, u64),
    failure: Failure,
    result: &mut Verification,
) -> OfOneLead {
    let why = failure.reason();
    result.stopped = Some(StopReason::of(failure).into());
    unreached(lead, of_lead, part, &why)
}
