//! Which message is next. Pure: no time, no I/O.
//!
//! Messages of a chat start in their order. A reply waits until its target has ended, one way or
//! the other, and nothing waits for the reply. A few chats are under way at once, so that many
//! small ones do not wait for each other's checks.

use std::collections::{HashMap, HashSet, VecDeque};

/// A message: its chat and its place there.
pub(super) type At = (usize, usize);

/// What the queue has to know of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its place in the chat.
    pub(super) message: usize,
    /// The message that it answers.
    pub(super) reply_to: Option<At>,
}

#[derive(Debug, Default)]
struct Chat {
    waiting: VecDeque<Entry>,
    /// Replies, of whatever chat, by their target in this one.
    parked: HashMap<usize, Vec<At>>,
    /// How many of its own messages wait for a target.
    waiting_for: usize,
    /// Messages that were put off and may go now.
    ready: VecDeque<usize>,
    /// Places that have not ended.
    open: HashSet<usize>,
    /// What messages that may have to start (again) answer.
    targets: HashMap<usize, At>,
    checked: bool,
}

/// The messages of a plan that are still to be started.
#[derive(Debug, Default)]
pub(super) struct Queue {
    chats: HashMap<usize, Chat>,
    /// Chats that are under way, in order.
    active: VecDeque<usize>,
    /// Chats that are not.
    later: VecDeque<usize>,
    /// The number of messages of chats that were promised and not filled yet.
    promised: HashMap<usize, u64>,
    most_active: usize,
}

impl Queue {
    /// An empty queue that has at most `most_active` chats under way.
    pub(super) fn new(most_active: usize) -> Self {
        Queue {
            most_active: most_active.max(1),
            ..Queue::default()
        }
    }

    /// Adds a chat with the messages that are to be started, in order, and those that may have to
    /// be: they start only after [`Queue::again`], and replies to them wait for them too.
    pub(super) fn add(&mut self, chat: usize, entries: Vec<Entry>, perhaps: &[Entry]) {
        if entries.is_empty() && perhaps.is_empty() {
            return;
        }
        self.insert(chat, entries, perhaps);
        self.later.push_back(chat);
    }

    fn insert(&mut self, chat: usize, entries: Vec<Entry>, perhaps: &[Entry]) {
        let open = entries
            .iter()
            .map(|entry| entry.message)
            .chain(perhaps.iter().map(|entry| entry.message))
            .collect();
        let targets = perhaps
            .iter()
            .filter_map(|entry| Some((entry.message, entry.reply_to?)))
            .collect();
        self.chats.insert(
            chat,
            Chat {
                waiting: entries.into(),
                open,
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
            self.later.push_back(chat);
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

    /// Takes the next chat that should be checked now, if there is room for one.
    pub(super) fn next_check(&mut self) -> Option<usize> {
        // A chat that only waits for answers makes room for another.
        let busy = self
            .active
            .iter()
            .filter(|number| self.chats.get(number).is_some_and(Chat::has_work))
            .count();
        if busy >= self.most_active {
            return None;
        }
        let chat = self.later.pop_front()?;
        self.active.push_back(chat);
        Some(chat)
    }

    /// The chat was checked and its messages may go.
    pub(super) fn checked(&mut self, chat: usize) {
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.checked = true;
        }
    }

    /// Takes the next message that may start.
    pub(super) fn next(&mut self) -> Option<At> {
        for place in 0..self.active.len() {
            let number = self.active[place];
            if let Some(message) = self.next_of(number) {
                return Some((number, message));
            }
        }
        None
    }

    fn next_of(&mut self, number: usize) -> Option<usize> {
        let chat = self.chats.get_mut(&number).filter(|chat| chat.checked)?;
        if let Some(message) = chat.ready.pop_front() {
            return Some(message);
        }
        while let Some(entry) = self.chats.get_mut(&number)?.waiting.pop_front() {
            if !self.park((number, entry.message), entry.reply_to) {
                return Some(entry.message);
            }
        }
        None
    }

    /// Puts a reply off until its target has ended. False where that has, or is none of this run.
    fn park(&mut self, (number, message): At, target: Option<At>) -> bool {
        let Some((other, target)) = target else {
            return false;
        };
        match self.chats.get_mut(&other) {
            Some(chat) if chat.open.contains(&target) => {
                chat.parked
                    .entry(target)
                    .or_default()
                    .push((number, message));
            }
            _ => return false,
        }
        if let Some(chat) = self.chats.get_mut(&number) {
            chat.waiting_for += 1;
        }
        true
    }

    /// Lets replies go.
    fn release(&mut self, replies: Vec<At>) {
        for (number, message) in replies {
            if let Some(chat) = self.chats.get_mut(&number) {
                chat.waiting_for = chat.waiting_for.saturating_sub(1);
                chat.ready.push_back(message);
            }
        }
    }

    /// A message has ended: replies to it may go.
    pub(super) fn ended(&mut self, (number, message): At) {
        let Some(chat) = self.chats.get_mut(&number) else {
            return;
        };
        chat.open.remove(&message);
        let replies = chat.parked.remove(&message).unwrap_or_default();
        let is_over = chat.open.is_empty();
        self.release(replies);
        if is_over {
            self.drop_chat(number);
        }
    }

    /// A message whose outcome was asked for has to be started, or started again; a reply only
    /// when its target has ended.
    pub(super) fn again(&mut self, (number, message): At) {
        let Some(chat) = self.chats.get(&number) else {
            return;
        };
        let target = chat.targets.get(&message).copied();
        if !self.park((number, message), target)
            && let Some(chat) = self.chats.get_mut(&number)
        {
            chat.ready.push_back(message);
        }
    }

    /// Takes a chat out; its messages that were not started do not start. Returns how many those
    /// are.
    pub(super) fn drop_chat(&mut self, number: usize) -> u64 {
        self.active.retain(|active| *active != number);
        self.later.retain(|later| *later != number);
        if let Some(messages) = self.promised.remove(&number) {
            return messages;
        }
        let Some(chat) = self.chats.remove(&number) else {
            return 0;
        };
        let left = left(&chat);
        // What waited for something of it goes without.
        self.release(chat.parked.into_values().flatten().collect());
        for other in self.chats.values_mut() {
            for replies in other.parked.values_mut() {
                replies.retain(|(chat, _)| *chat != number);
            }
        }
        left
    }

    /// How many messages have not been started.
    pub(super) fn left(&self) -> u64 {
        self.chats.values().map(left).sum::<u64>() + self.promised.values().sum::<u64>()
    }
}

impl Chat {
    /// True when something of it may start, or may as soon as it is checked.
    fn has_work(&self) -> bool {
        !self.waiting.is_empty() || !self.ready.is_empty()
    }
}

fn left(chat: &Chat) -> u64 {
    (chat.waiting.len() + chat.ready.len() + chat.waiting_for) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of a chat whose targets are its own.
    fn entry(message: usize, reply_to: Option<usize>) -> Entry {
        Entry {
            message,
            reply_to: reply_to.map(|target| (0, target)),
        }
    }

    fn started(queue: &mut Queue) -> Vec<At> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    #[test]
    fn a_reply_waits_for_its_target_and_nothing_waits_for_the_reply() {
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
        assert_eq!(queue.left(), 0);
    }

    #[test]
    fn a_target_outside_the_run_holds_nobody_up() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(5, Some(2))], &[]);
        queue.next_check();
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 5)]);
    }

    #[test]
    fn a_message_that_is_asked_about_holds_its_replies_and_no_chat() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(1, Some(0))], &[entry(0, None)]);
        queue.add(1, vec![entry(0, None)], &[]);
        assert_eq!(queue.next_check(), Some(0));
        queue.checked(0);
        assert!(
            started(&mut queue).is_empty(),
            "the reply waits for the answer"
        );
        assert_eq!(queue.next_check(), Some(1), "and the next chat does not");
        queue.again((0, 0));
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.ended((0, 0));
        assert_eq!(started(&mut queue), [(0, 1)]);
    }

    #[test]
    fn a_reply_that_was_not_carried_out_waits_for_its_target_too() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(0, None)], &[entry(1, Some(0))]);
        queue.next_check();
        queue.checked(0);
        assert_eq!(started(&mut queue), [(0, 0)]);
        queue.again((0, 1));
        assert!(started(&mut queue).is_empty(), "its target is under way");
        assert_eq!(queue.left(), 1);
        queue.ended((0, 0));
        assert_eq!(started(&mut queue), [(0, 1)]);
    }

    #[test]
    fn an_answer_waits_for_a_message_of_another_chat() {
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
        assert_eq!(queue.left(), 3);
        // The chat that only waits makes room for the one that it waits for.
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
            "what has ended holds nobody up"
        );
    }

    #[test]
    fn a_chat_that_is_taken_out_holds_up_no_answer_in_another_one() {
        let mut queue = Queue::new(2);
        queue.add(0, vec![entry(0, None)], &[]);
        queue.add(1, vec![entry(5, Some(0)), entry(6, None)], &[]);
        queue.next_check();
        queue.next_check();
        queue.checked(1);
        assert_eq!(started(&mut queue), [(1, 6)]);
        assert_eq!(queue.drop_chat(0), 1);
        assert_eq!(started(&mut queue), [(1, 5)]);
        // And one whose answer waits leaves nothing behind.
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
    fn a_chat_that_has_ended_makes_room() {
        let mut queue = Queue::new(1);
        queue.add(0, vec![entry(0, None)], &[]);
        queue.add(1, vec![entry(0, None)], &[]);
        assert_eq!(queue.next_check(), Some(0));
        assert_eq!(queue.next_check(), None);
        queue.checked(0);
        assert_eq!(queue.next(), Some((0, 0)));
        queue.again((0, 0));
        assert_eq!(queue.next(), Some((0, 0)));
        queue.ended((0, 0));
        assert_eq!(queue.next_check(), Some(1));
        assert_eq!(queue.drop_chat(1), 1);
        assert_eq!(queue.next(), None);
    }
}
