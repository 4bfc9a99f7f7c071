//! Records that no desired message has taken yet, found by what they say and when.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Record, Trace};
use crate::ids;
use crate::matching::sequence::Key;
use crate::transform::markers::{self, NEAR};

/// In milliseconds.
const MINUTE: i64 = 60_000;

/// A record of a message that is in Close.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'l> {
    pub(super) external_id: &'l str,
    pub(super) activity_id: &'l str,
    /// The lead that it is on, where that is not the one that the chat goes to.
    pub(super) lead_id: Option<&'l Arc<str>>,
    pub(super) trace: Trace,
}

impl<'l> Place<'l> {
    pub(super) fn of(record: &'l Record) -> Self {
        Place {
            external_id: &record.external_id,
            activity_id: &record.activity_id,
            lead_id: record.lead_id.as_ref(),
            trace: record.trace,
        }
    }

    /// The same, for what goes by its place.
    pub(super) fn known(&self) -> markers::Known<'l> {
        markers::Known {
            id: self.external_id,
            at: self.trace.at,
            outgoing: self.trace.outgoing,
            is_file: self.trace.is_media,
            has_files: self.trace.files > 0,
            media: self.trace.media,
            native: ids::is_native(self.external_id),
            is_changed: false,
            alike: None,
        }
    }

    /// What it says: its files where they are known, else its text.
    pub(super) fn key(&self) -> Key {
        match self.trace.media {
            Some(media) if self.trace.files > 0 => media,
            _ => self.trace.body,
        }
    }

    pub(super) fn owned(&self) -> Record {
        Record {
            external_id: self.external_id.to_owned(),
            activity_id: self.activity_id.to_owned(),
            lead_id: self.lead_id.cloned(),
            trace: self.trace,
        }
    }
}

/// The records, each to be taken once.
pub(super) struct Places<'l> {
    /// In order of time.
    left: &'l [Place<'l>],
    by_body: HashMap<Key, Vec<usize>>,
    by_media: HashMap<Key, Vec<usize>>,
    taken: HashSet<usize>,
}

impl<'l> Places<'l> {
    /// `left` is in order of time.
    pub(super) fn new(left: &'l [Place<'l>]) -> Self {
        let mut by_body: HashMap<Key, Vec<usize>> = HashMap::new();
        let mut by_media: HashMap<Key, Vec<usize>> = HashMap::new();
        for (at, place) in left.iter().enumerate() {
            by_body.entry(place.trace.body).or_default().push(at);
            if let Some(media) = place.trace.media.filter(|_| place.trace.files > 0) {
                by_media.entry(media).or_default().push(at);
            }
        }
        Places {
            left,
            by_body,
            by_media,
            taken: HashSet::new(),
        }
    }

    /// Takes the nearest record of this text on this side within a minute, from `begin` on.
    pub(super) fn near_body(
        &mut self,
        at: i64,
        body: Key,
        outgoing: bool,
        begin: i64,
    ) -> Option<usize> {
        let places = self.by_body.get(&body)?;
        let from = places.partition_point(|place| self.left[*place].trace.at < begin);
        let place = self.nearest(&places[from..], at, Some(outgoing))?;
        self.taken.insert(place);
        Some(place)
    }

    /// Takes the nearest record with these very files within a minute.
    pub(super) fn near_media(&mut self, at: i64, media: Key) -> Option<usize> {
        let place = self.nearest(self.by_media.get(&media)?, at, None)?;
        self.taken.insert(place);
        Some(place)
    }

    /// The records that nobody has taken, those before `from` left out.
    pub(super) fn free(&self, from: i64) -> Vec<Trace> {
        (self.left.iter().enumerate())
            .filter(|(at, place)| !self.taken.contains(at) && place.trace.at >= from)
            .map(|(_, place)| place.trace)
            .collect()
    }

    /// The nearest of `places` within a minute that may be of this side; they are in order of time. Only those near are
    /// looked at: of one short word there may be tens of thousands.
    fn nearest(&self, places: &[usize], at: i64, outgoing: Option<bool>) -> Option<usize> {
        let from = places.partition_point(|place| self.left[*place].trace.at < at - NEAR);
        places[from..]
            .iter()
            .copied()
            .take_while(|place| self.left[*place].trace.at <= at + NEAR)
            .filter(|place| !self.taken.contains(place))
            .filter(|place| {
                let known = outgoing.zip(self.left[*place].trace.outgoing);
                known.is_none_or(|(one, other)| one == other)
            })
            .min_by_key(|place| self.distance(*place, at))
    }

    /// How far a record is from a time. One of the two may be told to the minute, with the seconds
    /// cut off: then the same minute is nearer than any other.
    fn distance(&self, place: usize, at: i64) -> (bool, i64) {
        let recorded = self.left[place].trace.at;
        let is_cut = |at: i64| at.rem_euclid(MINUTE) < 1_000;
        let minute = |at: i64| at.div_euclid(MINUTE);
        let is_other = (is_cut(recorded) || is_cut(at)) && minute(recorded) != minute(at);
        (is_other, (recorded - at).abs())
    }
}
