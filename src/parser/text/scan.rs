//! Line scan: finds the lines that begin with a timestamp, and the layout of the file.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::cldr::{self, HalfDay};
use super::date_order::{self, Decision, Reading};
use super::date_order_evidence;
use super::day::Day;
use super::media;
use super::missing_years;
use super::shape::{Candidate, LineEnds, Rules, Run};
use super::template::Templates;
use super::timestamp::{self, Header, Shape, Year};
use crate::chat::{DateOrder, Evidence};
use crate::parser::Hints;

/// All lines that begin with a timestamp, and the number of lines.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) candidates: Vec<Candidate>,
    /// Consecutive similar candidates, combined.
    pub(super) runs: Vec<Run>,
    /// The dates of the candidates in file order; a date that recurs later is repeated.
    pub(super) days: Vec<Day>,
    pub(super) shapes: Vec<Shape>,
    /// Line number and start in bytes of the other lines that begin like a timestamp ([`super::unread_header`]).
    pub(super) unread: Vec<(u32, u32)>,
    /// Number of lines; an empty rest after the last line end does not count.
    pub(super) lines: u32,
    pub(super) ends: LineEnds,
    /// Whether the text contains a NUL byte.
    pub(super) has_nul: bool,
    /// Whether the text contains a CR.
    pub(super) has_cr: bool,
    /// The first line that is not blank.
    pub(super) first_line: u32,
    /// Index into `shapes` of the previous candidate.
    last_shape: usize,
    /// The half-day words of the candidates, each once or a few times.
    half_days: Vec<&'static HalfDay>,
}

/// Finds the candidates. Only LF ends a line (observed).
///
/// If a half-day word has two meanings, the language that has all words of the file decides, and the text is scanned
/// again.
pub(super) fn scan(text: &str) -> Scan {
    let scan = scan_in(text, None);
    match cldr::language_of(&scan.half_days) {
        Some(language) => scan_in(text, Some(language)),
        None => scan,
    }
}

fn scan_in(text: &str, language: Option<u16>) -> Scan {
    let bytes = text.as_bytes();
    // Messages of ninety bytes are common; a wrong estimate costs a little memory or a copy.
    let mut scan = Scan {
        candidates: Vec::with_capacity(bytes.len() / 84),
        ..Scan::default()
    };
    let mut templates = Templates::default();
    let mut start = 0;
    let mut after_crlf = true;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        let end = scan.line_end(rest);
        let ended = end < rest.len();
        let crlf = end > 0 && rest[end - 1] == b'\r';
        let line = &rest[..if crlf { end - 1 } else { end }];
        scan.lines += 1;
        if timestamp::may_begin(line) {
            let header = templates.read(rest).or_else(|| {
                let header = timestamp::read_in(line, language)?;
                templates.learn(line, &header);
                scan.note(header.timestamp.half);
                Some(header)
            });
            match header {
                Some(header) => scan.add(start, after_crlf, &header),
                None => {
                    let start = u32::try_from(start).unwrap_or(u32::MAX);
                    scan.unread.push((scan.lines, start));
                }
            }
        }
        if ended {
            scan.ends.has_bare_lf |= !crlf;
            scan.ends.last_is_crlf = crlf;
        }
        if scan.first_line == 0 && !line.iter().all(u8::is_ascii_whitespace) {
            scan.first_line = scan.lines;
        }
        after_crlf = crlf;
        start += end + 1;
    }
    scan
}

impl Scan {
    /// The length of the line at the start of `rest`. Looks for rare bytes at the same time: a search of its own for each
    /// reads the whole text from memory once more, a tenth of the time of the parser for both.
    fn line_end(&mut self, rest: &[u8]) -> usize {
        let Some(at) = memchr::memchr3(b'\n', b'\r', 0, rest) else {
            return rest.len();
        };
        match rest[at..] {
            [b'\n', ..] => return at,
            [b'\r', b'\n', ..] => {
                self.has_cr = true;
                return at + 1;
            }
            _ => {}
        }
        let end = memchr::memchr(b'\n', &rest[at..]).map_or(rest.len(), |more| at + more);
        let line = &rest[at..end];
        self.has_cr |= memchr::memchr(b'\r', line).is_some();
        self.has_nul |= memchr::memchr(0, line).is_some();
        end
    }

    /// Notes the half-day word of a header that no template has. In other scripts than ASCII these are all headers, and
    /// the same few words alternate.
    fn note(&mut self, word: Option<&'static HalfDay>) {
        if let Some(word) = word
            && !self
                .half_days
                .iter()
                .any(|known| std::ptr::eq(*known, word))
        {
            self.half_days.push(word);
        }
    }

    fn add(&mut self, start: usize, after_crlf: bool, header: &Header) {
        if self.shapes.get(self.last_shape) != Some(&header.shape) {
            self.last_shape = match self.shapes.iter().position(|s| *s == header.shape) {
                Some(known) => known,
                None => {
                    self.shapes.push(header.shape);
                    self.shapes.len() - 1
                }
            };
        }
        let timestamp = &header.timestamp;
        let day = Day {
            numbers: timestamp.date,
            era: timestamp.era,
        };
        if self.days.last() != Some(&day) {
            self.days.push(day);
        }
        let candidate = Candidate {
            // Under MAX_TRANSCRIPT_BYTES, so it fits. A header has at most a hundred bytes, and there are at most a few
            // hundred shapes (three separators, eight booleans).
            start: u32::try_from(start).unwrap_or(u32::MAX),
            line: self.lines,
            day: u32::try_from(self.days.len() - 1).unwrap_or(u32::MAX),
            time: timestamp.second_of_day(),
            length: u16::try_from(header.length).unwrap_or(u16::MAX),
            shape: u16::try_from(self.last_shape).unwrap_or(u16::MAX),
            after_crlf,
            single: timestamp.single,
            padded: timestamp.padded,
        };
        match self.runs.last_mut() {
            Some(run) if run.first.is_like(&candidate) => run.count += 1,
            _ => self.runs.push(Run {
                first: candidate,
                count: 1,
            }),
        }
        self.candidates.push(candidate);
    }
}

/// Layout of a transcript: its shape, its date order, and which candidates are headers.
pub(super) struct Layout {
    pub(super) rules: Rules,
    pub(super) decision: Decision,
    /// The date of each [`Day`] of the scan, in the determined order.
    dates: Vec<Option<NaiveDate>>,
    /// The last possible day of a message, if it is known.
    latest: Option<NaiveDate>,
    most: usize,
}

impl Layout {
    /// Infers the layout; `None` if no candidate can be a header.
    pub(super) fn infer(
        text: &str,
        scan: &Scan,
        configured: Option<DateOrder>,
        hints: &Hints,
    ) -> Option<Layout> {
        let rules = Rules::infer(scan)?;
        let kept = || scan.runs.iter().filter(|run| rules.allow(&run.first));
        let days: Vec<date_order::Written> = kept()
            .map(|run| date_order::Written {
                day: scan.days[run.first.day as usize],
                count: run.count,
                line: run.first.line,
            })
            .collect();
        let most = days.iter().map(|day| day.count as usize).sum();
        let named = || {
            scan.candidates
                .iter()
                .filter(|c| rules.allow(c))
                .filter_map(|c| {
                    let line = text[c.start as usize..].lines().next()?;
                    Some((scan.days[c.day as usize], media::day_in(line)?))
                })
                .collect()
        };
        let reading = Reading::of(&rules.shape).until(hints.latest(), &days);
        let decision = date_order::decide(configured, reading, &days, named);
        let decision = date_order_evidence::from_outside(decision, reading, &days, hints);
        let mut decision = decision;
        let dates = if rules.shape.year == Year::Missing || rules.twin.is_some() {
            let read = missing_years::dates(scan, &rules, decision.order, hints.exported);
            if !read.sure {
                decision.evidence = Evidence::NoYear;
            }
            read.days
        } else {
            let date = |day| reading.date(day, decision.order);
            scan.days.iter().map(date).collect()
        };
        let layout = Layout {
            latest: reading.latest(),
            rules,
            decision,
            dates,
            most,
        };
        scan.candidates
            .iter()
            .any(|c| layout.is_header(c))
            .then_some(layout)
    }

    /// Whether the year of a header is in another calendar.
    pub(super) fn is_converted(&self, day: &Day) -> bool {
        let reading = Reading::with_latest(&self.rules.shape, self.latest);
        let date = reading.calendar_date(day, self.decision.order);
        date.is_some_and(|(_, converted)| converted)
    }

    /// The number of headers.
    pub(super) fn headers(&self, scan: &Scan) -> u32 {
        let headers = scan.candidates.iter().filter(|c| self.is_header(c));
        u32::try_from(headers.count()).unwrap_or(u32::MAX)
    }

    /// An upper limit of the number of headers.
    pub(super) fn most_headers(&self) -> usize {
        self.most
    }

    /// Whether a day is later than any message can be; `false` where that is not known.
    pub(super) fn is_too_late(&self, day: NaiveDate) -> bool {
        self.latest.is_some_and(|latest| day > latest)
    }

    pub(super) fn is_header(&self, candidate: &Candidate) -> bool {
        self.rules.allow(candidate) && self.time(candidate).is_some()
    }

    /// The local time of a candidate of the file's shape; `None` if it is impossible.
    pub(super) fn time(&self, candidate: &Candidate) -> Option<NaiveDateTime> {
        let day = (*self.dates.get(candidate.day as usize)?)?;
        let time = NaiveTime::from_num_seconds_from_midnight_opt(candidate.time?.get() - 1, 0)?;
        Some(day.and_time(time))
    }
}
