//! Surveys each chat: reads what the checkpoint and Close contain of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::claims::Claims;
use super::former_leads::Neighbours;
use super::lead_list::{self, List};
use super::listed_chats::ListedChats;
use super::unfinished::OpenOperations;
use super::unlisted::Deletions;
use super::unrecorded::Users;
use super::{content, inputs, merged_leads, recorded, reply_targets, visibility};
use crate::checkpoint::{self, Hash, ReadStore, State};
use crate::close::Client;
use crate::ids::{LeadId, UserId};
use crate::packed_vec::PackedVec;
use crate::plan::{
    Known, Selection, Unfinished, UnfinishedLink, is_fully_recorded, join_pasted, recognize,
    unlisted,
};
use crate::stop_reason::{StopReason, stop_for};
use crate::transform::desired::{Desired, DesiredChat, Held, Standing};
use crate::transform::settings::{Gone, ImportSettings, OnMerged};

/// The result of the survey, by the chat's key and lead.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(super) known: HashMap<(String, LeadId), Known>,
    /// Number of leads that were listed.
    pub listed_leads: u64,
    /// Interrupted moves of messages in no chat of the run. With a selection of chats or messages, they
    /// wait.
    pub unfinished: Vec<Unfinished>,
    /// Interrupted relinks of replies in no chat of the run.
    pub unfinished_links: Vec<UnfinishedLink>,
}

impl Survey {
    /// Removes and returns what is known of a chat.
    pub(crate) fn take(&mut self, chat: &DesiredChat) -> Known {
        key_of(chat)
            .and_then(|key| self.known.remove(&key))
            .unwrap_or_default()
    }
}

pub(super) fn key_of(chat: &DesiredChat) -> Option<(String, LeadId)> {
    match (&chat.key, &chat.standing) {
        (Some(key), Standing::Ready(destination)) => {
            Some((key.reveal().to_owned(), destination.lead_id.clone()))
        }
        _ => None,
    }
}

/// Surveys the chats that are ready and selected: from the checkpoint and, for chats that it does not
/// record completely, from Close's list of their lead. A chat whose lead cannot be listed becomes held; one
/// whose lead was merged into another goes to that lead, or is held (`on_merged`). Writes nothing. `client`
/// comes with the id of the key's user. A list may lack what was written less than `settle` ago.
///
/// # Errors
///
/// The reason to stop: no network, no permission, an unreadable checkpoint.
pub(crate) async fn survey(
    desired: &mut Desired,
    selection: &Selection,
    settings: &ImportSettings,
    settle: Duration,
    checkpoint: Option<&dyn ReadStore>,
    client: Option<(&Client, &UserId)>,
) -> Result<Survey, StopReason> {
    let mut survey = Survey::default();
    let handles = match checkpoint {
        Some(snapshot) => recorded::handles(snapshot, &desired.chats),
        None => HashSet::new(),
    };
    let mut users: Users = match checkpoint {
        Some(snapshot) => snapshot.users_of_runs().map_err(StopReason::Checkpoint)?,
        None => BTreeSet::new(),
    };
    users.extend(client.map(|(_, user)| user.into()));
    let claims = match checkpoint {
        Some(snapshot) => {
            Claims::of(snapshot, &desired.chats, &desired.rows).map_err(StopReason::Checkpoint)?
        }
        None => Claims::default(),
    };
    let all_users = users.clone();
    let look = SurveyContext {
        settings,
        settle,
        checkpoint,
        client: client.map(|(client, _)| client),
        users,
        handles,
        open: match checkpoint {
            Some(snapshot) => OpenOperations::of(snapshot).map_err(StopReason::Checkpoint)?,
            None => OpenOperations::default(),
        },
        neighbours: Neighbours::of(&desired.chats),
        claims,
        deletions: Deletions::default(),
        listed_chats: match client {
            // Nothing is recorded: a first import, or the checkpoint is lost.
            Some((client, _)) if is_empty(checkpoint).map_err(StopReason::Checkpoint)? => {
                ListedChats::read(client, &all_users, (&desired.chats, &desired.rows)).await?
            }
            _ => ListedChats::default(),
        },
    };
    let mut lists: HashMap<LeadId, List> = HashMap::new();
    for chat in (desired.chats.iter_mut()).filter(|chat| selection.includes(chat)) {
        if let Some(snapshot) = checkpoint {
            look.follow_recorded(snapshot, chat)
                .map_err(StopReason::Checkpoint)?;
        }
        let known = look.at(chat, &mut lists, &mut survey.listed_leads).await?;
        chat.messages.close();
        let Some(known) = known else {
            continue;
        };
        if let Some(key) = key_of(chat) {
            survey.known.insert(key, known);
        }
    }
    (survey.unfinished, survey.unfinished_links) =
        look.open.into_unclaimed(selection, survey.known.values());
    reply_targets::find(
        desired,
        selection,
        (&survey, &lists),
        checkpoint,
        look.client,
        settings.id_form,
    )
    .await?;
    Ok(survey)
}

/// The context of the survey, shared by all chats.
pub(super) struct SurveyContext<'s> {
    settings: &'s ImportSettings,
    settle: Duration,
    pub(super) checkpoint: Option<&'s dyn ReadStore>,
    client: Option<&'s Client>,
    /// The users of this key and of the checkpoint's runs.
    pub(super) users: Users,
    handles: HashSet<Hash>,
    /// Open operations of earlier runs.
    open: OpenOperations,
    /// The other chats that go to each lead.
    pub(super) neighbours: Neighbours,
    claims: Claims,
    deletions: Deletions,
    /// All of Close's activities, if nothing is recorded.
    pub(super) listed_chats: ListedChats,
}

impl SurveyContext<'_> {
    /// What is known of a chat; `None` if it is not ready, or no longer.
    async fn at(
        &self,
        chat: &mut DesiredChat,
        lists: &mut HashMap<LeadId, List>,
        listed_leads: &mut u64,
    ) -> Result<Option<Known>, StopReason> {
        let Some((_, lead)) = key_of(chat) else {
            return Ok(None);
        };
        let mut known = self.recorded(chat, &lead)?;
        recognize(&mut chat.messages, &known);
        join_pasted(chat, &mut known);
        // A checkpoint can be older than Close (a restored copy, a second machine), so messages without
        // record are searched in Close before they are posted. Removals show in the list only.
        let wants_list = self.settings.gone == Gone::Restore
            || self.settings.gone_in_run.is_some()
            || !is_fully_recorded(chat, &known);
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
                return Box::pin(self.at(chat, lists, listed_leads)).await;
            }
            if !matches!(chat.standing, Standing::Ready(_)) {
                return Ok(None);
            }
            match listed {
                Ok(listed) => lists.insert(lead.clone(), listed),
                // A lead that does not exist has no messages; the check before the first write reports it
                // with more detail.
                Err(_) if gone => lists.insert(lead.clone(), List::default()),
                // A lead that exists and cannot be listed may contain everything already.
                Err(failure) => {
                    hold(chat, Held::Unlisted(failure.to_string()));
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
                hold(chat, Held::Unlisted(why));
                return Ok(None);
            }
            self.note_taken(chat, &lead, &mut known)?;
            let missing = unlisted(chat, &known);
            match visibility::incomplete(client, &lead, &missing, self.settle).await {
                Ok(None) => {}
                Ok(Some(why)) => {
                    hold(chat, Held::Unlisted(why));
                    return Ok(None);
                }
                Err(failure) => {
                    hold(chat, Held::Unlisted(stop_for(failure)?.to_string()));
                    return Ok(None);
                }
            }
            self.deletions.complete(client, chat, &mut known).await?;
            let of = (&*chat, &lead);
            (self.deletions)
                .complete_unrecorded(client, of, &mut known)
                .await?;
        }
        if let Err(why) = self
            .former_leads(client, chat, &mut known, lists, listed_leads)
            .await?
        {
            hold(chat, why);
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

    fn recorded(&self, chat: &DesiredChat, lead: &LeadId) -> Result<Known, StopReason> {
        match self.checkpoint {
            Some(snapshot) => {
                let run = (&self.handles, &self.open, &self.claims);
                let known = recorded::known(snapshot, run, chat, lead);
                let mut known = known.map_err(StopReason::Checkpoint)?;
                // Inputs recorded under its own numbers are older than the correction.
                if !known.renumbered {
                    known.inputs =
                        inputs::compare(snapshot, chat).map_err(StopReason::Checkpoint)?;
                }
                Ok(known)
            }
            None => Ok(Known::default()),
        }
    }

    /// Redirects the chat to the lead that an earlier run followed its lead to.
    fn follow_recorded(
        &self,
        snapshot: &dyn ReadStore,
        chat: &mut DesiredChat,
    ) -> Result<(), checkpoint::Error> {
        if let Standing::Ready(to) = &chat.standing
            && let Some(into) = snapshot.merged_into(&to.lead_id)?
        {
            self.redirect(chat, &into);
        }
        Ok(())
    }

    /// Finds the lead that the chat's lead was merged into. `Some` if the chat now goes there.
    async fn follow(
        &self,
        client: &Client,
        chat: &mut DesiredChat,
    ) -> Result<Option<()>, StopReason> {
        let Standing::Ready(to) = &chat.standing else {
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
            Err(failure) => stop_for(failure).map(|_| None)?,
        };
        let Some(into) = into else { return Ok(None) };
        // Prevents a cycle.
        if chat.merged_from.contains(&into) {
            return Ok(None);
        }
        self.redirect(chat, &into);
        Ok(matches!(chat.standing, Standing::Ready(_)).then_some(()))
    }

    fn redirect(&self, chat: &mut DesiredChat, into: &LeadId) {
        let Standing::Ready(to) = &mut chat.standing else {
            return;
        };
        if self.settings.on_merged == OnMerged::Hold {
            let why = Held::Merged {
                from: to.lead_id.clone(),
                into: into.to_owned(),
                follows: false,
            };
            return hold(chat, why);
        }
        let from = std::mem::replace(&mut to.lead_id, into.to_owned());
        chat.merged_from.push(from);
    }
}

fn hold(chat: &mut DesiredChat, why: Held) {
    chat.standing = Standing::Held(why);
    chat.messages = PackedVec::default();
    chat.deleted.clear();
    chat.left_out.clear();
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
        Err(failure) => stop_for(failure).map(|_| false),
    }
}
