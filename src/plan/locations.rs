//! Where the messages of a plan were read: archives and lines.
//!
//! Collected before the plan is carried out, which consumes it. No text of a message is here.

use super::{Planned, PlannedChat};
use crate::transform::desired::Content;

/// Where the messages of a plan were read: `(archive, line)` by the indexes of chat and message. Collected
/// before the plan is carried out, which consumes it.
#[derive(Debug, Default)]
pub struct Locations {
    chats: Vec<ChatLocations>,
}

#[derive(Debug)]
struct ChatLocations {
    device: String,
    name: Content,
    private: bool,
    archives: Vec<String>,
    lines: Vec<(u32, u32)>,
}

impl Locations {
    /// The locations of all messages of a plan.
    pub fn of(chats: &[PlannedChat]) -> Self {
        let chats = chats
            .iter()
            .map(|planned| ChatLocations {
                device: planned.chat.device.clone(),
                name: Content::new(planned.chat.name.clone()),
                private: planned.chat.private,
                archives: planned.chat.archives.clone(),
                lines: lines(planned),
            })
            .collect();
        Locations { chats }
    }

    /// The archive and the line, from 1, of a message, by the indexes of chat and message; empty
    /// and 0 if the plan does not have it.
    pub fn location(&self, chat: usize, message: usize) -> (&str, u32) {
        let found = self.chats.get(chat).and_then(|locations| {
            let (archive, line) = locations.lines.get(message)?;
            Some((locations.archives.get(*archive as usize)?.as_str(), *line))
        });
        found.unwrap_or_default()
    }

    /// The place of a message as `archive:line`, or in words if no archive of this run has it.
    pub fn message(&self, chat: usize, message: usize) -> String {
        match self.location(chat, message) {
            ("", 0) => "in no archive of this run".to_owned(),
            (archive, line) => format!("{archive}:{line}"),
        }
    }

    /// [`Locations::chat`] of every chat.
    pub fn chats(&self) -> Vec<Content> {
        let chats = 0..self.chats.len();
        chats.map(|chat| Content::new(self.chat(chat))).collect()
    }

    /// The chat at this index as `device: name`, which is content; `a chat` for a private one, or
    /// if the plan does not have it.
    pub fn chat(&self, chat: usize) -> String {
        match self.chats.get(chat) {
            Some(locations) if !locations.private => {
                format!("{}: {}", locations.device, locations.name.reveal())
            }
            _ => "a chat".to_owned(),
        }
    }
}

/// The location of each operation, in the order in which the run numbers them: messages, deletions, links, which have
/// the location of their target, and copies.
fn lines(planned: &PlannedChat) -> Vec<(u32, u32)> {
    planned
        .messages
        .with(|messages| lines_of(planned, messages))
}

fn lines_of(chat: &PlannedChat, messages: &[Planned]) -> Vec<(u32, u32)> {
    let of = |planned: &Planned| (planned.message.archive, planned.message.line);
    let removals = chat.removals.iter().map(|r| (r.archive, r.line));
    let relinks = chat.relinks.iter().map(|relink| {
        let target = messages.get(relink.target as usize);
        target.map_or((0, 0), of)
    });
    let copies = chat.copies.iter().map(|copy| {
        let message = messages.get(copy.message as usize);
        message.map_or((0, 0), of)
    });
    let own = messages.iter().map(of);
    own.chain(removals).chain(relinks).chain(copies).collect()
}
