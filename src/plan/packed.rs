//! Compact storage of the recorded content of a message: 72 bytes instead of 120.
//!
//! Here belongs how a [`RecordFacts`] is stored while a plan is made; never its meaning.

use super::RecordFacts;
use crate::matching::Class;

/// The number of recently added hashes that a new hash is compared with.
const RECENT: usize = 8;

/// Hashes that many messages share: that of no file, and that of the chat's own people.
#[derive(Debug, Default)]
pub(super) struct Shared(Vec<[u8; 16]>);

impl Shared {
    /// The number of a hash; 0 for `None`.
    fn add(&mut self, hash: Option<[u8; 16]>) -> u32 {
        let Some(hash) = hash else { return 0 };
        let recent = self.0.iter().enumerate().rev().take(RECENT);
        let mut known = recent.filter(|(_, known)| **known == hash);
        let position = known.next().map_or(self.0.len(), |(position, _)| position);
        if position == self.0.len() {
            self.0.push(hash);
        }
        // A chat has fewer than 2^32 messages: the checkpoint numbers them, 8 bytes each at least.
        u32::try_from(position + 1).unwrap_or(0)
    }

    fn get(&self, number: u32) -> Option<[u8; 16]> {
        let position = usize::try_from(number).ok()?.checked_sub(1)?;
        self.0.get(position).copied()
    }
}

/// A [`RecordFacts`], packed.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    pub(super) at: i64,
    pub(super) first_at: i64,
    body: [u8; 16],
    content: [u8; 16],
    file_bytes: u32,
    /// Numbers in [`Shared`].
    media: u32,
    people: u32,
    flags: u32,
    run: u32,
    source: u16,
    /// A message has one file, in some sources a few.
    files: u16,
}

impl Packed {
    /// Packs a `RecordFacts`; `media` and `people` contain the hashes of the chat's other messages.
    pub(super) fn new(facts: &RecordFacts, media: &mut Shared, people: &mut Shared) -> Self {
        let mut flags = Flags::default();
        flags.push(facts.content.is_some());
        flags.push(facts.source.is_some());
        flags.push(facts.file_bytes.is_some());
        for flag in [
            facts.changing,
            facts.linked,
            facts.adopted,
            facts.foreign,
            facts.gone,
            facts.unsettled,
            facts.refused,
            facts.link_refused,
            facts.damaged,
            facts.deleted,
        ] {
            flags.push(flag);
        }
        for answer in [
            facts.outgoing,
            facts.is_media,
            facts.edited,
            facts.exact,
            facts.seconds,
        ] {
            flags.push(answer.is_some());
            flags.push(answer == Some(true));
        }
        flags.push_class(facts.class);
        Packed {
            at: facts.at,
            first_at: facts.first_at,
            body: facts.body,
            content: facts.content.unwrap_or_default(),
            files: u16::try_from(facts.files).unwrap_or(u16::MAX),
            file_bytes: facts.file_bytes.unwrap_or_default(),
            media: media.add(facts.media),
            people: people.add(facts.people),
            flags: flags.bits,
            run: facts.run,
            source: facts.source.unwrap_or_default(),
        }
    }

    /// The facts; `media` and `people` are those that it was packed with.
    pub(super) fn unpack(&self, media: &Shared, people: &Shared) -> RecordFacts {
        // Read in the order in which they were pushed.
        let mut flags = Flags {
            bits: self.flags,
            position: 0,
        };
        RecordFacts {
            at: self.at,
            first_at: self.first_at,
            body: self.body,
            content: flags.next().then_some(self.content),
            source: flags.next().then_some(self.source),
            file_bytes: flags.next().then_some(self.file_bytes),
            files: self.files.into(),
            media: media.get(self.media),
            people: people.get(self.people),
            run: self.run,
            changing: flags.next(),
            linked: flags.next(),
            adopted: flags.next(),
            foreign: flags.next(),
            gone: flags.next(),
            unsettled: flags.next(),
            refused: flags.next(),
            link_refused: flags.next(),
            damaged: flags.next(),
            deleted: flags.next(),
            outgoing: flags.answer(),
            is_media: flags.answer(),
            edited: flags.answer(),
            exact: flags.answer(),
            seconds: flags.answer(),
            class: flags.class(),
        }
    }
}

/// All classes; fewer than 2^[`CLASS_BITS`].
const CLASSES: [Class; 8] = [
    Class::Text,
    Class::File,
    Class::Location,
    Class::Card,
    Class::Poll,
    Class::Other,
    Class::Notice,
    Class::NoFile,
];
const CLASS_BITS: u32 = 4;

/// Up to 32 booleans, in order.
#[derive(Default)]
struct Flags {
    bits: u32,
    position: u32,
}

impl Flags {
    fn push(&mut self, flag: bool) {
        self.bits |= u32::from(flag) << self.position;
        self.position += 1;
    }

    fn push_class(&mut self, class: Option<Class>) {
        let position = CLASSES.iter().position(|known| Some(*known) == class);
        let number = position.map_or(0, |position| position + 1);
        for bit in 0..CLASS_BITS {
            self.push(number >> bit & 1 == 1);
        }
    }

    fn class(&mut self) -> Option<Class> {
        let number =
            (0..CLASS_BITS).fold(0, |number, bit| number | usize::from(self.next()) << bit);
        CLASSES.get(number.checked_sub(1)?).copied()
    }

    fn next(&mut self) -> bool {
        let flag = self.bits >> self.position & 1 == 1;
        self.position += 1;
        flag
    }

    fn answer(&mut self) -> Option<bool> {
        let (is_known, is_yes) = (self.next(), self.next());
        is_known.then_some(is_yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An arbitrary `RecordFacts`: the bits of `seed` determine each field.
    fn facts(seed: u64) -> RecordFacts {
        let mut random = fastrand::Rng::with_seed(seed);
        let hash = |random: &mut fastrand::Rng| random.bool().then(|| [random.u8(..3); 16]);
        let answer = |random: &mut fastrand::Rng| random.bool().then(|| random.bool());
        RecordFacts {
            at: random.i64(..),
            first_at: random.i64(..),
            body: [random.u8(..); 16],
            files: random.u16(..).into(),
            file_bytes: random.bool().then(|| random.u32(..)),
            media: hash(&mut random),
            people: hash(&mut random),
            changing: random.bool(),
            outgoing: answer(&mut random),
            is_media: answer(&mut random),
            linked: random.bool(),
            adopted: random.bool(),
            foreign: random.bool(),
            gone: random.bool(),
            unsettled: random.bool(),
            refused: random.bool(),
            link_refused: random.bool(),
            damaged: random.bool(),
            content: hash(&mut random),
            class: random
                .bool()
                .then(|| CLASSES[random.usize(..CLASSES.len())]),
            edited: answer(&mut random),
            deleted: random.bool(),
            exact: answer(&mut random),
            seconds: answer(&mut random),
            source: random.bool().then(|| random.u16(..)),
            run: random.u32(..),
        }
    }

    #[test]
    fn packed_facts_round_trip() {
        let (mut media, mut people) = (Shared::default(), Shared::default());
        let facts: Vec<RecordFacts> = (0..2_000).map(facts).collect();
        let packed: Vec<Packed> = (facts.iter())
            .map(|facts| Packed::new(facts, &mut media, &mut people))
            .collect();
        for (facts, packed) in facts.iter().zip(&packed) {
            assert_eq!(packed.unpack(&media, &people), *facts);
        }
        assert_eq!((media.0.len(), people.0.len()), (3, 3));
        assert_eq!(size_of::<Packed>(), 72);
    }
}
