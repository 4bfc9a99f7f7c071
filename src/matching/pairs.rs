//! The pairs found so far between two timelines: each observation is in at most one.
//!
//! Belongs here: bookkeeping, and what rules a pair out whatever else agrees. Never here: a search.

use super::timeline::{Class, Closeness, Observation, State, Timeline, closeness};

/// Whether two authors, each numbered by its own source, are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Both sources name the same person.
    Same,
    /// Nothing tells.
    Unknown,
    /// They are two people.
    Different,
}

/// Compares the author of a new observation with that of an old one.
pub type Authors<'a> = dyn Fn(u32, u32) -> Person + 'a;

/// Two timelines and what is known to be the same in them.
pub(super) struct Pairs<'t> {
    pub(super) new: &'t Timeline,
    pub(super) old: &'t Timeline,
    /// By how much each new observation is later than it should be.
    pub(super) shifts: Vec<i64>,
    /// The old partner of each new observation.
    pub(super) of_new: Vec<Option<u32>>,
    /// The new partner of each old one.
    pub(super) of_old: Vec<Option<u32>>,
    authors: &'t Authors<'t>,
}

impl<'t> Pairs<'t> {
    pub(super) fn new(new: &'t Timeline, old: &'t Timeline, authors: &'t Authors<'t>) -> Self {
        Pairs {
            new,
            old,
            shifts: vec![0; new.observations.len()],
            of_new: vec![None; new.observations.len()],
            of_old: vec![None; old.observations.len()],
            authors,
        }
    }

    pub(super) fn link(&mut self, new: u32, old: u32) {
        self.of_new[new as usize] = Some(old);
        self.of_old[old as usize] = Some(new);
    }

    pub(super) fn is_free(&self, new: u32, old: u32) -> bool {
        self.of_new[new as usize].is_none() && self.of_old[old as usize].is_none()
    }

    pub(super) fn new_at(&self, new: u32) -> &'t Observation {
        &self.new.observations[new as usize]
    }

    pub(super) fn old_at(&self, old: u32) -> &'t Observation {
        &self.old.observations[old as usize]
    }

    /// The instant of a new observation, less the zone shift.
    pub(super) fn time_of(&self, new: u32) -> i64 {
        self.new_at(new).at - self.shifts[new as usize]
    }

    pub(super) fn closeness(&self, new: u32, old: u32) -> Option<Closeness> {
        closeness(
            self.new_at(new),
            self.shifts[new as usize],
            self.old_at(old),
        )
    }

    /// True where one person may have sent both.
    pub(super) fn may_be_of_one_author(&self, new: u32, old: u32) -> bool {
        let (new, old) = (self.new_at(new), self.old_at(old));
        match (new.author, old.author) {
            (Some(one), Some(other)) => match (self.authors)(one, other) {
                // Another phone may take its own owner for the other side.
                Person::Same => true,
                Person::Unknown => is_same_side(new, old),
                Person::Different => false,
            },
            _ => is_same_side(new, old),
        }
    }

    /// True where both are known to be of the same author.
    pub(super) fn is_of_one_author(&self, new: u32, old: u32) -> bool {
        let (new, old) = (self.new_at(new), self.old_at(old));
        match (new.author, old.author) {
            (Some(one), Some(other)) => (self.authors)(one, other) == Person::Same,
            _ => is_same_side(new, old),
        }
    }

    /// True where both have the same content, or one may have become the other.
    pub(super) fn may_be_one_content_or_equal(&self, new: u32, old: u32) -> bool {
        let (one, other) = (self.new_at(new), self.old_at(old));
        let is_equal = match (one.files, other.files) {
            (Some(files), Some(others)) => files == others,
            _ => one.body.is_some() && one.body == other.body,
        };
        (is_equal && !self.contradicts(new, old)) || may_be_one(one, other)
    }

    /// True where ids or files say that they are two messages, whatever their bodies say.
    pub(super) fn contradicts(&self, new: u32, old: u32) -> bool {
        contradicts(self.new_at(new), self.old_at(old))
    }

    /// True where the content of one may have become the content of the other: nothing that both
    /// sources know contradicts it. Time and author are not looked at.
    pub(super) fn may_be_one_content(&self, new: u32, old: u32) -> bool {
        may_be_one(self.new_at(new), self.old_at(old))
    }
}

fn is_same_side(new: &Observation, old: &Observation) -> bool {
    match (new.outgoing, old.outgoing) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// True where ids or files say that they are two messages.
fn contradicts(new: &Observation, old: &Observation) -> bool {
    // A message has one id; two named ones that shared it were paired by it.
    let has_other_id = new.is_named && old.is_named;
    let has_other_files = (new.files.zip(old.files)).is_some_and(|(one, other)| one != other);
    has_other_id || has_other_files
}

/// True unless what both record excludes that they are one message.
fn may_be_one(new: &Observation, old: &Observation) -> bool {
    if contradicts(new, old) {
        return false;
    }
    if [new.state, old.state].contains(&State::Deleted) {
        return true;
    }
    let (Some(class), Some(other)) = (new.class, old.class) else {
        // Rows of older formats record only whether it is a file.
        return true;
    };
    if !class.may_be(other) {
        return false;
    }
    let is_edited = [new.state, old.state].contains(&State::Edited);
    let by_others = match (new.program, old.program) {
        (Some(one), Some(other)) => one != other,
        _ => true,
    };
    match class {
        Class::File => true,
        _ if other == Class::NoFile && class != Class::Text => true,
        Class::Text => {
            is_edited
                || new.body.is_none()
                || old.body.is_none()
                || (by_others && new.wording.may_agree(old.wording))
        }
        // Programs render these in words of their own.
        Class::Place | Class::Card | Class::Poll | Class::Other | Class::NoFile => {
            is_edited
                || by_others
                || new.body.is_none()
                || old.body.is_none()
                || new.body == old.body
        }
        Class::Notice => new.body == old.body,
    }
}

/// True for two observations that no later evidence tells apart, so that either may be taken.
pub(super) fn is_interchangeable(one: &Observation, other: &Observation) -> bool {
    one.state == State::Deleted && other.state == State::Deleted && one.at == other.at
}
