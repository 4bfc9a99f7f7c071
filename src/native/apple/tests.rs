//! The iPhone database in several versions and with unexpected content.

use super::*;
use crate::chat::Kind;
use crate::native::Archive;
use crate::native::normalize::NO_TIME;
use crate::native::row_type::CHAT_GONE;

const TABLES: &str = "
    CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, ZSESSIONTYPE, ZCONTACTJID);
    CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, ZCHATSESSION, ZISFROMME, ZSTANZAID, ZMESSAGEDATE, ZMESSAGETYPE, ZTEXT, ZMEDIAITEM);
    CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, ZMESSAGE, ZMEDIALOCALPATH, ZMETADATA);
    INSERT INTO ZWACHATSESSION VALUES (1, 0, '353861234501@s.whatsapp.net');
    INSERT INTO ZWAMESSAGE VALUES (1, 1, 0, '3A00000000000000AA01', 757425600, 0, 'one', NULL);
    INSERT INTO ZWAMESSAGE VALUES (2, 1, 1, '3A00000000000000AA02', 757425660, 0, 'two', 7);
    INSERT INTO ZWAMEDIAITEM VALUES (7, 2, NULL, x'2a14334130303030303030303030303030304141303100');";

/// The store of these tables, with replacements and further statements.
fn store(without: &[(&str, &str)], more: &str) -> Result<Store, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ChatStorage.sqlite");
    let flags =
        rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
    let database = rusqlite::Connection::open_with_flags(&path, flags).unwrap();
    let tables = (without.iter()).fold(TABLES.to_owned(), |tables, (from, to)| {
        assert!(tables.contains(from), "{from}");
        tables.replace(from, to)
    });
    database.execute_batch(&(tables + more)).unwrap();
    drop(database);
    let mut read = super::super::read(
        &ChatStorage,
        vec![Archive::new(path)],
        &super::super::NoKeys,
    );
    read.remove(0).remove(0).store
}

fn answered(store: &Store) -> Option<&str> {
    let message = &store.chats[0].messages[1];
    message.quoted.as_ref()?.id.as_deref()
}

/// A message references its item, or the item its message, and either column may be absent.
#[test]
fn quotation_is_found_from_either_table() {
    let id = Some("3A00000000000000AA01");
    assert_eq!(answered(&store(&[], "").unwrap()), id);
    let by_item = store(&[("'two', 7)", "'two', NULL)")], "").unwrap();
    assert_eq!(answered(&by_item), id);
    let no_column = [(", ZMEDIAITEM)", ")"), (", NULL);", ");"), (", 7);", ");")];
    assert_eq!(answered(&store(&no_column, "").unwrap()), id);
    let no_message = [
        ("ZMESSAGE, ZMEDIALOCALPATH", "ZMEDIALOCALPATH"),
        ("VALUES (7, 2, NULL", "VALUES (7, NULL"),
    ];
    assert_eq!(answered(&store(&no_message, "").unwrap()), id);
}

#[test]
fn messages_of_a_group_without_id_and_name_are_counted() {
    let more = "
        INSERT INTO ZWACHATSESSION VALUES (2, 1, NULL);
        INSERT INTO ZWAMESSAGE VALUES (3, 2, 0, '3A03', 757425720, 0, 'a', NULL), (4, 2, 0, '3A04', 757425780, 0, 'b', NULL);";
    let store = store(&[], more).unwrap();
    assert_eq!(store.chats.len(), 1);
    assert_eq!(store.left_out, [(CHAT_GONE, 2)]);
}

#[test]
fn missing_columns_are_tolerated() {
    let no_type = [
        ("ZMESSAGETYPE, ", ""),
        ("0, 'one'", "'one'"),
        ("0, 'two'", "'two'"),
    ];
    assert_eq!(store(&no_type, "").unwrap().chats[0].messages.len(), 2);
    let gone = store(&[], "DROP TABLE ZWACHATSESSION").unwrap_err();
    assert!(
        gone.to_string().ends_with("it has no table ZWACHATSESSION"),
        "{gone}"
    );
}

#[test]
fn files_of_unknown_types_are_kept_and_view_once_files_are_not() {
    let more = "
        INSERT INTO ZWAMESSAGE VALUES (3, 1, 0, '3A03', 757425720, 54, '', 8);
        INSERT INTO ZWAMEDIAITEM VALUES (8, 3, 'Media/x/a.mp4', NULL);
        INSERT INTO ZWAMESSAGE VALUES (4, 1, 0, '3A04', 757425780, 38, '', 9);
        INSERT INTO ZWAMEDIAITEM VALUES (9, 4, 'Media/x/b.jpg', NULL);
        INSERT INTO ZWAMESSAGE VALUES (5, 1, 0, '3A05', 757425840, 54, 'words', NULL);
        INSERT INTO ZWAMESSAGE VALUES (6, 1, 0, '3A06', 757425900, 0, '', NULL);
        INSERT INTO ZWAMESSAGE VALUES (7, 1, 0, '3A07', 1e18, 0, 'never', NULL);";
    let store = store(&[], more).unwrap();
    let read: Vec<_> = (store.chats[0].messages[2..].iter())
        .map(|m| (m.kind, m.files.len(), m.text.is_empty()))
        .collect();
    assert_eq!(
        read,
        [
            (Kind::Media, 1, true),
            (Kind::ViewOnce, 0, true),
            (Kind::MediaOmitted, 0, false),
            (Kind::Unsupported, 0, false),
        ]
    );
    assert_eq!(store.left_out, [(NO_TIME, 1)]);
}

/// These tables have no index: look-ups for 20,000 messages without an item took 19 seconds.
#[test]
fn items_are_joined_in_linear_time() {
    let more = "
        WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO ZWAMESSAGE SELECT i, 1, 0, 'ID' || i, 757425600 + i, 6, 'x', NULL FROM n;
        WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO ZWAMEDIAITEM SELECT i, 10000000 + i, NULL, NULL FROM n;";
    let begun = std::time::Instant::now();
    assert_eq!(store(&[], more).unwrap().chats[0].messages.len(), 19_993);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

/// The protobuf of a quotation: id, sender, text.
fn quotation(id: &str, by: &str, words: &str) -> String {
    let field = |mark: &[u8], bytes: &[u8]| -> Vec<u8> {
        let length = u8::try_from(bytes.len()).unwrap();
        [mark, &[length], bytes].concat()
    };
    let text = field(&[0x9a, 0x01], &field(&[0x0a], words.as_bytes()));
    let all = [
        field(&[0x2a], id.as_bytes()),
        field(&[0x32], by.as_bytes()),
        text,
    ];
    all.concat().iter().map(|b| format!("{b:02x}")).collect()
}

/// A private reply to a message of a group quotes a person who is not in the chat. The database does not
/// identify the owner.
#[test]
fn quotation_of_non_participant_is_of_another_chat() {
    let (me, they, third) = (
        "4915112345678@s.whatsapp.net",
        "353861234501@s.whatsapp.net",
        "353861234509@s.whatsapp.net",
    );
    let read = |quotes: &[(&str, &str)]| -> Vec<bool> {
        let more: String = (quotes.iter().enumerate())
            .map(|(n, (id, by))| {
                let (row, blob) = (10 + n, quotation(id, by, "words"));
                format!(
                    "INSERT INTO ZWAMESSAGE VALUES ({row}, 1, 0, '3B{row}', 7574257{row}, 0, 'x', {row});
                     INSERT INTO ZWAMEDIAITEM VALUES ({row}, {row}, NULL, x'{blob}');"
                )
            })
            .collect();
        let store = store(&[], &more).unwrap();
        let messages = &store.chats[0].messages[2..];
        let quotes = messages.iter().filter_map(|m| m.quoted.as_ref());
        quotes.map(|quoted| quoted.elsewhere).collect()
    };
    let (own, gone) = ("3A00000000000000AA02", "3B00000000000000CC01");
    assert_eq!(read(&[(gone, third), (gone, they)]), [true, false]);
    // An unknown sender may be anyone; the owner is recognised once one of their messages is.
    assert_eq!(read(&[(gone, me)]), [true]);
    assert_eq!(
        read(&[(own, me), (gone, me), (gone, third)]),
        [false, false, true]
    );
}

/// A field of a protobuf with these bytes.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    let mut key = number << 3 | 2;
    while key > 0x7f {
        written.push(u8::try_from(key & 0x7f).unwrap() | 0x80);
        key >>= 7;
    }
    written.extend([
        u8::try_from(key).unwrap(),
        u8::try_from(bytes.len()).unwrap(),
    ]);
    written.extend(bytes);
    written
}

#[test]
fn template_with_a_picture_keeps_its_words() {
    let words = [field(6, b"Your chairs are ready"), field(7, b"Card & Co")].concat();
    let template = data_encoding::HEXLOWER.encode(&field(24, &field(1, &words)));
    let more: String = [(10, 1, "a.jpg"), (11, 2, "b.mp4")]
        .map(|(row, number, file)| {
            format!(
                "INSERT INTO ZWAMESSAGE VALUES ({row}, 1, 0, '3B{row}', 7574257{row}, {number}, NULL, {row});
                 INSERT INTO ZWAMEDIAITEM VALUES ({row}, {row}, 'Media/{file}', x'{template}');"
            )
        })
        .concat();
    let store = store(&[], &more).unwrap();
    let read: Vec<_> = (store.chats[0].messages[2..].iter())
        .map(|m| (m.kind, m.files.len(), m.text.as_str()))
        .collect();
    assert_eq!(
        read,
        [(Kind::Media, 1, "Your chairs are ready\nCard & Co"); 2]
    );
}

#[test]
fn link_without_words_has_the_title_of_its_preview() {
    let more = "
        ALTER TABLE ZWAMEDIAITEM ADD COLUMN ZTITLE;
        INSERT INTO ZWAMESSAGE VALUES (10, 1, 0, '3B10', 757425710, 7, NULL, 10);
        INSERT INTO ZWAMESSAGE VALUES (11, 1, 0, '3B11', 757425711, 7, 'see https://x.example', 11);
        INSERT INTO ZWAMEDIAITEM VALUES (10, 10, NULL, NULL, 'Opening hours'), (11, 11, NULL, NULL, 'Opening hours');";
    let store = store(&[], more).unwrap();
    let read: Vec<_> = (store.chats[0].messages[2..].iter())
        .map(|m| (m.kind, m.text.as_str()))
        .collect();
    let expected = [
        (Kind::Text, "Opening hours"),
        (Kind::Text, "see https://x.example"),
    ];
    assert_eq!(read, expected);
}

#[test]
fn mention_of_a_member_known_by_hidden_id_is_shown_by_name() {
    let more = "
        ALTER TABLE ZWAMESSAGE ADD COLUMN ZGROUPMEMBER;
        CREATE TABLE ZWAGROUPMEMBER(Z_PK INTEGER PRIMARY KEY, ZMEMBERJID);
        INSERT INTO ZWAGROUPMEMBER VALUES (1, '155544433322211@lid'), (2, '353861234501@s.whatsapp.net');
        INSERT INTO ZWACHATSESSION VALUES (2, 1, '120363041234567890@g.us');
        INSERT INTO ZWAMESSAGE VALUES (10, 2, 0, '3B10', 757425710, 0, 'ask @155544433322211', NULL, 2);
        INSERT INTO ZWAMESSAGE VALUES (11, 2, 0, '3B11', 757425711, 0, 'yes', NULL, 1);";
    let store = store(&[], more).unwrap();
    let group = store.chats.iter().find(|chat| chat.group).unwrap();
    let member = group.messages[1].sender.unwrap();
    let name = &group.participants[member as usize].name;
    assert!(name.starts_with("Unknown participant "), "{name}");
    assert_eq!(group.messages[0].text, format!("ask @{name}"));
}
