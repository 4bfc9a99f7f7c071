//! Doubts about a whole archive, which inspect and plan report.
//!
//! Nothing here decides what is imported; a person does.
//!
//! See docs/reference/whatsapp-export-format.md, "Limits of exports".

use crate::chat::{Chat, Kind, Platform};
use crate::name::borrowed_key;
use crate::parser::text::Decoded;
use crate::quantity::number;

/// A reason to question an archive's chat as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// It has exactly the maximum number of messages of an export: 10,000 with media, 40,000 without
    /// (documented by WhatsApp), 100,000 from WhatsApp Web (observed). The oldest messages are missing.
    ProbablyCut(u32),
    /// The same of an export with files: one without them holds more.
    ProbablyCutWithFiles(u32),
    /// It contains WhatsApp's notice that its oldest messages are missing, as in Web exports.
    DeclaredIncomplete,
    /// It contains notices only: a linked device without history exports so (observed).
    NoMessages,
    /// Its last line has no line end, which phones always write (observed): it was truncated or changed.
    NoLineEnd,
    /// It is named after one of its people, and more than two people write. The number of senders.
    MoreThanTwo(u32),
    /// All that it shares with an older archive of the chat is this number of minutes later there
    /// (negative: earlier): it was made while the phone was in another zone.
    OtherZone(i64),
}

/// The numbers of messages at which WhatsApp ends an export.
const LIMITS: [usize; 3] = [10_000, 40_000, 100_000];

/// The most messages of an export from a phone.
const MOST_OF_A_PHONE: usize = 40_000;

/// The size of an archive, as far as doubts are judged by it.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// The number of messages, notices included.
    pub messages: usize,
    /// The number of notices by WhatsApp.
    pub notices: usize,
    /// Whether a message has a file.
    pub has_files: bool,
    /// Whether the last line of the transcript ends with a line end.
    pub ends_a_line: bool,
}

impl Extent {
    /// The size of an archive whose chat was read from `transcript`.
    pub fn of(chat: &Chat<'_>, transcript: &Decoded) -> Extent {
        let messages = chat.messages.iter();
        Extent {
            messages: chat.messages.len(),
            notices: messages.filter(|m| m.kind == Kind::System).count(),
            has_files: chat.messages.iter().any(|m| m.kind == Kind::Media),
            ends_a_line: transcript.ends_a_line(),
        }
    }
}

/// The doubts about a chat of this name.
pub fn of(name: &str, chat: &Chat<'_>, extent: Extent) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let all = extent.messages;
    // Whether WhatsApp counts its own notices is not known, so both counts are compared.
    let written = all - extent.notices;
    let is_text = !chat.platform.is_native();
    if let Some(limit) = LIMITS
        .into_iter()
        .find(|n| is_text && [all, written].contains(n))
    {
        doubts.push(match extent.has_files && limit < MOST_OF_A_PHONE {
            true => Doubt::ProbablyCutWithFiles(count(limit)),
            false => Doubt::ProbablyCut(count(limit)),
        });
    }
    if chat.is_cut() {
        doubts.push(Doubt::DeclaredIncomplete);
    }
    if written == 0 {
        doubts.push(Doubt::NoMessages);
    }
    if matches!(chat.platform, Platform::Android | Platform::Ios) && !extent.ends_a_line {
        doubts.push(Doubt::NoLineEnd);
    }
    let key = borrowed_key(name);
    let senders = chat.participants.len();
    if senders > 2
        && chat.group_notices == 0
        && chat
            .participants
            .iter()
            .any(|p| borrowed_key(&p.name) == key)
    {
        doubts.push(Doubt::MoreThanTwo(count(senders)));
    }
    doubts
}

impl Doubt {
    /// The doubt's stable word for scripts (docs/reference/rules.md, "Doubts about archives").
    pub fn code(self) -> &'static str {
        match self {
            Doubt::ProbablyCut(_) | Doubt::ProbablyCutWithFiles(_) => "probably_cut",
            Doubt::DeclaredIncomplete => "says_cut",
            Doubt::NoMessages => "nobody_wrote",
            Doubt::NoLineEnd => "no_line_end",
            Doubt::MoreThanTwo(_) => "more_than_two",
            Doubt::OtherZone(_) => "other_zone",
        }
    }

    /// The doubt in a few words, for people. Contains no content.
    pub fn brief(self) -> &'static str {
        match self {
            Doubt::ProbablyCut(_) | Doubt::ProbablyCutWithFiles(_) => {
                "the oldest messages are probably missing"
            }
            Doubt::DeclaredIncomplete => "earlier messages may be missing",
            Doubt::NoMessages => "no participant wrote a message",
            Doubt::NoLineEnd => "the end may be missing",
            Doubt::MoreThanTwo(_) => "more than two people write in a chat of one person",
            Doubt::OtherZone(_) => "exported in another time zone",
        }
    }

    /// Meaning and remedy, for people. Contains no content.
    pub fn describe(self) -> String {
        match self {
            Doubt::ProbablyCut(limit) => format!(
                "exactly {} messages, the maximum of an export: the oldest ones are probably missing; add an older export of the chat, or the phone's database, which has all messages",
                number(u64::from(limit))
            ),
            Doubt::ProbablyCutWithFiles(limit) => format!(
                "exactly {limit} messages, the maximum of an export: the oldest ones are probably missing; export the chat without media as well ({most} messages instead of {limit}), or add an older export of it or the phone's database, which has all messages",
                limit = number(u64::from(limit)),
                most = number(MOST_OF_A_PHONE as u64)
            ),
            Doubt::DeclaredIncomplete => "WhatsApp notes in it that earlier messages may be missing: the browser did not have them, or there are more than 100,000; export the chat from the phone as well".to_owned(),
            Doubt::NoMessages => "no participant wrote a message in it, as in exports of a linked device without history; export the chat from the phone itself".to_owned(),
            Doubt::NoLineEnd => "its last line has no line end, which phones always write: the text was truncated or changed, and the last message may be incomplete; copy it again from the phone, or export the chat again".to_owned(),
            Doubt::OtherZone(minutes) => format!(
                "all of it is {}:{:02} h {} than in another archive of the chat: it was exported in another time zone, and its times are corrected",
                minutes.abs() / 60,
                minutes.abs() % 60,
                if minutes > 0 { "later" } else { "earlier" }
            ),
            Doubt::MoreThanTwo(senders) => format!(
                "it is named after one person, and {senders} people write in it: a contact was renamed between exports that were merged, or it is a group; it is treated as a group"
            ),
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::parser::text::{decode, parse};
    use crate::parser::{Context, MediaIndex};

    fn doubts(text: String) -> Vec<Doubt> {
        let decoded = decode(text.into_bytes()).unwrap();
        let media = MediaIndex::default();
        let context = Context {
            chat_name: Some("Ann"),
            ..Context::new(&media)
        };
        let chat = parse(&decoded, &context).unwrap();
        of("Ann", &chat, Extent::of(&chat, &decoded))
    }

    const NOTICE: &str = "13/03/2023, 09:05 - Messages and calls are end-to-end encrypted.\n";

    fn messages(number: usize) -> String {
        let mut text = String::new();
        for n in 0..number {
            let _ = writeln!(text, "13/03/2023, 09:05 - Ann: {n}");
        }
        text
    }

    /// Who exported without media is not advised to.
    #[test]
    fn remedy_for_a_cut_export_fits_the_export() {
        let file = "13/03/2023, 09:05 - Ann: IMG-20230313-WA0001.jpg (file attached)\n";
        for (text, is_advised) in [
            (messages(9_999) + file, true),
            (messages(10_000), false),
            (messages(39_999) + file, false),
            (messages(40_000), false),
        ] {
            let doubts = doubts(text);
            let says = doubts[0].describe();
            assert_eq!(doubts[0].code(), "probably_cut");
            assert_eq!(says.contains("without media"), is_advised, "{says}");
            assert!(
                says.contains("older export") && says.contains("database"),
                "{says}"
            );
        }
    }

    #[test]
    fn maximum_number_of_messages_is_a_doubt() {
        let cut = [Doubt::ProbablyCut(10_000)];
        assert_eq!(doubts(messages(10_000)), cut);
        assert_eq!(doubts(messages(9_999) + NOTICE), cut);
        assert_eq!(doubts(messages(10_000) + NOTICE), cut);
        assert_eq!(doubts(messages(9_998) + NOTICE), []);
        assert_eq!(doubts(messages(10_001)), []);
    }

    #[test]
    fn export_with_notice_of_missing_messages_is_a_doubt() {
        let web = "Messages and calls are end-to-end encrypted.\n\
                   Some earlier messages may not be available.\n\
                   [9/18/26, 9:52:07 AM] Ann: hi\n";
        assert_eq!(doubts(web.to_owned()), [Doubt::DeclaredIncomplete]);
    }

    #[test]
    fn export_of_notices_only_is_a_doubt() {
        assert_eq!(doubts(NOTICE.to_owned()), [Doubt::NoMessages]);
    }

    #[test]
    fn missing_last_line_end_is_a_doubt() {
        let whole = messages(2);
        for cut in 1..12 {
            let text = whole[..whole.len() - cut].to_owned();
            assert_eq!(doubts(text), [Doubt::NoLineEnd]);
        }
        assert_eq!(doubts(whole), []);
    }

    #[test]
    fn three_senders_in_a_one_to_one_chat_are_a_doubt() {
        let people = |names: &[&str]| -> String {
            let line = |name: &&str| format!("13/03/2023, 09:05 - {name}: hi\n");
            names.iter().map(line).collect()
        };
        assert_eq!(doubts(people(&["Ann", "Me"])), []);
        let three = doubts(people(&["Ann", "Me", "Anna K"]));
        assert_eq!(three, [Doubt::MoreThanTwo(3)]);
        assert_eq!(doubts(people(&["Bob", "Me", "Cem"])), []);
    }
}
