//! The least that reading a transcript can cost.

use super::chat::Phone;

/// A message as far as it can be had without understanding anything.
pub(crate) struct Cut<'t> {
    /// The stamp, as it is written.
    pub(crate) stamp: &'t str,
    /// What stands before the first `: `.
    pub(crate) sender: &'t str,
    /// The rest, with the lines that follow.
    pub(crate) body: &'t str,
}

/// Checks that `bytes` are UTF-8 and cuts them at the headers of one form, known beforehand.
pub(crate) fn split(bytes: &[u8], phone: Phone) -> Vec<Cut<'_>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let mut cuts: Vec<Cut<'_>> = Vec::with_capacity(text.len() / 90);
    let mut line = 0;
    // Where the open message's header begins, its stamp ends and its text begins.
    let mut open: Option<(usize, usize, usize)> = None;
    while line < bytes.len() {
        let header = match phone {
            Phone::Android => android(&bytes[line..]).map(|end| (line, line + end - 3, line + end)),
            Phone::Iphone => {
                iphone(&bytes[line..]).map(|(from, end)| (line + from, line + end - 2, line + end))
            }
        };
        if header.is_some() {
            if let Some(open) = open {
                cuts.push(cut(text, open, line));
            }
            open = header;
        }
        line = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |at| line + at + 1);
    }
    if let Some(open) = open {
        cuts.push(cut(text, open, text.len()));
    }
    cuts
}

fn cut(text: &str, (stamp, stamp_end, from): (usize, usize, usize), end: usize) -> Cut<'_> {
    let said = &text[from..end];
    let colon = memchr::memmem::find(said.as_bytes(), b": ");
    Cut {
        stamp: &text[stamp..stamp_end],
        sender: colon.map_or("", |at| &said[..at]),
        body: colon.map_or(said, |at| &said[at + 2..]),
    }
}

/// The length of `31/12/2024, 21:45 - ` at the start of a line.
fn android(line: &[u8]) -> Option<usize> {
    let form = b"00/00/0000, 00:00 - ";
    is_form(line, form).then_some(form.len())
}

/// Where `[31/12/2024, 21:45:12] ` begins, which may be after a mark, and where it ends.
fn iphone(line: &[u8]) -> Option<(usize, usize)> {
    let form = b"[00/00/0000, 00:00:00] ";
    let from = if line.starts_with("\u{200e}".as_bytes()) {
        3
    } else {
        0
    };
    is_form(&line[from..], form).then_some((from, from + form.len()))
}

fn is_form(line: &[u8], form: &[u8]) -> bool {
    line.len() >= form.len()
        && form.iter().zip(line).all(|(form, byte)| match form {
            b'0' => byte.is_ascii_digit(),
            form => form == byte,
        })
}
