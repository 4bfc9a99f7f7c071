//! The order in which messages start. Pure: no time, no I/O.
//!
//! Messages of a chat start in order. A reply waits until its target has ended, whatever the outcome,
//! and nothing waits for the reply. Several chats are active at once, so that many small chats do not
//! wait for each other's checks.

use std::collections::{HashMap, HashSet, VecDeque};

/// A message in the plan: the index of its chat and its index in the chat.
pub(super) type MessageIndex = (usize, usize);

/// The properties of a message that determine its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its index in the chat.
    pub(super) message: usize,
    /// The message that it replies to.
    pub(super) reply_to: Option<MessageIndex>,
}

#[derive(Debug, Default)]
struct Chat {
    waiting: VecDeque<Entry>,
    /// Replies, in any chat, by the index of their target in this chat.
    deferred: HashMap<usize, Vec<MessageIndex>>,
    /// The number of its own messages that wait for a target.
    waiting_for: usize,
    /// Deferred messages whose targets have ended.
    ready: VecDeque<usize>,
    /// Indices of messages that have not ended.
    not_ended: HashSet<usize>,
    /// The targets of messages that may have to start (again).
    targets: HashMap<usize, MessageIndex>,
    checked: bool,
}

/// The messages of a plan that remain to be started.
#[derive(Debug, Default)]
pub(super) struct Queue {
    chats: HashMap<usize, Chat>,
    /// Active chats, in order.
    active: VecDeque<usize>,
    /// Chats that are not.
    inactive: VecDeque<usize>,
    /// The number of messages of chats that were promised and not filled yet.
    promised: HashMap<usize, u64>,
    max_active: usize,
}

impl Queue {
    /// An empty queue with at most `max_active` active chats.
    pub(super) fn new(max_active: usize) -> Self {
        Queue {
            max_active: max_active.max(1),
            ..Queue::default()
        }
    }

    /// Adds a chat with the messages to start, in order, and the messages that may have to start: those
    /// start only after [`Queue::restart`], and replies to them wait for them too.
    pub(super) fn add(&mut self, chat: usize, entries: Vec<Entry>, to_be_settled: &[Entry]) {
        if entries.is_empty() && to_be_settled.is_empty() {
            return;
        }
        self.insert(chat, entries, to_be_settled);
        self.inactive.push_back(chat);
    }

    fn insert(&mut self, chat: usize, entries: Vec<Entry>, to_be_settled: &[Entry]) {
        let not_ended = entries
            .iter()
            .map(|entry| entry.message)
            .chain(to_be_settled.iter().map(|entry| entry.message))
            .collect();
        let targets = to_be_settled
            .iter()
            .filter_map(|entry| Some((entry.message, entry.reply_to?)))
            .collect();
        self.chats.insert(
            chat,
            Chat {
                waiting: entries.into(),
                not_ended,
                targets,
                ..Chat::default()
            },
        );
    }

    /// Adds a chat with a number of messages that is filled in when its turn comes. No message of another
    /// chat may answer one of its messages.
    pub(super) fn promise(&mut self, chat: usize, messages: u64) {
        if messages > 0 {
            self.promised.insert(chat, messages);
            self.inactive.push_back(chat);
        }
    }

    /// Whether a chat was promised and is still to be filled.
    pub(super) fn is_promised(&self, chat: usize) -> bool {
        self.promised.contains_key(&chat)
    }

    /// Fills in the messages of a promised chat.
    pub(super) fn fill(&mut self, chat: usize, entries: Vec<Entry>) {
        if self.promised.remove(&chat).is_some() {
            self.insert(chat, entries, &[]);
        }
    }

    /// Whether messages of a chat have not ended.
    pub(super) fn has(&self, chat: usize) -> bool {
        self.chats.contains_key(&chat) || self.is_promised(chat)
    }

    /// Takes the next chat to check, if another one may be active.
    pub(super) fn next_check(&mut self) -> Option<usize> {
        // A chat whose messages all wait for a target makes room for another one.
        let working = self
            .active
            .iter()
            .filter(|chat_index| self.chats.get(chat_index).is_some_and(Chat::has_work))
            .count();
        if working >= self.max_active {
            return None;
        }
        let chat = self.inactive.pop_front()?;
        self.active.push_back(chat);
        Some(chat)
    }

    /// Records that the chat was checked: its messages may start.
    pub(super) fn checked(&mut self, chat: usize) {
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.checked = true;
        }
    }

    /// Takes the next message that may start.
    pub(super) fn next(&mut self) -> Option<MessageIndex> {
        for index in 0..self.active.len() {
            let chat_index = self.active[index];
            if let Some(message) = self.next_of(chat_index) {
                return Some((chat_index, message));
            }
        }
        None
    }

    fn next_of(&mut self, chat_index: usize) -> Option<usize> {
        let chat = self
            .chats
            .get_mut(&chat_index)
            .filter(|chat| chat.checked)?;
        if let Some(message) = chat.ready.pop_front() {
            return Some(message);
        }
        while let Some(entry) = self.chats.get_mut(&chat_index)?.waiting.pop_front() {
            if !self.defer((chat_index, entry.message), entry.reply_to) {
                return Some(entry.message);
            }
        }
        None
    }

    /// Defers a reply until its target has ended. False when the target has ended or is not in this run.
    fn defer(&mut self, (chat_index, message): MessageIndex, target: Option<MessageIndex>) -> bool {
        let Some((other, target)) = target else {
            return false;
        };
        match self.chats.get_mut(&other) {
            Some(chat) if chat.not_ended.contains(&target) => {
                chat.deferred
                    .entry(target)
                    .or_default()
                    .push((chat_index, message));
            }
            _ => return false,
        }
        if let Some(chat) = self.chats.get_mut(&chat_index) {
            chat.waiting_for += 1;
        }
        true
    }

    /// Makes deferred replies ready.
    fn release(&mut self, replies: Vec<MessageIndex>) {
        for (chat_index, message) in replies {
            if let Some(chat) = self.chats.get_mut(&chat_index) {
                chat.waiting_for = chat.waiting_for.saturating_sub(1);
                chat.ready.push_back(message);
            }
        }
    }

    /// Records that a message has ended: replies to it may start.
    pub(super) fn ended(&mut self, (chat_index, message): MessageIndex) {
        let Some(chat) = self.chats.get_mut(&chat_index) else {
            return;
        };
        chat.not_ended.remove(&message);
        let replies = chat.deferred.remove(&message).unwrap_or_default();
        let is_over = chat.not_ended.is_empty();
        self.release(replies);
        if is_over {
            self.drop_chat(chat_index);
        }
    }

    /// Starts a message, possibly again, after its outcome was looked up; a reply only when its target has
    /// ended.
    pub(super) fn restart(&mut self, (chat_index, message): MessageIndex) {
        let Some(chat) = self.chats.get(&chat_index) else {
            return;
        };
        let target = chat.targets.get(&message).copied();
        if !self.defer((chat_index, message), target)
            && let Some(chat) = self.chats.get_mut(&chat_index)
        {
            chat.ready.push_back(message);
        }
    }

    /// Takes a chat out; its messages that were not started do not start. Returns their
    /// number.
    pub(super) fn drop_chat(&mut self, chat_index: usize) -> u64 {
        // Most chats end while they are active: the others, which may be many, are not searched then.
        match self.active.iter().position(|active| *active == chat_index) {
            Some(index) => drop(self.active.remove(index)),
            None => self.inactive.retain(|inactive| *inactive != chat_index),
        }
        if let Some(messages) = self.promised.remove(&chat_index) {
            return messages;
        }
        let Some(chat) = self.chats.remove(&chat_index) else {
            return 0;
        };
        let not_started = not_started(&chat);
        // Replies in other chats that waited for a message of this chat go without the link.
        self.release(chat.deferred.into_values().flatten().collect());
        for other in self.chats.values_mut() {
            for replies in other.deferred.values_mut() {
                replies.retain(|(chat, _)| *chat != chat_index);
            }
        }
        not_started
    }

    /// The number of messages that have not been started.
    pub(super) fn not_started(&self) -> u64 {
        self.chats.values().map(not_started).sum::<u64>() + self.promised.values().sum::<u64>()
    }
}

impl Chat {
    /// True when one of its messages may start, or may start after the check.
    fn has_work(&self) -> bool {
        !self.waiting.is_empty() || !self.ready.is_empty()
    }
}

fn not_started(chat: &Chat) -> u64 {
    (chat.waiting.len() + chat.ready.len() + chat.waiting_for) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of a chat whose targets are in the same chat.
    fn entry(message: usize, reply_to: Option<usize>) -> Entry {
        Entry {
            message,
            reply_to: reply_to.map(|target| (0, target)),
        }
    }

    fn started(queue: &mut Queue) -> Vec<MessageIndex> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    #[test]
    fn reply_waits_for_its_target_only() {
        let mut queue = Queue::new(1);
        queue.add(
            0,
            vec![
                entry(0, None),
                entry(1, Some(0)),
                entry(2, None),
                entry(3, Some(1)),
            ],
            &[],
        );
        assert_eq!(queue.next_check(), Some(0));
        assert!(queue.next().is_none(), "nothing starts before the check");
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 0), (0, 2)]);
        queue.ended((0, 2));
        assert!(started(&mut queue).is_empty());
        queue.ended((0, 0));
        assert_eq!(started(&mut queue), [(0, 1)]);
        queue.ended((0, 1));
        assert_eq!(started(&mut queue), [(0, 3)]);
        queue.ended((0, 3));
        assert_eq!(queue.not_started(), 0);
    }

    #[test]
    fn target_outside_the_run_delays_no_reply() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(5, Some(2))], &[]);
        queue.next_check();
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 5)]);
    }

    #[test]
    fn unknown_message_delays_its_replies_and_no_chat() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(1, Some(0))], &[entry(0, None)]);
        queue.add(1, vec![entry(0, None)], &[]);
        assert_eq!(queue.next_check(), Some(0));
        queue.checked(0);
        assert!(
            started(&mut queue).is_empty(),
            "the reply waits for the look-up"
        );
        assert_eq!(queue.next_check(), Some(1), "and the next chat does not");
        queue.restart((0, 0));
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.ended((0, 0));
        assert_eq!(started(&mut queue), [(0, 1)]);
    }

    #[test]
    fn reply_that_starts_again_waits_for_its_target() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(0, None)], &[entry(1, Some(0))]);
        queue.next_check();
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.restart((0, 1));
        assert!(started(&mut queue).is_empty(), "its target is in progress");
        assert_eq!(queue.not_started(), 1);
        queue.ended((0, 0));
        assert_eq!(started(&mut queue), [(0, 1)]);
    }

    #[test]
    fn reply_waits_for_a_target_in_another_chat() {
        let mut queue = Queue::new(1);
        let answer = Entry {
            message: 0,
            reply_to: Some((1, 4)),
        };
        queue.add(0, vec![answer, entry(1, None)], &[]);
        queue.add(1, vec![entry(4, None)], &[]);
        queue.add(
            2,
            vec![Entry {
                message: 0,
                reply_to: Some((1, 4)),
            }],
            &[],
        );
        assert_eq!(queue.next_check(), Some(0));
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 1)]);
        queue.ended((0, 1));
        assert_eq!(queue.not_started(), 3);
        // A chat with only waiting messages makes room for the chat of their targets.
        assert_eq!(queue.next_check(), Some(1));
        queue.checked(1);
        assert_eq!(started(&mut queue), [(1, 4)]);
        queue.ended((1, 4));
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.ended((0, 0));
        assert_eq!(queue.next_check(), Some(2));
        queue.checked(2);
        assert_eq!(
            started(&mut queue),
            [(2, 0)],
            "an ended target delays no reply"
        );
    }

    #[test]
    fn removed_chat_delays_no_reply_in_another_chat() {
        let mut queue = Queue::new(2);
        queue.add(0, vec![entry(0, None)], &[]);
        queue.add(1, vec![entry(5, Some(0)), entry(6, None)], &[]);
        queue.next_check();
        queue.next_check();
        queue.checked(1);
        assert_eq!(started(&mut queue), [(1, 6)]);
        assert_eq!(queue.drop_chat(0), 1);
        assert_eq!(started(&mut queue), [(1, 5)]);
        // A chat whose reply waits leaves nothing behind either.
        queue.add(0, vec![entry(0, None)], &[]);
        queue.add(3, vec![entry(7, Some(0))], &[]);
        queue.next_check();
        queue.next_check();
        queue.checked(3);
        assert!(started(&mut queue).is_empty());
        assert_eq!(queue.drop_chat(3), 1);
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.ended((0, 0));
        assert!(started(&mut queue).is_empty());
    }

    #[test]
    fn ended_chat_makes_room() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(0, None)], &[]);
        queue.add(1, vec![entry(0, None)], &[]);
        assert_eq!(queue.next_check(), Some(0));
        assert_eq!(queue.next_check(), None);
        queue.checked(0);
        assert_eq!(queue.next(), Some((0, 0)));
        queue.restart((0, 0));
        assert_eq!(queue.next(), Some((0, 0)));
        queue.ended((0, 0));
        assert_eq!(queue.next_check(), Some(1));
        assert_eq!(queue.drop_chat(1), 1);
        assert_eq!(queue.next(), None);
    }
}
