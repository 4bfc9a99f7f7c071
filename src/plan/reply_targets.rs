//! Reply targets in no chat of the run, as the survey found them.
//!
//! Belongs here: the result of the search, and its effect on a reply. Never here: the search.

use std::collections::HashMap;

use crate::ids::{ActivityId, ExternalId};
use crate::transform::desired::{Answers, DesiredMessage, Note};

/// Where the search for a reply target outside the plan ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTarget {
    /// The target is a message in Close.
    InClose {
        /// The external id of the target.
        external_id: ExternalId,
        /// The activity id of the target.
        activity_id: ActivityId,
    },
    /// The target was not found: its text is quoted at the head of the reply.
    NotFound,
}

/// The outcomes by the reply: index of the chat, then index of the message, ascending.
#[derive(Debug, Default)]
pub struct ReplyTargets(HashMap<usize, Vec<(usize, ReplyTarget)>>);

impl ReplyTargets {
    /// Adds the outcome for the next reply of a chat.
    pub fn add(&mut self, chat: usize, message: usize, target: ReplyTarget) {
        self.0.entry(chat).or_default().push((message, target));
    }

    /// Links the replies of a chat, or quotes what could not be found. Returns a note for each quotation: archive, line
    /// and note.
    pub(super) fn apply(
        &mut self,
        chat: usize,
        messages: &mut [DesiredMessage],
    ) -> Vec<(u32, u32, Note)> {
        let mut notes = Vec::new();
        for (index, target) in self.0.remove(&chat).unwrap_or_default() {
            let Some(message) = messages.get_mut(index) else {
                continue;
            };
            match target {
                ReplyTarget::InClose {
                    external_id,
                    activity_id,
                } => {
                    message.answers = Some(Box::new(Answers::InClose {
                        external_id,
                        activity_id,
                    }));
                }
                ReplyTarget::NotFound => {
                    let quotation = match message.answers.take().map(|answers| *answers) {
                        Some(Answers::Named { quote, .. }) => quote,
                        _ => Default::default(),
                    };
                    message.quote(quotation.reveal());
                    notes.push((message.archive, message.line, Note::ReplyOpen));
                }
            }
        }
        notes
    }
}
