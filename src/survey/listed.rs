//! The survey of one chat: what the checkpoint and Close contain of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::claims::Claims;
use super::former_leads::Neighbours;
use super::lead_list::{self, List};
use super::listed_chats::ListedChats;
use super::unfinished::OpenOperations;
use super::unlisted::Deletions;
use super::unrecorded::Users;
use super::wanted_again::WantedAgain;
use super::{content, inputs as input_digests, merged_leads, recorded, visibility};
use crate::checkpoint::{self, Hash, ReadStore, State};
use crate::close::Client;
use crate::ids::{LeadId, UserId};
use crate::plan::steady::Inputs;
use crate::plan::{Draft, Drafts, Known, is_fully_recorded, unlisted};
use crate::policy::{Gone, OnMerged, Policy};
use crate::stop_reason::{StopReason, stop_for, stop_unless_rejected};
use crate::transform::desired::{Decision, DesiredChat, Held};

/// The chat's key and lead, if it is ready.
pub(super) fn key_of(chat: &DesiredChat) -> Option<(String, LeadId)> {
    match (&chat.key, &chat.standing) {
        (Some(key), Decision::Ready(destination)) => {
            Some((key.reveal().to_owned(), destination.lead_id.clone()))
        }
        _ => None,
    }
}

/// The context of the survey, shared by all chats.
pub(super) struct SurveyContext<'s> {
    pub(super) policy: &'s Policy,
    pub(super) settle: Duration,
    pub(super) checkpoint: Option<&'s dyn ReadStore>,
    pub(super) client: Option<&'s Client>,
    /// The users of this key and of the checkpoint's runs.
    pub(super) users: Users,
    handles: HashSet<Hash>,
    /// Open operations of earlier runs.
    pub(super) open: OpenOperations,
    /// The other chats that go to each lead.
    pub(super) neighbours: Neighbours,
    pub(super) claims: Claims,
    deletions: Deletions,
    wanted_again: WantedAgain,
    /// All of Close's activities, if nothing is recorded.
    pub(super) listed_chats: ListedChats,
}

impl<'s> SurveyContext<'s> {
    /// The context of a survey of these chats. `client` comes with the id of the key's user.
    pub(super) async fn of(
        drafts: &Drafts,
        (policy, settle): (&'s Policy, Duration),
        checkpoint: Option<&'s dyn ReadStore>,
        client: Option<(&'s Client, &UserId)>,
    ) -> Result<SurveyContext<'s>, StopReason> {
        let handles = match checkpoint {
            Some(snapshot) => recorded::handles(snapshot, &drafts.chats),
            None => HashSet::new(),
        };
        let mut users: Users = match checkpoint {
            Some(snapshot) => snapshot.users_of_runs().map_err(StopReason::Checkpoint)?,
            None => BTreeSet::new(),
        };
        users.extend(client.map(|(_, user)| user.into()));
        let open = match checkpoint {
            Some(snapshot) => OpenOperations::of(snapshot).map_err(StopReason::Checkpoint)?,
            None => OpenOperations::default(),
        };
        let claims = match checkpoint {
            Some(snapshot) => {
                let chats = (drafts.chats.as_slice(), drafts.rows.as_slice());
                Claims::of(snapshot, chats, &open).map_err(StopReason::Checkpoint)?
            }
            None => Claims::default(),
        };
        let mut look = SurveyContext {
            policy,
            settle,
            checkpoint,
            client: client.map(|(client, _)| client),
            users,
            handles,
            open,
            neighbours: Neighbours::of(&drafts.chats),
            claims,
            deletions: Deletions::default(),
            wanted_again: WantedAgain::of(&drafts.decisions),
            listed_chats: ListedChats::default(),
        };
        look.list_chats(drafts).await?;
        Ok(look)
    }

    /// Reads Close's activities if nothing is recorded: a first import, or the checkpoint is lost.
    pub(super) async fn list_chats(&mut self, drafts: &Drafts) -> Result<(), StopReason> {
        if let Some(client) = self.client
            && is_empty(self.checkpoint).map_err(StopReason::Checkpoint)?
        {
            let chats = (drafts.chats.as_slice(), drafts.rows.as_slice());
            self.listed_chats = ListedChats::read(client, &self.users, chats).await?;
        }
        Ok(())
    }
}

impl SurveyContext<'_> {
    /// Whether something of the chat may be posted: it is in no record and no list, or was removed and is posted again.
    pub(super) fn may_post(&self, (index, chat): (usize, &Draft), known: &Known) -> bool {
        let restores = self.policy.gone == Gone::Restore
            || self.policy.gone_in_run == Some(Gone::Restore)
            || self.wanted_again.concerns((index, chat), known);
        !is_fully_recorded(chat, known) || (restores && known.recorded.any(|facts| facts.gone))
    }

    /// Whether the last import found messages of the chat missing in Close without a known cause.
    fn is_lacking(&self, chat: &Draft) -> Result<bool, StopReason> {
        let Some(snapshot) = self.checkpoint else {
            return Ok(false);
        };
        let inputs = input_digests::compare(snapshot, chat).map_err(StopReason::Checkpoint)?;
        Ok(inputs == Inputs::Lacking)
    }

    /// What is known of a chat; `None` if it is not ready, or no longer.
    pub(super) async fn at(
        &self,
        (index, chat): (usize, &mut Draft),
        lists: &mut HashMap<LeadId, List>,
        listed_leads: &mut u64,
    ) -> Result<Option<Known>, StopReason> {
        let Some((_, lead)) = key_of(chat) else {
            return Ok(None);
        };
        let mut known = self.recorded(chat, &lead)?;
        chat.recognize(&mut known);
        // A checkpoint can be older than Close (a restored copy, a second machine), so messages without
        // record are searched in Close before they are posted. Removals show in the list only.
        let wants_list = self.policy.gone == Gone::Restore
            || self.policy.gone_in_run.is_some()
            || self.wanted_again.concerns((index, chat), &known)
            || !is_fully_recorded(chat, &known)
            || self.is_lacking(chat)?;
        let (Some(client), true) = (self.client, wants_list) else {
            return Ok(Some(known));
        };
        if !lists.contains_key(&lead) {
            *listed_leads += 1;
            let listed = match lead_list::read(client, &lead, &self.users).await {
                Ok(listed) => Ok(listed),
                Err(failure) => Err(stop_for(failure)?),
            };
            // A lead that no longer exists may be rejected, or may have an empty list although messages
            // were posted there.
            let doubtful = match &listed {
                Ok(listed) => listed.ids.is_empty() && !known.recorded.is_empty(),
                Err(failure) => matches!(failure.status(), Some(400 | 404)),
            };
            let gone = doubtful && is_gone(client, &lead).await?;
            if gone && self.follow(client, chat).await?.is_some() {
                return Box::pin(self.at((index, chat), lists, listed_leads)).await;
            }
            if !matches!(chat.standing, Decision::Ready(_)) {
                return Ok(None);
            }
            match listed {
                Ok(listed) => lists.insert(lead.clone(), listed),
                // A lead that does not exist has no messages; the check before the first write reports it
                // with more detail.
                Err(_) if gone => lists.insert(lead.clone(), List::default()),
                // A lead that exists and cannot be listed may contain everything already.
                Err(failure) => {
                    chat.hold(Held::Unlisted(failure.to_string()));
                    return Ok(None);
                }
            };
        }
        if let Some(list) = lists.get(&lead) {
            known.listed.clone_from(&list.ids);
            known.present.clone_from(&list.present);
            known.linked.clone_from(&list.linked);
            known.foreign.clone_from(&list.foreign);
            known.activities = Some(list.activities.clone());
            let shifts = chat.sources.iter().map(|source| source.shift);
            known.archive_shifts = shifts.filter(|shift| *shift != 0).collect();
            content::complete(chat, (list, None), &self.users, &mut known);
            self.unrecorded(chat, list, &mut known)?;
            let mut unrecorded = known.unrecorded.iter();
            if let Some(cut) = unrecorded.find(|record| list.cut.contains(&record.activity_id)) {
                let why = format!("the full text of {} could not be read", cut.activity_id);
                chat.hold(Held::Unlisted(why));
                return Ok(None);
            }
            self.note_taken(chat, &lead, &mut known)?;
            let missing = unlisted(chat, &known);
            match visibility::incomplete(client, &lead, &missing, self.settle).await {
                Ok(None) => {}
                Ok(Some(why)) => {
                    chat.hold(Held::Unlisted(why));
                    return Ok(None);
                }
                Err(failure) => {
                    chat.hold(Held::Unlisted(stop_for(failure)?.to_string()));
                    return Ok(None);
                }
            }
            self.deletions.complete(client, chat, &mut known).await?;
            let of = (&**chat, &lead);
            (self.deletions)
                .complete_unrecorded(client, of, &mut known)
                .await?;
        }
        if let Err(why) = self
            .former_leads(client, chat, &mut known, lists, listed_leads)
            .await?
        {
            chat.hold(why);
            return Ok(None);
        }
        Ok(Some(known))
    }

    /// Finds listed ids that another chat of this lead has recorded: they are not adopted.
    fn note_taken(
        &self,
        chat: &DesiredChat,
        lead: &LeadId,
        known: &mut Known,
    ) -> Result<(), StopReason> {
        let Some(snapshot) = self.checkpoint else {
            return Ok(());
        };
        for id in chat.messages.iter().map(|message| &message.external_id) {
            if known.listed.contains_key(id) && !known.recorded.contains(id) {
                let row = snapshot.lookup(id, lead).map_err(StopReason::Checkpoint)?;
                if row.is_some_and(|row| row.state == State::Done) {
                    known.taken.insert(id.clone());
                }
            }
        }
        Ok(())
    }

    fn recorded(&self, chat: &Draft, lead: &LeadId) -> Result<Known, StopReason> {
        match self.checkpoint {
            Some(snapshot) => {
                let run = (&self.handles, &self.open, &self.claims);
                let known = recorded::known(snapshot, run, chat, lead);
                let mut known = known.map_err(StopReason::Checkpoint)?;
                // Inputs recorded under its own numbers are older than the correction.
                if !known.renumbered {
                    known.inputs =
                        input_digests::compare(snapshot, chat).map_err(StopReason::Checkpoint)?;
                }
                Ok(known)
            }
            None => Ok(Known::default()),
        }
    }

    /// Redirects the chat to the lead that an earlier run followed its lead to.
    pub(super) fn follow_recorded(
        &self,
        snapshot: &dyn ReadStore,
        chat: &mut Draft,
    ) -> Result<(), checkpoint::Error> {
        if let Decision::Ready(to) = &chat.standing
            && let Some(into) = snapshot.merged_into(&to.lead_id)?
        {
            self.redirect(chat, &into);
        }
        Ok(())
    }

    /// Finds the lead that the chat's lead was merged into. `Some` if the chat now goes there.
    async fn follow(&self, client: &Client, chat: &mut Draft) -> Result<Option<()>, StopReason> {
        let Decision::Ready(to) = &chat.standing else {
            return Ok(None);
        };
        let was_there = match self.checkpoint {
            Some(snapshot) => snapshot
                .knows_lead(&to.lead_id)
                .map_err(StopReason::Checkpoint)?,
            None => false,
        };
        let into: Option<LeadId> = match merged_leads::merged_into(client, to, was_there).await {
            Ok(into) => into,
            Err(failure) => stop_unless_rejected(failure).map(|_| None)?,
        };
        let Some(into) = into else { return Ok(None) };
        // Prevents a cycle.
        if chat.merged_from.contains(&into) {
            return Ok(None);
        }
        self.redirect(chat, &into);
        Ok(matches!(chat.standing, Decision::Ready(_)).then_some(()))
    }

    fn redirect(&self, chat: &mut Draft, into: &LeadId) {
        let Decision::Ready(to) = &chat.standing else {
            return;
        };
        if self.policy.on_merged == OnMerged::Hold {
            let why = Held::Merged {
                from: to.lead_id.clone(),
                into: into.to_owned(),
                follows: false,
            };
            return chat.hold(why);
        }
        chat.redirect(into);
    }
}

/// Whether no message is recorded.
fn is_empty(checkpoint: Option<&dyn ReadStore>) -> Result<bool, checkpoint::Error> {
    let Some(snapshot) = checkpoint else {
        return Ok(true);
    };
    let standing = snapshot.standing()?;
    Ok(standing.done + standing.failed + standing.unknown + standing.gone == 0)
}

async fn is_gone(client: &Client, lead: &LeadId) -> Result<bool, StopReason> {
    match client.lead(lead).await {
        Ok(found) => Ok(found.is_none()),
        Err(failure) => stop_unless_rejected(failure).map(|_| false),
    }
}
