//! Pasted conversations: lines inside a message that look like headers and run back in time.
//!
//! A phone writes messages in the order in which it received them. Lines of the file's own shape
//! that run back behind the message before them were received late, or are text of that message.
//! Here belongs the decision between the two, from timestamps and lines alone: different lines that
//! repeat earlier messages are text; others that run back far stay messages and are reported. Never here:
//! what an archive of another source contains of that time (`transform::pasted`).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use chrono::{NaiveDateTime, TimeDelta};

/// Lines that run back no further than this were received late or written while a clock was put
/// back: an hour of daylight saving, and ten minutes of delay.
const ORDINARY: TimeDelta = TimeDelta::minutes(70);

/// The longest text of one message, in bytes: 65,536 characters (WhatsApp's limit) of up to four
/// bytes. Lines that run back for longer are not inside one message.
const LONGEST_TEXT: usize = 4 * 65_536;

/// Minimum number of consecutive lines that are pasted text; a single line is normal.
const FEWEST: usize = 2;

/// A header, in file order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Byte at which its line begins.
    pub(super) start: usize,
    /// Byte after its timestamp.
    pub(super) body: usize,
    /// The number of its line, from 1.
    pub(super) number: u32,
    /// Its local time.
    pub(super) time: NaiveDateTime,
}

/// Headers that run back in time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pasted {
    /// Headers that are text of the message above them: line numbers, ascending.
    pub(super) text: Vec<u32>,
    /// Headers that stay messages but may be pasted: line numbers, ascending.
    pub(super) doubtful: Vec<u32>,
    /// Lines after which the file runs back in time for longer than one message can be: line numbers.
    pub(super) long: Vec<u32>,
}

/// Detects while headers are read whether two consecutive ones run back in time, so that [`find`] is called for few
/// files only.
#[derive(Debug, Default)]
pub(super) struct Watch {
    latest: Option<NaiveDateTime>,
    back: usize,
    found: bool,
}

impl Watch {
    /// Observes the time of the next header.
    pub(super) fn see(&mut self, time: NaiveDateTime) {
        if self.latest.is_some_and(|latest| time < latest) {
            self.back += 1;
            self.found |= self.back >= FEWEST;
        } else {
            self.latest = Some(time);
            self.back = 0;
        }
    }

    /// Whether two consecutive headers run back in time.
    pub(super) fn found(&self) -> bool {
        self.found
    }
}

/// Classifies the headers that run back in time. Linear in the length of `text`.
pub(super) fn find(text: &str, lines: &[Line]) -> Pasted {
    let mut pasted = Pasted::default();
    let runs = runs(lines, &mut pasted);
    if runs.is_empty() {
        return pasted;
    }
    let index = Index::new(text, lines, &runs);
    for run in runs {
        let host = run.start;
        let back = host + 1..run.end;
        let is_copy: Vec<bool> = back.clone().map(|at| index.is_copy(at, host)).collect();
        for copies in in_a_row(&is_copy) {
            if index.are_equal(host + 1 + copies.start..host + 1 + copies.end) {
                continue;
            }
            let copies = copies.map(|offset| lines[host + 1 + offset].number);
            pasted.text.extend(copies);
        }
        let far = lines[host].time - ORDINARY;
        let is_far: Vec<bool> = back.map(|at| lines[at].time < far).collect();
        for doubtful in in_a_row(&is_far) {
            let numbers = doubtful.map(|offset| lines[host + 1 + offset].number);
            let kept = numbers.filter(|number| pasted.text.binary_search(number).is_err());
            pasted.doubtful.extend(kept);
        }
    }
    pasted
}

/// Each message with the earlier lines after it, where there are several.
fn runs(lines: &[Line], pasted: &mut Pasted) -> Vec<Range<usize>> {
    let ends = ends(lines);
    let mut runs = Vec::new();
    let mut host = 0;
    while host < lines.len() {
        let end = ends[host];
        if end - host <= FEWEST {
            host += 1;
            continue;
        }
        let last = lines.get(end).unwrap_or(&lines[end - 1]);
        if last.start - lines[host].start <= LONGEST_TEXT {
            runs.push(host..end);
            host = end;
            continue;
        }
        let far = lines[host].time - ORDINARY;
        if lines[host + 1..=host + FEWEST]
            .iter()
            .all(|line| line.time < far)
        {
            pasted.long.push(lines[host + 1].number);
        }
        host += 1;
    }
    runs
}

/// For each header the index of the next one that is not earlier, or the number of headers.
fn ends(lines: &[Line]) -> Vec<usize> {
    let mut ends = vec![lines.len(); lines.len()];
    let mut open: Vec<usize> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        while let Some(before) = open.pop_if(|before| lines[*before].time <= line.time) {
            ends[before] = place;
        }
        open.push(place);
    }
    ends
}

/// The ranges of at least [`FEWEST`] consecutive true values.
fn in_a_row(answers: &[bool]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut begin = 0;
    for place in 0..=answers.len() {
        if !answers.get(place).copied().unwrap_or(false) {
            if place - begin >= FEWEST {
                ranges.push(begin..place);
            }
            begin = place + 1;
        }
    }
    ranges
}

/// Hash of a header's time and the text after it.
type Key = [u8; 16];

/// The first message of each time, sender and text, for the times that occur in runs.
struct Index<'t> {
    text: &'t str,
    lines: &'t [Line],
    first: HashMap<Key, usize>,
}

impl<'t> Index<'t> {
    fn new(text: &'t str, lines: &'t [Line], runs: &[Range<usize>]) -> Self {
        let back = runs.iter().flat_map(|run| run.start + 1..run.end);
        let times: HashSet<NaiveDateTime> = back.map(|at| lines[at].time).collect();
        let mut index = Index {
            text,
            lines,
            first: HashMap::new(),
        };
        for (place, line) in lines.iter().enumerate() {
            if times.contains(&line.time)
                && let Some(key) = index.keys(place).last()
            {
                index.first.entry(key).or_insert(place);
            }
        }
        index
    }

    /// Whether the header at `place` repeats a message before the one at `host`. The lines after it may belong to the
    /// message that contains it.
    fn is_copy(&self, place: usize, host: usize) -> bool {
        self.keys(place)
            .any(|key| self.first.get(&key).is_some_and(|first| *first < host))
    }

    /// Whether all these headers are equal lines: placeholders for absent files of one sender and minute may arrive
    /// late together.
    fn are_equal(&self, places: Range<usize>) -> bool {
        let mut keys = places.map(|place| self.keys(place).next());
        let first = keys.next();
        keys.all(|key| Some(key) == first)
    }

    /// The keys of the message at this header, as if it ended after its first line, after its second one, and so on.
    fn keys(&self, place: usize) -> impl Iterator<Item = Key> {
        let line = &self.lines[place];
        let end = self.lines.get(place + 1);
        let end = end.map_or(self.text.len(), |next| next.start);
        let written = self.text.get(line.body..end).unwrap_or("");
        let mut hasher = blake3::Hasher::new();
        hasher.update(&line.time.and_utc().timestamp().to_le_bytes());
        (written.trim_end_matches(['\n', '\r']).split('\n')).map(move |line| {
            hasher.update(line.trim_end_matches('\r').as_bytes());
            hasher.update(b"\n");
            let mut key = Key::default();
            key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
            key
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers at these minutes, each with a text; a line is `minute text`.
    fn read(text: &str) -> Pasted {
        let mut lines = Vec::new();
        let mut start = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            if let Some((minute, _)) = line.split_once(' ')
                && let Ok(minute) = minute.parse::<i64>()
            {
                lines.push(Line {
                    start,
                    body: start + minute.to_string().len() + 1,
                    number,
                    time: NaiveDateTime::default() + TimeDelta::minutes(minute),
                });
            }
            start += line.len();
        }
        find(text, &lines)
    }

    const TALK: &str = "1 A: one\n2 B: two\nmore\n3 A: three\n3 B: three\n";

    fn after_talk(lines: &str) -> (Vec<u32>, Vec<u32>) {
        let Pasted { text, doubtful, .. } = read(&format!("{TALK}200 A: see\n{lines}201 B: yes\n"));
        (text, doubtful)
    }

    #[test]
    fn copy_of_earlier_messages_is_text() {
        assert_eq!(
            after_talk("2 B: two\nmore\n3 A: three\n"),
            (vec![7, 9], vec![])
        );
        assert_eq!(after_talk("3 A: three\n1 A: one\n"), (vec![7, 8], vec![]));
    }

    #[test]
    fn copy_with_words_after_it_is_text() {
        let copy = "2 B: two\r\nmore\r\n3 A: three\r\nIs that so?\r\n";
        assert_eq!(after_talk(copy), (vec![7, 9], vec![]));
    }

    #[test]
    fn equal_lines_are_messages_that_came_late() {
        let talk = "1 A: <Media omitted>\n1 A: <Media omitted>\n2 B: see\n";
        for (late, copies) in [
            ("1 A: <Media omitted>\n1 A: <Media omitted>\n", vec![]),
            ("1 A: <Media omitted>\n2 B: see\n", vec![5, 6]),
        ] {
            assert_eq!(read(&format!("{talk}3 B: yes\n{late}")).text, copies);
        }
    }

    #[test]
    fn other_sender_text_or_timestamp_is_doubtful() {
        for line in ["2 A: two\nmore\n", "2 B: two\n", "1 B: two\nmore\n"] {
            let doubtful = after_talk(&format!("{line}3 A: three\n")).1;
            assert_eq!(doubtful.len(), 2, "{line}");
        }
    }

    #[test]
    fn changed_line_between_copies_is_doubtful() {
        let (text, doubtful) =
            after_talk("1 A: one\n2 B: two\nmore\n2 A: forged\n3 A: three\n3 B: three\n");
        assert_eq!(text, [7, 8, 11, 12]);
        assert_eq!(doubtful, [10]);
    }

    #[test]
    fn single_line_running_back_is_not_pasted() {
        assert_eq!(after_talk("2 B: two\nmore\n"), (vec![], vec![]));
        assert_eq!(after_talk("7 A: late\n"), (vec![], vec![]));
    }

    #[test]
    fn lines_within_seventy_minutes_are_not_pasted() {
        assert_eq!(after_talk("130 A: late\n131 B: late\n"), (vec![], vec![]));
        assert_eq!(
            after_talk("129 A: late\n129 B: late\n"),
            (vec![], vec![7, 8])
        );
        // One of the two is within the limit.
        assert_eq!(after_talk("129 A: late\n131 B: late\n"), (vec![], vec![]));
    }

    #[test]
    fn lines_at_the_end_of_the_file_are_doubtful() {
        let pasted = read(&format!("{TALK}200 A: see\n7 B: x\n8 A: y\n"));
        assert_eq!(pasted.doubtful, [7, 8]);
    }

    /// A clock that was wrong once: what follows is longer than a message can be.
    #[test]
    fn more_lines_than_a_message_can_have_are_messages() {
        let long = "x".repeat(LONGEST_TEXT);
        let pasted = read(&format!(
            "900 A: wrong\n{TALK}{TALK}4 A: {long}\n200 A: see\n2 B: x\n2 A: y\n"
        ));
        assert_eq!(pasted.long, [2]);
        // Runs inside of it are found: the repeated beginning of the talk, and the last lines.
        assert_eq!(pasted.text, [7, 8]);
        assert_eq!(pasted.doubtful, [14, 15]);
    }

    proptest::proptest! {
        /// The result equals that of a search line by line.
        #[test]
        fn ends_are_the_next_lines_that_are_not_earlier(
            minutes in proptest::collection::vec(0i64..6, 0..30)
        ) {
            let lines: Vec<Line> = minutes.iter().map(|minute| Line {
                start: 0,
                body: 0,
                number: 1,
                time: NaiveDateTime::default() + TimeDelta::minutes(*minute),
            }).collect();
            let slowly: Vec<usize> = (0..minutes.len()).map(|at| {
                let later = (at + 1..minutes.len()).find(|next| minutes[*next] >= minutes[at]);
                later.unwrap_or(minutes.len())
            }).collect();
            proptest::prop_assert_eq!(ends(&lines), slowly);
            let mut watch = Watch::default();
            lines.iter().for_each(|line| watch.see(line.time));
            let has_runs = !runs(&lines, &mut Pasted::default()).is_empty();
            proptest::prop_assert_eq!(watch.found(), has_runs);
        }
    }
}
