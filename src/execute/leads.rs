//! Creates leads that are missing in Close, each once and with its contact: the operation is on disk,
//! then the request is sent, then the answer is on disk.
//!
//! As with messages (`post.rs`, `settle.rs`), a request without an answer is *unknown*. Its outcome is
//! looked up and the request is never repeated blindly; the look-up is by phone number, since a lead
//! has no external id. No lead is created while a contact in Close has the number.

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
use crate::ids::{ContactId, LeadId, StatusId};
use crate::phone::Phone;
use crate::stop_reason::{StopReason, stops};

/// The maximum number of requests for one lead in a run: a second one follows only when the first is
/// known not to have been carried out.
const MAX_ATTEMPTS: u32 = 2;
/// The first delay between two look-ups; each further delay is twice as long.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// A lead to create, with a contact of the same name. `Debug` shows neither name nor number.
#[derive(Clone)]
pub struct MissingLead {
    /// The name that lead and contact get.
    pub name: String,
    /// The contact's number.
    pub phone: Phone,
}

impl fmt::Debug for MissingLead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MissingLead").finish_non_exhaustive()
    }
}

/// The outcome of creating one lead.
#[derive(Debug, Clone)]
pub enum LeadOutcome {
    /// Created by this run.
    Created {
        /// The id of the lead, `lead_…`.
        lead_id: LeadId,
        /// The id of its contact, `cont_…`.
        contact_id: ContactId,
    },
    /// An earlier run created it, as the checkpoint or a look-up shows.
    AlreadyCreated {
        /// The id of the lead, `lead_…`.
        lead_id: LeadId,
        /// The id of its contact, `cont_…`.
        contact_id: ContactId,
    },
    /// These contacts have the number: nothing was created, or the created contact cannot be identified
    /// among them.
    NumberInUse(Vec<Contact>),
    /// Close rejected it for good.
    Failed(Failure),
    /// Repeatedly no response, and no lead was created.
    NotCarriedOut,
    /// No response; whether the lead was created is unknown.
    Unknown,
    /// The run stopped before it.
    NotReached,
}

/// The hash under which the checkpoint records the lead created for a number.
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

/// Creates leads with one contact each, and records every step, so that none is created twice.
pub struct LeadMaker<'c> {
    /// The client of Close.
    pub client: &'c Client,
    /// The checkpoint that records every step; open for a run.
    pub checkpoint: &'c dyn Store,
    /// The source of time and waits.
    pub clock: SharedClock,
    /// The time for which a search may miss a lead that was created. Close documents no bound; up to a
    /// minute was observed.
    pub settle: Duration,
    /// The status that the leads get.
    pub status_id: StatusId,
}

/// The outcome of one attempt.
enum Attempt {
    /// Final.
    Final(LeadOutcome),
    /// No response; recorded as unknown. `until` is the instant, on the clock's `elapsed`, from which a
    /// look-up without a result is conclusive.
    Lost { until: Duration },
}

/// The result of looking up a lead whose answer was lost.
enum Settled {
    /// Exactly one contact has the number: its lead id and contact id.
    Found(LeadId, ContactId),
    /// Not created; recorded as such.
    NotFound,
    /// Several contacts have the number, or the only one is on no lead.
    Several(Vec<Contact>),
    /// Close rejects the look-up: this lead stays unknown, and the others continue.
    Undecided,
}

impl LeadMaker<'_> {
    /// Creates leads sequentially; no two have the same number. Operations of earlier runs are finished
    /// first. Lost answers are looked up after all requests, so that one waiting time serves all of them.
    ///
    /// Returns the outcomes in the order of `leads`, and the reason for an early stop.
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
        // Requests of earlier runs ended before this run began.
        let began = self.clock.elapsed() + self.settle;
        let mut lost = VecDeque::new();
        let mut new = Vec::new();
        for ((index, lead), outcome) in leads.iter().enumerate().zip(outcomes.iter_mut()) {
            let reader = self.checkpoint.reader();
            let row = reader
                .lead_created_for(&lead_hash(&reader.key(), &lead.phone))
                .map_err(StopReason::Checkpoint)?;
            match row.map(|row| row.target_lead.zip(row.target_contact)) {
                Some(Some((lead_id, contact_id))) => {
                    *outcome = LeadOutcome::AlreadyCreated {
                        lead_id,
                        contact_id,
                    };
                }
                Some(None) => {
                    lost.push_back((index, 0, began));
                    *outcome = LeadOutcome::Unknown;
                }
                None => new.push(index),
            }
        }
        self.settle_all(lost, leads, outcomes, stop).await?;
        let mut lost = VecDeque::new();
        for index in new {
            let (Some(lead), Some(outcome)) = (leads.get(index), outcomes.get_mut(index)) else {
                continue;
            };
            *outcome = match self.attempt(lead, stop).await? {
                Attempt::Final(outcome) => outcome,
                Attempt::Lost { until } => {
                    lost.push_back((index, 1, until));
                    LeadOutcome::Unknown
                }
            };
        }
        self.settle_all(lost, leads, outcomes, stop).await
    }

    /// Looks up leads whose answers are lost (index, attempts in this run, instant from which a look-up is
    /// conclusive), and creates those that do not exist.
    async fn settle_all(
        &self,
        mut lost: VecDeque<(usize, u32, Duration)>,
        leads: &[MissingLead],
        outcomes: &mut [LeadOutcome],
        stop: &mut Stop,
    ) -> Result<(), StopReason> {
        while let Some((index, attempts, until)) = lost.pop_front() {
            let (Some(lead), Some(outcome)) = (leads.get(index), outcomes.get_mut(index)) else {
                continue;
            };
            let settled = self.settle(&lead.phone, until);
            *outcome = match unless_stopped(stop, settled).await?? {
                Settled::Found(lead_id, contact_id) if attempts > 0 => LeadOutcome::Created {
                    lead_id,
                    contact_id,
                },
                Settled::Found(lead_id, contact_id) => LeadOutcome::AlreadyCreated {
                    lead_id,
                    contact_id,
                },
                Settled::Several(contacts) => LeadOutcome::NumberInUse(contacts),
                Settled::Undecided => LeadOutcome::Unknown,
                Settled::NotFound => {
                    *outcome = LeadOutcome::NotCarriedOut;
                    if attempts == MAX_ATTEMPTS {
                        continue;
                    }
                    match self.attempt(lead, stop).await? {
                        Attempt::Final(outcome) => outcome,
                        Attempt::Lost { until } => {
                            lost.push_back((index, attempts + 1, until));
                            LeadOutcome::Unknown
                        }
                    }
                }
            };
        }
        Ok(())
    }

    /// Searches for the number again, and creates the lead where no contact has it: the user's confirmation
    /// may have taken a while, and other users create leads too.
    async fn attempt(&self, lead: &MissingLead, stop: &mut Stop) -> Result<Attempt, StopReason> {
        let asked = self.client.contacts_with_phone(lead.phone.e164());
        match unless_stopped(stop, asked).await? {
            Ok(contacts) if contacts.is_empty() => {}
            Ok(contacts) => return Ok(Attempt::Final(LeadOutcome::NumberInUse(contacts))),
            Err(failure @ (Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. })) => {
                return Ok(Attempt::Final(LeadOutcome::Failed(failure)));
            }
            Err(failure) => return Err(StopReason::of(failure)),
        }
        // Waiting for the permit and for the end of an outage precedes the intent: a request that was never
        // sent needs no look-up.
        let permit = unless_stopped(stop, self.client.permit_to_create_lead()).await?;
        let sent = self.send(permit.map_err(StopReason::of)?, lead);
        self.finished(stop, sent).await?
    }

    /// The intent, the request and the answer.
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
            status_id: self.status_id.clone(),
        };
        let answer = self.client.create_lead_on(permit, &request).await;
        let until = self.clock.elapsed() + self.settle;
        let (step, ended) = match answer {
            Ok(created) => {
                let step = self.created(&lead.phone, &created.id, &created.contact_id);
                let outcome = LeadOutcome::Created {
                    lead_id: created.id,
                    contact_id: created.contact_id,
                };
                (step, Ok(Attempt::Final(outcome)))
            }
            // The row stays planned: the outcome is unknown.
            Err(Failure::Unknown { .. }) => return Ok(Attempt::Lost { until }),
            // Refused permanently, or before it was carried out: the next run may send it again.
            Err(failure) => {
                let ended = match stops(&failure) {
                    Some(reason) => Err(reason),
                    None => Ok(Attempt::Final(LeadOutcome::Failed(failure))),
                };
                (self.given_up(&lead.phone), ended)
            }
        };
        // Where this fails, the row on disk is still planned, and the next run looks the lead up.
        self.record(step).await?;
        ended
    }

    /// Searches by number repeatedly, until a contact is found or the absence is conclusive: up to a minute
    /// was observed before a search returns a new contact.
    async fn settle(&self, phone: &Phone, until: Duration) -> Result<Settled, StopReason> {
        let mut delay = FIRST_DELAY;
        loop {
            // Taken before the look-up: only a look-up that starts late enough is conclusive.
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
                return Ok(Settled::NotFound);
            }
            self.clock
                .sleep(delay.min(until.saturating_sub(asked_at)))
                .await;
            delay = delay.saturating_mul(2);
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

    /// Awaits a request in flight even after a request to stop, for a limited time.
    async fn finished<T>(
        &self,
        stop: &mut Stop,
        work: impl Future<Output = T>,
    ) -> Result<T, StopReason> {
        tokio::pin!(work);
        tokio::select! {
            biased;
            result = &mut work => return Ok(result),
            () = stop.requested(1) => {}
        }
        tokio::select! {
            biased;
            result = &mut work => Ok(result),
            () = self.clock.sleep(Limits::DRAIN) => Err(StopReason::Interrupted),
            () = stop.requested(2) => Err(StopReason::Interrupted),
        }
    }
}

/// Awaits work that can be cancelled without loss, until a stop is requested.
async fn unless_stopped<T>(
    stop: &mut Stop,
    work: impl Future<Output = T>,
) -> Result<T, StopReason> {
    tokio::select! {
        biased;
        () = stop.requested(1) => Err(StopReason::Interrupted),
        result = work => Ok(result),
    }
}

#[cfg(test)]
mod tests;
