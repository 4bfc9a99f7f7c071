//! Headers of a `chat.txt`.
//!
//! Every line with a timestamp is a candidate. The Web export is sorted by time (observed), so a timestamp out of order
//! was pasted into a message. When clocks go back, an hour occurs twice, and a file that was assembled by hand is not
//! sorted; neither loses a message here.

use chrono::{NaiveDateTime, TimeDelta};

use super::timestamp::{self, Timestamp};

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Line number, from 1.
    pub(super) line: u32,
    /// Start of the line, in bytes.
    pub(super) start: usize,
    /// Start of the text after the timestamp, in bytes.
    pub(super) body: usize,
    pub(super) time: NaiveDateTime,
}

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) headers: Vec<Header>,
    /// Number of lines; an empty rest after the last line end does not count.
    pub(super) total: u32,
    /// Lines with the form of a timestamp and an impossible date or time.
    pub(super) impossible: Vec<u32>,
    /// Lines with a timestamp that were pasted into a message.
    pub(super) pasted: Vec<u32>,
}

/// Clocks go back by one hour, or by two after double summer time.
const BACK: TimeDelta = TimeDelta::hours(2);

/// Finds the headers. Only LF ends a line (observed).
pub(super) fn read(text: &str) -> Lines {
    let bytes = text.as_bytes();
    let mut lines = Lines::default();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        lines.total += 1;
        match timestamp::read(&bytes[start..end]) {
            None => {}
            Some(Timestamp::Impossible) => lines.impossible.push(lines.total),
            Some(Timestamp::At(time, length)) => lines.headers.push(Header {
                line: lines.total,
                start,
                body: start + length,
                time,
            }),
        }
        start = end + 1;
    }
    lines.drop_pasted();
    lines
}

impl Lines {
    fn drop_pasted(&mut self) {
        let times: Vec<NaiveDateTime> = self.headers.iter().map(|h| h.time).collect();
        let odd = out_of_order(&times);
        let count = odd.iter().filter(|odd| **odd).count();
        // People paste a few lines. A file with many lines out of order is not sorted at all.
        if count == 0 || count > (times.len() / 10).max(1) {
            return;
        }
        let mut odd = odd.into_iter();
        let pasted = &mut self.pasted;
        self.headers.retain(|header| {
            let is_pasted = odd.next().unwrap_or(false);
            if is_pasted {
                pasted.push(header.line);
            }
            !is_pasted
        });
    }

    /// Turns headers into text of the messages above them. `places` are ascending.
    pub(super) fn demote(&mut self, places: &[usize]) {
        let mut place = 0;
        let pasted = &mut self.pasted;
        self.headers.retain(|header| {
            let goes = places.binary_search(&place).is_ok();
            place += 1;
            if goes {
                pasted.push(header.line);
            }
            !goes
        });
    }
}

/// Which of the times are out of order: before an earlier one, or as a single one after the next.
fn out_of_order(times: &[NaiveDateTime]) -> Vec<bool> {
    let mut latest: Option<NaiveDateTime> = None;
    let mut odd = vec![false; times.len()];
    for (place, time) in times.iter().enumerate() {
        let Some(before) = latest else {
            latest = Some(*time);
            continue;
        };
        let next = times.get(place + 1);
        let falls = *time < before - BACK;
        let jumps = next.is_some_and(|next| *next < *time - BACK && *next >= before - BACK);
        if falls || jumps {
            odd[place] = true;
        } else {
            latest = Some(*time);
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Vec<u32> {
        read(text).headers.iter().map(|h| h.line).collect()
    }

    #[test]
    fn pasted_line_of_another_day_is_text() {
        let past = "[9/19/26, 9:00:00 AM] A: one\n[9/1/26, 8:00:00 AM] You: pasted\n\
                    [9/19/26, 9:01:00 AM] A: two\n";
        assert_eq!(kept(past), [1, 3]);
        assert_eq!(read(past).pasted, [2]);
        let future = past.replace("9/1/26", "9/1/27");
        assert_eq!(kept(&future), [1, 3]);
    }

    #[test]
    fn repeated_hour_and_long_gap_are_not_pasted() {
        let autumn = "[10/25/26, 2:59:00 AM] A: one\n[10/25/26, 2:00:00 AM] A: two\n\
                      [10/25/26, 2:01:00 AM] A: three\n[10/25/27, 2:01:00 AM] A: four\n";
        assert_eq!(kept(autumn), [1, 2, 3, 4]);
    }

    #[test]
    fn unsorted_file_keeps_all_messages() {
        let mixed = "[9/5/26, 9:00:00 AM] A: 1\n[9/4/26, 9:00:00 AM] A: 2\n\
                     [9/3/26, 9:00:00 AM] A: 3\n[9/2/26, 9:00:00 AM] A: 4\n";
        assert_eq!(kept(mixed), [1, 2, 3, 4]);
    }

    #[test]
    fn lines_are_counted_with_and_without_final_line_end() {
        assert_eq!(read("a\n[9/5/26, 9:00:00 AM] A: 1\nb").total, 3);
        assert_eq!(read("a\n[9/5/26, 9:00:00 AM] A: 1\nb\n").total, 3);
        assert_eq!(read("[2/30/26, 9:00:00 AM] A: 1\n").impossible, [1]);
    }
}
