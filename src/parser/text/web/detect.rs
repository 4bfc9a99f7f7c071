//! Detection of transcripts of WhatsApp Web.
//!
//! An iPhone set to US English writes the same timestamp, so the timestamp alone is no evidence. An iPhone file must
//! never be mistaken for one of Web: its notices and attachments would become text.

use super::body;
use super::lines;
use super::timestamp::{self, Timestamp};
use super::words;
use crate::chat::Kind;
use crate::parser::text::notices::{self, Notice};
use crate::parser::text::timestamp::looks_like_header;
use crate::parser::text::{marks, sender};
use crate::parser::{Context, MediaIndex};

/// Maximum number of lines before the first message: the encryption notice, the sentence that the oldest messages are
/// missing, and blank ones.
const HEAD: usize = 8;

/// Whether a text is a `chat.txt` of WhatsApp Web.
pub(in crate::parser::text) fn is_web_export(text: &str, context: &Context<'_>) -> bool {
    let file = context.file_name.unwrap_or("");
    let Some(before) = head(text).filter(|_| file != "_chat.txt") else {
        return false;
    };
    // Only the browser writes a chat.md, and only its notices have no time.
    if context.markdown.is_some() || (begins_with_notice(before) && !has_iphone_header(text)) {
        return true;
    }
    // Weaker evidence counts only in a file without that of an iPhone, which ends messages with CRLF and begins its own
    // texts with a mark.
    if memchr::memchr(b'\r', text.as_bytes()).is_some() || has_iphone_mark(text) {
        return false;
    }
    file == "chat.txt" || has_own_form(text)
}

/// Whether the first lines are the notice that Web writes without a time, and then a message.
pub(in crate::parser::text) fn begins_with_header(text: &str) -> bool {
    head(text).is_some_and(begins_with_notice)
}

/// The text before the first message; `None` if there is none within the first lines.
fn head(text: &str) -> Option<&str> {
    let mut start = 0;
    for line in text.split_inclusive('\n').take(HEAD) {
        if let Some(Timestamp::At(..)) = timestamp::read(line.as_bytes()) {
            return text.get(..start);
        }
        start += line.len();
    }
    None
}

fn begins_with_notice(head: &str) -> bool {
    let first = head.lines().find(|line| !line.trim().is_empty());
    // Text that only groups have may be the end of a message whose beginning was cut off.
    first.is_some_and(|line| {
        // `[31/1/20, 9:45:12 PM] Ann: Ann pinned a message` is no time of Web, and has the words of a notice.
        !looks_like_header(line)
            && (words::is_cut(line.trim()) || notices::notice(line.trim()) == Some(Notice::Any))
    })
}

/// Whether there is a mark where an iPhone writes it and no person can type one.
fn has_iphone_header(text: &str) -> bool {
    text.starts_with(marks::is_whatsapp_mark)
        || has_marks(text, "\n", "[")
        || has_marks(text, "] ", "")
}

/// Whether there is a mark at the beginning of a line or of a text. A person may have typed the latter.
fn has_iphone_mark(text: &str) -> bool {
    has_iphone_header(text) || has_marks(text, ": ", "")
}

fn has_marks(text: &str, before: &str, after: &str) -> bool {
    ['\u{200e}', '\u{200f}'].iter().any(|sign| {
        let piece = format!("{before}{sign}{after}");
        memchr::memmem::find(text.as_bytes(), piece.as_bytes()).is_some()
    })
}

/// Whether a message has a form that phones never write: `[TS] - text`, `[TS] <…>`, a marker or a location in Web's
/// form.
fn has_own_form(text: &str) -> bool {
    let lines = lines::read(text);
    let index = MediaIndex::default();
    let ends = lines.headers.iter().skip(1).map(|next| next.start);
    let rests = || {
        let ends = ends.clone().chain(std::iter::once(text.len()));
        (lines.headers.iter().zip(ends))
            .map(|(header, end)| text.get(header.body..end).unwrap_or("").trim_end())
    };
    // `[TS] text` is a notice of an iPhone; Web writes `[TS] - text`.
    let of_an_iphone = |rest: &str| {
        let line = rest.lines().next().unwrap_or(rest);
        !rest.starts_with("- ") && !is_broken(rest) && sender::split_at(line).is_none()
    };
    !rests().any(of_an_iphone)
        && rests().any(|rest| {
            if rest.starts_with("- ") || is_broken(rest) {
                return true;
            }
            let line = rest.lines().next().unwrap_or(rest);
            sender::split_at(line).is_some_and(|(_, at)| is_own(&rest[at..], &index))
        })
}

/// Whether a line is `<This message could not be exported>`, in any language: it has no sender.
pub(super) fn is_broken(rest: &str) -> bool {
    let inside = rest.strip_prefix('<').and_then(|r| r.strip_suffix('>'));
    // `<3 Mia: <image omitted>` has a sender.
    inside.is_some_and(|inside| !inside.contains(['<', '>', '\n']) && !inside.contains(": "))
}

fn is_own(text: &str, index: &MediaIndex) -> bool {
    let read = body::read(text, index);
    read.file.is_some()
        || read.forwarded
        || matches!(read.kind, Kind::Poll | Kind::Location)
        || (matches!(read.kind, Kind::LiveLocation | Kind::Unsupported) && text.starts_with('<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, file_name: Option<&str>) -> bool {
        let media = MediaIndex::default();
        let context = Context {
            file_name,
            ..Context::new(&media)
        };
        is_web_export(text, &context)
    }

    const PLAIN: &str = "[9/19/26, 9:52:07 AM] Theo: hi\n[9/19/26, 9:52:08 AM] You: ho\n";

    #[test]
    fn web_forms_are_detected() {
        assert!(is(PLAIN, Some("chat.txt")));
        for head in [
            "Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.\n",
            "Nachrichten und Anrufe sind Ende-zu-Ende-verschl\u{fc}sselt.\n\n",
        ] {
            assert!(is(&format!("{head}{PLAIN}"), Some("renamed.txt")), "{head}");
            assert!(
                is(&format!("{head}{PLAIN}").replace('\n', "\r\n"), None),
                "{head}"
            );
        }
        for line in [
            "- Theo added Nadia",
            "<This message could not be exported>",
            "Theo: <image omitted> nice",
            "Theo: image (file attached)",
            "Theo: [Forwarded] look",
            "Theo: <product message>",
        ] {
            assert!(
                is(&format!("{PLAIN}[9/19/26, 9:53:00 AM] {line}\n"), None),
                "{line}"
            );
        }
    }

    #[test]
    fn us_english_iphone_file_is_not_a_web_export() {
        assert!(!is(PLAIN, None));
        assert!(!is(PLAIN, Some("_chat.txt")));
        let crlf = PLAIN.replace('\n', "\r\n");
        assert!(!is(&crlf, Some("chat.txt")));
        assert!(!is(
            &format!("{crlf}[9/19/26, 9:53:00 AM] Theo: <image omitted>\r\n"),
            None
        ));
        let notice =
            "[9/19/26, 9:50:00 AM] Theo: \u{200e}Messages and calls are end-to-end encrypted.\n";
        assert!(!is(&format!("{notice}{PLAIN}"), Some("chat.txt")));
        let marked = format!("{notice}{PLAIN}[9/19/26, 9:53:00 AM] Theo: <image omitted>\n");
        assert!(!is(&marked, None));
        let old = "[9/19/16, 9:50:00 AM] Messages are secured with end-to-end encryption.\n";
        let typed = "[9/19/16, 9:53:00 AM] Theo: see document.pdf (file attached)\n";
        assert!(!is(&format!("{old}{PLAIN}{typed}"), None));
        assert!(!is(
            "\u{200e}[9/19/26, 9:50:00 AM] Theo: \u{200e}image omitted\n",
            Some("chat.txt")
        ));
    }

    /// Day first on a twelve-hour clock: only the first days of a month are also a date of Web.
    #[test]
    fn notice_of_an_iphone_before_the_first_of_a_month_is_not_one_of_web() {
        let text = "[31/1/20, 9:45:12 PM] Ann: \u{200e}Ann pinned a message\n[31/1/20, 9:45:12 PM] Ann: so\n\
            [1/2/20, 12:00:00 AM] Ann: \u{200e}image omitted\n";
        assert!(!is(text, None) && !is(text, Some("_chat.txt")));
        assert!(!is(&text.replace('\u{200e}', ""), None));
        assert!(!is(&text.replace('\n', "\r\n"), None));
    }

    #[test]
    fn truncated_iphone_file_is_not_a_web_export() {
        for cut in [
            "and then Bob left\n",
            "Messages and calls are end-to-end encrypted.\n",
        ] {
            let notice = "[9/19/26, 9:53:00 AM] \u{200e}Theo added Nadia\n";
            let text = format!("{cut}{PLAIN}{notice}");
            assert!(
                !is(&text, None) && !is(&text.replace('\n', "\r\n"), None),
                "{cut}"
            );
        }
        assert!(!is(&format!("and then Bob left\n{PLAIN}"), None));
    }

    #[test]
    fn other_shapes_are_not_web_exports() {
        assert!(!is(
            "19.09.26, 09:52 - Theo: <image omitted>\n",
            Some("chat.txt")
        ));
        assert!(!is("", Some("chat.txt")));
    }
}
