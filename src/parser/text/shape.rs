//! Header shape of a file: inferred from the whole file, then required of every header.
//!
//! A message can contain pasted chat lines that look exactly like headers of another phone (observed). A phone writes
//! a whole export at once in one format. A line with another shape or other padding is therefore text, and so is a
//! line on iPhone after a bare LF if messages end with CRLF.

use std::num::NonZeroU32;

use super::date_order::Reading;
use super::scan::Scan;
use super::timestamp::{Shape, Year};
use crate::chat::DateOrder;

/// A line that begins with a timestamp of any form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Start of the line, in bytes.
    pub(super) start: u32,
    /// Line number, from 1.
    pub(super) line: u32,
    /// Index into [`Scan::days`].
    pub(super) day: u32,
    /// As in [`super::timestamp::Timestamp::second_of_day`].
    pub(super) time: Option<NonZeroU32>,
    /// Length of the header, in bytes.
    pub(super) length: u16,
    /// Index into [`Scan::shapes`].
    pub(super) shape: u16,
    /// Whether the previous line ended with CRLF, or there is none.
    pub(super) after_crlf: bool,
    /// Bits as in [`super::timestamp::Timestamp`].
    pub(super) single: u8,
    /// Bits as in [`super::timestamp::Timestamp`].
    pub(super) padded: u8,
}

/// The rules that every header of this file obeys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) shape: Shape,
    /// Index of the shape.
    pub(super) index: u16,
    /// Index of the same shape with a year where this one has none, or the reverse: Android in 2013 omitted the year
    /// of the export only.
    pub(super) twin: Option<u16>,
    /// Bits as in [`super::timestamp::Timestamp`]: these numbers never have a leading zero.
    pub(super) never_padded: u8,
    /// Bits as in [`super::timestamp::Timestamp`]: these numbers always have two digits.
    pub(super) never_single: u8,
    /// Whether messages end with CRLF, so that a bare LF is inside a message.
    crlf: bool,
}

/// If fewer than one in this many lines differ in padding or line ends, they are pasted text wherever they are.
const MINORITY: u32 = 8;

/// Line ends of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineEnds {
    /// Whether a line ends with LF alone.
    pub(super) has_bare_lf: bool,
    /// Whether the last line end is CRLF.
    pub(super) last_is_crlf: bool,
}

/// A formal property that all headers of a file share, with the values of its lines.
#[derive(Debug, Clone, Copy, Default)]
struct FormVotes {
    yes: u32,
    no: u32,
    first: Option<bool>,
    last: Option<bool>,
}

impl FormVotes {
    /// Adds `count` consecutive lines with the same value.
    fn add(&mut self, answer: bool, count: u32) {
        if answer {
            self.yes += count;
        } else {
            self.no += count;
        }
        self.first.get_or_insert(answer);
        self.last = Some(answer);
    }

    /// The value of the file. Lines with the other value are pasted text if they are a small minority, or if they are
    /// no majority and are surrounded by lines with the value. Otherwise the file was assembled from several and the
    /// result is `None`.
    fn decided(&self) -> Option<bool> {
        if self.yes > self.no.saturating_mul(MINORITY) {
            return Some(true);
        }
        if self.no > self.yes.saturating_mul(MINORITY) {
            return Some(false);
        }
        let around = self.first.filter(|first| Some(*first) == self.last)?;
        let (same, other) = if around {
            (self.yes, self.no)
        } else {
            (self.no, self.yes)
        };
        (same >= other).then_some(around)
    }
}

/// Consecutive candidates that differ only in their times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) first: Candidate,
    pub(super) count: u32,
}

impl Candidate {
    /// Whether both have the same form, day and preceding line end.
    pub(super) fn is_like(&self, other: &Candidate) -> bool {
        self.day == other.day
            && self.shape == other.shape
            && self.after_crlf == other.after_crlf
            && (self.single, self.padded) == (other.single, other.padded)
    }

    /// Whether the numbers are a date and time in at least one order.
    fn is_possible(&self, scan: &Scan) -> bool {
        let (Some(shape), Some(day)) = (
            scan.shapes.get(usize::from(self.shape)),
            scan.days.get(self.day as usize),
        ) else {
            return false;
        };
        self.time.is_some()
            && [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd]
                .into_iter()
                .any(|order| Reading::of(shape).date(day, order).is_some())
    }
}

impl Rules {
    /// Infers the rules of a file; `None` if there is no candidate.
    ///
    /// The first line of an export is a header, so its shape is that of the file. If the first line that is not blank
    /// is not a candidate (a file that was cut by hand, a note on top), the shape of most lines is used.
    pub(super) fn infer(scan: &Scan) -> Option<Rules> {
        // A line that cannot be a header is no evidence, even if it is the first one.
        let possible = || scan.candidates.iter().filter(|c| c.is_possible(scan));
        let first = possible().next()?;
        let index = if first.line <= scan.first_line {
            first.shape
        } else {
            most_frequent(possible(), scan.shapes.len())
        };
        let shape = *scan.shapes.get(usize::from(index))?;
        let twin = twin(scan, index, &shape);
        let mut padding = [FormVotes::default(); 6];
        let mut crlf = FormVotes::default();
        for run in scan.runs.iter().filter(|run| run.first.shape == index) {
            let Run { first: like, count } = run;
            for (bit, sides) in padding.iter_mut().enumerate() {
                if like.single >> bit & 1 == 1 {
                    sides.add(true, *count);
                } else if like.padded >> bit & 1 == 1 {
                    sides.add(false, *count);
                }
            }
            // There is no line before the first one, so it is no evidence.
            let before_it = u32::from(like.start == first.start);
            if *count > before_it {
                crlf.add(like.after_crlf, count - before_it);
            }
        }
        let mut rules = Rules {
            shape,
            index,
            twin,
            never_padded: 0,
            never_single: 0,
            crlf: false,
        };
        for (bit, sides) in padding.iter().enumerate() {
            match sides.decided() {
                Some(true) => rules.never_padded |= 1 << bit,
                Some(false) => rules.never_single |= 1 << bit,
                None => {}
            }
        }
        // An iPhone ends every message with CRLF, including the last one.
        crlf.last = Some(scan.ends.last_is_crlf);
        rules.crlf = shape.is_iphone() && scan.ends.has_bare_lf && crlf.decided() == Some(true);
        Some(rules)
    }

    /// Whether the line has the form of a header.
    pub(super) fn allow(&self, candidate: &Candidate) -> bool {
        (candidate.shape == self.index || Some(candidate.shape) == self.twin)
            && candidate.padded & self.never_padded == 0
            && candidate.single & self.never_single == 0
            && (!self.crlf || candidate.after_crlf)
    }
}

/// The index of a shape that differs from this one only in having a year or none, if all timestamps with a year come
/// before all without. Otherwise one of them was pasted.
fn twin(scan: &Scan, index: u16, shape: &Shape) -> Option<u16> {
    shape.named?;
    let is_twin = |other: &Shape| {
        let year = shape.year;
        Shape { year, ..*other } == *shape
            && (year == Year::Missing) != (other.year == Year::Missing)
    };
    let twin = u16::try_from(scan.shapes.iter().position(is_twin)?).ok()?;
    let (dated, undated) = if shape.year == Year::Missing {
        (twin, index)
    } else {
        (index, twin)
    };
    let of = |wanted: u16| scan.candidates.iter().filter(move |c| c.shape == wanted);
    let last_dated = of(dated).map(|c| c.line).next_back()?;
    (last_dated < of(undated).next()?.line).then_some(twin)
}

fn most_frequent<'c>(candidates: impl Iterator<Item = &'c Candidate>, shapes: usize) -> u16 {
    let mut counts = vec![0u32; shapes];
    for candidate in candidates {
        counts[usize::from(candidate.shape)] += 1;
    }
    let mut best = 0;
    for (index, count) in counts.iter().enumerate() {
        if *count > counts[best] {
            best = index;
        }
    }
    u16::try_from(best).unwrap_or(0)
}
