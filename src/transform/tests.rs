//! Archives to desired messages: merges, directions, limits and nights, on real folders.

use std::fs;
use std::path::Path;

use super::desired::{Decision, Desired, DesiredChat, Direction, Held, Note};
use super::{MessageTables, Source, TransformInputs, transform};
use crate::archive::Limits;
use crate::chat::MediaKind;
use crate::intake::{self, Opened};
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::policy::Policy;
use crate::settings::Device;

const CONTACTS: &str = "chat,participant,role,phone,lead_id,contact_id,user_id\n\
    Bob,Bob,contact,+353861234567,lead_bob,cont_bob,\n\
    Anna,Anna,contact,+353861234568,lead_anna,cont_anna,\n";

fn device(owner: &str) -> Device {
    Device {
        name: Device::ALONE.to_owned(),
        archives: Vec::new(),
        timezone: chrono_tz::Europe::Berlin,
        zone_is_default: false,
        date_order: None,
        owner: (!owner.is_empty())
            .then(|| owner.to_owned())
            .into_iter()
            .collect(),
        local_phone: Phone::parse("+491511234567"),
        former_phones: Vec::new(),
        user_id: None,
        from: None,
        until: None,
    }
}

/// Writes an export into its own folder: the chat's name, its text, its files.
fn export(root: &Path, folder: &str, chat: &str, text: &str, files: &[(&str, &str)]) {
    let folder = root.join(folder);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(format!("WhatsApp Chat with {chat}.txt")), text).unwrap();
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn opened(root: &Path) -> Vec<Opened> {
    let intake = intake::open(&[root.to_owned()], &Limits::default());
    assert!(intake.failures.is_empty());
    intake.opened
}

fn desired(opened: &[Opened], owner: &str) -> Desired {
    let device = device(owner);
    let chats: Vec<_> = intake::parse(opened, |_| None, |_| 0)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let sources: Vec<Source<'_>> = opened
        .iter()
        .zip(&chats)
        .map(|(opened, chat)| Source::new(&device, opened, chat))
        .collect();
    let contacts = Contacts::parse(CONTACTS, "contacts.csv").unwrap();
    transform(&TransformInputs {
        sources: &sources,
        policy: &Policy::default(),
        contacts: &contacts,
        devices: &[],
        tables: &MessageTables::default(),
        unread: &[],
        trace: None,
    })
}

fn one(root: &Path, owner: &str) -> DesiredChat {
    let opened = opened(root);
    let mut desired = desired(&opened, owner);
    assert_eq!(desired.chats.len(), 1);
    desired.chats.remove(0)
}

/// Text and names of files of every message.
fn shown(chat: &DesiredChat) -> Vec<String> {
    chat.messages
        .iter()
        .map(|m| {
            let files: Vec<&str> = m.files.iter().map(|f| f.name.reveal()).collect();
            format!("{} {files:?}", m.markdown.reveal())
        })
        .collect()
}

#[test]
fn newer_export_without_media_removes_nothing() {
    let root = tempfile::tempdir().unwrap();
    export(
        root.path(),
        "1",
        "Bob",
        "13/03/2023, 09:05 - Bob: IMG-20230313-WA0001.jpg (file attached)\nlook\n\
         13/03/2023, 09:06 - Me: IMG-20230313-WA0002.jpg (file attached)\n\
         13/03/2023, 09:07 - Bob: Offer.pdf (file attached)\n",
        &[
            ("IMG-20230313-WA0001.jpg", "1"),
            ("IMG-20230313-WA0002.jpg", "2"),
            ("Offer.pdf", "3"),
        ],
    );
    export(
        root.path(),
        "2",
        "Bob",
        "13/03/2023, 09:05 - Bob: <Media omitted>\n\
         13/03/2023, 09:06 - Me: <Media omitted>\na caption of now\n\
         13/03/2023, 09:07 - Bob: <Media omitted>\nOffer.pdf\n\
         14/03/2023, 09:08 - Bob: new\n",
        &[],
    );
    let chat = one(root.path(), "");
    assert_eq!((chat.read, chat.seen_again, chat.distinct()), (7, 3, 4));
    assert_eq!(
        shown(&chat),
        [
            "look [\"IMG-20230313-WA0001.jpg\"]",
            "a caption of now [\"IMG-20230313-WA0002.jpg\"]",
            "[document] [\"Offer.pdf\"]",
            "new []",
        ]
    );
}

#[test]
fn caption_of_the_older_export_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let file: &[(&str, &str)] = &[("IMG-20230313-WA0001.jpg", "1")];
    let line = "13/03/2023, 09:05 - Bob: IMG-20230313-WA0001.jpg (file attached)\n";
    export(root.path(), "1", "Bob", &format!("{line}look\n"), file);
    export(
        root.path(),
        "2",
        "Bob",
        &format!("{line}13/03/2023, 09:06 - Me: ok\n"),
        file,
    );
    let chat = one(root.path(), "");
    assert_eq!(
        shown(&chat),
        ["look [\"IMG-20230313-WA0001.jpg\"]", "ok []"]
    );
}

#[test]
fn files_of_an_export_that_starts_within_a_minute_stay_separate() {
    let root = tempfile::tempdir().unwrap();
    let line =
        |n: u32| format!("13/03/2023, 09:05 - Bob: IMG-20230313-WA000{n}.jpg (file attached)\n");
    let files = [
        ("IMG-20230313-WA0001.jpg", "1"),
        ("IMG-20230313-WA0002.jpg", "2"),
        ("IMG-20230313-WA0003.jpg", "3"),
    ];
    let older = format!("12/03/2023, 09:00 - Me: hi\n{}{}", line(1), line(2));
    let newer = format!("{}13/03/2023, 09:06 - Me: ok\n", line(2));
    export(root.path(), "1", "Bob", &older, &files[..2]);
    export(root.path(), "2", "Bob", &newer, &files[1..2]);
    let chat = one(root.path(), "");
    assert_eq!((chat.read, chat.seen_again), (5, 1));
    assert_eq!(
        shown(&chat),
        [
            "hi []",
            "[image] [\"IMG-20230313-WA0001.jpg\"]",
            "[image] [\"IMG-20230313-WA0002.jpg\"]",
            "ok []",
        ]
    );
}

#[test]
fn equal_texts_in_a_truncated_minute_are_counted_once() {
    let root = tempfile::tempdir().unwrap();
    let ok = "13/03/2023, 09:05 - Bob: ok\n";
    export(
        root.path(),
        "1",
        "Bob",
        &format!("12/03/2023, 09:00 - Me: hi\n{ok}{ok}"),
        &[],
    );
    export(
        root.path(),
        "2",
        "Bob",
        &format!("{ok}{ok}{ok}13/03/2023, 09:09 - Me: end\n"),
        &[],
    );
    let chat = one(root.path(), "");
    assert_eq!((chat.read, chat.seen_again, chat.messages.len()), (7, 2, 5));
    let ids: std::collections::HashSet<_> = chat
        .messages
        .iter()
        .map(|m| m.external_id.clone())
        .collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn contact_with_the_owners_name_is_held() {
    let root = tempfile::tempdir().unwrap();
    export(
        root.path(),
        "1",
        "Anna",
        "13/03/2023, 09:05 - Anna: hi\n13/03/2023, 09:06 - Anna: ho\n",
        &[],
    );
    let chat = one(root.path(), "Anna");
    assert_eq!(chat.standing, Decision::Held(Held::Owner));
}

#[test]
fn sender_with_neither_name_is_held_if_owner_was_inferred() {
    let root = tempfile::tempdir().unwrap();
    export(
        root.path(),
        "1",
        "Anna",
        "13/03/2023, 09:05 - Anna: hi\n13/03/2023, 09:06 - Me: ho\n",
        &[],
    );
    export(
        root.path(),
        "2",
        "Bob",
        "13/03/2023, 09:05 - Me, formerly: hi\n",
        &[],
    );
    let opened = opened(root.path());
    let desired = desired(&opened, "");
    assert!(matches!(desired.chats[0].standing, Decision::Ready(_)));
    assert_eq!(desired.chats[0].messages[1].direction, Direction::Outgoing);
    assert_eq!(desired.chats[1].standing, Decision::Held(Held::Owner));
}

#[test]
fn messages_of_one_timestamp_are_ordered_by_milliseconds() {
    let root = tempfile::tempdir().unwrap();
    let text = "13/03/2023, 09:05 - Bob: a\n13/03/2023, 09:04 - Bob: late\n13/03/2023, 09:05 - Bob: b\n13/03/2023, 09:05 - Me: a\n";
    export(root.path(), "1", "Bob", text, &[]);
    let chat = one(root.path(), "");
    let times: Vec<String> = chat
        .messages
        .iter()
        .map(|m| m.activity_at.format("%H:%M:%S%.3f").to_string())
        .collect();
    assert_eq!(
        times,
        [
            "08:05:00.000",
            "08:04:00.000",
            "08:05:00.001",
            "08:05:00.002"
        ]
    );
}

#[test]
fn size_limit_applies_to_all_files_of_a_message() {
    let root = tempfile::tempdir().unwrap();
    let text = "13/03/2023, 09:05 - Bob: a.mp4 (file attached)\nb.mp4 (file attached)\nc.jpg (file attached)\n13/03/2023, 09:06 - Me: ok\n";
    export(root.path(), "1", "Bob", text, &[("c.jpg", "x")]);
    for (name, size) in [("a.mp4", 24_999_999), ("b.mp4", 2)] {
        let file = fs::File::create(root.path().join("1").join(name)).unwrap();
        file.set_len(size).unwrap();
    }
    let chat = one(root.path(), "");
    let first = &chat.messages[0];
    assert_eq!(first.files.iter().map(|f| f.size).sum::<u64>(), 25_000_000);
    assert_eq!(first.files[1].media, MediaKind::Image);
    assert_eq!(chat.notes, [(0, 1, Note::TooLarge)]);
}

#[test]
fn exports_of_both_sides_give_equal_ids() {
    let root = tempfile::tempdir().unwrap();
    let text =
        "13/03/2023, 09:05 - Bob: hi\n13/03/2023, 09:06 - Me: ok\n13/03/2023, 09:06 - Me: ok\n";
    export(root.path(), "1", "Bob", text, &[]);
    let ours: Vec<_> = one(root.path(), "")
        .messages
        .iter()
        .map(|m| m.external_id.clone())
        .collect();
    let root = tempfile::tempdir().unwrap();
    // Bob's own phone, in the same zone, has the owner as Anna.
    let text = "[13.03.23, 09:05:01] Bob: hi\n[13.03.23, 09:06:02] Anna: ok\n[13.03.23, 09:06:03] Anna: ok\n";
    export(root.path(), "1", "Anna", text, &[]);
    let opened = opened(root.path());
    let mut theirs = device("Bob");
    theirs.local_phone = Phone::parse("+353861234567");
    let chats: Vec<_> = intake::parse(&opened, |_| None, |_| 0)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let contacts = Contacts::parse(
        "chat,participant,role,phone,lead_id,contact_id,user_id\nAnna,Anna,contact,+491511234567,lead_x,cont_x,\n",
        "contacts.csv",
    )
    .unwrap();
    let sources = [Source::new(&theirs, &opened[0], &chats[0])];
    let desired = transform(&TransformInputs {
        sources: &sources,
        policy: &Policy::default(),
        contacts: &contacts,
        devices: &[],
        tables: &MessageTables::default(),
        unread: &[],
        trace: None,
    });
    let found: Vec<_> = desired.chats[0]
        .messages
        .iter()
        .map(|m| m.external_id.clone())
        .collect();
    assert_eq!(found, ours);
}

/// Writes a Web export into its own folder.
fn web_export(root: &Path, text: &str, markdown: &str) {
    let folder = root.join("Bob web");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("chat.txt"), text).unwrap();
    let head = "# WhatsApp Chat Export: Bob\n\n## September 18, 2026\n\n";
    fs::write(folder.join("chat.md"), format!("{head}{markdown}")).unwrap();
}

/// The linked messages: text and the text of the target.
fn links(desired: &Desired) -> Vec<(&str, &str)> {
    let [chat] = desired.chats.as_slice() else {
        panic!("one chat")
    };
    let text = |at: u32| chat.messages[at as usize].markdown.reveal();
    chat.messages
        .iter()
        .filter_map(|m| Some((m.markdown.reveal(), text(m.reply_to?))))
        .collect()
}

fn open_replies(desired: &Desired) -> usize {
    let notes = desired.chats.iter().flat_map(|chat| &chat.notes);
    notes.filter(|(.., note)| *note == Note::ReplyOpen).count()
}

const LONG: &str = "Can you send me the plans of the house?";

#[test]
fn quotation_is_linked_to_its_only_match() {
    let root = tempfile::tempdir().unwrap();
    web_export(
        root.path(),
        &format!(
            "[9/18/26, 9:52:01 AM] Bob: {LONG}\n\
             [9/18/26, 9:52:02 AM] You: on Friday\n\
             [9/18/26, 9:52:03 AM] Bob: yes\n\
             [9/18/26, 9:52:04 AM] Bob: <image omitted> the gate\n\
             [9/18/26, 9:52:05 AM] You: a1\n\
             [9/18/26, 9:52:06 AM] Bob: a2\n\
             [9/18/26, 9:52:07 AM] You: a3\n\
             [9/18/26, 9:52:08 AM] Bob: yes\n\
             [9/18/26, 9:52:09 AM] You: a4\n\
             [9/18/26, 9:52:10 AM] You: a5\n\
             [9/18/26, 9:52:11 AM] You: a6\n"
        ),
        &format!(
            "[9:52 AM] **Bob:** {LONG}\n[9:52 AM] **You:** on Friday\n[9:52 AM] **Bob:** yes\n\
             [9:52 AM] **Bob:** <image omitted> the gate\n\
             [9:52 AM] **You:**\n> _Bob: {LONG}_\na1\n\
             [9:52 AM] **Bob:**\n> _You: on Friday_\na2\n\
             [9:52 AM] **You:**\n> _Bob: Image: the gate_\na3\n\
             [9:52 AM] **Bob:** yes\n\
             [9:52 AM] **You:**\n> _Bob: yes_\na4\n\
             [9:52 AM] **You:**\n> _You: yes_\na5\n\
             [9:52 AM] **You:**\n> _[Original message not available]_\na6\n"
        ),
    );
    let opened = opened(root.path());
    let desired = desired(&opened, "Anna");
    assert_eq!(
        links(&desired),
        [
            ("a1", LONG),
            ("a2", "on Friday"),
            ("a3", "the gate\n[image not included in the export]"),
        ]
    );
    // "yes" occurs twice, and from Bob only; and an absent message cannot be linked.
    assert_eq!(open_replies(&desired), 3);
    let sides: Vec<Direction> = desired.chats[0]
        .messages
        .iter()
        .map(|m| m.direction)
        .collect();
    assert_eq!(sides[..2], [Direction::Incoming, Direction::Outgoing]);
}

#[test]
fn short_quotations_in_a_truncated_export_are_not_linked() {
    let root = tempfile::tempdir().unwrap();
    web_export(
        root.path(),
        &format!(
            "Messages and calls are end-to-end encrypted.\nSome earlier messages may not be available.\n\
             [9/18/26, 9:52:01 AM] Bob: yes\n[9/18/26, 9:52:02 AM] Bob: {LONG}\n\
             [9/18/26, 9:52:03 AM] You: a1\n[9/18/26, 9:52:04 AM] You: a2\n"
        ),
        &format!(
            "[9:52 AM] **Bob:** yes\n[9:52 AM] **Bob:** {LONG}\n\
             [9:52 AM] **You:**\n> _Bob: yes_\na1\n[9:52 AM] **You:**\n> _Bob: {LONG}_\na2\n"
        ),
    );
    let opened = opened(root.path());
    let desired = desired(&opened, "Anna");
    assert_eq!(links(&desired), [("a2", LONG)]);
    assert_eq!(open_replies(&desired), 1);
}

#[test]
fn web_and_phone_exports_are_merged_with_the_link() {
    let root = tempfile::tempdir().unwrap();
    web_export(
        root.path(),
        &format!(
            "[9/18/26, 9:52:01 AM] Bob: {LONG}\n[9/18/26, 9:53:03 AM] You: here\n\
             [9/18/26, 9:54:03 AM] You: Poll: When?\n    - Mon\n    - Tue\n"
        ),
        &format!(
            "[9:52 AM] **Bob:** {LONG}\n[9:53 AM] **You:**\n> _Bob: {LONG}_\nhere\n\
             [9:54 AM] **You:** Poll: When?\n    - Mon\n    - Tue\n"
        ),
    );
    export(
        root.path(),
        "phone",
        "Bob",
        &format!(
            "18/09/2026, 09:52 - Bob: {LONG}\n18/09/2026, 09:53 - Anna: here\n\
             18/09/2026, 09:54 - Anna: POLL:\nWhen?\nOPTION: Mon (1 vote)\nOPTION: Tue (0 votes)\n\
             18/09/2026, 10:00 - Bob: thanks\n"
        ),
        &[],
    );
    let opened = opened(root.path());
    let desired = desired(&opened, "Anna");
    assert_eq!(desired.chats[0].seen_again, 3);
    assert_eq!(desired.chats[0].messages.len(), 4);
    assert_eq!(links(&desired), [("here", LONG)]);
    assert_eq!(desired.chats[0].messages[1].direction, Direction::Outgoing);
}
