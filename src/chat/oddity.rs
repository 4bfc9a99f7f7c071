//! The lines of a transcript by use, and those that may have been misread. Contains line numbers, never text.

use serde::Serialize;

/// The lines of a transcript by use: `total = headers + continuations + oddities`, by construction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LineCount {
    /// The number of lines of the transcript.
    pub total: u32,
    /// The number of lines that begin a message.
    pub headers: u32,
    /// The number of lines that continue the message before them.
    pub continuations: u32,
    /// The number of lines of no message; each has an [`Oddity`].
    pub oddities: u32,
}

/// A line that may have been misread. Contains no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oddity {
    /// The number of the line, from 1.
    pub line: u32,
    /// Why it may have been misread.
    pub kind: OddityKind,
}

/// The reasons of an [`Oddity`] (docs/reference/rules.md, "Doubtful lines").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OddityKind {
    /// A line before the first header, which belongs to no message.
    BeforeFirstHeader,
    /// Bytes that are not UTF-8, read as U+FFFD.
    NotUtf8,
    /// A line in the format of the file with an impossible date or time; read as text.
    ImpossibleDate,
    /// A line that looks like a header of another format; read as text of the message around it.
    OtherShape,
    /// A line with the form of a header but for an unknown half-day word, so that its hour is unknown; read as text.
    UnknownHalfDay,
    /// A message that is dated after its archive was made, or after the run, in a file whose other dates are not.
    AfterArchive,
    /// Years of another calendar, converted; reported once per file, at its first message.
    OtherCalendar,
    /// A NUL byte, kept unchanged.
    NulByte,
    /// A message whose attachment marker names a file that the archive lacks.
    MissingAttachment,
    /// A marker between `<` and `>` after a direction mark that is in no word list.
    UnknownMarker,
    /// A text after a direction mark, as WhatsApp writes before its own lines, that is in no word list; read as a
    /// message.
    UnknownMark,
    /// A line of the form `NAME: text` read as a notice: that name sends nothing else, and the text has the
    /// form of a notice.
    GuessedNotice,
    /// Layout of the Web export that belongs to no message: its first notice, which has no time, and the
    /// dates of a bare `chat.md`.
    WebHead,
    /// The export states that it lacks the oldest messages of the chat.
    EarlierMissing,
    /// From this message on `chat.md` differs from `chat.txt` and is not used.
    MarkdownDiffers,
    /// A header whose time and its neighbours' times go back: it may be text that was pasted into the message
    /// before it.
    RunsBack,
}

impl OddityKind {
    /// The stable code for scripts, such as `not_utf8` (docs/reference/rules.md, "Doubtful lines").
    pub fn code(self) -> &'static str {
        match self {
            OddityKind::BeforeFirstHeader => "before_first_header",
            OddityKind::NotUtf8 => "not_utf8",
            OddityKind::ImpossibleDate => "impossible_date",
            OddityKind::OtherShape => "other_shape",
            OddityKind::UnknownHalfDay => "unknown_half_day",
            OddityKind::AfterArchive => "after_archive",
            OddityKind::OtherCalendar => "other_calendar",
            OddityKind::NulByte => "nul_byte",
            OddityKind::MissingAttachment => "missing_attachment",
            OddityKind::UnknownMarker => "unknown_marker",
            OddityKind::UnknownMark => "unknown_mark",
            OddityKind::GuessedNotice => "guessed_notice",
            OddityKind::WebHead => "web_head",
            OddityKind::EarlierMissing => "earlier_missing",
            OddityKind::MarkdownDiffers => "markdown_differs",
            OddityKind::RunsBack => "runs_back",
        }
    }

    /// Whether it does not suggest a misread message: years whose conversion is certain, files that the export
    /// left out, which an import reports itself, and the layout of the Web export. All others stop a command
    /// with `--strict`.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            OddityKind::OtherCalendar
                | OddityKind::MissingAttachment
                | OddityKind::WebHead
                | OddityKind::EarlierMissing
        )
    }

    /// A predicate for the user; the line is its subject.
    pub fn describe(self) -> &'static str {
        match self {
            OddityKind::BeforeFirstHeader => "is before the first message and belongs to none",
            OddityKind::NotUtf8 => "holds bytes that are not UTF-8; they were read as U+FFFD",
            OddityKind::ImpossibleDate => {
                "looks like a header but its date or time cannot be; read as text"
            }
            OddityKind::OtherShape => "looks like a header of another file; read as text",
            OddityKind::UnknownHalfDay => {
                "looks like a header but its word for the half of the day is unknown; read as text of the message above"
            }
            OddityKind::AfterArchive => {
                "is dated after the archive was made or after today; imported with the date as written"
            }
            OddityKind::OtherCalendar => {
                "counts years in another calendar; the dates of the file were converted"
            }
            OddityKind::NulByte => "holds a NUL byte",
            OddityKind::MissingAttachment => "names a file that is not in the archive",
            OddityKind::UnknownMarker => {
                "holds a marker that chatferry does not know; read as text"
            }
            OddityKind::UnknownMark => {
                "begins with a direction mark like a notice, and was treated as a message"
            }
            OddityKind::GuessedNotice => {
                "has a colon like a message, and was treated as a notice by its form"
            }
            OddityKind::WebHead => "belongs to what the Web export writes around its messages",
            OddityKind::EarlierMissing => {
                "states that the oldest messages of the chat are not in the export"
            }
            OddityKind::MarkdownDiffers => {
                "differs from chat.md, which contains the reply targets; from here on chat.md is not used"
            }
            OddityKind::RunsBack => {
                "is earlier than the message before it, as are the lines around it; it may be pasted text"
            }
        }
    }
}
