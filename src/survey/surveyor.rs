//! The survey of all chats, one after another.
//!
//! Belongs here: the order, and reading the lists of leads again that may be late. Never here: what is known of one chat
//! ([`super::listed`]), or what shows that a list may be late ([`super::recent`]).

use std::collections::HashMap;
use std::time::Duration;

use super::lead_list::List;
use super::listed::{SurveyContext, key_of};
use super::recent::Recent;
use super::recorded;
use super::reply_targets::Replies;
use super::steps::{Steps, label};
use crate::checkpoint::{self, ChatId, ReadStore};
use crate::close::Client;
use crate::ids::{LeadId, UserId};
use crate::memory;
use crate::plan::{Drafts, Known, Records, Selection, Unfinished, UnfinishedLink};
use crate::policy::Policy;
use crate::stop_reason::StopReason;
use crate::transform::desired::{DesiredChat, Held};

/// The result of the survey, by the chat's key and lead.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The chats, with what the survey corrected.
    pub(crate) drafts: Drafts,
    pub(super) known: HashMap<(String, LeadId), Known>,
    /// Chats of a large migration ([`memory`]) whose records wait in the checkpoint.
    waiting: HashMap<(String, LeadId), ChatId>,
    /// Number of leads that were listed.
    pub listed_leads: u64,
    /// Interrupted moves of messages in no chat of the run. With a selection of chats or messages,
    /// they wait.
    pub unfinished: Vec<Unfinished>,
    /// Interrupted relinks of replies in no chat of the run.
    pub unfinished_links: Vec<UnfinishedLink>,
}

impl Survey {
    /// Removes and returns what is known of a chat. `checkpoint` is that of the survey.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(crate) fn take(
        &mut self,
        chat: &DesiredChat,
        checkpoint: Option<&dyn ReadStore>,
    ) -> Result<Known, checkpoint::Error> {
        let Some(key) = key_of(chat) else {
            return Ok(Known::default());
        };
        let mut known = self.known.remove(&key).unwrap_or_default();
        if let (Some(source), Some(snapshot)) = (self.waiting.remove(&key), checkpoint) {
            known.recorded = recorded::read_again(snapshot, source, chat, &key.1)?;
        }
        Ok(known)
    }
}

/// Lists that may be late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Late {
    /// The number of leads on which something may be posted.
    pub(crate) leads: u64,
    /// The time until their lists show all that was written.
    pub(crate) wait: Duration,
}

/// A survey whose lists may be read again before it ends.
pub(crate) struct Surveyor<'s> {
    look: SurveyContext<'s>,
    selection: &'s Selection,
    steps: &'s Steps,
    drafts: Drafts,
    lists: HashMap<LeadId, List>,
    records_wait: bool,
    survey: Survey,
    /// The chats of which something may be posted although their lists may be late, by index.
    open: Vec<usize>,
}

impl<'s> Surveyor<'s> {
    /// Surveys the chats that are ready and selected: from the checkpoint and, for chats that it does not
    /// record completely, from Close's list of their lead. A chat whose lead cannot be listed becomes held; one
    /// whose lead was merged into another goes to that lead, or is held (`on_merged`). Writes nothing. `client`
    /// comes with the id of the key's user. A list may lack what was written less than `settle` ago.
    ///
    /// # Errors
    ///
    /// The reason to stop: no network, no permission, an unreadable checkpoint.
    pub(crate) async fn begin(
        drafts: Drafts,
        selection: &'s Selection,
        (policy, settle): (&'s Policy, Duration),
        checkpoint: Option<&'s dyn ReadStore>,
        client: Option<(&'s Client, &UserId)>,
        steps: &'s Steps,
    ) -> Result<Surveyor<'s>, StopReason> {
        // A lost checkpoint is read from Close as a whole first.
        if let Some(chat) = drafts.chats.iter().find(|chat| selection.includes(chat)) {
            steps.at(label(chat));
        }
        let look = SurveyContext::of(&drafts, (policy, settle), checkpoint, client).await?;
        let messages = drafts.chats.iter().map(|chat| chat.messages.len()).sum();
        let mut surveyor = Surveyor {
            look,
            selection,
            steps,
            drafts,
            lists: HashMap::new(),
            records_wait: memory::packs_chats(messages),
            survey: Survey::default(),
            open: Vec::new(),
        };
        for index in 0..surveyor.drafts.chats.len() {
            if selection.includes(&surveyor.drafts.chats[index]) {
                surveyor.chat(index).await?;
            }
        }
        Ok(surveyor)
    }

    /// Surveys a chat.
    async fn chat(&mut self, index: usize) -> Result<(), StopReason> {
        let Surveyor {
            look,
            drafts,
            lists,
            survey,
            ..
        } = self;
        let chat = &mut drafts.chats[index];
        self.steps.at(label(chat));
        if let Some(snapshot) = look.checkpoint {
            look.follow_recorded(snapshot, chat)
                .map_err(StopReason::Checkpoint)?;
        }
        let known = look
            .at((index, chat), lists, &mut survey.listed_leads)
            .await?;
        chat.close();
        let (Some(mut known), Some(key)) = (known, key_of(chat)) else {
            return Ok(());
        };
        if let Some(snapshot) = look.checkpoint.filter(|_| {
            self.records_wait && memory::packs_chat(chat.messages.len()) && !chat.answers_by_id
        }) {
            let of = (&look.open, &look.claims);
            let source = recorded::source_of(snapshot, of, chat, &known);
            if let Some(source) = source.map_err(StopReason::Checkpoint)? {
                known.recorded = Records::default();
                survey.waiting.insert(key.clone(), source);
            }
        }
        survey.known.insert(key, known);
        Ok(())
    }

    /// Whether lists may lack messages that would be posted a second time; `None` if they cannot.
    /// They may if something is to be posted, and messages of ours without a record are younger
    /// than the settle time: the checkpoint is lost or outdated, or another run is at work.
    ///
    /// # Errors
    ///
    /// The run must stop: the checkpoint cannot be read, access is denied, or Close is out of
    /// reach.
    pub(crate) async fn late(&mut self) -> Result<Option<Late>, StopReason> {
        self.open.clear();
        let Some(client) = self.look.client else {
            return Ok(None);
        };
        if self.look.settle.is_zero() || self.lists.is_empty() {
            return Ok(None);
        }
        let open: Vec<usize> = (0..self.drafts.chats.len())
            .filter(|index| self.is_open(*index))
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let recent = Recent {
            client,
            settle: self.look.settle,
            checkpoint: self.look.checkpoint,
            users: &self.look.users,
            chats: &self.drafts.chats,
        };
        let Some(wait) = recent.rest(&self.lists).await? else {
            return Ok(None);
        };
        self.open = open;
        let leads = self.open_keys().map(|(_, lead)| lead);
        let leads: std::collections::HashSet<LeadId> = leads.collect();
        Ok(Some(Late {
            leads: leads.len() as u64,
            wait,
        }))
    }

    /// Whether something of a surveyed chat may be posted.
    fn is_open(&self, index: usize) -> bool {
        let chat = &self.drafts.chats[index];
        let known = key_of(chat).and_then(|key| self.survey.known.get(&key));
        let known = known.filter(|known| known.activities.is_some());
        known.is_some_and(|known| self.look.may_post((index, chat), known))
    }

    fn open_keys(&self) -> impl Iterator<Item = (String, LeadId)> {
        let chats = self.open.iter().map(|index| &self.drafts.chats[*index]);
        chats.filter_map(|chat| key_of(chat))
    }

    /// Surveys the chats with late lists again.
    ///
    /// # Errors
    ///
    /// As [`Surveyor::late`].
    pub(crate) async fn read_again(&mut self) -> Result<(), StopReason> {
        self.forget_open();
        // Those of other chats are searched for reply targets.
        let before = std::mem::take(&mut self.lists);
        let listed_leads = self.survey.listed_leads;
        self.look.list_chats(&self.drafts).await?;
        for index in std::mem::take(&mut self.open) {
            self.chat(index).await?;
        }
        self.survey.listed_leads = listed_leads;
        for (lead, list) in before {
            self.lists.entry(lead).or_insert(list);
        }
        Ok(())
    }

    fn forget_open(&mut self) {
        let keys: Vec<(String, LeadId)> = self.open_keys().collect();
        for key in keys {
            self.survey.known.remove(&key);
            self.survey.waiting.remove(&key);
        }
    }

    /// Holds the chats with late lists.
    pub(crate) fn hold(&mut self) {
        self.forget_open();
        for index in std::mem::take(&mut self.open) {
            let why = "another run posts to it, with another checkpoint or none; run again when that run has ended";
            self.drafts.chats[index].hold(Held::Unlisted(why.to_owned()));
        }
    }

    /// Ends the survey and returns its result; reply targets are searched last.
    ///
    /// # Errors
    ///
    /// As [`Surveyor::late`].
    pub(crate) async fn end(self) -> Result<Survey, StopReason> {
        let Surveyor {
            look,
            selection,
            mut drafts,
            lists,
            mut survey,
            ..
        } = self;
        let (client, checkpoint, policy) = (look.client, look.checkpoint, look.policy);
        (survey.unfinished, survey.unfinished_links) =
            look.open.into_unclaimed(selection, survey.known.values());
        let replies = Replies {
            chats: &drafts.chats,
            selection,
            known: &survey.known,
            lists: &lists,
            checkpoint,
            policy,
        };
        drafts.reply_targets = replies.search(client).await?;
        survey.drafts = drafts;
        Ok(survey)
    }
}
