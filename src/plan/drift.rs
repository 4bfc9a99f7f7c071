//! Messages whose ids have moved since they were recorded.
//!
//! An iPhone's times move by a second between exports, which can cross a minute
//! (`whatsapp-export-format.md` section 7), and an edited text gives another id: such a message is
//! found again here and keeps the activity that it has. When a whole chat has moved, because its
//! zone, a number or its lead was corrected, nothing is decided: posting it again would double it,
//! so the chat is held.

use std::collections::{HashMap, HashSet};

use super::{Known, Recorded, Trace};
use crate::transform::desired::{DesiredMessage, Held};

/// Two exports of one message differ by a second, and their stamps by a minute at most, with the
/// milliseconds that keep equal stamps in order.
const NEAR: i64 = 61_000;

/// No zone is further from another.
const FAR: i64 = 26 * 3_600_000;

/// What became of the messages whose ids are not recorded.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// External id of a desired message to the external id and the activity of its record.
    pub(super) found: HashMap<String, (String, String, Trace)>,
    /// Why the chat is held, if it is.
    pub(super) held: Option<Held>,
}

/// Looks for desired messages without a record among the records without a desired message.
pub(super) fn drift(wanted: &[DesiredMessage], known: &Known) -> Drift {
    let mut drift = Drift::default();
    let Some(fingerprint) = &known.fingerprint else {
        return drift;
    };
    let new: Vec<&DesiredMessage> = wanted
        .iter()
        .filter(|m| {
            !known.recorded.contains_key(&m.external_id)
                && !known.listed.contains_key(&m.external_id)
        })
        .collect();
    if new.is_empty() {
        return drift;
    }
    let ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    let mut left: Vec<(&str, &str, Trace)> = known
        .recorded
        .iter()
        .filter(|(id, _)| !ids.contains(id.as_str()))
        .filter_map(|(id, recorded)| match recorded {
            Recorded::Done { activity_id, trace } => {
                Some((id.as_str(), activity_id.as_str(), *trace))
            }
            _ => None,
        })
        .collect();
    if left.is_empty() && known.elsewhere.is_empty() {
        return drift;
    }
    left.sort_unstable_by_key(|(id, _, trace)| (trace.at, *id));
    let mut places = Places::new(&left);
    let mut moved = 0usize;
    let mut unmatched = 0usize;
    let elsewhere: HashMap<[u8; 16], Vec<i64>> = by_body(known.elsewhere.iter().copied());
    let mut other = 0usize;
    for message in new {
        let at = message.activity_at.timestamp_millis();
        let body = (fingerprint.0)("body", message.markdown.reveal());
        let media = (!message.files.is_empty())
            .then(|| (fingerprint.0)("media", &super::files_text(&message.files)));
        let place = media
            .and_then(|media| places.near_media(at, media))
            .or_else(|| places.near(at, Some(body)))
            .or_else(|| message.edited.then(|| places.near(at, None)).flatten());
        if let Some(place) = place {
            let (id, activity, trace) = left[place];
            drift.found.insert(
                message.external_id.clone(),
                (id.to_owned(), activity.to_owned(), trace),
            );
            continue;
        }
        unmatched += 1;
        moved += usize::from(places.within(at, body));
        let same = elsewhere
            .get(&body)
            .is_some_and(|times| times.iter().any(|time| (time - at).abs() <= NEAR));
        other += usize::from(same);
    }
    let whole =
        |count: usize| (count >= 2 && count * 2 >= unmatched) || (count == 1 && wanted.len() == 1);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    if whole(moved) {
        drift.held = Some(Held::Shifted(number(moved)));
    } else if whole(other) {
        drift.held = Some(Held::Elsewhere(number(other)));
    }
    drift
}

fn by_body(traces: impl Iterator<Item = Trace>) -> HashMap<[u8; 16], Vec<i64>> {
    let mut map: HashMap<[u8; 16], Vec<i64>> = HashMap::new();
    for trace in traces {
        map.entry(trace.body).or_default().push(trace.at);
    }
    map
}

/// Records that no desired message has taken yet.
struct Places<'l> {
    left: &'l [(&'l str, &'l str, Trace)],
    by_body: HashMap<[u8; 16], Vec<usize>>,
    by_media: HashMap<[u8; 16], Vec<usize>>,
    taken: HashSet<usize>,
}

impl<'l> Places<'l> {
    fn new(left: &'l [(&'l str, &'l str, Trace)]) -> Self {
        let mut by_body: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
        let mut by_media: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
        for (place, (_, _, trace)) in left.iter().enumerate() {
            by_body.entry(trace.body).or_default().push(place);
            if let Some(media) = trace.media.filter(|_| trace.files > 0) {
                by_media.entry(media).or_default().push(place);
            }
        }
        Places {
            left,
            by_body,
            by_media,
            taken: HashSet::new(),
        }
    }

    /// Takes the nearest record of this body within a minute; without a body, the only one there.
    fn near(&mut self, at: i64, body: Option<[u8; 16]>) -> Option<usize> {
        let place = match body {
            Some(body) => {
                let places = self.by_body.get(&body)?.iter().copied();
                let free = places.filter(|place| !self.taken.contains(place));
                free.filter(|place| self.distance(*place, at) <= NEAR)
                    .min_by_key(|place| self.distance(*place, at))?
            }
            None => {
                let from = self
                    .left
                    .partition_point(|(_, _, trace)| trace.at < at - NEAR);
                let mut free = (from..self.left.len())
                    .take_while(|place| self.left[*place].2.at <= at + NEAR)
                    .filter(|place| !self.taken.contains(place));
                let only = free.next()?;
                if free.next().is_some() {
                    return None;
                }
                only
            }
        };
        self.taken.insert(place);
        Some(place)
    }

    /// Takes the nearest record with these very files within a minute.
    fn near_media(&mut self, at: i64, media: [u8; 16]) -> Option<usize> {
        let places = self.by_media.get(&media)?.iter().copied();
        let free = places.filter(|place| !self.taken.contains(place));
        let place = free
            .filter(|place| self.distance(*place, at) <= NEAR)
            .min_by_key(|place| self.distance(*place, at))?;
        self.taken.insert(place);
        Some(place)
    }

    /// True when a record of this body lies within a day.
    fn within(&self, at: i64, body: [u8; 16]) -> bool {
        self.by_body.get(&body).is_some_and(|places| {
            places
                .iter()
                .any(|place| !self.taken.contains(place) && self.distance(*place, at) <= FAR)
        })
    }

    fn distance(&self, place: usize, at: i64) -> i64 {
        (self.left[place].2.at - at).abs()
    }
}
