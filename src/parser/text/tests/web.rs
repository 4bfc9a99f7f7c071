//! Whole exports of WhatsApp Web: `chat.txt`, `chat.md` and the names of the files.

use proptest::prelude::*;

use super::decoded;
use crate::chat::{Chat, DateOrder, Evidence, Kind, Message, OddityKind, Platform};
use crate::parser::text::{Decoded, parse};
use crate::parser::{Context, MediaIndex};

/// Reads a `chat.txt` from an archive with these files.
fn read<'t>(text: &'t Decoded, markdown: Option<&str>, name: &str, files: &[&str]) -> Chat<'t> {
    let media = MediaIndex::new((0u32..).zip(files.iter().copied()));
    let context = Context {
        chat_name: Some(name),
        file_name: Some("chat.txt"),
        markdown,
        ..Context::new(&media)
    };
    let chat = parse(text, &context).expect("is a transcript");
    let lines = chat.lines;
    assert_eq!(
        lines.total,
        lines.headers + lines.continuations + lines.oddities
    );
    assert_eq!(lines.headers as usize, chat.messages.len());
    assert_eq!(chat.platform, Platform::Web);
    chat
}

/// Sender, kind, text and files of each message.
fn rows<'c>(chat: &'c Chat<'_>) -> Vec<(Option<&'c str>, &'static str, &'c str, Vec<&'c str>)> {
    let one = |m: &'c Message<'_>| {
        let sender = chat.sender_of(m).map(|p| p.name.as_ref());
        let files = m.attachments().iter().map(|a| match a.entry {
            Some(_) => a.name.as_ref(),
            None => "missing",
        });
        (sender, m.kind.word(), m.text.as_ref(), files.collect())
    };
    chat.messages.iter().map(one).collect()
}

fn oddities(chat: &Chat<'_>) -> Vec<(u32, OddityKind)> {
    chat.oddities
        .iter()
        .map(|odd| (odd.line, odd.kind))
        .collect()
}

/// Sender and text of each quotation.
fn quotes<'c>(chat: &'c Chat<'_>) -> Vec<Option<(Option<&'c str>, Option<&'c str>)>> {
    let one = |m: &'c Message<'_>| {
        m.quoted().map(|quoted| {
            let sender = quoted
                .sender
                .map(|at| chat.participants[at as usize].name.as_ref());
            (sender, quoted.text.as_deref())
        })
    };
    chat.messages.iter().map(one).collect()
}

const ENCRYPTED: &str = "Messages and calls are end-to-end encrypted. Only people in this chat \
                         can read, listen to, or share them.\n";

#[test]
fn one_to_one_chat_with_files_and_quotations() {
    let text = decoded(format!(
        "{ENCRYPTED}Some earlier messages may not be available.\n\n\
         [9/18/26, 9:52:07 AM] Theo Marsh: Which day suits you?\n\
         [9/18/26, 9:52:30 AM] You: Thursday\nor Friday\n\
         [9/18/26, 9:53:00 AM] - [Call]\n\
         [9/18/26, 9:53:10 AM] - [Call: 12 min]\n\
         [9/18/26, 9:55:02 AM] Theo Marsh: image (file attached) the gate\n\
         [9/18/26, 9:55:02 AM] Theo Marsh: image (file attached)\n\
         [9/18/26, 9:56:00 AM] You: [Forwarded] report.pdf (file attached) for you\n\
         [9/18/26, 9:57:00 AM] You: <voice message omitted>\n\
         [9/19/26, 12:00:01 AM] <This message could not be exported>\n\
         [9/19/26, 12:01:00 PM] Theo Marsh: Friday then\n"
    ));
    let markdown = "# WhatsApp Chat Export: Theo Marsh\nExport date: September 19, 2026 at 1:00 PM\n\n---\n\
         _Some earlier messages may not be available._\n---\n\n---\n\n## September 18, 2026\n\n\
         [9:52 AM] **Theo Marsh:** Which day suits you?\n\n\
         [9:52 AM] **You:**\n> _Theo Marsh: Which day suits you?_\nThursday\nor Friday\n\n\
         [9:53 AM] __[Call]__\n[9:53 AM] __[Call: 12 min]__\n\
         [9:55 AM] **Theo Marsh:** [Image](media/WhatsApp Image 2026-09-18 at 9.55.02 AM (1).jpeg) the gate\n\n\
         [9:55 AM] **Theo Marsh:** [Image](media/WhatsApp Image 2026-09-18 at 9.55.02 AM.jpeg)\n\n\
         [9:56 AM] **You:** [Forwarded] [report.pdf](media/report.pdf) for you\n\n\
         [9:57 AM] **You:** <voice message omitted>\n\n\
         ## September 19, 2026\n\n[12:00 AM] <This message could not be exported>\n\n\
         [12:01 PM] **Theo Marsh:**\n> _You: Thursday\nor Friday_\nFriday then\n";
    let (one, two) = (
        "WhatsApp Image 2026-09-18 at 9.55.02 AM.jpeg",
        "WhatsApp Image 2026-09-18 at 9.55.02 AM (1).jpeg",
    );
    let chat = read(
        &text,
        Some(markdown),
        "Theo Marsh",
        &[one, two, "report.pdf"],
    );
    let (theo, you) = (Some("Theo Marsh"), Some("You"));
    assert_eq!(
        rows(&chat),
        [
            (theo, "text", "Which day suits you?", vec![]),
            (you, "text", "Thursday\nor Friday", vec![]),
            (None, "call", "[Call]", vec![]),
            (None, "call", "[Call: 12 min]", vec![]),
            // chat.md determines the assignment, against the order of the archive.
            (theo, "media", "the gate", vec![two]),
            (theo, "media", "", vec![one]),
            (you, "media", "for you", vec!["report.pdf"]),
            (you, "media_omitted", "", vec![]),
            (
                None,
                "unsupported",
                "<This message could not be exported>",
                vec![]
            ),
            (theo, "text", "Friday then", vec![]),
        ]
    );
    let quotes = quotes(&chat);
    assert_eq!(quotes[1], Some((theo, Some("Which day suits you?"))));
    assert_eq!(quotes[9], Some((you, Some("Thursday\nor Friday"))));
    assert_eq!(quotes.iter().flatten().count(), 2);
    assert_eq!(chat.owner.map(|at| at as usize), Some(1));
    assert!(chat.messages[6].is_forwarded() && !chat.messages[4].is_forwarded());
    let times: Vec<String> = [0, 8, 9]
        .map(|at: usize| chat.messages[at].local_time.to_string())
        .into();
    assert_eq!(
        times,
        [
            "2026-09-18 09:52:07",
            "2026-09-19 00:00:01",
            "2026-09-19 12:01:00"
        ]
    );
    assert_eq!(
        (chat.format.date_order, chat.format.evidence),
        (DateOrder::Mdy, Evidence::Shape)
    );
    assert_eq!(
        oddities(&chat),
        [
            (1, OddityKind::WebHead),
            (2, OddityKind::EarlierMissing),
            (3, OddityKind::WebHead)
        ]
    );
}

#[test]
fn files_by_kind_and_second_without_a_markdown() {
    let text = decoded(
        "[9/18/26, 9:55:02 PM] You: image (file attached) one\n\
         [9/18/26, 9:55:02 PM] Rita Sol: image (file attached) two\n\
         [9/18/26, 9:55:03 PM] Rita Sol: GIF attached\n\
         [9/18/26, 9:55:04 PM] Rita Sol: voice message (file attached)\n\
         [9/18/26, 9:55:05 PM] Rita Sol: video message (file attached)\n\
         [9/18/26, 9:55:06 PM] Rita Sol: image (file attached)\n\
         [9/18/26, 9:55:07 PM] Rita Sol: image (file attached) alone\n\
         [9/18/26, 9:55:07 PM] You: image (file attached) too\n\
         [9/18/26, 9:55:08 PM] You: plan: a.pdf (file attached)\n",
    );
    let files = [
        "WhatsApp Image 2026-09-18 at 21.55.02.jpeg",
        "WhatsApp Image 2026-09-18 at 21.55.02 (1).jpeg",
        "WhatsApp Video 2026-09-18 at 21.55.03.mp4",
        "WhatsApp Ptt 2026-09-18 at 21.55.04.ogg",
        "WhatsApp Ptv 2026-09-18 at 21.55.05.mp4",
        "WhatsApp Image 2026-09-18 at 21.55.07.jpeg",
        "plan a.pdf",
    ];
    let chat = read(&text, None, "Rita Sol", &files);
    let found: Vec<_> = rows(&chat).into_iter().map(|(.., files)| files).collect();
    assert_eq!(
        found,
        [
            [files[0]],
            [files[1]],
            [files[2]],
            [files[3]],
            [files[4]],
            // Absent; and one file for two messages, which cannot be assigned.
            ["missing"],
            ["missing"],
            ["missing"],
            ["plan: a.pdf"],
        ]
    );
    let kinds: Vec<&str> = chat
        .messages
        .iter()
        .map(|m| m.attachments()[0].media.word())
        .collect();
    assert_eq!(
        kinds,
        [
            "image", "image", "gif", "voice", "video", "image", "image", "image", "document"
        ]
    );
    let missing = [6, 7, 8].map(|line| (line, OddityKind::MissingAttachment));
    assert_eq!(oddities(&chat), missing);
}

#[test]
fn german_group() {
    let text = decoded(
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschl\u{fc}sselt. Niemand au\u{df}erhalb kann sie lesen.\n\
         [9/8/26, 1:02:03 PM] - Theo Marsh hat Nadia hinzugef\u{fc}gt\n\
         [9/8/26, 1:02:04 PM] Nadia Brandt: <Bild weggelassen> am Hafen\n\
         [9/8/26, 1:02:05 PM] Du: [Weitergeleitet] Bild (Datei angeh\u{e4}ngt) von gestern\n\
         [9/8/26, 1:02:06 PM] Theo Marsh: Diese Nachricht wurde gel\u{f6}scht\n\
         [9/8/26, 1:02:07 PM] Theo Marsh: Umfrage: Wann?\n    - Mo\n    - Di\n\
         [9/8/26, 1:02:08 PM] Nadia Brandt: Caf\u{e9}: Standort: 52.5, 13.4 - https://maps.google.com/?q=52.5,13.4\n",
    );
    let image = "WhatsApp Image 2026-09-08 at 13.02.05.jpeg";
    let chat = read(&text, None, "Hafenrunde", &[image]);
    let (theo, nadia, du) = (Some("Theo Marsh"), Some("Nadia Brandt"), Some("Du"));
    assert_eq!(
        rows(&chat),
        [
            (
                None,
                "system",
                "Theo Marsh hat Nadia hinzugef\u{fc}gt",
                vec![]
            ),
            (nadia, "media_omitted", "am Hafen", vec![]),
            (du, "media", "von gestern", vec![image]),
            (
                theo,
                "deleted",
                "Diese Nachricht wurde gel\u{f6}scht",
                vec![]
            ),
            (theo, "poll", "Umfrage: Wann?\n    - Mo\n    - Di", vec![]),
            (
                nadia,
                "location",
                "Caf\u{e9}: Standort: 52.5, 13.4 - https://maps.google.com/?q=52.5,13.4",
                vec![]
            ),
        ]
    );
    assert!(chat.group_notices > 0, "members are added to groups only");
    assert_eq!(
        chat.owner
            .map(|at| chat.participants[at as usize].name.as_ref()),
        du
    );
    assert_eq!(
        chat.messages[0].local_time.to_string(),
        "2026-09-08 13:02:03"
    );
}

#[test]
fn plain_text_in_chat_md_was_typed() {
    let text = decoded(
        "[9/18/26, 9:55:02 AM] You: image (file attached) is what it says\n\
         [9/18/26, 9:55:03 AM] You: Foto (xyz) hier\n",
    );
    let image = "WhatsApp Image 2026-09-18 at 9.55.03 AM.jpeg";
    let markdown = format!(
        "# WhatsApp Chat Export: Rita Sol\n\n## September 18, 2026\n\n\
         [9:55 AM] **You:** image (file attached) is what it says\n\n\
         [9:55 AM] **You:** [Foto](media/{image}) hier\n"
    );
    let chat = read(&text, Some(&markdown), "Rita Sol", &[image]);
    let rows = rows(&chat);
    assert_eq!(rows[0].1, "text");
    assert_eq!(rows[0].2, "image (file attached) is what it says");
    // An unknown language: chat.md links the file.
    assert_eq!(
        (rows[1].1, rows[1].2, &rows[1].3),
        ("media", "hier", &vec![image])
    );
}

#[test]
fn chat_md_determines_names_with_colons() {
    let text = decoded(
        "[9/18/26, 9:55:02 AM] ACME: Support: hello: you\n[9/18/26, 9:55:03 AM] ACME: no\n",
    );
    let markdown = "# WhatsApp Chat Export: x\n\n## September 18, 2026\n\n\
         [9:55 AM] **ACME: Support:** hello: you\n[9:55 AM] **ACME:** no\n";
    let chat = read(&text, Some(markdown), "x", &[]);
    let senders: Vec<_> = rows(&chat)
        .into_iter()
        .map(|(sender, _, text, _)| (sender, text))
        .collect();
    assert_eq!(
        senders,
        [(Some("ACME: Support"), "hello: you"), (Some("ACME"), "no")]
    );
}

#[test]
fn pasted_lines_are_text_if_shape_differs() {
    let text = decoded(
        "[9/18/26, 9:55:02 AM] You: see\n[9/18/26, 9:55:01 AM] Rita Sol: old\n\
         [9/18/26, 9:55:03 AM] Rita Sol: yes\n",
    );
    let markdown = "# WhatsApp Chat Export: Rita Sol\n\n## September 18, 2026\n\n\
         [9:55 AM] **You:** see\n[9/18/26, 9:55:01 AM] Rita Sol: old\n\n\
         [9:55 AM] **Rita Sol:**\n> _You: see_\nyes\n";
    let chat = read(&text, Some(markdown), "Rita Sol", &[]);
    assert_eq!(chat.messages.len(), 2);
    assert_eq!(
        chat.messages[0].text,
        "see\n[9/18/26, 9:55:01 AM] Rita Sol: old"
    );
    assert_eq!(quotes(&chat)[1], Some((Some("You"), Some("see"))));
    assert_eq!(oddities(&chat), [(2, OddityKind::OtherShape)]);
}

#[test]
fn chat_md_of_another_export_is_ignored() {
    let text = decoded(
        "[9/18/26, 9:55:02 AM] You: one\n[9/18/26, 9:55:03 AM] Rita Sol: two\n\
         [9/18/26, 9:55:03 AM] Rita Sol: three\n",
    );
    let markdown = "# WhatsApp Chat Export: Rita Sol\n\n## September 18, 2026\n\n\
         [9:55 AM] **You:** one\n[9:55 AM] **Rita Sol:**\n> _You: one_\nthree\n";
    let chat = read(&text, Some(markdown), "Rita Sol", &[]);
    assert_eq!(quotes(&chat), [None, None, None]);
    assert_eq!(oddities(&chat), [(2, OddityKind::MarkdownDiffers)]);
    let empty = read(&text, Some(""), "Rita Sol", &[]);
    assert_eq!(oddities(&empty), [(1, OddityKind::MarkdownDiffers)]);
}

#[test]
fn markdown_export_has_minutes() {
    let text = decoded(
        "# WhatsApp Chat Export: Theo Marsh\nExport date: September 19, 2026 at 9:52 AM\n\n---\n\n---\n\n\
         ## September 18, 2026\n\n[11:52 PM] **Theo Marsh:** plain text\nof two lines\n\n\
         [11:53 PM] **You:**\n> _Theo Marsh: plain text\nof two lines_\nthe answer\n\n\
         ## September 19, 2026\n\n[12:04 AM] __Theo Marsh added Nadia__\n\
         [12:05 AM] **Theo Marsh:** <image omitted> look\n",
    );
    let chat = read(&text, None, "Theo Marsh", &[]);
    let theo = Some("Theo Marsh");
    assert_eq!(
        rows(&chat),
        [
            (theo, "text", "plain text\nof two lines", vec![]),
            (Some("You"), "text", "the answer", vec![]),
            (None, "system", "Theo Marsh added Nadia", vec![]),
            (theo, "media_omitted", "look", vec![]),
        ]
    );
    assert_eq!(
        quotes(&chat)[1],
        Some((theo, Some("plain text\nof two lines")))
    );
    let times: Vec<String> = chat
        .messages
        .iter()
        .map(|m| m.local_time.to_string())
        .collect();
    assert_eq!(
        times,
        [
            "2026-09-18 23:52:00",
            "2026-09-18 23:53:00",
            "2026-09-19 00:04:00",
            "2026-09-19 00:05:00"
        ]
    );
    assert!(!chat.format.seconds);
    assert!(
        chat.oddities
            .iter()
            .all(|odd| odd.kind == OddityKind::WebHead)
    );
    let german = "# WhatsApp Chat Export: x\n\n## 18. September 2026\n\n[11:52] **A:** b\n";
    let media = MediaIndex::default();
    assert!(parse(&decoded(german), &Context::new(&media)).is_err());
}

#[test]
fn line_ends_of_windows_editor_are_accepted() {
    let text = decoded(format!(
        "\u{feff}{ENCRYPTED}[9/18/26, 9:55:02 AM] You: one\ntwo\n[9/18/26, 9:55:03 AM] Rita Sol: <image omitted> x\ny\n"
    ).replace('\n', "\r\n"));
    let chat = read(&text, None, "Rita Sol", &[]);
    assert_eq!(chat.messages[0].text, "one\ntwo");
    assert_eq!(
        (chat.messages[1].kind, chat.messages[1].text.as_ref()),
        (Kind::MediaOmitted, "x\ny")
    );
}

/// What the Web export writes, and what may be in between.
const PIECES: [&str; 34] = [
    "[9/18/26, 9:52:07 AM] ",
    "[9/18/26, 9:53:08 AM] ",
    "[9/19/26, 12:00:00 PM] ",
    "[2/30/26, 1:00:00 AM] ",
    "[9:52 AM] ",
    "[12:00 PM] ",
    "## September 18, 2026\n",
    "## September 19, 2026\n",
    "# WhatsApp Chat Export: x\n",
    "**A:**",
    "**You:**",
    "__",
    "A: ",
    "You: ",
    "- ",
    "> _A: hi_\n",
    "> _",
    "_\n",
    "[Forwarded] ",
    "<image omitted>",
    "<x message>",
    "image (file attached) ",
    "GIF attached",
    "[Image](media/",
    "WhatsApp Image 2026-09-18 at 9.52.07 AM.jpeg",
    ")",
    "Poll: q\n    - a",
    "Location: 1, 2 - https://maps.google.com",
    "\n",
    "\r\n",
    "hi",
    "\u{e9}\u{200e}",
    "\0",
    " ",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
            1 => "\\PC{0,3}",
        ],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    /// For any content of the two files, no line is lost, and the result is deterministic.
    #[test]
    fn any_two_files_add_up(text in pieces(), markdown in pieces(), alone in any::<bool>()) {
        let text = if alone {
            format!("# WhatsApp Chat Export: x\n## September 18, 2026\n[9:00 AM] **A:** b\n{text}")
        } else {
            format!("{ENCRYPTED}[9/18/26, 9:00:00 AM] A: b\n{text}")
        };
        let text = decoded(text);
        let files = ["WhatsApp Image 2026-09-18 at 9.52.07 AM.jpeg", "a.pdf"];
        let chat = read(&text, Some(&markdown), "A", &files);
        let again = read(&text, Some(&markdown), "A", &files);
        prop_assert_eq!(rows(&chat), rows(&again));
        prop_assert!(chat.messages.iter().all(|m| m.quoted().is_none_or(|q| q.sender.is_none_or(|at| (at as usize) < chat.participants.len()))));
        let before = chat.oddities.iter().map(|odd| odd.line).max();
        prop_assert!(before.is_none_or(|line| line <= chat.lines.total));
    }
}

#[test]
fn name_like_a_marker_is_a_sender() {
    let text = decoded(
        "[9/19/26, 9:52:07 AM] <3 Mia: see <b>\n[9/19/26, 9:52:08 AM] <3 Mia: <image omitted>\n\
         [9/19/26, 9:52:09 AM] <This message could not be exported>\n",
    );
    let chat = read(&text, None, "Mia", &[]);
    let mia = Some("<3 Mia");
    assert_eq!(
        rows(&chat),
        [
            (mia, "text", "see <b>", vec![]),
            (mia, "media_omitted", "", vec![]),
            (
                None,
                "unsupported",
                "<This message could not be exported>",
                vec![]
            ),
        ]
    );
}
