//! Messages whose ids have moved since they were recorded.
//!
//! An iPhone's times move by a second between exports, which can cross a minute
//! (`whatsapp-export-format.md` section 7), and an edited text gives another id: such a message is
//! found again here and keeps the activity that it has. The evidence, in this order: the id; the
//! files by sizes and CRCs; the text, both within a minute; then what is marked (edited, deleted,
//! a file) by its place between neighbours that are known ([`crate::transform::markers`]). So is every
//! message of a chat whose zone or number was corrected, and one whose lead was: old and new are
//! laid side by side ([`crate::matching::sequence`]). What cannot be told is left undecided, and
//! never posted.

use std::collections::{HashMap, HashSet};

use super::beside::{FAR, QUARTER, is_zone, laid_beside};
use super::places::{Place, Places};
use super::{Fingerprint, Known, Record, Recorded, Tombstone, Trace, Undecided};
use crate::chat::Kind;
use crate::ids;
use crate::matching::sequence::{Key, align};
use crate::transform::desired::{Deleted, DesiredMessage, Direction, Held};
use crate::transform::markers::{self, Marked, NEAR, Open};

/// Stamps of one message differ by a second between exports, in milliseconds.
pub(super) const SECONDS: i64 = 2_000;

/// What became of the messages whose ids are not recorded.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// External id of a desired message to its record, on this lead or another one.
    pub(super) found: HashMap<String, Record>,
    /// External ids under which records of other messages stand than those that have these ids by
    /// now.
    pub(super) taken: HashSet<String>,
    /// Deleted messages that were imported: place in [`super::DesiredChat::deleted`], record.
    pub(super) deleted: Vec<(usize, Record)>,
    /// Desired messages of which it cannot be told whether they are in Close.
    pub(super) undecided: HashMap<String, Undecided>,
    /// Deleted messages of which it cannot be told what they were.
    pub(super) unassigned: u32,
    /// Deleted messages that may have been imported: places in [`super::DesiredChat::deleted`].
    /// All others were deleted before.
    pub(super) perhaps: HashSet<usize>,
    /// Milliseconds by which all times of the export are later than those recorded.
    pub(super) shift: Option<i64>,
    /// Why the chat is held, if it is.
    pub(super) held: Option<Held>,
}

impl Drift {
    /// Ids count for nothing: those of what was found are taken.
    fn take(&mut self) {
        let here = self
            .found
            .values()
            .filter(|record| record.lead_id.is_none());
        self.taken = here.map(|record| record.external_id.clone()).collect();
    }

    /// The external ids of all records that a desired message stands for.
    pub(super) fn stand<'d>(&'d self, wanted: &'d [DesiredMessage]) -> HashSet<&'d str> {
        let by_id = (wanted.iter())
            .map(|message| message.external_id.as_str())
            .filter(|id| !self.taken.contains(*id) && !self.found.contains_key(*id));
        let found = self
            .found
            .values()
            .map(|record| record.external_id.as_str());
        by_id.chain(found).collect()
    }
}

/// Looks for desired messages without a record among the records without a desired message.
pub(super) fn drift(wanted: &[DesiredMessage], deleted: &[Deleted], known: &Known) -> Drift {
    let mut drift = Drift::default();
    let Some(fingerprint) = &known.fingerprint else {
        return drift;
    };
    // Where times were corrected once, the ids of then are those that other messages would have
    // now: they count for nothing ever after.
    let by_ids = !known.zone_corrected && !known.recorded.has_corrected_times();
    if by_ids && is_all_in_place(wanted, deleted, known) {
        return drift;
    }
    let mut records: Vec<Place<'_>> = done(known).collect();
    records.extend(known.former.iter().map(Place::of));
    // What is on this lead too is a copy that a broken-off move left behind.
    records.extend(
        (known.elsewhere.iter())
            .filter(|record| !is_here(known, &record.external_id))
            .map(Place::of),
    );
    if records.is_empty() {
        return drift;
    }
    if !by_ids {
        laid_beside(wanted, &records, fingerprint, &mut drift);
        drift.take();
    }
    let by_id: HashMap<&str, usize> = (0..)
        .zip(&records)
        .map(|(at, place): (usize, _)| (place.external_id, at))
        .collect();
    let mut new: Vec<&DesiredMessage> = Vec::new();
    for message in wanted {
        let id = message.external_id.as_str();
        // An attempt that came to nothing on this lead says nothing about another lead.
        let is_known = match known.recorded.get(id) {
            Some(Recorded::NotThere) => !by_id.contains_key(id),
            recorded => recorded.is_some(),
        };
        if is_known && !drift.taken.contains(id) || drift.found.contains_key(id) {
            continue;
        }
        match by_id.get(id) {
            Some(_) if drift.taken.contains(id) => new.push(message),
            // Somebody has put a copy onto this lead.
            Some(at)
                if records[*at].lead_id.is_some()
                    && known
                        .listed
                        .get(id)
                        .is_some_and(|a| a != records[*at].activity_id) => {}
            // On another lead, or under a former number.
            Some(at) => {
                drift.found.insert(id.to_owned(), records[*at].owned());
            }
            None if known.listed.contains_key(id) && !drift.taken.contains(id) => {}
            None => new.push(message),
        }
    }
    if new.is_empty() && deleted.is_empty() {
        return drift;
    }
    let ids = drift.stand(wanted);
    let mut left: Vec<Place<'_>> = (records.iter().copied())
        .filter(|place| !ids.contains(place.external_id))
        .collect();
    left.sort_unstable_by_key(|place| (place.trace.at, place.external_id));
    let mut places = Places::new(&left);
    // The last "ok" before the span of the export is none of those that it begins with.
    let begin = (wanted.iter())
        .map(|message| message.activity_at.timestamp_millis())
        .min()
        .map_or(i64::MIN, |begin| begin - begin.rem_euclid(60_000) - SECONDS);
    let mut unmatched: Vec<&DesiredMessage> = Vec::new();
    let mut found: Vec<(String, Record)> = Vec::new();
    for message in new {
        let at = message.activity_at.timestamp_millis();
        let body = || (fingerprint.0)("body", message.said(message.markdown.reveal()));
        let media = (!message.files.is_empty())
            .then(|| (fingerprint.0)("media", &super::files_text(&message.files)));
        let place = media
            .and_then(|media| places.near_media(at, media))
            .or_else(|| places.near_body(at, body(), side(message.direction), begin));
        match place {
            Some(place) => found.push((message.external_id.clone(), left[place].owned())),
            None => unmatched.push(message),
        }
    }
    if !unmatched.is_empty()
        && is_moved(
            wanted,
            &unmatched,
            &places,
            known,
            fingerprint,
            deleted.len(),
            &mut drift,
        )
    {
        return drift;
    }
    drift.found.extend(found);
    let marked = (unmatched.iter()).any(|message| is_marked(message) || by_kind(message));
    if (marked || !deleted.is_empty()) && !left.is_empty() {
        by_marks(wanted, deleted, known, fingerprint, &records, &mut drift);
    }
    drift
}

/// The case of a plan that has nothing to do, and of a first one: every record has its message, or
/// there is none at all. It must not cost more than looking each message up.
fn is_all_in_place(wanted: &[DesiredMessage], deleted: &[Deleted], known: &Known) -> bool {
    if !known.former.is_empty() || !known.elsewhere.is_empty() {
        return false;
    }
    let traced = (known.recorded.iter())
        .filter(|(_, recorded)| recorded.may_be_there())
        .count();
    let has_trace = |id: &str| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let found = wanted.iter().filter(|m| has_trace(&m.external_id)).count();
    found == traced && !deleted.iter().any(|m| has_trace(&m.external_id))
}

fn is_here(known: &Known, external_id: &str) -> bool {
    matches!(
        known.recorded.get(external_id),
        Some(Recorded::Done { .. } | Recorded::Gone { .. } | Recorded::Unsettled { .. })
    )
}

pub(super) fn side(direction: Direction) -> bool {
    direction == Direction::Outgoing
}

pub(super) fn is_file(message: &DesiredMessage) -> bool {
    matches!(
        message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
    )
}

/// A message whose words may be other ones than at its import.
fn is_marked(message: &DesiredMessage) -> bool {
    message.edited || is_file(message) || message.kind == Kind::Deleted
}

/// A message that an archive of another program may have told in other words.
fn by_kind(message: &DesiredMessage) -> bool {
    // In a group nobody knows who said what is recorded, and texts are many.
    if message.kind == Kind::Text && message.between.is_some() {
        return false;
    }
    markers::is_told_differently(message.kind, message.markdown.reveal())
}

/// By their places between messages that are known.
fn by_marks(
    wanted: &[DesiredMessage],
    deleted: &[Deleted],
    known: &Known,
    fingerprint: &Fingerprint,
    records: &[Place<'_>],
    drift: &mut Drift,
) {
    fn matched<'m>(known: &Known, drift: &'m Drift, id: &'m str) -> Option<&'m str> {
        match (drift.found.get(id), known.recorded.get(id)) {
            (Some(record), _) => Some(record.external_id.as_str()),
            (None, Some(recorded)) if recorded.may_be_there() && !drift.taken.contains(id) => {
                Some(id)
            }
            _ => None,
        }
    }
    let matched = |id| matched(known, drift, id);
    let open = |id: &str| {
        let is_known = known.recorded.contains(id) || known.listed.contains_key(id);
        (!is_known || drift.taken.contains(id)) && !drift.found.contains_key(id)
    };
    // What was told of once has all of that time: a message of after the last record is a new one,
    // whatever of those before it is free.
    let last = records
        .iter()
        .map(|place| place.trace.at)
        .max()
        .unwrap_or(i64::MIN);
    let why = |message: &DesiredMessage| {
        // The last record may have its seconds cut off.
        let minute = |at: i64| at.div_euclid(60_000);
        let is_told = minute(message.activity_at.timestamp_millis()) <= minute(last);
        let by_kind = || (by_kind(message) && is_told).then_some(Open::Kind);
        is_marked(message).then_some(Open::Marked).or_else(by_kind)
    };
    let mut all: Vec<Marked<'_>> = (wanted.iter())
        .map(|message| Marked {
            at: message.activity_at.timestamp_millis(),
            outgoing: side(message.direction),
            is_file: is_file(message),
            is_deleted: message.kind == Kind::Deleted,
            media: (!message.files.is_empty() && open(&message.external_id))
                .then(|| (fingerprint.0)("media", &super::files_text(&message.files))),
            record: matched(&message.external_id),
            open: why(message).filter(|_| open(&message.external_id)),
            native: ids::is_native(&message.external_id),
            alike: None,
        })
        .collect();
    let before = tombstones(deleted, known);
    all.extend(deleted.iter().zip(&before).map(|(message, before)| Marked {
        at: message.activity_at.timestamp_millis(),
        outgoing: side(message.direction),
        is_file: false,
        is_deleted: true,
        media: None,
        record: matched(&message.external_id),
        open: (!before && matched(&message.external_id).is_none()).then_some(Open::Marked),
        native: ids::is_native(&message.external_id),
        alike: None,
    }));
    let places: Vec<markers::Known<'_>> = records.iter().map(Place::known).collect();
    let outcome = markers::pair(&all, &places);
    let owned: HashMap<&str, &Place<'_>> = records
        .iter()
        .map(|place| (place.external_id, place))
        .collect();
    let known_deleted: Vec<(usize, Record)> = (0..)
        .zip(deleted)
        .filter_map(|(at, message)| {
            let place = owned.get(matched(&message.external_id)?)?;
            Some((at, place.owned()))
        })
        .collect();
    drift
        .perhaps
        .extend(known_deleted.iter().map(|(place, _)| *place));
    drift.deleted.extend(known_deleted);
    for (place, record) in outcome.pairs {
        let record = records[record].owned();
        match wanted.get(place) {
            Some(message) => {
                drift.found.insert(message.external_id.clone(), record);
            }
            None => {
                drift.perhaps.insert(place - wanted.len());
                drift.deleted.push((place - wanted.len(), record));
            }
        }
    }
    for place in outcome.undecided {
        match wanted.get(place) {
            Some(message) if message.kind != Kind::Deleted => {
                let why = if is_file(message) && !message.edited {
                    Undecided::Omitted
                } else {
                    Undecided::Edited
                };
                drift.undecided.insert(message.external_id.clone(), why);
            }
            _ => {
                drift.perhaps.extend(place.checked_sub(wanted.len()));
                drift.unassigned += 1;
            }
        }
    }
}

/// Which deleted messages were deleted when the chat was first imported: they were never in Close,
/// and are none of those that have vanished since. Their times may have moved by a second.
fn tombstones(deleted: &[Deleted], known: &Known) -> Vec<bool> {
    let of_known: HashSet<&str> = (known.tombstones.iter())
        .map(|tombstone| tombstone.external_id.as_str())
        .collect();
    let mut before: Vec<bool> = (deleted.iter())
        .map(|message| of_known.contains(message.external_id.as_str()))
        .collect();
    let by_id: HashSet<&str> = (deleted.iter())
        .map(|message| message.external_id.as_str())
        .collect();
    let mut left: Vec<&Tombstone> = (known.tombstones.iter())
        .filter(|tombstone| !by_id.contains(tombstone.external_id.as_str()))
        .collect();
    left.sort_unstable_by_key(|tombstone| tombstone.at);
    let mut taken = vec![false; left.len()];
    for (message, before) in deleted
        .iter()
        .zip(&mut before)
        .filter(|(_, before)| !**before)
    {
        let at = message.activity_at.timestamp_millis();
        let from = left.partition_point(|tombstone| tombstone.at < at - NEAR);
        let fits = |place: &usize| {
            let outgoing = left[*place].outgoing;
            !taken[*place] && outgoing.is_none_or(|outgoing| outgoing == side(message.direction))
        };
        let near = (from..left.len())
            .take_while(|place| left[*place].at <= at + NEAR)
            .filter(fits)
            .min_by_key(|place| (left[*place].at - at).abs());
        if let Some(place) = near {
            taken[place] = true;
            *before = true;
        }
    }
    before
}

/// An export that was made while the phone was in another zone: what it says is recorded, all of
/// it earlier or later by one time. Then the whole is laid side by side; where only some of it
/// looks so, the chat is held.
fn is_moved(
    wanted: &[DesiredMessage],
    unmatched: &[&DesiredMessage],
    places: &Places<'_>,
    known: &Known,
    fingerprint: &Fingerprint,
    deleted: usize,
    drift: &mut Drift,
) -> bool {
    // An export of which a message is where it was is not moved as a whole; what lies before it
    // was cut off, and a later message may say the same.
    let in_place = wanted.iter().any(|m| is_here(known, &m.external_id));
    let begin = (wanted.iter())
        .map(|m| m.activity_at.timestamp_millis())
        .min()
        .filter(|_| in_place);
    let from = begin.map_or(i64::MIN, |begin| begin - NEAR);
    let free = places.free(from);
    if free.is_empty() {
        return false;
    }
    let mut new: Vec<(i64, Key)> = unmatched
        .iter()
        .map(|m| {
            let body = (fingerprint.0)("body", m.said(m.markdown.reveal()));
            (m.activity_at.timestamp_millis(), body)
        })
        .collect();
    new.sort_unstable_by_key(|(at, _)| *at);
    let Some((shift, moved)) = moved(&new, &free) else {
        return false;
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let count = moved.len();
    let whole = (count >= 2 && count * 2 >= new.len()) || (count == 1 && wanted.len() == 1);
    if !whole {
        return false;
    }
    if in_place || !is_certain(&new, &free, &moved, shift) {
        drift.held = Some(Held::Shifted(number(count)));
        return true;
    }
    let records: Vec<Place<'_>> = done(known).collect();
    drift.shift = Some(shift);
    drift.perhaps = (0..deleted).collect();
    laid_beside(wanted, &records, fingerprint, drift);
    drift.take();
    true
}

/// Three different texts at least, nearly everything that both tell, and not a day apart: who says
/// good morning and good night at the same times every day was not abroad.
fn is_certain(new: &[(i64, Key)], free: &[Trace], moved: &[usize], shift: i64) -> bool {
    let texts: HashSet<&Key> = moved.iter().map(|place| &new[*place].1).collect();
    let last = free.iter().map(|trace| trace.at).max().unwrap_or(i64::MIN);
    let both = new
        .iter()
        .filter(|(at, _)| at - shift <= last + NEAR)
        .count();
    texts.len() >= 3 && moved.len() * 5 >= both * 4 && shift.abs() <= FAR - 12 * QUARTER
}

/// The time by which most messages that say what a record says are later than that, as zones
/// differ, and which those are. Both in order of time.
fn moved(new: &[(i64, Key)], left: &[Trace]) -> Option<(i64, Vec<usize>)> {
    let new_keys: Vec<Key> = new.iter().map(|(_, body)| *body).collect();
    let old_keys: Vec<Key> = left.iter().map(|trace| trace.body).collect();
    let mut shifts: HashMap<i64, Vec<usize>> = HashMap::new();
    for (place, record) in align(&new_keys, &old_keys) {
        let shift = new[place].0 - left[record].at;
        if is_zone(shift) && shift.abs() > NEAR {
            let quarters = (shift + QUARTER / 2).div_euclid(QUARTER);
            shifts.entry(quarters).or_default().push(place);
        }
    }
    let (quarters, places) = shifts
        .into_iter()
        .max_by_key(|(quarters, places)| (places.len(), -quarters.abs()))?;
    Some((quarters * QUARTER, places))
}

/// Everything of the chat that is, was, or may be in Close.
fn done(known: &Known) -> impl Iterator<Item = Place<'_>> {
    known.recorded.iter().filter_map(|(id, recorded)| {
        let (activity_id, trace) = match recorded {
            Recorded::Done { activity_id, trace } => (activity_id, trace),
            Recorded::Gone { trace } => ("", trace),
            Recorded::Unsettled { trace } => ("", trace),
            Recorded::NotThere => return None,
        };
        Some(Place {
            external_id: id,
            activity_id,
            lead_id: None,
            trace: *trace,
        })
    })
}
