//! One true conversation: who wrote what at which instant. What a source records of it is in
//! [`super::sources`], what Close must hold of it in [`super::outcome`].

use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::Europe::Berlin;

use crate::kit::Side;
use crate::kit::Side::{Me, They};
use crate::kit::chat::at;

/// What a message consists of, as one source records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    Text(String),
    /// A text with WhatsApp's edited marker.
    Edited(String),
    /// The picture of this number: each has bytes of its own.
    Photo(u8),
    /// A picture in an export without its file.
    Omitted,
    /// The location of this number.
    Place(u8),
    /// The contact card of this number.
    Card(u8),
    /// The notice that stands in place of what its sender deleted.
    Deleted,
}

/// One message at its exact instant.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: DateTime<Utc>,
    pub(super) side: Side,
    pub(super) body: Body,
}

/// A message at a local time of Berlin, with seconds.
pub(super) fn line(when: &str, side: Side, body: Body) -> Line {
    let local = Berlin.from_local_datetime(&at(when)).single();
    Line {
        at: local.expect("a time that is once").to_utc(),
        side,
        body,
    }
}

pub(super) fn they(when: &str, text: &str) -> Line {
    line(when, They, Body::Text(text.to_owned()))
}

pub(super) fn me(when: &str, text: &str) -> Line {
    line(when, Me, Body::Text(text.to_owned()))
}

/// A text at an instant, as `2024-10-27T01:05:07Z`.
pub(super) fn instant(when: &str, side: Side, text: &str) -> Line {
    Line {
        at: when.parse().expect("an instant"),
        side,
        body: Body::Text(text.to_owned()),
    }
}

/// The conversation with another body at one place.
pub(super) fn with(lines: &[Line], place: usize, body: Body) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines[place].body = body;
    lines
}

/// The conversation without one message: its owner deleted it on the phone, which leaves no trace.
pub(super) fn without(lines: &[Line], place: usize) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.remove(place);
    lines
}

/// The conversation with one more message at its end.
pub(super) fn and(lines: &[Line], last: Line) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.push(last);
    lines
}

pub(super) fn edited(text: &str) -> Body {
    Body::Edited(text.to_owned())
}
