//! Which lines of a `chat.txt` begin a message.
//!
//! Every line with a stamp is a candidate. The Web export sorts by time
//! (`whatsapp-export-format.md` 2.1), so a stamp that stands out of order was pasted into a
//! message. Where clocks go back an hour comes twice, and where files were put together by hand
//! nothing is sorted; neither loses a message here.

use chrono::{NaiveDateTime, TimeDelta};

use super::stamp::{self, Stamp};

/// A line that begins a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Counted from 1.
    pub(super) line: u32,
    /// Where the line begins, in bytes.
    pub(super) start: usize,
    /// Where the text after the stamp begins.
    pub(super) body: usize,
    pub(super) time: NaiveDateTime,
}

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) headers: Vec<Header>,
    /// Lines of the text; an empty piece after the last line end is none.
    pub(super) total: u32,
    /// Lines with the form of a stamp whose date or time cannot be.
    pub(super) impossible: Vec<u32>,
    /// Lines with a stamp that were pasted into a message.
    pub(super) pasted: Vec<u32>,
}

/// Clocks go back by an hour, or by two where a daylight time of two hours was used.
const BACK: TimeDelta = TimeDelta::hours(2);

/// Finds the headers. Only LF ends a line (`whatsapp-export-format.md` 1.2).
pub(super) fn read(text: &str) -> Lines {
    let bytes = text.as_bytes();
    let mut lines = Lines::default();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        lines.total += 1;
        match stamp::read(&bytes[start..end]) {
            None => {}
            Some(Stamp::Impossible) => lines.impossible.push(lines.total),
            Some(Stamp::At(time, length)) => lines.headers.push(Header {
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
        // Somebody pastes a few lines. A file in which many stand out is not sorted at all.
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

    /// Takes headers back: their lines are text of the messages before. `places` are sorted.
    pub(super) fn demote(&mut self, places: &[usize]) {
        let mut places = places.iter().copied().peekable();
        let mut place = 0;
        let pasted = &mut self.pasted;
        // One pass: a hostile chat.md may take back half of a million.
        self.headers.retain(|header| {
            let is_pasted = places.next_if_eq(&place).is_some();
            place += 1;
            if is_pasted {
                pasted.push(header.line);
            }
            !is_pasted
        });
    }
}

/// Which of the times stand out of their order: before what came before them, or alone after
/// what comes next.
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
    fn a_pasted_line_of_another_day_is_text() {
        let past = "[9/19/26, 9:00:00 AM] A: one\n[9/1/26, 8:00:00 AM] You: pasted\n\
                    [9/19/26, 9:01:00 AM] A: two\n";
        assert_eq!(kept(past), [1, 3]);
        assert_eq!(read(past).pasted, [2]);
        let future = past.replace("9/1/26", "9/1/27");
        assert_eq!(kept(&future), [1, 3]);
    }

    #[test]
    fn the_hour_that_comes_twice_and_a_long_wait_lose_nothing() {
        let autumn = "[10/25/26, 2:59:00 AM] A: one\n[10/25/26, 2:00:00 AM] A: two\n\
                      [10/25/26, 2:01:00 AM] A: three\n[10/25/27, 2:01:00 AM] A: four\n";
        assert_eq!(kept(autumn), [1, 2, 3, 4]);
    }

    #[test]
    fn what_is_not_sorted_is_read_as_it_stands() {
        let mixed = "[9/5/26, 9:00:00 AM] A: 1\n[9/4/26, 9:00:00 AM] A: 2\n\
                     [9/3/26, 9:00:00 AM] A: 3\n[9/2/26, 9:00:00 AM] A: 4\n";
        assert_eq!(kept(mixed), [1, 2, 3, 4]);
    }

    #[test]
    fn lines_are_counted_with_and_without_a_last_end() {
        assert_eq!(read("a\n[9/5/26, 9:00:00 AM] A: 1\nb").total, 3);
        assert_eq!(read("a\n[9/5/26, 9:00:00 AM] A: 1\nb\n").total, 3);
        assert_eq!(read("[2/30/26, 9:00:00 AM] A: 1\n").impossible, [1]);
    }
}
