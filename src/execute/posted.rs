//! Close's ids of the messages that a run posts, as far and as long as a reply can need them.
//!
//! In scope: which ids are kept. Out of scope: ids that the plan contains.

use std::collections::{HashMap, HashSet};

use super::queue::MessageIndex;
use crate::ids::ActivityId;

/// Ids of posted messages that others answer. A run of millions posts one chat after another: the ids of a
/// chat are forgotten when it has ended, except those that messages of other chats answer.
#[derive(Debug, Default)]
pub(super) struct PostedIds {
    /// The messages that messages of other chats answer.
    by_others: HashSet<MessageIndex>,
    /// The chats at work, and chats of `by_others`.
    chats: HashMap<usize, Answered>,
}

/// The messages of a chat that are answered.
#[derive(Debug, Default)]
struct Answered {
    /// By messages of the same chat.
    within: HashSet<usize>,
    /// The ids of those that are posted.
    posted: HashMap<usize, ActivityId>,
}

impl PostedIds {
    /// Keeps the ids of these messages to the end of the run.
    pub(super) fn keep(&mut self, by_others: HashSet<MessageIndex>) {
        self.by_others = by_others;
    }

    /// Keeps the ids of these messages of a chat until it rests.
    pub(super) fn begin(&mut self, chat: usize, answered: HashSet<usize>) {
        if !answered.is_empty() {
            self.chats.entry(chat).or_default().within = answered;
        }
    }

    /// A message is in Close under this id.
    pub(super) fn insert(&mut self, (chat, message): MessageIndex, id: ActivityId) {
        let is_within = |answered: &Answered| answered.within.contains(&message);
        if self.chats.get(&chat).is_some_and(is_within) || self.by_others.contains(&(chat, message))
        {
            let answered = self.chats.entry(chat).or_default();
            answered.posted.insert(message, id);
        }
    }

    /// The id of a message that this run posted.
    pub(super) fn get(&self, (chat, message): MessageIndex) -> Option<&ActivityId> {
        self.chats.get(&chat)?.posted.get(&message)
    }

    /// Forgets what only messages of this chat need.
    pub(super) fn rest(&mut self, chat: usize) {
        let Some(answered) = self.chats.remove(&chat) else {
            return;
        };
        let posted: HashMap<_, _> = (answered.posted.into_iter())
            .filter(|(message, _)| self.by_others.contains(&(chat, *message)))
            .collect();
        if !posted.is_empty() {
            let within = HashSet::new();
            self.chats.insert(chat, Answered { within, posted });
        }
    }

    /// The chats with messages that other chats answer.
    pub(super) fn chats_of_others(&self) -> HashSet<usize> {
        self.by_others.iter().map(|(chat, _)| *chat).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_at_rest_keeps_only_ids_that_other_chats_need() {
        let mut ids = PostedIds::default();
        ids.keep([(0, 7)].into());
        ids.begin(0, [3, 5].into());
        for message in 0..10 {
            ids.insert((0, message), ActivityId::from("acti_a"));
        }
        let kept = |ids: &PostedIds| -> Vec<usize> {
            (0..10).filter(|n| ids.get((0, *n)).is_some()).collect()
        };
        assert_eq!(kept(&ids), [3, 5, 7]);
        ids.rest(0);
        assert_eq!(kept(&ids), [7]);
        ids.begin(1, [0].into());
        ids.insert((1, 0), ActivityId::from("acti_b"));
        ids.rest(1);
        assert_eq!(ids.chats.len(), 1, "nothing is left of the other chat");
    }
}
