//! A story from a seed.
//!
//! Here belongs how often what happens. Left out:
//!
//! | what | reason |
//! |---|---|
//! | a file that is sent twice | it has tests of its own |
//! | the repeated hour with a wrong zone | an archive shows neither which hour nor which zone |
//! | a group from an archive on in which the owner alone writes (`play` ends there) | the archive looks like a chat of two |
//! | two changes within three minutes | no source shows which message is which |
//! | a deletion of one of two equal texts within three minutes, where an archive shows minutes | the archive has one of them less and does not show which |
//! | a file that is deleted on the phone alone in the minute of the first message, where an archive shows minutes | an export that begins with what is left of it looks like one that WhatsApp cut: no source shows whether the first file or that one is missing |
//! | a contact card that comes late within three minutes of another one of its author | neither a record nor a database has a file of a card: nothing but the order shows which is which |
//! | a text that comes late and equals one of its author within three minutes | of two exports one may begin after the one and the other end before the other: both show one text, at either place |
//! | a minute of which one program exported the first half and another one the second half | not solved: stamps of a minute and of a second have another order in Close |

use std::collections::BTreeSet;

use fastrand::Rng;

use super::story::{Act, Change, How, Interruption, NAMES, Step, Story, Taken};
use crate::truth::Profile;
use crate::truth::conversation::{Content, Conversation, Event, MINUTE, Message};
use crate::truth::sources::Program;

/// The story of a seed.
pub(super) fn story(seed: u64) -> Story {
    let mut rng = Rng::with_seed(seed);
    let length = rng.usize(8..28);
    let is_group = rng.u8(0..8) == 0;
    let autumn = rng.u8(0..6) == 0;
    let profile = Profile {
        people: if is_group { 3 } else { 2 },
        autumn,
        late: if rng.bool() { 5 } else { 0 },
        ..Profile::calm(length)
    };
    let mut conversation = profile.conversation(seed);
    without_repeated_files(&mut conversation);
    without_late_equals(&mut conversation);
    let mut story = Story {
        conversation,
        dropped: BTreeSet::new(),
        wrong_zone: !autumn && rng.u8(0..8) == 0,
        wrong_number: !is_group && rng.u8(0..8) == 0,
        delete: rng.u8(0..3) == 0,
        program: [Program::Android, Program::Iphone][rng.usize(0..2)],
        mixed: rng.u8(0..3) > 0,
        steps: Vec::new(),
    };
    let count = rng.usize(3..8);
    for number in 0..count {
        let step = Writer {
            rng: &mut rng,
            story: &story,
            count,
        }
        .step(number);
        story.steps.push(step);
    }
    story
}

fn without_repeated_files(conversation: &mut Conversation) {
    let mut seen = BTreeSet::new();
    conversation
        .messages
        .retain(|message| match &message.content {
            Content::File(media) => seen.insert(media.seed),
            _ => true,
        });
}

fn without_late_equals(conversation: &mut Conversation) {
    let all = conversation.messages.clone();
    for message in &mut conversation.messages {
        let is_alike = |other: &&Message| is_equal(message, other) || are_cards(message, other);
        if all.iter().filter(is_alike).count() > 1 {
            let is_late = |event: &Event| matches!(event, Event::ReceivedLate { .. });
            message.history.retain(|event| !is_late(event));
        }
    }
}

/// Whether two texts of one author are equal and near each other.
fn is_equal(message: &Message, other: &Message) -> bool {
    matches!(message.content, Content::Text(_))
        && (other.author, &other.content) == (message.author, &message.content)
        && (other.at - message.at).abs() < 3 * MINUTE
}

/// Whether two contact cards of one author are near each other.
fn are_cards(message: &Message, other: &Message) -> bool {
    let is_card = |message: &Message| matches!(message.content, Content::Card { .. });
    is_card(message)
        && is_card(other)
        && other.author == message.author
        && (other.at - message.at).abs() < 3 * MINUTE
}

struct Writer<'a> {
    rng: &'a mut Rng,
    story: &'a Story,
    count: usize,
}

impl Writer<'_> {
    fn step(&mut self, number: usize) -> Step {
        let messages = &self.story.conversation.messages;
        let last = self.story.steps.last();
        // The conversation grows from step to step, to its end.
        let shown = match last {
            Some(step) => messages.iter().filter(|m| m.at <= step.now).count(),
            None => 0,
        };
        let left = messages.len() - shown;
        let more = match (number, self.rng.u8(0..3)) {
            (0, _) => messages.len() / 2 + self.rng.usize(0..=messages.len() / 3),
            (_, 0) => 0,
            _ => self
                .rng
                .usize(0..=(left * 2 / (self.count - number)).min(left)),
        };
        let mut until = (shown + more).max(1);
        while self.story.mixed
            && until < messages.len()
            && messages[until].at.div_euclid(MINUTE) == messages[until - 1].at.div_euclid(MINUTE)
        {
            until += 1;
        }
        let newest = messages[until - 1].at;
        let now = newest.max(last.map_or(0, |step| step.now)) + 1;
        let mut step = Step {
            now,
            number,
            changes: Vec::new(),
            renamed: None,
            act: Act::LoseCheckpoint,
        };
        if number > 0 {
            self.change(&mut step);
            if self.rng.u8(0..12) == 0 {
                step.renamed = Some(self.rng.usize(0..NAMES.len()));
            }
        }
        step.act = match number {
            0 => Act::Archive {
                taken: self.taken(&step),
                beside: false,
            },
            _ => self.act(&step),
        };
        step
    }

    fn change(&mut self, step: &mut Step) {
        for _ in 0..self.rng.usize(0..3) {
            let place = self.rng.usize(0..self.story.conversation.messages.len());
            let message = &self.story.conversation.messages[place];
            if message.arrival(0) >= step.now || self.has_changed_neighbour(step, place) {
                continue;
            }
            let change = match self.rng.u8(0..4) {
                0 => Change::DeletedForEveryone,
                1 => Change::DeletedLocally,
                _ if matches!(message.content, Content::Text(_)) => Change::Edited,
                _ => continue,
            };
            if change != Change::Edited && self.has_equal_neighbour(place) {
                continue;
            }
            if change == Change::DeletedLocally && self.is_file_of_first_minute(place) {
                continue;
            }
            step.changes.push((place, change));
        }
    }

    /// Whether something happened to a message near this one in time. Of two that changed, or one
    /// that changed and one that is gone, no source shows which is which.
    fn has_changed_neighbour(&self, step: &Step, place: usize) -> bool {
        let messages = &self.story.conversation.messages;
        let steps = self.story.steps.iter().chain([step]);
        let mut changed = steps
            .flat_map(|step| &step.changes)
            .map(|(place, _)| *place);
        changed.any(|other| {
            other != place && (messages[other].at - messages[place].at).abs() < 3 * MINUTE
        })
    }

    /// Whether an equal text of its author is near a text, and archives show minutes: they lack the
    /// one that was deleted and do not show which one that is.
    fn has_equal_neighbour(&self, place: usize) -> bool {
        let messages = &self.story.conversation.messages;
        let message = &messages[place];
        let shows_minutes = self.story.mixed || self.story.program == Program::Android;
        shows_minutes
            && messages
                .iter()
                .filter(|other| is_equal(message, other))
                .count()
                > 1
    }

    /// Whether archives show minutes, and this is a file of the minute in which the conversation begins.
    fn is_file_of_first_minute(&self, place: usize) -> bool {
        let messages = &self.story.conversation.messages;
        let minute = |message: &Message| message.at.div_euclid(MINUTE);
        let shows_minutes = self.story.mixed || self.story.program == Program::Android;
        shows_minutes
            && matches!(messages[place].content, Content::File(_))
            && minute(&messages[place]) == minute(&messages[0])
    }

    fn act(&mut self, step: &Step) -> Act {
        match self.rng.u8(0..24) {
            0 | 1 if self.story.wrong_zone => Act::CorrectZone,
            0..=2 if self.story.wrong_number => Act::CorrectNumber,
            3 => Act::CorrectContact,
            4 | 5 => Act::CorrectLead { interrupted: None },
            6 | 7 => Act::CorrectLead {
                interrupted: Some(self.interruption()),
            },
            8 | 9 => Act::LoseCheckpoint,
            10 | 11 => Act::OldCheckpoint {
                of: self.rng.usize(0..step.number),
            },
            12 => Act::SwitchDeletedSince,
            _ => Act::Archive {
                taken: self.taken(step),
                beside: self.rng.u8(0..3) == 0,
            },
        }
    }

    fn interruption(&mut self) -> Interruption {
        let how = [
            How::Refused(503),
            How::Refused(400),
            How::NoAnswer,
            How::AnswerLost,
            How::KilledBefore,
            How::KilledAfter,
        ];
        Interruption {
            method: if self.rng.bool() { "POST" } else { "DELETE" },
            at: self.rng.usize(1..6),
            how: how[self.rng.usize(0..how.len())],
        }
    }

    fn taken(&mut self, step: &Step) -> Taken {
        let mut taken = Taken::whole(self.story.program, step.now, step.number);
        if self.story.mixed {
            taken.program = match self.rng.u8(0..9) {
                0..=3 => Program::Android,
                4..=6 => Program::Iphone,
                _ => Program::Msgstore,
            };
        }
        // A copy of an export that was made then.
        if step.number > 0 && self.rng.u8(0..5) == 0 {
            let older = &self.story.steps[self.rng.usize(0..step.number)];
            (taken.moment, taken.dated) = (older.now, older.number);
        }
        taken.media = self.rng.u8(0..3) > 0;
        if self.rng.u8(0..4) == 0 {
            taken.newest = Some(self.rng.usize(3..12));
        }
        if self.rng.u8(0..3) == 0 {
            taken.jitter = Some(self.rng.u64(0..1000));
        }
        taken.german = self.rng.u8(0..3) == 0;
        if self.rng.u8(0..10) == 0 {
            taken.ahead = [-480, -60, 60, 540][self.rng.usize(0..4)];
        }
        taken.numbering = self.rng.usize(0..20);
        taken
    }
}
