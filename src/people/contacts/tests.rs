use insta::assert_snapshot;

use super::*;
use crate::ids::LeadId;

const HEADER: &str =
    "chat,participant,role,phone,lead_id,contact_id,user_id,device,chat_key,import\n";

fn contacts(rows: &str) -> Contacts {
    Contacts::parse(&format!("{HEADER}{rows}"), "contacts.csv").unwrap()
}

fn problems_of(text: &str) -> String {
    let problems = Contacts::parse(text, "contacts.csv").unwrap_err();
    problems
        .iter()
        .map(Problem::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn problems(rows: &str) -> String {
    problems_of(&format!("{HEADER}{rows}"))
}

fn e164(phone: &Option<Phone>) -> Option<&str> {
    phone.as_ref().map(Phone::e164)
}

#[test]
fn spreadsheet_file_is_parsed() {
    let text = "\u{FEFF}Chat;PARTICIPANT; role ;phone;lead_id;contact_id;user_id;notes\r\n\
        \"Max; Sons\";Max;Contact;+49 151 12345678;lead_a;cont_a;;\"two\r\nlines\"\r\n\
        ;;;;;;;\r\n\
        \r\n\
        *;Anna Example;me;0049 151 11111111\r\n";
    let contacts = Contacts::parse(text, "contacts.csv").unwrap();
    assert_eq!(contacts.delimiter(), ';');
    assert_eq!(contacts.header()[7], "notes");
    let rows = contacts.rows();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 6]);
    assert_eq!(rows[0].chat.key(), Some("Max; Sons"));
    assert_eq!(e164(&rows[0].phone), Some("+4915112345678"));
    assert_eq!((rows[1].role, rows[1].chat.is_any()), (Role::Me, true));
    assert!(!format!("{contacts:?}").contains("12345678"));
}

#[test]
fn tab_delimiter_and_header_without_rows_are_accepted() {
    let contacts = Contacts::parse(&COLUMNS.join("\t"), "contacts.csv").unwrap();
    assert_eq!((contacts.delimiter(), contacts.rows().len()), ('\t', 0));
    let mut columns = COLUMNS;
    columns.reverse();
    let quoted =
        columns.map(|column| format!("\"{column}\"")).join(";") + "\nuser_a;;;;me;Anna;Max";
    assert_eq!(
        Contacts::parse(&quoted, "contacts.csv").unwrap().rows()[0]
            .user_id
            .as_ref()
            .map(|id| id.as_str()),
        Some("user_a")
    );
}

#[test]
fn missing_misspelt_and_repeated_columns_are_errors() {
    assert_snapshot!(problems_of(""), @"contacts.csv:1: has no header line; the first line must be chat,participant,role,phone,lead_id,contact_id,user_id");
    assert_snapshot!(problems_of("chat,participant,role,phone,leadid,contact_id,chat\n"), @r#"
    contacts.csv:1: has the column "chat" twice; remove one
    contacts.csv:1: no column "lead_id"; rename "leadid" to "lead_id"
    contacts.csv:1: no column "user_id"; the header must name chat,participant,role,phone,lead_id,contact_id,user_id
    "#);
    assert_snapshot!(problems_of("chat,participant,role,phone,lead_id,contact_id,user_id,Imports,chatkey,priority\n"), @r#"
    contacts.csv:1: unknown column "chatkey"; rename it to "chat_key"
    contacts.csv:1: unknown column "Imports"; rename it to "import"
    "#);
    assert_snapshot!(problems_of("Name|Telefon\nMax|1\n"), @"contacts.csv:1: contains no column of contacts.csv; it must be chat,participant,role,phone,lead_id,contact_id,user_id");
}

#[test]
fn phones_changed_by_a_spreadsheet_are_errors() {
    let problem = |phone: &str| problems(&format!("Max,Max,contact,{phone},,,,,,\n"));
    for phone in ["4.47701E+11", "\"4,9151E+12\"", "4E12"] {
        let text = problem(phone);
        assert!(
            text.contains("by a spreadsheet") && text.contains("as text"),
            "{phone}: {text}"
        );
        assert!(!text.contains("4.47701"), "{text}");
    }
    assert!(problem("447700900123").contains("phone has no +"));
    // It may have lost a zero as well as a plus.
    assert!(problem("15123456790").contains("phone has no +"));
    assert!(problem("0151 12345678").contains("not an international number"));
}

#[test]
fn unambiguous_phones_changed_by_a_spreadsheet_are_corrected() {
    let read = |phone: &str| contacts(&format!("Max,Max,contact,{phone},,,,,,,,,\n"));
    for phone in [
        "'+447700900123",
        "\"=\"\"+447700900123\"\"\"",
        "=\"+447700900123\"",
    ] {
        let contacts = read(phone);
        assert_eq!(e164(&contacts.rows()[0].phone), Some("+447700900123"));
        assert!(contacts.warnings().is_empty());
    }
    let contacts = read("'353861234501");
    assert_eq!(e164(&contacts.rows()[0].phone), Some("+353861234501"));
    let contacts = read("353861234501");
    assert_eq!(e164(&contacts.rows()[0].phone), Some("+353861234501"));
    assert_snapshot!(contacts.warnings()[0].to_string(), @"contacts.csv:2: phone has no +; its digits are a complete number with country code and are read as one");
}

#[test]
fn all_line_ends_are_counted() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("sep=,\n{HEADER}Max,Max,contact,\n\n\"M\nx\",Max,contact,12\n");
        let text = text.replace('\n', end);
        let problems = Contacts::parse(&text, "contacts.csv").unwrap_err();
        assert_eq!(problems[0].line, Some(5), "{end:?}");
        assert!(problems[0].text.starts_with("phone "), "{problems:?}");
    }
}

#[test]
fn invalid_cells_are_errors() {
    assert_snapshot!(problems(
        "Max,Max,contakt,+491511234567,,,,,,\n\
         Max,Max,,,,,,,,\n\
         ,Max,owner,0151 12345678,,,,,,maybe\n\
         Max,Max,contact,,cont_a,lead_a,anna,,,\n\
         Max,,ignore,,,,,,,\n\
         *,*,contact,,,,,,all,Private\n\
         Max, Moritz,Max,contact,,,,,,,\n"
    ), @r#"
    contacts.csv:2: role is "contakt"; did you mean "contact"?
    contacts.csv:3: role is empty; write one of me, contact, ignore
    contacts.csv:4: chat is empty; copy the chat's name from `chatferry inspect`, or write * for every chat
    contacts.csv:4: import must be one of yes, no, private, create
    contacts.csv:4: phone is not an international number; write + and the country code first, such as +4915112345678
    contacts.csv:4: role must be one of me, contact, ignore
    contacts.csv:5: contact_id is not an id of Close; it must begin with "cont_"
    contacts.csv:5: lead_id is not an id of Close; it must begin with "lead_"
    contacts.csv:5: user_id is not an id of Close; it must begin with "user_"
    contacts.csv:6: participant is empty; write the name of the participant to leave out, or * for all
    contacts.csv:7: chat_key requires a chat; with * all chats would be merged into one
    contacts.csv:8: has 11 cells, the header 10; put a cell that contains a "," between double quotes
    "#);
}

#[test]
fn non_utf8_error_names_the_line() {
    let mut bytes = format!("{HEADER}Max,Max,contact\n").into_bytes();
    bytes.extend(b"J\xF6rg,,contact\n");
    let show =
        |bytes: &[u8]| Contacts::from_bytes(bytes, "contacts.csv").unwrap_err()[0].to_string();
    assert_snapshot!(show(&bytes), @r#"contacts.csv:3: is not UTF-8 here; save the file as "CSV UTF-8""#);
    assert_snapshot!(show(b"\xFF\xFEc\0h\0"), @r#"contacts.csv:1: is UTF-16; save it as "CSV UTF-8""#);
    assert_eq!(
        Contacts::from_bytes(HEADER.as_bytes(), "contacts.csv")
            .unwrap()
            .rows()
            .len(),
        0
    );
}

#[test]
fn contradicting_rows_are_errors() {
    assert_snapshot!(problems(
        "Max,Max,contact,+4915112345678,lead_a,cont_a,,,,yes\n\
         Max,~ Max,contact,+49 151 12345678,lead_b,cont_a,,,,private\n\
         Max,Max,ignore,,,,,,,\n\
         *,Anna,me,+4915111111111,,,user_a,,,\n\
         *,Anna Example,me,+4915122222222,,,user_a,,,\n\
         Group,A,contact,,lead_a,,,,g1,\n\
         Group,B,contact,,lead_b,,,,g2,\n"
    ), @r#"
    contacts.csv:3: contradicts line 2: same device and chat, another import; keep one
    contacts.csv:3: contradicts line 2: same device, chat and participant, another lead_id; keep one
    contacts.csv:4: contradicts line 2: same device, chat and participant, another role; keep one
    contacts.csv:6: contradicts line 5: same device and chat, for "me" another phone; keep one
    contacts.csv:8: contradicts line 7: same device and chat, another chat_key; keep one
    "#);
    let both =
        problems("Max,Max,contact,+4915112345678,,,,,,\nMax,Max,me,+4915112345679,,,user_b,,,\n");
    assert!(both.contains("another role"), "{both}");
    // An equal row, one with more values, or one for another device is no contradiction.
    contacts(
        "Max,Max,contact,+4915112345678,,,,,,\n\
         Max,Max,contact,+49 151 12345678,lead_a,,,,,\n\
         Max,Max,contact,,lead_b,,,anna,,\n",
    );
    // Once the ids are set, `create` means yes.
    let both =
        contacts("Max,Max,contact,+4915112345678,,,,,,Create\nMax,Anna,me,,,,user_a,,,yes\n");
    assert_eq!(both.rows()[0].import, Some(ImportChoice::Create));
    let not = problems("Max,Max,contact,,,,,,,create\nMax,Anna,me,,,,user_a,,,no\n");
    assert!(not.contains("another import"), "{not}");
}

#[test]
fn cells_without_meaning_are_warnings() {
    let contacts = contacts("Max,Max,contact,,,,user_a,,,\n*,Anna,me,,lead_a,,,,,\n");
    let warnings: Vec<String> = contacts.warnings().iter().map(Problem::to_string).collect();
    assert_snapshot!(warnings.join("\n"), @r#"
    contacts.csv:2: user_id has no meaning in a row with the role contact; it is not used
    contacts.csv:3: lead_id has no meaning in a row with the role me; it is not used
    "#);
}

#[test]
fn more_specific_row_wins() {
    let contacts = contacts(
        "*,*,contact,,lead_all,cont_all,,,,no\n\
         Max,*,contact,+4915100000002,lead_chat,cont_chat,,,key-2,\n\
         Max,Max,contact,,lead_max,,,,,yes\n\
         Max,Max,contact,+4915100000004,lead_anna,cont_anna,,anna,,private\n\
         *,*,contact,,lead_device,cont_device,,anna,,\n",
    );
    let map = |device, chat, names: &[&str]| contacts.contact_for(device, chat, names).unwrap();
    let max = map("anna", "\u{200E}Max", &["Max"]);
    assert_eq!(max.lead_id.as_ref().map(LeadId::as_str), Some("lead_anna"));
    assert_eq!(e164(&max.phone), Some("+4915100000004"));
    assert_eq!(
        (max.chat_key.as_deref(), max.lines),
        (Some("key-2"), vec![5, 4, 3, 6, 2])
    );
    let max = map("ben", "Max", &[]);
    // Lead and contact never come from two rows.
    assert_eq!(
        (max.lead_id.as_ref().map(LeadId::as_str), max.contact_id),
        (Some("lead_max"), None)
    );
    assert_eq!(e164(&max.phone), Some("+4915100000002"));
    assert_eq!(
        map("anna", "Eva", &["Eva"])
            .lead_id
            .as_ref()
            .map(LeadId::as_str),
        Some("lead_device")
    );
    assert_eq!(
        map("ben", "Eva", &["Eva"])
            .lead_id
            .as_ref()
            .map(LeadId::as_str),
        Some("lead_all")
    );
    assert_eq!(contacts.choice("anna", "Max"), Some(ImportChoice::Private));
    assert_eq!(contacts.choice("ben", "Max"), Some(ImportChoice::Yes));
    assert_eq!(contacts.choice("ben", "Eva"), Some(ImportChoice::No));
}

/// A row of one device that is not filled in yet is not filled by the row of another device.
#[test]
fn open_row_of_a_device_is_not_filled_by_other_devices() {
    let row = "Ben,Ben,contact,+4915100000001,lead_a,cont_a,,,,\n*,*,contact,,lead_z,cont_z,,,,\n";
    let lead = |more: &str| {
        let contacts = contacts(&format!("{row}{more}"));
        let of = |device| contacts.contact_for(device, "Ben", &["Ben"]).unwrap();
        assert_eq!(
            of("anna").lead_id.as_ref().map(LeadId::as_str),
            Some("lead_a")
        );
        let carl = of("carl");
        (carl.lead_id, e164(&carl.phone).map(str::to_owned))
    };
    let is = |lead: &str, phone: Option<&str>| (Some(LeadId::from(lead)), phone.map(str::to_owned));
    assert_eq!(lead(""), is("lead_a", Some("+4915100000001")));
    assert_eq!(lead("Ben,Ben,contact,,,,,carl,,\n"), is("lead_z", None));
    let filled = lead("Ben,Ben,contact,,lead_c,cont_c,,carl,,\n");
    assert_eq!(filled, is("lead_c", Some("+4915100000001")));
}

#[test]
fn names_match_by_their_keys() {
    let contacts = contacts("+49 151 12345678,~ Zoe\u{308},contact,,lead_a,cont_a,,,,\n");
    let chat = "\u{202A}+49\u{A0}151\u{A0}12345678\u{202C}";
    assert!(contacts.contact_for("default", chat, &["Zoë"]).is_some());
    assert!(contacts.contact_for("default", chat, &["Eva"]).is_none());
    assert!(contacts.contact_for("default", "Zoë", &["Zoë"]).is_none());
}

#[test]
fn two_contacts_of_one_chat_are_a_conflict() {
    let contacts = contacts(
        "Max,Maxi,contact,,lead_a,cont_a,,,,\n\
         Max,Moritz,contact,,lead_b,cont_b,,,,\n",
    );
    assert_eq!(
        contacts
            .contact_for("default", "Max", &["Maxi"])
            .unwrap()
            .conflict,
        None
    );
    let both = contacts
        .contact_for("default", "Max", &["Maxi", "Moritz"])
        .unwrap();
    assert_eq!(
        (both.conflict, both.lead_id.as_ref().map(LeadId::as_str)),
        (Some((2, 3)), Some("lead_a"))
    );
}

#[test]
fn group_has_anchor_and_participant_numbers() {
    let contacts = contacts(
        "Team,*,contact,+4915100000001,lead_a,cont_a,,,team-1,\n\
         Team,Max,contact,+4915100000002,,,,,,\n",
    );
    let anchor = contacts.contact_for("default", "Team", &[]).unwrap();
    assert_eq!(
        (
            anchor.lead_id.as_ref().map(LeadId::as_str),
            e164(&anchor.phone)
        ),
        (Some("lead_a"), Some("+4915100000001"))
    );
    let phone = |name| {
        contacts
            .participant_phone("default", "Team", name)
            .map(Phone::e164)
    };
    assert_eq!(
        (phone("~ Max"), phone("Eva")),
        (Some("+4915100000002"), None)
    );
    assert_eq!(contacts.chat_key("default", "Team"), Some("team-1"));
}

#[test]
fn owner_is_found_by_device_and_chat() {
    let contacts = contacts(
        "*,Anna Example,me,+4915100000001,,,user_a,,,\n\
         *,Anna,me,+4915100000002,,,,office,,\n\
         Max,Anna,me,,,,user_b,,,\n",
    );
    let me = contacts.me_for("office", "Max").unwrap();
    assert_eq!(
        (e164(&me.phone), me.user_id.as_ref().map(|id| id.as_str())),
        (Some("+4915100000002"), Some("user_b"))
    );
    let me = contacts.me_for("home", "Eva").unwrap();
    assert_eq!(
        (e164(&me.phone), me.user_id.as_ref().map(|id| id.as_str())),
        (Some("+4915100000001"), Some("user_a"))
    );
    assert_eq!(contacts.me_names("home", "Eva"), ["Anna Example"]);
    assert_eq!(Contacts::default().me_for("home", "Eva"), None);
}

#[test]
fn more_specific_row_overrides_ignore() {
    let contacts = contacts(
        "*,Bot,ignore,,,,,,,\n\
         Team,*,ignore,,,,,,,\n\
         Team,Max,contact,,,,,,,\n\
         Shop,Bot,contact,,,,,,,\n",
    );
    assert!(contacts.ignored("default", "Eva", "~ Bot"));
    assert!(contacts.ignored("default", "Team", "Eva"));
    assert!(!contacts.ignored("default", "Team", "Max"));
    assert!(!contacts.ignored("default", "Shop", "Bot"));
    assert!(!contacts.ignored("default", "Eva", "Eva"));
}

#[test]
fn unmatched_rows_are_reported_with_most_similar_chat() {
    let contacts = contacts(
        "Max Müller,*,contact,,,,,,,\n\
         Max Mueller,*,contact,,,,,,,\n\
         Max Müller,*,contact,,,,,phone2,,\n\
         Quite Else,*,contact,,,,,,,\n\
         Dr Secret,*,contact,,,,,,,private\n\
         Dr Secrett,*,contact,,,,,,,private\n\
         Dr Secre,*,contact,,,,,,,\n\
         *,*,ignore,,,,,tablet,,\n\
         Max Müller,*,contact,,,,,anan,,\n\
         *,Anna,me,,,,,,,\n",
    );
    let known = [
        ("anna", "Max Müller"),
        ("anna", "Dr Secret"),
        ("phone2", "Eva"),
    ];
    let unmatched: Vec<String> = contacts
        .unmatched(&known, &["anna", "phone2"], |_, _| false)
        .iter()
        .map(Unmatched::to_string)
        .collect();
    assert_snapshot!(unmatched.join("\n"), @r#"
    contacts.csv:3: no chat "Max Mueller"; did you mean "Max Müller"?
    contacts.csv:4: no chat "Max Müller" on the device "phone2"; the device "anna" has one of this name: correct `device` in this row, or add rows with `chatferry init --update`
    contacts.csv:5: no chat "Quite Else"
    contacts.csv:7: matches no chat
    contacts.csv:8: no chat "Dr Secre"
    contacts.csv:9: no such device "tablet"
    contacts.csv:10: no such device "anan"; did you mean "anna"?
    "#);
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in "\\PC*") {
        let _ = Contacts::parse(&text, "contacts.csv");
    }

    #[test]
    fn arbitrary_rows_do_not_panic(rows in "[a-z*,;\"\r\n +0-9_\u{FEFF}é]{0,200}") {
        if let Ok(contacts) = Contacts::parse(&format!("{HEADER}{rows}"), "contacts.csv") {
            for row in contacts.rows() {
                proptest::prop_assert!(row.line >= 2);
            }
            let _ = contacts.contact_for("a", &rows, &[&rows]);
            let _ = contacts.unmatched(&[("a", &rows)], &["a"], |_, _| false);
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = Contacts::from_bytes(&bytes, "contacts.csv");
    }
}
