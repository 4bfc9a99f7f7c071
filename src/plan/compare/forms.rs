//! Differences that every message has: Close's form of a value, and no change of it.
//!
//! Only values whose form Close chooses count: a contact that differs everywhere is another contact. A form is one
//! rewriting of all messages, so the times of all have one shift, and different texts stay different. What Close answered
//! to a request is recorded where it was not what was sent: a message whose answer is known shows no form that the answer
//! did not have.

use std::collections::HashSet;

use super::field::{Answered, Expected, Field, InClose, TIME_TOLERANCE};
use crate::canonical;
use crate::matching::sequence::Key;

/// The number of compared messages below which a difference of all is still one of each.
const LEAST_OF_A_FORM: u64 = 20;

/// The fields whose form Close chooses.
const FORMS: [Field; 6] = [
    Field::Text,
    Field::Time,
    Field::LocalPhone,
    Field::RemotePhone,
    Field::FileNames,
    Field::FileSizes,
];

/// What a compared message shows about forms.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    has_files: bool,
    has_text: bool,
    is_created: bool,
    answered: Answered,
    /// Milliseconds by which Close's time is later.
    shift: Option<i64>,
    /// Hashes of the text that was sent or is wanted, and of the one in Close.
    texts: Option<(Key, Key)>,
}

impl Shown {
    /// What a message shows. `is_created`: a run of this checkpoint sent it, and Close answered.
    pub fn of(expected: &Expected<'_>, in_close: &InClose, is_created: bool) -> Shown {
        let wanted = expected.wanted.map(|wanted| wanted.message);
        let sent = expected.sent.as_ref();
        let at = (wanted.map(|message| message.activity_at.timestamp_millis()))
            .or(sent.map(|sent| sent.at));
        let text = (wanted.map(|message| canonical::key(message.markdown.reveal())))
            .or(sent.map(|sent| sent.body));
        let held = in_close.text.as_deref().map(canonical::key);
        Shown {
            has_files: !in_close.files.is_empty(),
            has_text: in_close.text.as_ref().is_some_and(|text| !text.is_empty()),
            is_created,
            answered: expected.answered,
            shift: in_close.at.zip(at).map(|(held, at)| held - at),
            texts: text.zip(held),
        }
    }

    /// Whether Close's answer about a field is known, and whether it was what was sent.
    fn answer(&self, field: Field) -> (bool, bool) {
        let differed = match field {
            Field::Text => self.answered.text.is_some(),
            Field::Time => self.answered.at.is_some(),
            Field::LocalPhone | Field::RemotePhone => self.answered.numbers.is_some(),
            // Recorded whatever they are.
            _ => return (self.answered.files.is_some(), false),
        };
        (self.is_created || differed, self.is_created && !differed)
    }
}

/// The messages that show a form of one field, or that there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct OfField {
    compared: u64,
    differing: u64,
    /// Some message shows that a difference is no form.
    is_disproved: bool,
}

/// Counts, for each field, the messages that were compared in it and those that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forms {
    fields: [OfField; FORMS.len()],
    /// The shift of the times that differ.
    shift: Option<i64>,
    /// The texts that were sent and that Close has instead.
    sent: HashSet<Key>,
    held: HashSet<Key>,
}

impl Forms {
    /// Counts a compared message that differs in these fields.
    pub fn add(&mut self, differing: &[Field], shown: &Shown) {
        for (index, field) in FORMS.into_iter().enumerate() {
            let is_of_files = matches!(field, Field::FileNames | Field::FileSizes);
            if is_of_files && !shown.has_files {
                continue;
            }
            let differs = differing.contains(&field);
            // An empty text has no form.
            if field == Field::Text && !differs && !shown.has_text {
                continue;
            }
            let (is_answered, is_plain) = shown.answer(field);
            let of = &mut self.fields[index];
            if is_answered {
                of.is_disproved |= is_plain || differs;
                continue;
            }
            of.compared += 1;
            of.differing += u64::from(differs);
            match field {
                Field::Time if differs => self.add_shift(shown.shift),
                Field::Text if differs => self.add_texts(shown.texts),
                _ => {}
            }
        }
    }

    /// Counts a text of which no answer of Close is known. `rewritten`: hashes of the text that was sent and of the one in
    /// Close, if they differ.
    pub fn add_text(&mut self, rewritten: Option<(Key, Key)>) {
        if let Some(of) = self.of(Field::Text) {
            of.compared += 1;
            of.differing += u64::from(rewritten.is_some());
        }
        self.add_texts(rewritten);
    }

    fn add_shift(&mut self, shift: Option<i64>) {
        let is_same = match (self.shift, shift) {
            (Some(first), Some(shift)) => (first - shift).abs() < TIME_TOLERANCE,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        self.shift = self.shift.or(shift);
        self.disprove_unless(Field::Time, is_same);
    }

    fn add_texts(&mut self, texts: Option<(Key, Key)>) {
        // Once a message does not differ, there is no form.
        if let Some((sent, held)) = texts.filter(|_| !self.is_out(Field::Text)) {
            self.sent.insert(sent);
            self.held.insert(held);
        }
    }

    fn of(&mut self, field: Field) -> Option<&mut OfField> {
        let index = FORMS.iter().position(|one| *one == field)?;
        self.fields.get_mut(index)
    }

    fn is_out(&mut self, field: Field) -> bool {
        (self.of(field)).is_some_and(|of| of.is_disproved || of.compared > of.differing)
    }

    fn disprove_unless(&mut self, field: Field, holds: bool) {
        if let Some(of) = self.of(field) {
            of.is_disproved |= !holds;
        }
    }

    /// Adds the counts of another part.
    pub fn join(&mut self, other: &Forms) {
        for (of, other) in self.fields.iter_mut().zip(&other.fields) {
            of.compared += other.compared;
            of.differing += other.differing;
            of.is_disproved |= other.is_disproved;
        }
        if other.shift.is_some() {
            self.add_shift(other.shift);
        }
        self.sent.extend(&other.sent);
        self.held.extend(&other.held);
    }

    /// Whether every compared text differs, in one way: as [`Forms::of_all`].
    pub fn is_of_texts(&self, is_whole: bool) -> bool {
        let all = self.of_all(is_whole);
        all.iter().any(|(field, _)| *field == Field::Text)
    }

    /// The fields in which every compared message differs in one way, each with the number of messages. `is_whole`: every
    /// message of the migration was compared; those of a selection show no form.
    pub fn of_all(&self, is_whole: bool) -> Vec<(Field, u64)> {
        let each = FORMS.into_iter().zip(&self.fields);
        each.filter(|_| is_whole)
            .filter(|(_, of)| of.compared >= LEAST_OF_A_FORM && of.compared == of.differing)
            .filter(|(_, of)| !of.is_disproved)
            // A rewriting may make few texts equal, not most of them.
            .filter(|(field, _)| *field != Field::Text || self.held.len() * 2 >= self.sent.len())
            .map(|(field, of)| (field, of.compared))
            .collect()
    }
}
