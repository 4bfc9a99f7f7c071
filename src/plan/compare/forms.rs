//! Differences that every message has: Close's form of a value, and no change of it.
//!
//! Only values whose form Close chooses count: a contact that differs everywhere is another contact.

use super::field::Field;

/// The number of compared messages below which a difference of all is still one of each.
const LEAST: u64 = 20;

/// The fields whose form Close chooses.
const FORMS: [Field; 6] = [
    Field::Text,
    Field::Time,
    Field::LocalPhone,
    Field::RemotePhone,
    Field::FileNames,
    Field::FileSizes,
];

/// Counts, for each field, the messages that were compared in it and those that differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forms {
    compared: [u64; FORMS.len()],
    differing: [u64; FORMS.len()],
}

impl Forms {
    /// Counts a compared message. `has_files`: its files were compared as well.
    pub fn add(&mut self, differing: &[Field], has_files: bool) {
        for (index, field) in FORMS.iter().enumerate() {
            let is_of_files = matches!(field, Field::FileNames | Field::FileSizes);
            if is_of_files && !has_files {
                continue;
            }
            self.compared[index] += 1;
            self.differing[index] += u64::from(differing.contains(field));
        }
    }

    /// Adds the counts of another part.
    pub fn join(&mut self, other: &Forms) {
        for index in 0..FORMS.len() {
            self.compared[index] += other.compared[index];
            self.differing[index] += other.differing[index];
        }
    }

    /// The fields in which every compared message differs, each with the number of messages.
    pub fn of_all(&self) -> Vec<(Field, u64)> {
        let each = FORMS.iter().zip(self.compared.iter().zip(&self.differing));
        each.filter(|(_, (compared, differing))| **compared >= LEAST && compared == differing)
            .map(|(field, (compared, _))| (*field, *compared))
            .collect()
    }
}
