//! One header shape a file, inferred from the whole file and then applied strictly.
//!
//! A message can hold pasted chat lines that look perfectly like headers of another phone
//! (`whatsapp-export-format.md` 2.6). A phone renders a whole export at one moment with one
//! pattern, so a line of another shape, of another padding, or on iPhone after a bare LF where
//! messages end with CRLF, is text.

use super::stamp::{Shape, Stamp, Year};
use crate::chat::DateOrder;

/// A line that begins with some stamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Byte at which the line begins.
    pub(super) start: u32,
    /// Bytes of the header.
    pub(super) length: u16,
    /// Index into the list of shapes seen.
    pub(super) shape: u16,
    /// Number of the line, from 1.
    pub(super) line: u32,
    /// The line before it ended with CRLF (or there is none).
    pub(super) after_crlf: bool,
    pub(super) stamp: Stamp,
}

/// The rules that a line must keep to be a header of this file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) shape: Shape,
    /// Index of the shape.
    pub(super) index: u16,
    /// Bits as in [`Stamp`]: these numbers never have a leading zero.
    never_padded: u8,
    /// Bits as in [`Stamp`]: these numbers always have two digits.
    never_single: u8,
    /// Messages end with CRLF, and a bare LF stays inside one.
    crlf: bool,
}

/// When fewer than one in this many lines disagree about padding or line ends, they are pasted
/// text; when more do, the file was put together from several and nothing is concluded.
const MINORITY: u32 = 8;

impl Rules {
    /// The rules of a file with these candidates, or `None` without any.
    ///
    /// The first line of an export is a header. So its shape is the file's if the file begins
    /// with one; otherwise (a file cut by hand, a note on top) the shape of most lines is.
    pub(super) fn infer(
        candidates: &[Candidate],
        shapes: &[Shape],
        has_bare_lf: bool,
    ) -> Option<Rules> {
        let first = candidates.first()?;
        let index = if first.line == 1 {
            first.shape
        } else {
            most_frequent(candidates, shapes.len())
        };
        let shape = *shapes.get(usize::from(index))?;
        let mut single = [0u32; 4];
        let mut padded = [0u32; 4];
        let mut crlf = 0u32;
        let mut lf = 0u32;
        for candidate in candidates.iter().filter(|c| c.shape == index) {
            for bit in 0..4 {
                single[bit] += u32::from(candidate.stamp.single >> bit & 1);
                padded[bit] += u32::from(candidate.stamp.padded >> bit & 1);
            }
            if candidate.after_crlf {
                crlf += 1;
            } else {
                lf += 1;
            }
        }
        let mut rules = Rules {
            shape,
            index,
            never_padded: 0,
            never_single: 0,
            crlf: false,
        };
        for bit in 0..4 {
            let (single, padded) = (single[bit], padded[bit]);
            if single > padded.saturating_mul(MINORITY) {
                rules.never_padded |= 1 << bit;
            } else if padded > single.saturating_mul(MINORITY) {
                rules.never_single |= 1 << bit;
            }
        }
        rules.crlf = shape.bracket && has_bare_lf && crlf > lf.saturating_mul(MINORITY);
        Some(rules)
    }

    /// True when the line is a header by its form.
    pub(super) fn allow(&self, candidate: &Candidate) -> bool {
        candidate.shape == self.index
            && candidate.stamp.padded & self.never_padded == 0
            && candidate.stamp.single & self.never_single == 0
            && (!self.crlf || candidate.after_crlf)
    }

    /// The shape for people: `[DD.MM.YY, HH:MM:SS]`, `M/D/YYYY, h:MM AM - `.
    pub(super) fn pattern(&self, order: DateOrder) -> String {
        let shape = &self.shape;
        let separator = format!(
            "{}{}",
            char::from(shape.date_separator),
            if shape.spaced { " " } else { "" }
        );
        let year = if shape.year == Year::Two {
            "YY"
        } else {
            "YYYY"
        };
        let letters = match order {
            DateOrder::Dmy => ["D", "M", year],
            DateOrder::Mdy => ["M", "D", year],
            DateOrder::Ymd => [year, "M", "D"],
        };
        let parts: Vec<String> = letters
            .iter()
            .enumerate()
            .map(|(bit, letter)| match *letter {
                year @ ("YY" | "YYYY") => year.to_owned(),
                letter if self.never_single >> bit & 1 == 1 => letter.repeat(2),
                letter => letter.to_owned(),
            })
            .collect();
        let hour = match (shape.half, self.never_single >> 3 & 1 == 1) {
            (true, true) => "hh",
            (true, false) => "h",
            (false, true) => "HH",
            (false, false) => "H",
        };
        let time = char::from(shape.time_separator);
        let stamp = format!(
            "{}{} {hour}{time}MM{}{}",
            parts.join(&separator),
            if shape.comma { "," } else { "" },
            if shape.seconds {
                format!("{time}SS")
            } else {
                String::new()
            },
            if shape.half { " AM" } else { "" },
        );
        if shape.bracket {
            format!("[{stamp}]")
        } else {
            format!("{stamp} -")
        }
    }
}

fn most_frequent(candidates: &[Candidate], shapes: usize) -> u16 {
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
