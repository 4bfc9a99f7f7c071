//! One header shape a file, inferred from the whole file and then applied strictly.
//!
//! A message can hold pasted chat lines that look perfectly like headers of another phone
//! (`whatsapp-export-format.md` 2.6). A phone renders a whole export at one moment with one
//! pattern, so a line of another shape, of another padding, or on iPhone after a bare LF where
//! messages end with CRLF, is text.

use std::num::NonZeroU32;

use super::scan::Scan;
use super::stamp::{Shape, Year};
use crate::chat::DateOrder;

/// A line that begins with some stamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Byte at which the line begins.
    pub(super) start: u32,
    /// Number of the line, from 1.
    pub(super) line: u32,
    /// Index into [`Scan::days`].
    pub(super) day: u32,
    /// As in [`super::stamp::Stamp::second_of_day`].
    pub(super) time: Option<NonZeroU32>,
    /// Bytes of the header.
    pub(super) length: u16,
    /// Index into [`Scan::shapes`].
    pub(super) shape: u16,
    /// The line before it ended with CRLF (or there is none).
    pub(super) after_crlf: bool,
    /// Bits as in [`super::stamp::Stamp`].
    pub(super) single: u8,
    /// Bits as in [`super::stamp::Stamp`].
    pub(super) padded: u8,
}

/// The rules that a line must keep to be a header of this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) shape: Shape,
    /// Index of the shape.
    pub(super) index: u16,
    /// Index of the same shape with a year where this has none, or the other way round: Android
    /// of 2013 left out the year of the export alone.
    pub(super) twin: Option<u16>,
    /// Bits as in [`super::stamp::Stamp`]: these numbers never have a leading zero.
    pub(super) never_padded: u8,
    /// Bits as in [`super::stamp::Stamp`]: these numbers always have two digits.
    pub(super) never_single: u8,
    /// Messages end with CRLF, and a bare LF stays inside one.
    crlf: bool,
}

/// When fewer than one in this many lines disagree about padding or line ends, they are pasted
/// text wherever they stand.
const MINORITY: u32 = 8;

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineEnds {
    /// Some line ends with LF alone.
    pub(super) has_bare_lf: bool,
    /// The last line end is CRLF.
    pub(super) last_is_crlf: bool,
}

/// A question of form that every header of a file answers alike, and what its lines answer.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    yes: u32,
    no: u32,
    first: Option<bool>,
    last: Option<bool>,
}

impl Sides {
    /// Adds `count` lines that follow one another and answer alike.
    fn add(&mut self, answer: bool, count: u32) {
        if answer {
            self.yes += count;
        } else {
            self.no += count;
        }
        self.first.get_or_insert(answer);
        self.last = Some(answer);
    }

    /// The file's answer. Lines that answer otherwise are pasted text when they are a small
    /// minority, or when they are no majority and lines of the other answer stand before and
    /// after them. Else the file was put together from several and nothing is concluded.
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

/// Candidates that follow one another and are alike in all but their time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) first: Candidate,
    pub(super) count: u32,
}

impl Candidate {
    /// True when the two have the same form, day and line end before them.
    pub(super) fn is_like(&self, other: &Candidate) -> bool {
        self.day == other.day
            && self.shape == other.shape
            && self.after_crlf == other.after_crlf
            && (self.single, self.padded) == (other.single, other.padded)
    }

    /// False when the numbers are no date and time in any order.
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
                .any(|order| super::order::date(day, shape, order).is_some())
    }
}

impl Rules {
    /// The rules of a file with these candidates, or `None` without any.
    ///
    /// The first line of an export is a header. So its shape is the file's if the first line with
    /// anything in it is one; otherwise (a file cut by hand, a note on top) the shape of most
    /// lines is.
    pub(super) fn infer(scan: &Scan) -> Option<Rules> {
        // A line that cannot be a header decides nothing, even if it is the first.
        let possible = || scan.candidates.iter().filter(|c| c.is_possible(scan));
        let first = possible().next()?;
        let index = if first.line <= scan.first_line {
            first.shape
        } else {
            most_frequent(possible(), scan.shapes.len())
        };
        let shape = *scan.shapes.get(usize::from(index))?;
        let twin = twin(scan, index, &shape);
        let mut padding = [Sides::default(); 4];
        let mut crlf = Sides::default();
        for run in scan.runs.iter().filter(|run| run.first.shape == index) {
            let Run { first: like, count } = run;
            for (bit, sides) in padding.iter_mut().enumerate() {
                if like.single >> bit & 1 == 1 {
                    sides.add(true, *count);
                } else if like.padded >> bit & 1 == 1 {
                    sides.add(false, *count);
                }
            }
            // Nothing stands before the first line, so it tells nothing.
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
        // An iPhone ends every message with CRLF, the last one too.
        crlf.last = Some(scan.ends.last_is_crlf);
        rules.crlf = shape.is_iphone() && scan.ends.has_bare_lf && crlf.decided() == Some(true);
        Some(rules)
    }

    /// True when the line is a header by its form.
    pub(super) fn allow(&self, candidate: &Candidate) -> bool {
        (candidate.shape == self.index || Some(candidate.shape) == self.twin)
            && candidate.padded & self.never_padded == 0
            && candidate.single & self.never_single == 0
            && (!self.crlf || candidate.after_crlf)
    }
}

/// The shape beside this one that has a year where this has none, or the other way round, if all
/// stamps with a year stand before all that have none. Anything else was pasted.
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
