//! Two copies of one message as one: which state, time, id and bytes stay.
//!
//! Never here: which messages are copies of each other.

use chrono::{DateTime, TimeDelta, Utc};

use crate::chat::Kind;
use crate::matching::{Repeat, Wording};
use crate::transform::message::Item;
use crate::transform::observe::{marks_edits, wording};
use crate::transform::resolved::Resolved;
use crate::transform::trace::{CopyPairing, Pair, PairedBy};

/// Marks the text of a program without edit marks as edited if it differs from the one that a program with
/// edit marks shows as first sent.
pub(super) fn note_edit(one: &mut Item<'_>, other: &mut Item<'_>, archives: &[Resolved<'_>]) {
    let is_text = |item: &Item<'_>| {
        item.message.kind == Kind::Text && wording(item.message, item.text) == Wording::Fixed
    };
    if one.content == other.content || !is_text(one) || !is_text(other) {
        return;
    }
    let marks = |item: &Item<'_>| archives.get(item.archive as usize).is_some_and(marks_edits);
    match (marks(one), marks(other)) {
        (true, false) if !one.edited => other.edited = true,
        (false, true) if !other.edited => one.edited = true,
        _ => {}
    }
}

/// Whether an item is an edited text, or a file that its export omits.
pub(super) fn is_changed(item: &Item<'_>) -> bool {
    let is_file = matches!(
        item.message.kind,
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
    );
    item.edited || (is_file && !item.has_bytes)
}

/// The pair of a known message and a further copy of it, for a trace.
pub(super) fn pair_of(known: &Item<'_>, copy: &Item<'_>) -> Pair {
    let has_common_id = copy.ids.iter().any(|id| known.ids.contains(id));
    let by = if has_common_id {
        PairedBy::Id
    } else if known.content.is_some() && known.content == copy.content {
        PairedBy::Content
    } else {
        PairedBy::Position
    };
    let place = |item: &Item<'_>| (item.archive, item.message.line);
    Pair {
        one: place(known),
        other: place(copy),
        pairing: CopyPairing {
            by,
            difference_ms: (copy.activity_at - known.activity_at).num_milliseconds(),
        },
    }
}

impl<'s> Item<'s> {
    /// Merges two copies of one message.
    pub(super) fn merge(&mut self, other: Item<'s>) {
        let mut ids = std::mem::take(&mut self.ids);
        ids.extend(
            other
                .ids
                .iter()
                .copied()
                .filter(|id| !self.ids.contains(id)),
        );
        // The id of the older archive, unless the newer one has both: it was edited since.
        let native_id = match (self.native_id, other.native_id) {
            (Some(own), Some(others)) if other.ids.contains(&own) => Some(others),
            (own, others) => own.or(others),
        };
        let shared_id = self.shared_id.or(other.shared_id);
        let origin = match (self.origin(), other.origin()) {
            (own, others) if own.archive <= others.archive => own,
            (_, others) => others,
        };
        let other_archive = other.archive;
        let are_cards = [&*self, &other]
            .iter()
            .all(|item| item.message.kind == Kind::Contact);
        let card = self.content.or(other.content).filter(|_| are_cards);
        let seen_in = self.seen_in.and(other.seen_in);
        let is_pasted = self.is_pasted && other.is_pasted;
        let is_contested = self.is_contested || other.is_contested;
        let is_outside_dates = self.is_outside_dates && other.is_outside_dates;
        let own = self.clone();
        let (mut newer, mut older) = match own.archive >= other_archive {
            true => (own, other),
            false => (other, own),
        };
        settle_repeated_time(&mut newer, &older);
        settle_repeated_time(&mut older, &newer);
        let is_deleted = |item: &Item<'_>| item.message.kind == Kind::Deleted;
        let mut merged = match (is_deleted(&newer), is_deleted(&older)) {
            // A deletion stays, whichever archive is the older one.
            (true, _) => newer.with_instant_of(&older),
            (false, true) => older.with_instant_of(&newer),
            (false, false) => newer.with_older(older),
        };
        ids.dedup();
        merged.ids = ids;
        merged.content = merged.content.or(card);
        merged.seen_in = seen_in;
        merged.native_id = native_id;
        merged.shared_id = shared_id;
        merged.origin = Some(Box::new(origin));
        merged.is_undecided = false;
        merged.is_pasted = is_pasted;
        merged.is_contested = is_contested;
        merged.is_outside_dates = is_outside_dates;
        *self = merged;
    }
}

/// Gives a copy whose local time occurs twice the reading that a settled copy has: the order of an archive
/// that was cut within such an hour settles nothing.
fn settle_repeated_time(item: &mut Item<'_>, settled: &Item<'_>) {
    if !item.repeats.is_some() || settled.repeats.is_some() {
        return;
    }
    let later = item.activity_at + TimeDelta::milliseconds(item.repeats.millis());
    let distance = |at: DateTime<Utc>| (at - settled.activity_at).abs();
    if distance(later) < distance(item.activity_at) {
        item.activity_at = later;
    }
    item.repeats = Repeat::NEVER;
}
