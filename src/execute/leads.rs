//! Leads that are missing in Close, each made once with its contact: the row of the operation is on
//! disk, the request leaves, the answer is on disk.
//!
//! As with a message (`post.rs`, `settle.rs`) an answer that did not come is *unknown*, and unknown
//! is asked, never sent again (design.md, invariant 4); here by the number, since a lead has no
//! external id. Never makes one where somebody in Close has the number.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::{Limits, Stop};
use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{
    Begun, Change, Hash, HashKey, OperationKey, OperationKind, Reached, Step, Store, Subject,
};
use crate::clock::SharedClock;
use crate::close::{Client, Contact, Failure, NewLead, Permit};
use crate::ids::{ContactId, LeadId};
use crate::phone::Phone;
use crate::stop_reason::{StopReason, stops};

/// How often a lead is sent in one run: once more after it was certain that the first request was
/// not carried out.
const TRIES: u32 = 2;
/// The first pause between two questions; each one after it is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// A lead that is to be made, with a contact of the same name. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct MissingLead {
    /// Their name.
    pub name: String,
    /// The contact's number.
    pub phone: Phone,
}

impl fmt::Debug for MissingLead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MissingLead").finish_non_exhaustive()
    }
}

/// What became of a lead.
#[derive(Debug, Clone)]
pub enum LeadOutcome {
    /// This run has made it.
    Made {
        /// `lead_…`.
        lead_id: LeadId,
        /// `cont_…`.
        contact_id: ContactId,
    },
    /// An earlier run had made it.
    MadeBefore {
        /// `lead_…`.
        lead_id: LeadId,
        /// `cont_…`.
        contact_id: ContactId,
    },
    /// These have the number: nothing was made, or it cannot be told whether one of them is ours.
    Taken(Vec<Contact>),
    /// It was refused for good.
    Failed(Failure),
    /// No answer came, again and again, and it is certain that nothing was made.
    NotCarriedOut,
    /// No answer came, and whether it was made is not known yet.
    Unknown,
    /// The run stopped before it.
    NotReached,
}

/// The hash by which the checkpoint knows the lead that is made for a number.
pub fn lead_hash(key: &HashKey, phone: &Phone) -> Hash {
    keyed(key, "made", phone.e164())
}

/// The key of the operation that creates a lead for a number.
pub fn creation(number: Hash) -> OperationKey {
    OperationKey {
        kind: OperationKind::CreateLead,
        subject: Subject::Number(number),
    }
}

/// What makes leads.
pub struct LeadMaker<'c> {
    /// Close.
    pub client: &'c Client,
    /// Where every step is recorded; open for a run.
    pub checkpoint: &'c dyn Store,
    /// Time and sleep.
    pub clock: SharedClock,
    /// How long a look-up may miss a lead that was made (`close-api.md` 5.6).
    pub settle: Duration,
}

/// How one attempt ended.
enum Attempt {
    /// For good.
    Over(LeadOutcome),
    /// No answer came; recorded as unknown. From this moment on (of the clock's `elapsed`) a
    /// look-up that finds nothing is believed.
    Lost { until: Duration },
}

/// What Close says about a lead whose answer was lost.
enum Settled {
    /// One contact has the number, by lead and contact id.
    Found(LeadId, ContactId),
    /// It was not made; recorded as such.
    NotThere,
    /// Several have the number, or the one is on no lead.
    Several(Vec<Contact>),
    /// Close refuses the question: it stays unknown, and it alone.
    Undecided,
}

impl LeadMaker<'_> {
    /// Makes these, one after the other; no two have the same number. What earlier runs began is
    /// finished first. What becomes of those whose answers are lost is asked after the others, so
    /// that one waits for all of them at once.
    ///
    /// Gives what became of each, in their order, and why it stopped before the end if it did.
    pub async fn make(
        &self,
        leads: &[MissingLead],
        stop: &Stop,
    ) -> (Vec<LeadOutcome>, Option<StopReason>) {
        let mut outcomes = vec![LeadOutcome::NotReached; leads.len()];
        let stopped = self
            .make_all(leads, &mut outcomes, &mut stop.clone())
            .await
            .err();
        (outcomes, stopped)
    }

    async fn make_all(
        &self,
        leads: &[MissingLead],
        outcomes: &mut [LeadOutcome],
        stop: &mut Stop,
    ) -> Result<(), StopReason> {
        // What an earlier run left open ended before this one began.
        let began = self.clock.elapsed() + self.settle;
        let mut lost = VecDeque::new();
        let mut new = Vec::new();
        for ((place, lead), outcome) in leads.iter().enumerate().zip(outcomes.iter_mut()) {
            let reader = self.checkpoint.reader();
            let row = reader
                .lead_created_for(&lead_hash(&reader.key(), &lead.phone))
                .map_err(StopReason::Checkpoint)?;
            match row.map(|row| row.target_lead.zip(row.target_contact)) {
                Some(Some((lead_id, contact_id))) => {
                    *outcome = LeadOutcome::MadeBefore {
                        lead_id,
                        contact_id,
                    };
                }
                Some(None) => {
                    lost.push_back((place, 0, began));
                    *outcome = LeadOutcome::Unknown;
                }
                None => new.push(place),
            }
        }
        self.settle_all(lost, leads, outcomes, stop).await?;
        let mut lost = VecDeque::new();
        for place in new {
            let (Some(lead), Some(outcome)) = (leads.get(place), outcomes.get_mut(place)) else {
                continue;
            };
            *outcome = match self.attempt(lead, stop).await? {
                Attempt::Over(outcome) => outcome,
                Attempt::Lost { until } => {
                    lost.push_back((place, 1, until));
                    LeadOutcome::Unknown
                }
            };
        }
        self.settle_all(lost, leads, outcomes, stop).await
    }

    /// Asks what became of leads whose answers are lost (place, attempts in this run, and when a
    /// look-up is believed), and makes those that are not there.
    async fn settle_all(
        &self,
        mut lost: VecDeque<(usize, u32, Duration)>,
        leads: &[MissingLead],
        outcomes: &mut [LeadOutcome],
        stop: &mut Stop,
    ) -> Result<(), StopReason> {
        while let Some((place, tries, until)) = lost.pop_front() {
            let (Some(lead), Some(outcome)) = (leads.get(place), outcomes.get_mut(place)) else {
                continue;
            };
            let settled = self.settle(&lead.phone, until);
            *outcome = match unless_stopped(stop, settled).await?? {
                Settled::Found(lead_id, contact_id) if tries > 0 => LeadOutcome::Made {
                    lead_id,
                    contact_id,
                },
                Settled::Found(lead_id, contact_id) => LeadOutcome::MadeBefore {
                    lead_id,
                    contact_id,
                },
                Settled::Several(contacts) => LeadOutcome::Taken(contacts),
                Settled::Undecided => LeadOutcome::Unknown,
                Settled::NotThere => {
                    *outcome = LeadOutcome::NotCarriedOut;
                    if tries == TRIES {
                        continue;
                    }
                    match self.attempt(lead, stop).await? {
                        Attempt::Over(outcome) => outcome,
                        Attempt::Lost { until } => {
                            lost.push_back((place, tries + 1, until));
                            LeadOutcome::Unknown
                        }
                    }
                }
            };
        }
        Ok(())
    }

    /// Asks once more who has the number, and makes the lead where nobody has it: a person may have
    /// taken their time over the question whether to, and others make leads too.
    async fn attempt(&self, lead: &MissingLead, stop: &mut Stop) -> Result<Attempt, StopReason> {
        let asked = self.client.contacts_with_phone(lead.phone.e164());
        match unless_stopped(stop, asked).await? {
            Ok(nobody) if nobody.is_empty() => {}
            Ok(contacts) => return Ok(Attempt::Over(LeadOutcome::Taken(contacts))),
            Err(failure @ (Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. })) => {
                return Ok(Attempt::Over(LeadOutcome::Failed(failure)));
            }
            Err(failure) => return Err(StopReason::of(failure)),
        }
        // Its turn, and the end of an outage, come before the intent: what never left need not be
        // asked for.
        let permit = unless_stopped(stop, self.client.permit_to_create_lead()).await?;
        let sent = self.send(permit.map_err(StopReason::of)?, lead);
        self.finished(stop, sent).await?
    }

    /// The intent, the request, the answer.
    async fn send(&self, permit: Permit<'_>, lead: &MissingLead) -> Result<Attempt, StopReason> {
        let begun = Begun {
            operation: self.operation(&lead.phone),
            chat: None,
            source_activity: None,
            target_id: None,
            target_lead: None,
            target_activity: None,
        };
        self.record(Change::OperationBegun(Box::new(begun))).await?;
        let request = NewLead {
            name: lead.name.clone(),
            phone: lead.phone.e164().to_owned(),
        };
        let answer = self.client.create_lead_on(permit, &request).await;
        let until = self.clock.elapsed() + self.settle;
        let (step, ended) = match answer {
            Ok(created) => {
                let step = self.created(&lead.phone, &created.id, &created.contact_id);
                let outcome = LeadOutcome::Made {
                    lead_id: created.id,
                    contact_id: created.contact_id,
                };
                (step, Ok(Attempt::Over(outcome)))
            }
            // The row stays as it is: planned, and nothing is known of it.
            Err(Failure::Unknown { .. }) => return Ok(Attempt::Lost { until }),
            // Refused for good, or before it was carried out: then the next run may send it again.
            Err(failure) => {
                let ended = match stops(&failure) {
                    Some(reason) => Err(reason),
                    None => Ok(Attempt::Over(LeadOutcome::Failed(failure))),
                };
                (self.given_up(&lead.phone), ended)
            }
        };
        // Where this fails the row is on disk as planned: the next run asks what became of it.
        self.record(step).await?;
        ended
    }

    /// Asks by number, again and again, until one is found or it is late enough to believe that
    /// there is none: a search misses what is new for up to a minute (`close-api.md` 5.6).
    async fn settle(&self, phone: &Phone, until: Duration) -> Result<Settled, StopReason> {
        let mut pause = PAUSE;
        loop {
            // Taken before the question: only what was asked late enough counts.
            let asked_at = self.clock.elapsed();
            let mut contacts = match self.client.contacts_with_phone(phone.e164()).await {
                Ok(contacts) => contacts,
                Err(Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. }) => {
                    return Ok(Settled::Undecided);
                }
                Err(failure) => return Err(StopReason::of(failure)),
            };
            if let [
                Contact {
                    id,
                    lead_id: Some(lead_id),
                    ..
                },
            ] = contacts.as_mut_slice()
            {
                let (lead_id, contact_id) = (lead_id.clone(), id.clone());
                self.record(self.created(phone, &lead_id, &contact_id))
                    .await?;
                return Ok(Settled::Found(lead_id, contact_id));
            }
            if !contacts.is_empty() {
                return Ok(Settled::Several(contacts));
            }
            if asked_at >= until {
                self.record(self.given_up(phone)).await?;
                return Ok(Settled::NotThere);
            }
            self.clock
                .sleep(pause.min(until.saturating_sub(asked_at)))
                .await;
            pause = pause.saturating_mul(2);
        }
    }

    fn operation(&self, phone: &Phone) -> OperationKey {
        creation(lead_hash(&self.checkpoint.reader().key(), phone))
    }

    fn created(&self, phone: &Phone, lead_id: &LeadId, contact_id: &ContactId) -> Change {
        Change::OperationStep {
            operation: self.operation(phone),
            step: Step::Created,
            target: Some(Reached::Lead {
                lead_id: lead_id.into(),
                contact_id: contact_id.into(),
            }),
        }
    }

    fn given_up(&self, phone: &Phone) -> Change {
        Change::OperationStep {
            operation: self.operation(phone),
            step: Step::GivenUp,
            target: None,
        }
    }

    async fn record(&self, change: Change) -> Result<(), StopReason> {
        let recorded = self.checkpoint.recorder().record(change).await;
        recorded.map_err(StopReason::Checkpoint)
    }

    /// Waits for what is in flight to its end also when somebody says stop, but not for ever.
    async fn finished<T>(
        &self,
        stop: &mut Stop,
        work: impl Future<Output = T>,
    ) -> Result<T, StopReason> {
        tokio::pin!(work);
        tokio::select! {
            biased;
            result = &mut work => return Ok(result),
            () = stop.said(1) => {}
        }
        tokio::select! {
            biased;
            result = &mut work => Ok(result),
            () = self.clock.sleep(Limits::DRAIN) => Err(StopReason::Interrupted),
            () = stop.said(2) => Err(StopReason::Interrupted),
        }
    }
}

/// Waits for `work`, of which nothing is lost when it is left, as long as nobody says stop.
async fn unless_stopped<T>(
    stop: &mut Stop,
    work: impl Future<Output = T>,
) -> Result<T, StopReason> {
    tokio::select! {
        biased;
        () = stop.said(1) => Err(StopReason::Interrupted),
        result = work => Ok(result),
    }
}

#[cfg(test)]
mod tests;
