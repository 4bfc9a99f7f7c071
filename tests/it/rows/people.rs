//! Hidden ids: one person is one chat, with number and name, whichever table contains the pair; senders and mentions
//! get a name, else the number.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{RITA, exported, parsed};
use crate::kit::databases::{Android, Iphone, database};
use crate::kit::{Running, folder};

const RITA_HIDDEN: &str = "184069530861739@lid";
const THEO: &str = "447700900102@s.whatsapp.net";
const THEO_HIDDEN: &str = "199988877766655@lid";
const TEAM: &str = "120363041234567890@g.us";
const PAIRS: &str =
    "CREATE TABLE ZWAPHONENUMBERLIDPAIR(Z_PK INTEGER PRIMARY KEY, ZLID TEXT, ZPHONENUMBER TEXT);";

/// Two chats of one person, of which only the second has a name.
fn two_iphone_chats(path: PathBuf) -> Iphone {
    let mut store = Iphone::named(path);
    let number = store.chat(RITA, "+44 7700 900101", 0);
    let hidden = store.chat(RITA_HIDDEN, "Rita Sol", 0);
    store.row(number, 0, Some("before the move"));
    store.row(hidden, 0, Some("after the move"));
    store
}

/// Both messages are in one chat, which has the name and the number.
#[track_caller]
fn assert_one_chat(path: &Path, what: &str) {
    let read = parsed(path);
    assert_eq!(read.len(), 2, "{what}");
    for line in &read {
        let of = |field: &str| line[field].as_str();
        assert_eq!(
            (of("chat"), of("sender")),
            (Some("Rita Sol"), Some("Rita Sol")),
            "{what}"
        );
    }
    let scratch = folder();
    let arguments = ["inspect", "--json", path.to_str().expect("text")];
    let output = Running::start(&arguments, scratch.path(), &[])
        .wait()
        .exits(0);
    let view: Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
    assert_eq!(view["archives"].as_array().map(Vec::len), Some(1), "{what}");
    assert_eq!(view["archives"][0]["phone"], "+447700900101", "{what}");
}

#[test]
fn iphone_chats_of_one_person_are_one_chat() {
    let insert =
        format!("INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES (1, '{RITA_HIDDEN}', '{RITA}');");
    let bare = "INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES (1, '184069530861739', '447700900101');";
    for (what, file, sql) in [
        ("next to it", "LID.sqlite", format!("{PAIRS}{insert}")),
        ("without servers", "LID.sqlite", format!("{PAIRS}{bare}")),
        (
            "address book",
            "ContactsV2.sqlite",
            format!(
                "CREATE TABLE ZWAADDRESSBOOKCONTACT(ZLID TEXT, ZPHONENUMBER TEXT);
                 INSERT INTO ZWAADDRESSBOOKCONTACT VALUES ('{RITA_HIDDEN}', '+44 7700 900101');"
            ),
        ),
    ] {
        let folder = folder();
        two_iphone_chats(folder.path().join("ChatStorage.sqlite"));
        database(&folder.path().join(file), &sql);
        assert_one_chat(folder.path(), what);
    }
    let inside = folder();
    let store = two_iphone_chats(inside.path().join("ChatStorage.sqlite"));
    store.sql(&format!("{PAIRS}{insert}"));
    assert_one_chat(inside.path(), "inside");
    let identifier = folder();
    let store = two_iphone_chats(identifier.path().join("ChatStorage.sqlite"));
    store.sql(&format!(
        "UPDATE ZWACHATSESSION SET ZCONTACTIDENTIFIER = '{RITA_HIDDEN}' WHERE ZCONTACTJID = '{RITA}'"
    ));
    assert_one_chat(identifier.path(), "identifier");
}

/// In a backup, the table of pairs has a hashed name; WhatsApp Business has its own.
#[test]
fn pairs_are_found_in_a_backup() {
    for (chats, pairs) in [
        (
            "7c7fba66680ef796b916b067077cc246adacf01d",
            "e794f6ffcc3c222535f47684a63d5178da3c4500",
        ),
        (
            "724bd3b98b18518b455a87c1f3ac3a0d189c4466",
            "1b091efd2ab703ddffa4ff846259844545c2aeab",
        ),
    ] {
        let folder = folder();
        let path = |id: &str| folder.path().join(&id[..2]).join(id);
        two_iphone_chats(path(chats));
        let insert =
            format!("INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES (1, '{RITA_HIDDEN}', '{RITA}');");
        database(&path(pairs), &format!("{PAIRS}{insert}"));
        database(
            &folder.path().join("Manifest.db"),
            "CREATE TABLE Files(fileID TEXT, domain TEXT, relativePath TEXT);",
        );
        assert_one_chat(folder.path(), chats);
    }
}

#[test]
fn android_chats_of_one_person_are_one_chat() {
    let stores = || {
        let folder = folder();
        let mut store = Android::new(folder.path());
        let number = store.chat(RITA, None);
        let hidden = store.chat(RITA_HIDDEN, None);
        store.row(number, 0, Some("before the move"));
        store.row(hidden, 0, Some("after the move"));
        (folder, store)
    };
    let book = |folder: &Path, rows: &str| {
        let table =
            "CREATE TABLE wa_contacts(jid TEXT, display_name TEXT, wa_name TEXT, number TEXT);";
        database(
            &folder.join("wa.db"),
            &format!("{table} INSERT INTO wa_contacts VALUES {rows};"),
        );
    };
    let (mapped, store) = stores();
    let (hidden, number) = (store.jid(RITA_HIDDEN), store.jid(RITA));
    store.sql(&format!(
        "INSERT INTO jid_map VALUES ({hidden}, {number});
        INSERT INTO lid_display_name VALUES ({hidden}, 'rita')"
    ));
    // The name of the address book has precedence over the person's own.
    book(
        mapped.path(),
        &format!("('{RITA}', 'Rita Sol', NULL, NULL)"),
    );
    assert_one_chat(mapped.path(), "jid_map");
    let (contact, _) = stores();
    book(
        contact.path(),
        &format!("('{RITA_HIDDEN}', 'Rita Sol', NULL, '+447700900101')"),
    );
    assert_one_chat(contact.path(), "wa.db");
}

/// A national number in the address book neither replaces nor becomes the number of a hidden id.
#[test]
fn national_number_of_the_address_book_is_not_shown() {
    let national = "7700900101";
    for (is_mapped, expected) in [(true, json!("+447700900101")), (false, Value::Null)] {
        let android = folder();
        let mut store = Android::new(android.path());
        let chat = store.chat(RITA_HIDDEN, None);
        store.row(chat, 0, Some("hello"));
        if is_mapped {
            let (hidden, number) = (store.jid(RITA_HIDDEN), store.jid(RITA));
            store.sql(&format!("INSERT INTO jid_map VALUES ({hidden}, {number})"));
        }
        database(
            &android.path().join("wa.db"),
            &format!(
                "CREATE TABLE wa_contacts(jid TEXT, display_name TEXT, number TEXT);
                 INSERT INTO wa_contacts VALUES ('{RITA_HIDDEN}', 'Rita Sol', '{national}');"
            ),
        );
        let iphone = folder();
        let mut store = Iphone::new(iphone.path());
        let chat = store.chat(RITA_HIDDEN, "Rita Sol", 0);
        store.row(chat, 0, Some("hello"));
        if is_mapped {
            let insert =
                format!("INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES (1, '{RITA_HIDDEN}', '{RITA}');");
            database(
                &iphone.path().join("LID.sqlite"),
                &format!("{PAIRS}{insert}"),
            );
        }
        database(
            &iphone.path().join("ContactsV2.sqlite"),
            &format!(
                "CREATE TABLE ZWAADDRESSBOOKCONTACT(ZLID TEXT, ZPHONENUMBER TEXT);
                 INSERT INTO ZWAADDRESSBOOKCONTACT VALUES ('{RITA_HIDDEN}', '{national}');"
            ),
        );
        for path in [android.path(), iphone.path()] {
            let scratch = folder();
            let arguments = ["inspect", "--json", path.to_str().expect("text")];
            let output = Running::start(&arguments, scratch.path(), &[])
                .wait()
                .exits(0);
            let view: Value = serde_json::from_str(output.stdout.trim()).expect("JSON");
            assert_eq!(view["archives"][0]["phone"], expected, "{view}");
        }
    }
}

/// The senders of a group: the name of the person's own chat, also under the other id; else the number; never the
/// hidden id.
#[test]
fn senders_of_groups_have_names_or_numbers() {
    let iphone = folder();
    let mut store = Iphone::new(iphone.path());
    let own = store.chat(RITA, "Rita Sol", 0);
    store.row(own, 0, Some("hello"));
    let team = store.chat(TEAM, "Roof repair", 1);
    store.sql(&format!(
        "{PAIRS} INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES
        (1, '{RITA_HIDDEN}', '{RITA}'), (2, '{THEO_HIDDEN}', '{THEO}');"
    ));
    for jid in [RITA, RITA_HIDDEN, THEO, THEO_HIDDEN, "155544433322211@lid"] {
        let member = store.member(team, jid);
        store.row_by(team, 0, Some("in the group"), Some(member));
    }
    let android = folder();
    let mut store = Android::new(android.path());
    let own = store.chat(RITA, None);
    store.row(own, 0, Some("hello"));
    let team = store.chat(TEAM, Some("Roof repair"));
    for (hidden, number) in [(RITA_HIDDEN, RITA), (THEO_HIDDEN, THEO)] {
        let (hidden, number) = (store.jid(hidden), store.jid(number));
        store.sql(&format!("INSERT INTO jid_map VALUES ({hidden}, {number})"));
    }
    let rita = store.jid(RITA_HIDDEN);
    store.sql(&format!(
        "INSERT INTO lid_display_name VALUES ({rita}, 'Rita Sol')"
    ));
    for jid in [RITA, RITA_HIDDEN, THEO, THEO_HIDDEN, "155544433322211@lid"] {
        store.row_by(team, 0, Some("in the group"), Some(jid));
    }
    for folder in [&iphone, &android] {
        let read = parsed(folder.path());
        let senders: Vec<&str> = (read.iter())
            .filter(|line| line["chat"] == "Roof repair")
            .filter_map(|line| line["sender"].as_str())
            .collect();
        let (known, unknown) = senders.split_at(4);
        assert_eq!(
            known,
            ["Rita Sol", "Rita Sol", "+447700900102", "+447700900102"]
        );
        assert!(
            unknown[0].starts_with("Unknown participant "),
            "{unknown:?}"
        );
    }
}

/// A mention of a number or a hidden id shows the name, else the number.
#[test]
fn mentions_have_names_or_numbers() {
    let text =
        "@184069530861739, @447700900101, @199988877766655 and @155544433322211 of 184069530861739";
    let expected = "@Rita Sol, @Rita Sol, @+447700900102 and @Unknown participant ";
    let iphone = folder();
    let mut store = Iphone::new(iphone.path());
    let own = store.chat(RITA, "Rita Sol", 0);
    store.row(own, 0, Some(text));
    store.sql(&format!("{PAIRS} INSERT INTO ZWAPHONENUMBERLIDPAIR VALUES
        (1, '{RITA_HIDDEN}', '{RITA}'), (2, '{THEO_HIDDEN}', '{THEO}'), (3, '155544433322211@lid', NULL);
        INSERT INTO ZWACHATSESSION(ZCONTACTJID) VALUES ('155544433322211@lid');"));
    let android = folder();
    let mut store = Android::new(android.path());
    let own = store.chat(RITA, None);
    let row = store.row(own, 0, Some(text));
    for (hidden, number) in [(RITA_HIDDEN, RITA), (THEO_HIDDEN, THEO)] {
        let (hidden, number) = (store.jid(hidden), store.jid(number));
        store.sql(&format!("INSERT INTO jid_map VALUES ({hidden}, {number})"));
    }
    store.jid("155544433322211@lid");
    let rita = store.jid(RITA_HIDDEN);
    store.sql(&format!(
        "INSERT INTO message_mentions VALUES (1, {row}, {rita}, 'Rita Sol')"
    ));
    for folder in [&iphone, &android] {
        let read = parsed(folder.path());
        let text = read[0]["text"].as_str().expect("text");
        assert!(text.starts_with(expected), "{text}");
        assert!(text.ends_with(" of 184069530861739"), "{text}");
    }
}

/// JSON contains no pairs, but names by number and by hidden id.
#[test]
fn exporter_json_shows_no_hidden_ids_of_senders() {
    let folder = folder();
    let row = |number: i64, sender: &str, text: &str| {
        let mut row = exported(0, Some(text));
        row["sender"] = sender.into();
        row["key_id"] = format!("3A{number:018X}").into();
        row["timestamp"] = (1_780_000_000 + number).into();
        row
    };
    let chat = |name: Option<&str>, messages: Value| json!({"name": name, "type": "android", "messages": messages});
    let all = json!({
        RITA_HIDDEN: chat(Some("Rita Sol"), json!({})),
        THEO: chat(Some("Theo Marsh"), json!({})),
        TEAM: chat(Some("Roof repair"), json!({
            "2": row(2, "184069530861739", "hi @447700900102"),
            "3": row(3, "199988877766655", "and @184069530861739"),
            "4": row(4, "447700900103", "yes"),
        })),
    });
    let path = folder.path().join("result.json");
    fs::write(&path, all.to_string()).expect("written");
    let read = parsed(&path);
    let of = |line: usize, field: &str| read[line][field].as_str().expect("text");
    assert_eq!(
        (of(0, "sender"), of(0, "text")),
        ("Rita Sol", "hi @Theo Marsh")
    );
    assert!(
        of(1, "sender").starts_with("Unknown participant "),
        "{}",
        read[1]
    );
    assert_eq!(of(1, "text"), "and @Rita Sol");
    assert_eq!(of(2, "sender"), "447700900103");
}
