//! Lines: where they begin, which of them begin with a stamp, and how the file is laid out.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::evidence;
use super::media;
use super::order::{self, Decision};
use super::shape::{Candidate, LineEnds, Rules};
use super::stamp::{self, Shape};
use crate::chat::DateOrder;
use crate::parser::Hints;

/// Every line that begins with a stamp, and the sum of the lines.
pub(super) struct Scan {
    pub(super) candidates: Vec<Candidate>,
    shapes: Vec<Shape>,
    /// Lines of the text; an empty piece after the last line end is none.
    pub(super) lines: u32,
    ends: LineEnds,
    /// The first line that is not blank.
    pub(super) first_line: u32,
}

/// Finds the candidates. Only LF ends a line (`whatsapp-export-format.md` 1.2).
pub(super) fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let mut scan = Scan {
        candidates: Vec::new(),
        shapes: Vec::new(),
        lines: 0,
        ends: LineEnds::default(),
        first_line: 0,
    };
    let mut start = 0;
    let mut after_crlf = true;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        scan.lines += 1;
        let crlf = end > start && bytes[end - 1] == b'\r';
        let line = &bytes[start..if crlf { end - 1 } else { end }];
        if let Some(header) = stamp::read(line) {
            let shape = match scan.shapes.iter().position(|known| *known == header.shape) {
                Some(shape) => shape,
                None => {
                    scan.shapes.push(header.shape);
                    scan.shapes.len() - 1
                }
            };
            scan.candidates.push(Candidate {
                // Under MAX_BYTES, which fits; a header is a hundred bytes at most, and the
                // shapes are a few hundred at most (three separators, eight yes-or-no facts).
                start: u32::try_from(start).unwrap_or(u32::MAX),
                length: u16::try_from(header.length).unwrap_or(u16::MAX),
                shape: u16::try_from(shape).unwrap_or(u16::MAX),
                line: scan.lines,
                after_crlf,
                stamp: header.stamp,
            });
        }
        if end < bytes.len() {
            scan.ends.has_bare_lf |= !crlf;
            scan.ends.last_is_crlf = crlf;
        }
        if scan.first_line == 0 && !line.iter().all(u8::is_ascii_whitespace) {
            scan.first_line = scan.lines;
        }
        after_crlf = crlf;
        start = end + 1;
    }
    scan
}

/// How a transcript is laid out: its shape, its date order, and which candidates are headers.
pub(super) struct Layout {
    pub(super) rules: Rules,
    pub(super) decision: Decision,
    headers: u32,
}

impl Layout {
    /// Infers the layout, or `None` when no candidate can be a header.
    pub(super) fn infer(
        text: &str,
        scan: &Scan,
        told: Option<DateOrder>,
        hints: &Hints,
    ) -> Option<Layout> {
        let rules = Rules::infer(&scan.candidates, &scan.shapes, scan.ends, scan.first_line)?;
        let kept: Vec<Candidate> = scan
            .candidates
            .iter()
            .filter(|c| rules.allow(c))
            .copied()
            .collect();
        let decision = order::decide(told, &rules.shape, &kept, |c| {
            let line = text[c.start as usize..].lines().next()?;
            media::day_in(line)
        });
        let decision = evidence::from_outside(decision, &rules.shape, &kept, hints);
        let mut layout = Layout {
            rules,
            decision,
            headers: 0,
        };
        let headers = kept.iter().filter(|c| layout.time(c).is_some()).count();
        layout.headers = u32::try_from(headers).ok().filter(|n| *n > 0)?;
        Some(layout)
    }

    /// True when the year of a header counts in another calendar than ours.
    pub(super) fn is_converted(&self, candidate: &Candidate) -> bool {
        order::calendar_date(&candidate.stamp, &self.rules.shape, self.decision.order)
            .is_some_and(|(_, converted)| converted)
    }

    /// How many lines begin a message.
    pub(super) fn headers(&self) -> u32 {
        self.headers
    }

    /// The local time of a candidate of the file's shape, or `None` where it cannot be.
    pub(super) fn time(&self, candidate: &Candidate) -> Option<NaiveDateTime> {
        let stamp = &candidate.stamp;
        let day: NaiveDate = order::date(stamp, &self.rules.shape, self.decision.order)?;
        let time = NaiveTime::from_hms_opt(
            u32::from(stamp.hour_of_day()?),
            u32::from(stamp.minute),
            u32::from(stamp.second),
        )?;
        Some(day.and_time(time))
    }
}
