//! The pairs found so far between two timelines: each observation is in at most one.
//!
//! Here belongs bookkeeping, and what rules a pair out; never a search.

use super::timeline::{
    Class, Closeness, FileKind, Files, Observation, Precision, State, Timeline, Wording, closeness,
};
use super::tolerance::{JITTER, LATE, MINUTE};

/// Whether two authors, each numbered by its own source, are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Both sources name the same person.
    Same,
    /// The sources do not show whether they are one person.
    Unknown,
    /// The sources name two different people.
    Different,
}

/// Compares the author of a new observation with that of an old one.
pub type Authors<'a> = dyn Fn(u32, u32) -> Person + 'a;

/// The time by which observations are ordered. Archives are in order of arrival, so that a late message has
/// the time of the one before it; records are in order of their times.
fn ordered(timeline: &Timeline) -> Vec<i64> {
    let has_order = !is_record(timeline);
    let placed = timeline
        .observations
        .len()
        .saturating_sub(timeline.unplaced);
    let mut last = i64::MIN;
    let time = |(index, observation): (usize, &Observation)| {
        let at = observation.at;
        if index >= placed {
            return at;
        }
        // Deletions may come after all others.
        if observation.state == State::Deleted {
            let is_jitter =
                observation.precision == Precision::Second && last > at && last <= at + 2 * JITTER;
            return if has_order && is_jitter { last } else { at };
        }
        // The second of two equal local times, read as the first one.
        let later = observation.repeats.millis();
        let is_second = later > 0 && last > at + MINUTE && last <= at + later + MINUTE;
        last = match has_order {
            true if is_second => last.max(at + later),
            true if last > at && last <= at + LATE => last,
            _ => at,
        };
        last
    };
    timeline.observations.iter().enumerate().map(time).collect()
}

/// Details of the files of each message; empty if none are known.
type Details<'t> = Vec<Option<&'t Files>>;

fn details(timeline: &Timeline) -> Details<'_> {
    if timeline.files.is_empty() {
        return Vec::new();
    }
    let mut details = vec![None; timeline.observations.len()];
    for files in &timeline.files {
        details[files.index as usize] = Some(files);
    }
    details
}

/// Two timelines and their pairs.
pub(super) struct Pairs<'t> {
    pub(super) new: &'t Timeline,
    pub(super) old: &'t Timeline,
    /// By how much each new observation is later than it should be.
    pub(super) shifts: Vec<i64>,
    /// The old partner of each new observation.
    pub(super) of_new: Vec<Option<u32>>,
    /// The new partner of each old one.
    pub(super) of_old: Vec<Option<u32>>,
    /// Whether the new timeline is a record of an import.
    pub(super) new_is_record: bool,
    /// Whether the old timeline is.
    pub(super) old_is_record: bool,
    /// The time of each new observation for the order, see [`ordered`], before shifts.
    order: Vec<i64>,
    old_order: Vec<i64>,
    files: Details<'t>,
    old_files: Details<'t>,
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
            new_is_record: is_record(new),
            old_is_record: is_record(old),
            order: ordered(new),
            old_order: ordered(old),
            files: details(new),
            old_files: details(old),
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

    /// The instant of a new observation less the zone shift.
    pub(super) fn time_of(&self, new: u32) -> i64 {
        self.new_at(new).at - self.shifts[new as usize]
    }

    /// The time by which a new observation is ordered.
    pub(super) fn order_of_new(&self, new: u32) -> i64 {
        self.order[new as usize] - self.shifts[new as usize]
    }

    /// The time by which an old observation is ordered.
    pub(super) fn order_of_old(&self, old: u32) -> i64 {
        self.old_order[old as usize]
    }

    /// Sets the time by which an observation of a record is ordered.
    pub(super) fn set_order(&mut self, index: u32, is_new: bool, at: i64) {
        match is_new {
            true => self.order[index as usize] = at,
            false => self.old_order[index as usize] = at,
        }
    }

    pub(super) fn closeness(&self, new: u32, old: u32) -> Option<Closeness> {
        closeness(
            self.new_at(new),
            self.shifts[new as usize],
            self.old_at(old),
        )
    }

    /// Whether one person may have sent both.
    pub(super) fn may_be_of_one_author(&self, new: u32, old: u32) -> bool {
        let (new, old) = (self.new_at(new), self.old_at(old));
        match (new.author, old.author) {
            (Some(one), Some(other)) => match (self.authors)(one, other) {
                // Another device may treat its own owner as the contact.
                Person::Same => true,
                Person::Unknown => is_same_side(new, old),
                Person::Different => false,
            },
            _ => is_same_side(new, old),
        }
    }

    /// The authors of both, if their names do not show whether they are one person.
    pub(super) fn unproved_names(&self, new: u32, old: u32) -> Option<(u32, u32)> {
        let authors = self.new_at(new).author.zip(self.old_at(old).author);
        authors.filter(|(one, other)| (self.authors)(*one, *other) == Person::Unknown)
    }

    /// Whether both are known to be of the same author.
    pub(super) fn is_of_one_author(&self, new: u32, old: u32) -> bool {
        let (new, old) = (self.new_at(new), self.old_at(old));
        match (new.author, old.author) {
            (Some(one), Some(other)) => (self.authors)(one, other) == Person::Same,
            _ => is_same_side(new, old),
        }
    }

    /// Whether both have the same content, or one may have become the other.
    pub(super) fn may_be_one_content_or_equal(&self, new: u32, old: u32) -> bool {
        let (one, other) = (self.new_at(new), self.old_at(old));
        let is_equal = match (one.files, other.files) {
            (Some(files), Some(others)) => files == others,
            _ => one.body.is_some() && one.body == other.body,
        };
        (is_equal && !self.contradicts(new, old)) || self.may_be_one_content(new, old)
    }

    /// Whether ids or files show that they are two messages, whatever their bodies are.
    pub(super) fn contradicts(&self, new: u32, old: u32) -> bool {
        contradicts(self.new_at(new), self.old_at(old)) || self.are_other_files(new, old)
    }

    /// Details of the files of a new message besides checksums.
    pub(super) fn files_of_new(&self, new: u32) -> Option<&'t Files> {
        self.files.get(new as usize).copied().flatten()
    }

    /// The same of an old one.
    pub(super) fn files_of_old(&self, old: u32) -> Option<&'t Files> {
        self.old_files.get(old as usize).copied().flatten()
    }

    /// Whether the kinds or sizes of files show that they are two messages.
    fn are_other_files(&self, new: u32, old: u32) -> bool {
        let (Some(one), Some(other)) = (self.files_of_new(new), self.files_of_old(old)) else {
            return false;
        };
        let is_other_kind = (one.kind.zip(other.kind)).is_some_and(|(one, other)| one != other);
        let is_other_size = (one.sizes.zip(other.sizes)).is_some_and(|(one, other)| one != other);
        let is_other_caption = (one.caption.zip(other.caption))
            .is_some_and(|(caption, other)| caption != other)
            && !may_be_title(one, other)
            && !may_be_title(other, one);
        is_other_kind || is_other_size || is_other_caption
    }

    /// Whether both are known to have one content, so that it makes no difference which of several such
    /// messages is paired.
    pub(super) fn is_interchangeable(&self, new: u32, old: u32) -> bool {
        let (one, other) = (self.new_at(new), self.old_at(old));
        match (one.state, other.state) {
            (State::Deleted, State::Deleted) => true,
            (State::Deleted, _) | (_, State::Deleted) => false,
            _ => match (one.files, other.files) {
                (Some(files), Some(others)) => files == others,
                _ => {
                    let (files, others) = (self.files_of_new(new), self.files_of_old(old));
                    let sizes = files.and_then(|files| files.sizes);
                    let has_size = sizes.is_some() && sizes == others.and_then(|files| files.sizes);
                    has_size || (one.body.is_some() && one.body == other.body)
                }
            },
        }
    }

    /// Whether both have the same text or files, and lack none.
    pub(super) fn is_equal(&self, new: u32, old: u32) -> bool {
        let (one, other) = (self.new_at(new), self.old_at(old));
        let (files, others) = (self.files_of_new(new), self.files_of_old(old));
        let caption = |files: Option<&Files>| files.and_then(|files| files.caption);
        let has_files = |observation: &Observation, files: Option<&Files>| {
            observation.files.is_some() || files.is_some_and(|files| files.sizes.is_some())
        };
        let has_words = |observation: &Observation, files: Option<&Files>| {
            observation.body.or(caption(files)).is_some()
        };
        let is_known = match (has_files(one, files), has_files(other, others)) {
            (true, true) => true,
            // An omitted document has its title in one export, and nothing in another one.
            (false, false) => has_words(one, files) && has_words(other, others),
            _ => false,
        };
        is_known && !self.is_changed(new, old)
    }

    /// Whether one was deleted, or their texts differ.
    pub(super) fn is_changed(&self, new: u32, old: u32) -> bool {
        let (one, other) = (self.new_at(new), self.old_at(old));
        [one.state, other.state].contains(&State::Deleted)
            || (one.body.zip(other.body)).is_some_and(|(body, others)| body != others)
            || self.lacks_caption(new, old)
    }

    /// The number of events that turn the content of one into that of the other.
    pub(super) fn events(&self, new: u32, old: u32) -> u32 {
        let (one, other) = (self.new_at(new), self.old_at(old));
        let edits = [one, other].map(|observation| observation.state == State::Edited);
        if [one.state, other.state].contains(&State::Deleted) {
            return 1 + u32::from(edits.contains(&true));
        }
        match (one.body, other.body) {
            // A text that returned to its first wording was edited twice, if both sources mark edits.
            (Some(body), Some(same)) if body == same => match edits {
                [true, false] | [false, true] => 1 + u32::from(!is_unmarked(one, other)),
                _ => u32::from(edits.contains(&true)),
            },
            (Some(_), Some(_)) => 1 + u32::from(edits == [true, true]),
            _ => u32::from(self.lacks_caption(new, old)),
        }
    }

    /// Whether both sources show captions, and one of the two messages has none.
    fn lacks_caption(&self, new: u32, old: u32) -> bool {
        let (Some(one), Some(other)) = (self.files_of_new(new), self.files_of_old(old)) else {
            return false;
        };
        one.caption.is_some() != other.caption.is_some()
            && !may_be_title(one, other)
            && !may_be_title(other, one)
    }

    /// Whether the content of one may have become the content of the other: no property known to both
    /// sources contradicts it. Time and author are not considered.
    pub(super) fn may_be_one_content(&self, new: u32, old: u32) -> bool {
        !self.are_other_files(new, old) && may_be_one(self.new_at(new), self.old_at(old))
    }
}

/// Whether the title of an omitted file may be in place of a caption.
fn may_be_title(one: &Files, other: &Files) -> bool {
    one.kind.is_none() && other.kind == Some(FileKind::Document)
}

fn is_same_side(new: &Observation, old: &Observation) -> bool {
    match (new.outgoing, old.outgoing) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// Whether ids or files show that they are two messages.
fn contradicts(new: &Observation, old: &Observation) -> bool {
    // A message has one id; two messages with a common id were paired by it.
    let has_other_id = new.is_named && old.is_named;
    let has_other_files = (new.files.zip(old.files)).is_some_and(|(one, other)| one != other);
    has_other_id || has_other_files
}

/// Whether no property of both excludes that they are one message.
fn may_be_one(new: &Observation, old: &Observation) -> bool {
    if contradicts(new, old) {
        return false;
    }
    if [new.state, old.state].contains(&State::Deleted) {
        return new.state == old.state || !(new.is_shown_notice() || old.is_shown_notice());
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
                || is_unmarked(new, old)
                || new.body.is_none()
                || old.body.is_none()
                || new.body == old.body
                || (by_others && new.wording.may_agree(old.wording))
        }
        // A location is identified by its coordinates, a card by its names and numbers, a poll by its question.
        Class::Location | Class::Card | Class::Poll if other == class => {
            new.body.is_none() || old.body.is_none() || new.body == old.body
        }
        // Programs render these in different words.
        Class::Location | Class::Card | Class::Poll | Class::Other | Class::NoFile => {
            is_edited
                || by_others
                || new.body.is_none()
                || old.body.is_none()
                || new.body == old.body
        }
        Class::Notice => new.body == old.body,
    }
}

/// Whether the source of one of them does not mark edits.
fn is_unmarked(one: &Observation, other: &Observation) -> bool {
    [one.state, other.state].contains(&State::Unmarked)
}

/// Whether a timeline is the record of an import, which lacks messages deleted before. Only records have no
/// wording.
fn is_record(timeline: &Timeline) -> bool {
    let mut observations = timeline.observations.iter();
    observations.all(|observation| observation.wording == Wording::Unknown)
}
