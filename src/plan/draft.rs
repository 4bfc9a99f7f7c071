//! Drafts: chats on their way into the plan, made from desired ones.
//!
//! A desired chat is complete when the transformation returns it. The plan takes it over as a draft and corrects that by
//! what is known of Close: ids under which messages are recorded, the lead that the chat's own was merged into. Belongs
//! here: every such correction that the survey needs before the plan is built. Never here: reading the checkpoint or
//! Close, or a decision about a message ([`super::build()`]).

use std::ops::Deref;
use std::sync::Arc;

use super::reply_targets::ReplyTargets;
use super::{Known, aliases, pasted};
use crate::archive::Container;
use crate::ids::LeadId;
use crate::packed_vec::PackedVec;
use crate::transform::decision_table::Decisions;
use crate::transform::desired::{Content, Decision, Desired, DesiredChat, Held};

/// A chat to be planned. It is read like a [`DesiredChat`].
#[derive(Debug)]
pub struct Draft {
    pub(super) chat: DesiredChat,
    pub(super) inputs: Option<[u8; 32]>,
}

impl Deref for Draft {
    type Target = DesiredChat;

    fn deref(&self) -> &DesiredChat {
        &self.chat
    }
}

impl Draft {
    /// The digest of the inputs of the chat's plan, if computed.
    pub fn inputs(&self) -> Option<&[u8; 32]> {
        self.inputs.as_ref()
    }

    /// Gives messages the ids and the content under which they are recorded, as far as ids and exact sources show that,
    /// and adds to `known` which messages are lines of another one's text.
    pub fn recognize(&mut self, known: &mut Known) {
        aliases::recognize(&mut self.chat.messages, known);
        pasted::join_pasted(&mut self.chat, known);
    }

    /// Redirects a ready chat to the lead that its own was merged into.
    pub fn redirect(&mut self, into: &LeadId) {
        if let Decision::Ready(to) = &mut self.chat.standing {
            let from = std::mem::replace(&mut to.lead_id, into.to_owned());
            self.chat.merged_from.push(from);
        }
    }

    /// Holds the chat: nothing of it is planned.
    pub fn hold(&mut self, why: Held) {
        self.chat.standing = Decision::Held(why);
        self.chat.messages = PackedVec::default();
        self.chat.deleted.clear();
        self.chat.left_out.clear();
    }

    /// Packs the messages until the chat is planned.
    pub fn close(&mut self) {
        self.chat.messages.close();
    }
}

/// The chats of a run on their way into the plan.
#[derive(Debug, Default)]
pub struct Drafts {
    /// The chats, in the order of [`Desired::chats`].
    pub chats: Vec<Draft>,
    /// The zips and folders from which files are uploaded.
    pub containers: Vec<Arc<Container>>,
    /// The keys of one-to-one chats that rows of contacts.csv name, as [`Desired::rows`].
    pub rows: Vec<Content>,
    /// The rows of decisions.csv.
    pub decisions: Decisions,
    /// The reply targets that the survey searched.
    pub reply_targets: ReplyTargets,
    /// Whether messages for which nothing is sent keep their text and files, so that they can be
    /// compared with Close.
    pub keeps_content: bool,
}

impl Drafts {
    /// Drafts of desired chats. `inputs`: the digest of the inputs of each chat's plan, by its index.
    pub fn of(desired: Desired, inputs: &[Option<[u8; 32]>]) -> Drafts {
        let inputs = inputs.iter().copied().chain(std::iter::repeat(None));
        Drafts {
            chats: (desired.chats.into_iter().zip(inputs))
                .map(|(chat, inputs)| Draft { chat, inputs })
                .collect(),
            containers: desired.containers,
            rows: desired.rows,
            decisions: desired.decisions,
            reply_targets: ReplyTargets::default(),
            keeps_content: false,
        }
    }
}
