//! Texts that are stored next to a message: templates, lists, orders, invitations, polls, locations, contact cards.

use serde_json::Value;

use super::{RITA, exported, exporter, parsed, posted, world};
use crate::kit::databases::{Android, Iphone, OldAndroid, blob, field};
use crate::kit::folder;

/// A card as phones write it where a name is not ASCII.
const QUOTED_PRINTABLE: &str = "BEGIN:VCARD\r\nVERSION:2.1\r\n\
    N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=6C=6C=65=72;=4A=C3=B6=72=67;;;\r\n\
    FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=C3=B6=72=67=20=4D=C3=BC=\r\n=6C=6C=65=72\r\n\
    TEL;CELL:+44 7700 900113\r\nEND:VCARD\r\n";
/// A card with folded lines, escapes and an organisation.
const FOLDED: &str = "BEGIN:VCARD\nVERSION:3.0\nN:Sol;Rita;;;\nFN:Sol\\, Ri\n ta\nORG:Sol Ltd;\nTEL:+44 7700 \n 900114\nEND:VCARD";
/// A card of an organisation.
const ORGANIZATION: &str =
    "BEGIN:VCARD\nVERSION:3.0\nN:;;;;\nORG:Harbour Works;\nTEL:+44 7700 900115\nEND:VCARD";
const CARDS: [(&str, &str); 3] = [
    (QUOTED_PRINTABLE, "Jörg Müller\n+44 7700 900113"),
    (FOLDED, "Sol, Rita\n+44 7700 900114"),
    (ORGANIZATION, "Harbour Works\n+44 7700 900115"),
];

fn texts(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line["text"].as_str())
        .collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Templates, lists, choices, orders, products and invitations are posted with their words and without a label.
#[test]
fn texts_next_to_android_messages_are_posted() {
    let world = world("+447700900101");
    let mut store = Android::new(&world.exports());
    let chat = store.chat(RITA, None);
    let mut add = |kind: i64, text: Option<&str>, table: &str, columns: &str, values: &str| {
        let row = store.row(chat, kind, text);
        store.sql(&format!(
            "INSERT INTO {table}(message_row_id, {columns}) VALUES ({row}, {values})"
        ));
        row
    };
    let template = "content_text_data, footer_text_data";
    let first = add(
        25,
        None,
        "message_template",
        template,
        "'Your chairs are ready.', 'Harbour Works'",
    );
    add(
        26,
        Some("Same words."),
        "message_template",
        template,
        "'Same words.', NULL",
    );
    let picture = add(
        28,
        None,
        "message_template",
        template,
        "'With a picture', NULL",
    );
    let list = r#"{"title": "Tables", "description": "Which size?", "footerText": "Harbour Works",
        "sections": [{"title": "Round", "rows": [{"title": "Small", "description": "80 cm"}]}]}"#;
    add(
        45,
        None,
        "message_ui_elements",
        "element_type, element_content",
        &format!("1, {}", quoted(list)),
    );
    let buttons =
        r#"{"content": "Shall we deliver?", "buttons": [{"buttonText": {"displayText": "Yes"}}]}"#;
    add(
        57,
        Some("Hello"),
        "message_ui_elements",
        "element_content",
        &quoted(buttons),
    );
    add(
        44,
        None,
        "message_order",
        "order_title, item_count, message, currency_code, total_amount_1000",
        "'Two chairs', 2, 'As discussed', 'EUR', 90000",
    );
    add(
        23,
        None,
        "message_product",
        "title, description, currency_code, amount_1000",
        "'Oak chair', 'Oiled', 'EUR', 45500",
    );
    add(
        24,
        Some("Join us"),
        "message_group_invite",
        "group_name",
        "'Roof repair'",
    );
    add(
        46,
        None,
        "message_ui_elements_reply",
        "reply_description",
        "'Small'",
    );
    for number in [32, 49] {
        store.row(chat, number, Some("Deliver"));
    }
    store.sql(&format!(
        "INSERT INTO message_template_button(message_row_id, text_data) VALUES ({first}, 'Collect'), ({first}, 'Deliver');
         INSERT INTO message_media(message_row_id, file_path, mime_type) VALUES ({picture}, 'Media/a.jpg', 'image/jpeg');"
    ));
    let read = parsed(&world.exports());
    let kinds: Vec<&str> = read
        .iter()
        .filter_map(|line| line["kind"].as_str())
        .collect();
    assert!(
        kinds.iter().all(|kind| *kind == "text" || *kind == "media"),
        "{kinds:?}"
    );
    assert_eq!(
        texts(&read),
        [
            "Your chairs are ready.\nHarbour Works\n- Collect\n- Deliver",
            "Same words.",
            "With a picture",
            "Tables\nWhich size?\nRound\n- Small: 80 cm\nHarbour Works",
            "Hello\nShall we deliver?\n- Yes",
            "Two chairs\nAs discussed\n2 items\n90.00 EUR",
            "Oak chair\nOiled\n45.50 EUR",
            "Join us\nRoof repair",
            "Small",
            "Deliver",
            "Deliver",
        ]
    );
    for text in posted(&world) {
        assert!(
            !text.contains("not show") && !text.contains("cannot be shown"),
            "{text}"
        );
    }
}

/// Templates of every form, products and invitations of iPhones; buttons that were chosen are texts.
#[test]
fn texts_in_iphone_metadata_are_posted() {
    let world = world("+447700900101");
    let mut store = Iphone::new(&world.exports());
    let chat = store.chat(RITA, "+44 7700 900101", 0);
    let label = |text: &str| field(1, text.as_bytes());
    let with_buttons = [
        field(2, b"Your chairs"),
        field(6, b"are ready."),
        field(7, b"Harbour Works"),
        field(8, &field(2, &label("Collect"))),
    ]
    .concat();
    let list = [
        field(6, b"Which size?"),
        field(5, &field(2, &label("Small"))),
    ]
    .concat();
    let interactive = [field(6, b"Shall we?"), field(9, &field(2, &label("Yes")))].concat();
    let product = [
        field(3, b"Oak chair"),
        field(4, b"Oiled"),
        field(5, b"EUR"),
        vec![6 << 3, 0x9c, 0xdf, 0x02],
    ]
    .concat();
    for (kind, metadata) in [
        (19, field(24, &field(1, &with_buttons))),
        (32, field(43, &field(1, &list))),
        (42, field(51, &field(1, &interactive))),
        (26, field(26, &field(1, &field(1, &product)))),
        (27, field(28, &field(4, b"Roof repair"))),
    ] {
        let row = store.row(chat, kind, None);
        store.item(row, "ZMETADATA", &blob(&metadata));
    }
    for kind in [25, 31, 34] {
        store.row(chat, kind, Some("Yes, confirm"));
    }
    let expected = [
        "Your chairs\nare ready.\nHarbour Works\n- Collect",
        "Which size?\n- Small",
        "Shall we?\n- Yes",
        "Oak chair\nOiled\n44.956 EUR",
        "Roof repair",
        "Yes, confirm",
        "Yes, confirm",
        "Yes, confirm",
    ];
    assert_eq!(texts(&parsed(&world.exports())), expected);
    assert_eq!(posted(&world), expected);
}

/// A poll's words are in ZRECEIPTINFO, under either number.
#[test]
fn iphone_polls_have_question_and_options() {
    let world = world("+447700900101");
    let mut store = Iphone::new(&world.exports());
    let chat = store.chat(RITA, "+44 7700 900101", 0);
    let option = |text: &[u8]| field(3, &field(1, text));
    let poll = [
        field(2, b"Which day suits you?"),
        option(b"Monday"),
        option(b"Tuesday"),
    ]
    .concat();
    for kind in [46, 66] {
        let row = store.row(chat, kind, None);
        let receipts = blob(&field(8, &poll));
        store.sql(&format!(
            "INSERT INTO ZWAMESSAGEINFO VALUES ({row}, {row}, {receipts})"
        ));
    }
    let poll = "*Poll: Which day suits you?*\n- Monday\n- Tuesday";
    assert_eq!(posted(&world), [poll, poll]);
    for line in parsed(&world.exports()) {
        assert_eq!(
            (line["kind"].as_str(), line["sender"].as_str()),
            (Some("poll"), Some("+447700900101"))
        );
    }
}

/// Name, address and link of a location.
#[test]
fn iphone_location_has_its_address() {
    let folder = folder();
    let mut store = Iphone::new(folder.path());
    let chat = store.chat(RITA, "Rita Sol", 0);
    let row = store.row(chat, 5, None);
    store.item(
        row,
        "ZTITLE, ZVCARDNAME, ZLATITUDE, ZLONGITUDE",
        "'Harbour Works', '3 Quay Road, Wick', 58.44, -3.09",
    );
    let read = parsed(folder.path());
    let expected = "Harbour Works\n3 Quay Road, Wick\nhttps://maps.google.com/?q=58.44,-3.09";
    assert_eq!(texts(&read), [expected]);
}

/// Folded lines, quoted-printable, escapes and organisations, in every source that contains cards.
#[test]
fn contact_cards_are_read_in_every_source() {
    let (android, old, iphone) = (folder(), folder(), folder());
    let mut store = Android::new(android.path());
    let chat = store.chat(RITA, None);
    for (card, _) in CARDS {
        let row = store.row(chat, 4, None);
        store.sql(&format!(
            "INSERT INTO message_vcard(message_row_id, vcard) VALUES ({row}, {})",
            quoted(card)
        ));
    }
    let mut store = OldAndroid::new(old.path());
    for (card, _) in CARDS {
        store.row(RITA, 4, Some(card));
    }
    let mut store = Iphone::new(iphone.path());
    let chat = store.chat(RITA, "Rita Sol", 0);
    for (card, _) in CARDS {
        let row = store.row(chat, 4, None);
        store.item(row, "ZVCARDSTRING", &quoted(card));
    }
    let both = format!("{FOLDED}_$!<VCard-Separator>!$_{ORGANIZATION}");
    let row = store.row(chat, 4, None);
    store.item(row, "ZVCARDSTRING", &quoted(&both));
    let expected = CARDS.map(|(_, text)| text);
    for folder in [&android, &old, &iphone] {
        assert_eq!(texts(&parsed(folder.path()))[..3], expected);
    }
    assert_eq!(
        texts(&parsed(iphone.path()))[3],
        format!("{}\n{}", expected[1], expected[2])
    );
}

/// A view-once file is never attached; its caption is text.
#[test]
fn captions_of_view_once_files_are_posted() {
    const LINE: &str = "[view once message, not included in the export]";
    for source in ["android", "old android", "iphone", "json"] {
        let name = match source {
            "json" => "Rita Sol",
            _ => "+447700900101",
        };
        let world = world(name);
        let exports = world.exports();
        std::fs::create_dir_all(exports.join("Media")).expect("made");
        std::fs::write(exports.join("Media/a.jpg"), "bytes").expect("written");
        match source {
            "android" => {
                let mut store = Android::new(&exports);
                let chat = store.chat(RITA, None);
                let row = store.row(chat, 42, Some("for your eyes"));
                store.sql(&format!("INSERT INTO message_media(message_row_id, file_path, mime_type) VALUES ({row}, 'Media/a.jpg', 'image/jpeg')"));
                store.row(chat, 43, None);
            }
            "old android" => {
                let mut store = OldAndroid::new(&exports);
                let row = store.row(RITA, 42, None);
                store.sql(&format!("UPDATE messages SET media_caption = 'for your eyes', media_name = 'a.jpg' WHERE _id = {row}"));
                store.row(RITA, 43, None);
            }
            "iphone" => {
                let mut store = Iphone::new(&exports);
                let chat = store.chat(RITA, "+44 7700 900101", 0);
                let row = store.row(chat, 38, None);
                store.item(
                    row,
                    "ZMEDIALOCALPATH, ZTITLE",
                    "'Media/a.jpg', 'for your eyes'",
                );
                store.row(chat, 39, None);
            }
            _ => {
                let mut first = exported(42, Some("Media/a.jpg"));
                first["media"] = true.into();
                first["caption"] = "for your eyes".into();
                let mut second = exported(43, Some("Media/a.jpg"));
                second["media"] = true.into();
                exporter(&exports.join("result.json"), "android", vec![first, second]);
            }
        }
        let texts = posted(&world);
        assert_eq!(
            texts,
            [format!("for your eyes\n{LINE}"), LINE.to_owned()],
            "{source}"
        );
        let messages = world.server.state.messages();
        assert!(
            messages.iter().all(|one| one.attachments.is_empty()),
            "{source}"
        );
        let again = world.import().exits(0);
        assert_eq!(
            (again.number("created"), again.number("updated")),
            (0, 0),
            "{source}"
        );
    }
}

/// A text export has a phrase in place of a view-once file: the phrase is no caption, and the caption of a database
/// stays.
#[test]
fn caption_of_a_view_once_file_comes_with_the_database() {
    let world = world("Rita Sol");
    let exports = world.exports();
    let shared = ["Which gate is it?", "The one at the back"];
    let text = format!(
        "28/05/2026, 22:28 - Rita Sol: <View once photo omitted>\n28/05/2026, 22:29 - Rita Sol: {}\n28/05/2026, 22:30 - Rita Sol: {}\n",
        shared[0], shared[1]
    );
    let transcript = exports.join("WhatsApp Chat with Rita Sol.txt");
    std::fs::write(&transcript, text).expect("written");
    assert_eq!(
        posted(&world)[0],
        "[view once message, not included in the export]"
    );
    let mut first = exported(42, Some("Media/a.jpg"));
    first["media"] = true.into();
    first["caption"] = "for your eyes".into();
    let [second, third] = shared.map(|text| exported(0, Some(text)));
    exporter(
        &exports.join("result.json"),
        "android",
        vec![first, second, third],
    );
    let captioned = "for your eyes\n[view once message, not included in the export]";
    let texts = posted(&world);
    assert_eq!((texts[0].as_str(), texts.len()), (captioned, 3));
    // A newer text export takes nothing away.
    std::fs::remove_file(exports.join("result.json")).expect("removed");
    assert_eq!(posted(&world)[0], captioned);
}

/// The exporter's JSON has the names of cards, and the files next to it the numbers.
#[test]
fn numbers_of_exported_cards_are_read_from_their_files() {
    let world = world("Rita Sol");
    let exports = world.exports();
    let cards = exports.join("WhatsApp/vCards");
    std::fs::create_dir_all(&cards).expect("made");
    std::fs::write(cards.join("Sol.vcf"), FOLDED).expect("written");
    let row = |path: &str, name: &str| {
        let mut row = exported(4, None);
        row["data"] = format!(
            "This media include the following vCard file(s):<br><a href=\"{path}\">{name}</a>"
        )
        .into();
        row["mime"] = "text/x-vcard".into();
        row["media"] = true.into();
        row["meta"] = true.into();
        row
    };
    let rows = vec![
        row("WhatsApp/vCards/Sol.vcf", "Rita"),
        row("WhatsApp/vCards/none.vcf", "Carl"),
        row("../../etc/passwd", "Dora"),
    ];
    exporter(&exports.join("result.json"), "android", rows);
    assert_eq!(
        posted(&world),
        [
            "[contact card: Sol, Rita]\n+44 7700 900114",
            "[contact card: Carl]",
            "[contact card: Dora]"
        ]
    );
}
