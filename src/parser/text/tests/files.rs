//! Whole files, each with one difficulty.

use std::fmt::Write as _;

use super::{decoded, read};
use crate::chat::{Chat, DateOrder, Kind};

/// The output of `chatferry parse`, one message per line.
fn show(chat: &Chat<'_>) -> String {
    let mut out = format!(
        "{} {} {} {:?}\nowner {:?}, group notices {}\n{:?}\n",
        chat.platform,
        chat.format.pattern,
        chat.format.date_order,
        chat.format.evidence,
        chat.owner
            .map(|at| chat.participants[at as usize].name.as_ref()),
        chat.group_notices,
        chat.lines
    );
    for p in &chat.participants {
        let unsaved = if p.unsaved { " (unsaved)" } else { "" };
        let _ = writeln!(out, "* {}{unsaved}: {}", p.name, p.messages);
    }
    for m in &chat.messages {
        let sender = chat.sender_of(m).map_or("-", |p| p.name.as_ref());
        let edited = if m.edited { " edited" } else { "" };
        let _ = write!(
            out,
            "{:>3} {} {sender} | {}{edited} | {:?}",
            m.line,
            m.local_time,
            m.kind.word(),
            m.text
        );
        for a in m.attachments() {
            let _ = write!(out, " [{} {} {:?}]", a.media.word(), a.name, a.entry);
        }
        if let Some(omitted) = m.omitted() {
            let _ = write!(out, " [no {}]", omitted.word());
        }
        out.push('\n');
    }
    for odd in &chat.oddities {
        let _ = writeln!(out, "! {} {}", odd.line, odd.kind.code());
    }
    out
}

fn shown(text: &str, name: &str, files: &[&str]) -> String {
    show(&read(&decoded(text), name, files, None))
}

fn texts(text: &str) -> Vec<String> {
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    chat.messages.iter().map(|m| m.text.to_string()).collect()
}

#[test]
fn android_24h_day_first() {
    let text = "\
13/03/2023, 09:05 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them. Tap to learn more.
13/03/2023, 09:05 - Nadia Brandt: hello
13/03/2023, 09:06 - Theo Marsh: two
lines

and a blank one
13/03/2023, 09:07 - Nadia Brandt: IMG-20230313-WA0001.jpg (file attached)
13/03/2023, 09:07 - Nadia Brandt: IMG-20230313-WA0002.jpg (file attached)
what a view
over two lines
13/03/2023, 09:08 - Nadia Brandt: \u{200e}IMG-20230313-WA0009.jpg (file attached)
13/03/2023, 09:08 - Theo Marsh: <Media omitted>
13/03/2023, 09:09 - Theo Marsh: <Media omitted>
Offer 2023.pdf
13/03/2023, 09:09 - Theo Marsh: <Video note omitted>
13/03/2023, 09:10 - Theo Marsh: null
13/03/2023, 09:10 - Theo Marsh: 
13/03/2023, 09:10 - Theo Marsh: <View once voice message omitted>
13/03/2023, 09:11 - Theo Marsh: You deleted this message
13/03/2023, 09:11 - Nadia Brandt: This message was deleted
13/03/2023, 09:12 - Nadia Brandt: fixed
it <This message was edited>
13/03/2023, 09:13 - Nadia Brandt: location: https://maps.google.com/?q=51.5,-0.12
13/03/2023, 09:13 - Nadia Brandt: live location shared
13/03/2023, 09:14 - Nadia Brandt: Rita Sol.vcf (file attached)
13/03/2023, 09:15 - Nadia Brandt: POLL:
Which day?
OPTION: Mon (2 votes)
OPTION: Tue (1 vote)

13/03/2023, 09:16 - Theo Marsh: EVENT: Summer walk
Event Start time: 1765279800000
Event Cancelled: false
13/03/2023, 09:17 - Theo Marsh: Missed voice call
13/03/2023, 09:18 - Theo Marsh: Waiting for this message
13/03/2023, 09:19 - Nadia Brandt: Pimlico Gardens
London, United Kingdom
https://foursquare.com/v/4e89af95e5fa82ad4c0aa03b
";
    insta::assert_snapshot!(shown(
        text,
        "Nadia Brandt",
        &[
            "IMG-20230313-WA0001.jpg",
            "IMG-20230313-WA0002.jpg",
            "Rita Sol.vcf"
        ]
    ));
}

#[test]
fn android_us_12h_narrow_blank() {
    let text = "\
12/31/20, 11:59\u{202f}PM - Ann: last
1/1/21, 12:00\u{202f}AM - Ben: first
1/1/21, 12:01 AM - Ben: an ordinary blank
1/1/21, 12:00\u{202f}PM - Ann: noon";
    insta::assert_snapshot!(shown(text, "", &[]));
}

#[test]
fn iphone_with_pasted_headers_after_a_bare_line_feed() {
    let text = "\
[31.12.20, 21:45:12] Harbour Walks: \u{200e}Messages and calls are end-to-end encrypted.\r
[31.12.20, 21:45:13] Theo Marsh: look what they wrote:
[30.12.20, 10:00:00] Ann: pasted
[30.12.20, 10:00:05] Ben: pasted too\r
[31.12.20, 21:46:00] ~\u{202f}Nev: \u{200e}<attached: 00000003-PHOTO-2020-12-31-21-46-00.jpg>\r
\u{200e}[31.12.20, 21:46:30] \u{202a}+1\u{a0}(777)\u{a0}777\u{2011}7777\u{202c}: cap
tion \u{200e}<attached: 00000004-VIDEO-2020-12-31-21-46-30.mp4>\r
[31.12.20, 21:47:00] Theo Marsh: image omitted\r
\u{200e}[31.12.20, 21:47:01] Theo Marsh: \u{200e}image omitted\r
\u{200e}[31.12.20, 21:47:02] Theo Marsh: offer.pdf \u{2022} \u{200e}2 pages \u{200e}document omitted\r
[31.12.20, 21:47:03] Theo Marsh: Pimlico Gardens (London): https://foursquare.com/v/4e89\r
[31.12.20, 21:47:04] Theo Marsh: \u{200e}Voice call, \u{200e}4 min\r
[31.12.20, 21:47:05] Theo Marsh: \u{200e}POLL:
\u{200e}Which day?
\u{200e}OPTION: Mon (\u{200e}2 votes)\r
[31.12.20, 21:47:06] Theo Marsh: \u{200e}Theo Marsh added you\r
[31.12.20, 21:47:07] Harbour Walks: \u{200e}Something entirely new happened\r
[31.12.20, 21:47:08] Theo Marsh: 2013-08-06-PHOTO-00000006.jpg <\u{200e}attached>\r
[31.12.20, 21:47:09] Theo Marsh: \u{200e}<attached: 5-a.jpg>
\u{200e}<attached: 6-b.jpg>\r
[31.12.20, 21:47:10] Theo Marsh: see \u{200e}<something new>\r
";
    insta::assert_snapshot!(shown(
        text,
        "Harbour Walks",
        &["00000003-PHOTO-2020-12-31-21-46-00.jpg", "5-a.jpg"]
    ));
}

#[test]
fn iphone_group_before_2023_has_notices_without_sender() {
    let text = "\
[3/18/22, 15:00:00] \u{200e}You created group \u{201c}Harbour: Walks\u{201d}\r
[3/18/22, 15:00:01] \u{200e}You added Ann\r
[3/18/22, 15:00:02] Ann: hi\r
[3/18/22, 15:00:03] \u{200e}Ann left\r
";
    insta::assert_snapshot!(shown(text, "Harbour Walks", &[]));
}

#[test]
fn iso_order() {
    insta::assert_snapshot!(shown(
        "2023-03-29, 12:07\u{202f}a.m. - Ann: hi\n2023-04-01, 1:07\u{202f}p.m. - Ben: ho\n",
        "",
        &[]
    ));
}

#[test]
fn names_with_colons_brackets_and_emoji() {
    let text = "\
13/03/2023, 09:05 - ACME: Support: hello, how can we help?
13/03/2023, 09:06 - [Work] Ben - Flat 3: note: buy milk
13/03/2023, 09:07 - \u{1f984}: hi
13/03/2023, 09:08 - ACME: Support: <Media omitted>
13/03/2023, 09:09 - [Work] Ben - Flat 3: note: and bread
";
    insta::assert_snapshot!(shown(text, "", &[]));
    let decoded = decoded("13/03/2023, 09:05 - ACME: Support: hello\n");
    let chat = read(&decoded, "ACME_ Support", &[], None);
    assert_eq!(chat.participants[0].name, "ACME: Support");
    assert_eq!(chat.messages[0].text, "hello");
}

#[test]
fn repeated_first_word_is_not_a_long_name() {
    let text = "\
13/03/2023, 09:05 - Bot: Status: up
13/03/2023, 09:06 - Bot: Status: down
13/03/2023, 09:07 - Bot: Status: up
";
    let decoded = decoded(text);
    let chat = read(&decoded, "Bot", &[], None);
    assert_eq!(chat.participants[0].name, "Bot");
    assert_eq!(chat.messages[0].text, "Status: up");
}

#[test]
fn one_to_one_notice_with_the_contact_as_sender() {
    let text = "\
[14/08/2024, 21:00:10] Theo Marsh: \u{200e}Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.\r
[14/08/2024, 21:00:11] Nadia: Messages and calls are end-to-end encrypted. I read that\r
";
    let decoded = decoded(text);
    let chat = read(&decoded, "Theo Marsh", &[], None);
    assert_eq!(chat.messages[0].kind, Kind::System);
    assert_eq!(chat.messages[0].sender, None);
    assert_eq!(chat.messages[1].kind, Kind::Text);
    assert_eq!(chat.participants.len(), 1);
    assert_eq!(chat.group_notices, 0);
}

#[test]
fn only_notices() {
    let text = "13/03/2023, 09:05 - Messages and calls are end-to-end encrypted.\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert!(chat.participants.is_empty());
    assert_eq!(chat.messages.len(), 1);
}

#[test]
fn no_break_space_after_bracket_is_accepted() {
    assert_eq!(
        texts("[31.12.20, 21:45:12]\u{a0}Ann: hi\n[31.12.20, 21:45:13]\u{202f}Ann: ho"),
        ["hi", "ho"]
    );
}

#[test]
fn line_with_other_padding_is_text_in_small_file() {
    let text = "9/1/26, 9:05 - A: one\n09/02/26, 10:00 - B: pasted\n9/3/26, 9:07 - A: two\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], Some(DateOrder::Mdy));
    assert_eq!(chat.messages.len(), 2);
    assert_eq!(chat.messages[0].text, "one\n09/02/26, 10:00 - B: pasted");
}

#[test]
fn concatenated_exports_keep_all_messages() {
    let mut text = String::new();
    for day in 1..9 {
        let _ = writeln!(text, "{day}/3/2023, 09:05 - A: x");
    }
    for day in 1..9 {
        let _ = writeln!(text, "0{day}/04/2023, 09:05 - A: x");
    }
    assert_eq!(texts(&text).len(), 16);
    let mixed = "[1.2.20, 10:00:00] A: x\n[2.2.20, 10:00:00] A: x\n[3.2.20, 10:00:00] A: x\r\n[4.2.20, 10:00:00] A: x\r\n";
    assert_eq!(texts(mixed).len(), 4);
}

#[test]
fn preamble_and_blank_lines_on_top() {
    let text = "A note of mine\n\n13/03/2023, 09:05 - A: one\n13/03/2023, 09:06 - A: two";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &[], None);
    assert_eq!((chat.lines.oddities, chat.lines.headers), (2, 2));
    assert_eq!(chat.oddities.len(), 2);
    // A blank line at the start does not make a pasted shape that of the file.
    let pasted =
        "\n\n13/03/2023, 09:05 - A: one\n[1/1/20, 10:00:00] x: y\n[1/1/20, 10:00:01] x: y\n";
    assert_eq!(texts(pasted).len(), 1);
    // Neither does a first line that cannot be a header.
    let impossible = "[99/99/99, 10:00:00] x: y\n13/03/2023, 09:05 - A: one\n";
    assert_eq!(texts(impossible), ["one"]);
}

#[test]
fn encodings() {
    let plain = "13/03/2023, 09:05 - Zo\u{eb}: na\u{ef}ve \u{1f600}\n";
    let bom = format!("\u{feff}{plain}");
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(plain.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for bytes in [plain.as_bytes().to_vec(), bom.into_bytes(), utf16] {
        let decoded = decoded(bytes);
        let chat = read(&decoded, "", &[], None);
        assert_eq!(chat.messages[0].text, "na\u{ef}ve \u{1f600}");
        assert_eq!(chat.participants[0].name, "Zo\u{eb}");
        assert!(chat.oddities.is_empty());
    }
    let mut broken = plain.as_bytes().to_vec();
    broken.extend_from_slice(b"second \xff line\nthird\0");
    let decoded = decoded(broken);
    let chat = read(&decoded, "", &[], None);
    assert_eq!(
        chat.messages[0].text,
        "na\u{ef}ve \u{1f600}\nsecond \u{fffd} line\nthird\0"
    );
    let codes: Vec<_> = chat
        .oddities
        .iter()
        .map(|o| (o.line, o.kind.code()))
        .collect();
    assert_eq!(codes, [(1, "nul_byte"), (2, "not_utf8")]);
}

#[test]
fn truncated_last_line_and_single_line_file() {
    assert_eq!(
        texts("13/03/2023, 09:05 - A: one\n13/03/2023, 09:0"),
        ["one\n13/03/2023, 09:0"]
    );
    assert_eq!(texts("13/03/2023, 09:05 - A: one"), ["one"]);
    assert_eq!(texts("13/03/2023, 09:05 - A:\nmore"), ["\nmore"]);
    assert_eq!(texts("13/03/2023, 09:05 - A: \nmore"), ["\nmore"]);
}

#[test]
fn text_about_a_file_is_not_an_attachment() {
    let text =
        "13/03/2023, 09:05 - A: Invoice (new)\n13/03/2023, 09:06 - A: photo.jpg (the old one)\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &["Invoice.pdf", "photo.jpg"], None);
    assert_eq!(chat.messages[0].kind, Kind::Text);
    assert_eq!(chat.messages[0].text, "Invoice (new)");
    assert_eq!(chat.messages[1].text, "photo.jpg (the old one)");
}

#[test]
fn legacy_marker_with_blanks_in_name() {
    let text = "[13/03/2016, 09:05:00] A: my long report.pdf <\u{200e}attached>\n";
    let decoded = decoded(text);
    let chat = read(&decoded, "", &["my long report.pdf"], None);
    assert_eq!(chat.messages[0].attachments()[0].name, "my long report.pdf");
    assert_eq!(chat.messages[0].text, "");
}

#[test]
fn two_owner_deletions_by_different_senders_determine_no_owner() {
    let text = "13/03/2023, 09:05 - A: You deleted this message\n13/03/2023, 09:06 - B: You deleted this message\n";
    let decoded = decoded(text);
    assert_eq!(read(&decoded, "", &[], None).owner, None);
}

#[test]
fn years_of_other_calendars_are_converted_and_reported() {
    for (line, day) in [
        ("[18/3/2565 14:56:01] Anna: hi", "2022-03-18"),
        ("[3/18/R4, 14:56:01] Anna: hi", "2022-03-18"),
        (
            "[\u{6f1}\u{6f4}\u{6f0}\u{6f1}/\u{6f1}\u{6f2}/\u{6f1}\u{6f8}\u{60c}\u{200f} \u{6f2}\u{6f1}:\u{6f0}\u{6f5}:\u{6f0}\u{6f7}] Anna: hi",
            "2023-03-09",
        ),
    ] {
        let text = decoded(format!("{line}\n{line}\n"));
        let chat = read(&text, "", &[], None);
        assert_eq!(
            chat.messages[0].local_time.date().to_string(),
            day,
            "{line}"
        );
        let oddities: Vec<_> = chat.oddities.iter().map(|o| (o.line, o.kind)).collect();
        assert_eq!(
            oddities,
            [(1, crate::chat::OddityKind::OtherCalendar)],
            "{line}"
        );
    }
}
