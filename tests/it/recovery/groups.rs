//! Groups whose archives can be mistaken: for a private chat, for two groups, for one group.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::history::{
    BEN, NUMBER, Said, TALK, android, assert_clear, assert_holds, assert_idle, assert_recovers,
    put_android, row, rows, said,
};
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::{self, Row};
use crate::kit::world::IMPORT;
use crate::kit::{Built, World};

const RITA: &str = "Rita Sol";
const THEO: &str = "Theo Marsh";
const COLLEAGUE: &str = "Ben Ortiz";
const COLLEAGUES_PHONE: &str = "+12025550123";

/// Twelve messages of a group with two phones in it, Anna's and her colleague's.
const TEAM: [Said; 12] = [
    said(5, THEO, "Who brings the ladder?"),
    said(64, OWNER, "I can bring one"),
    said(119, RITA, "I have the gloves"),
    said(185, COLLEAGUE, "And I the rope"),
    said(239, THEO, "Then we start at eight"),
    said(299, RITA, "Eight is too early"),
    said(359, OWNER, "For me as well"),
    said(425, COLLEAGUE, "Half past eight?"),
    said(479, THEO, "Half past is fine"),
    said(539, OWNER, "Agreed"),
    said(605, RITA, "I bring coffee"),
    said(659, COLLEAGUE, "Good, see you there"),
];

/// Another group in the same minutes, of which no text is one of `TEAM`.
const OTHER: [Said; 8] = [
    said(90, RITA, "The cellar is wet again"),
    said(125, OWNER, "Since when?"),
    said(150, THEO, "Since the rain on Monday"),
    said(210, RITA, "Somebody has to look at it"),
    said(300, OWNER, "I will call a plumber"),
    said(400, THEO, "Please do it today"),
    said(470, RITA, "He can have my key"),
    said(650, OWNER, "He comes at four"),
];

const HEADER: &str = "device,chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n";

fn owners() -> String {
    format!(
        "{HEADER}anna,*,{OWNER},me,{OWNER_PHONE},,,{OWNER_USER},\n\
         ben,*,{COLLEAGUE},me,{COLLEAGUES_PHONE},,,user_ben,\n"
    )
}

/// The anchor's row of a group, on both phones or on one.
fn anchor(device: &str, chat: &str, number: u32, key: &str) -> String {
    format!(
        "{device},{chat},*,contact,+3538612345{number:02},lead_{number:02},cont_{number:02},,{key}\n"
    )
}

/// A world of these phones, each with its folder; Close has the leads 01 to 03.
fn world(policy: &str, devices: &[(&str, &str)], table: &str) -> World {
    let mut built = Built::new(Vec::new());
    let leads: String = (1..=3).map(|n| anchor("", &n.to_string(), n, "")).collect();
    built.contacts = Some(format!("{}{leads}", owners()));
    let world = built.world();
    let mut text = "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n".to_owned();
    for (name, owner) in devices {
        fs::create_dir(world.path().join(name)).expect("made");
        write!(
            text,
            "[[device]]\nname = \"{name}\"\narchives = [\"{name}\"]\nowner = [\"{owner}\"]\n"
        )
        .expect("a string");
    }
    let import = format!("[import]\ncontacts = \"contacts.csv\"\ngroups = \"{policy}\"\n");
    let limits = "[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n";
    world.write("chatferry.toml", &format!("{text}{import}{limits}"));
    world.write("contacts.csv", table);
    world
}

const ANNAS: &[(&str, &str)] = &[("anna", OWNER)];
const BOTH: &[(&str, &str)] = &[("anna", OWNER), ("ben", COLLEAGUE)];

fn put(world: &World, device: &str, chat: &str, text: &str) {
    put_android(&world.path().join(device), chat, text);
}

/// What Close must hold of a message of a group on the lead with this number.
fn of_group(said: &Said, lead: u32) -> Row {
    let mut row = row(said);
    row.lead = format!("lead_{lead:02}");
    row.contact = format!("cont_{lead:02}");
    row.remote = format!("+3538612345{lead:02}");
    match said.by {
        OWNER => {}
        COLLEAGUE => {
            "outgoing".clone_into(&mut row.direction);
            "user_ben".clone_into(&mut row.user);
            COLLEAGUES_PHONE.clone_into(&mut row.local);
        }
        member => row.text = format!("*{member}*\n{}", said.text),
    }
    row
}

fn group_rows(talk: &[Said], lead: u32) -> Vec<Row> {
    talk.iter().map(|said| of_group(said, lead)).collect()
}

/// A young group in which, beside the owner, only Ben has written so far.
const YOUNG: [Said; 4] = [
    said(1005, BEN, "Welcome, all of you"),
    said(1064, OWNER, "Thank you Ben"),
    said(1119, BEN, "The plan is in the office"),
    said(1185, OWNER, "I will look at it"),
];

fn private_row(chat: &str, lead: &str) -> String {
    format!(",{chat},{BEN},contact,{NUMBER},{lead},,\n")
}

/// With `groups = "skip"` a group never arrives, whatever the tables have of the one who writes.
#[track_caller]
fn stays_out(table: &str, is_private_chat_there: bool) {
    let world = world("skip", ANNAS, &format!("{}{table}", owners()));
    let mut expected = Vec::new();
    if is_private_chat_there {
        put(&world, "anna", BEN, &android(&TALK, &[]));
        expected = rows(&TALK);
    }
    put(&world, "anna", "Team", &android(&YOUNG, &[]));
    for turn in 1..=2 {
        let run = world.import().exits(0);
        assert_holds(&world, &expected, &format!("run {turn}: {}", run.stderr));
        let waits = run.number("held") + run.number("skipped");
        assert_eq!(waits, YOUNG.len() as u64, "{}", run.stderr);
        assert_eq!(run.number("undecided"), 0, "{}", run.stderr);
    }
}

#[test]
fn a_young_group_is_not_the_private_chat_of_a_row_for_every_chat() {
    stays_out(&private_row("*", "lead_01,cont_01"), true);
    stays_out(&private_row("*", "lead_01,cont_01"), false);
}

#[test]
fn a_young_group_is_not_the_private_chat_of_its_member() {
    let own = private_row(BEN, "lead_01,cont_01");
    let member = private_row("Team", ",");
    let table = format!("{own}{}{member}", anchor("", "Team", 2, ""));
    stays_out(&table, true);
    stays_out(&table, false);
}

/// The member's row has the lead of the private chat, and the group's row says what it is.
#[test]
fn a_young_group_is_not_the_private_chat_of_a_member_with_a_lead() {
    let member = private_row("Team", "lead_01,cont_01");
    stays_out(&format!("{}{member}", anchor("", "Team", 2, "")), false);
    let own = private_row(BEN, "lead_01,cont_01");
    stays_out(&format!("{own}{}{member}", anchor("", "Team", 2, "")), true);
}

/// Skipped at first, then anchored, with more of it: all of it on the anchor's lead, once.
#[test]
fn a_young_group_that_is_anchored_later_arrives_once() {
    let own = private_row(BEN, "lead_01,cont_01");
    let member = private_row("Team", ",");
    let table = format!("{}{own}{}{member}", owners(), anchor("", "Team", 2, ""));
    let world = world("skip", ANNAS, &table);
    put(&world, "anna", "Team", &android(&YOUNG, &[]));
    world.import().exits(0);
    super::migration::replace(&world, "chatferry.toml", "\"skip\"", "\"anchor\"");
    let talk = [&YOUNG[..], &[said(1300, RITA, "So will I")]].concat();
    put(&world, "anna", "Team", &android(&talk, &[]));
    let mut expected = group_rows(&talk, 2);
    for row in expected
        .iter_mut()
        .filter(|row| row.text.starts_with("*Ben"))
    {
        NUMBER.clone_into(&mut row.remote);
    }
    assert_recovers(&world, IMPORT, &expected, "anchored later");
}

/// The old subject's export and the new one's lie in one folder, and nothing names the group.
#[track_caller]
fn renamed(is_old_alone: bool) {
    let anchors = anchor("", "Roof", 1, "") + &anchor("", "Roof and gutter", 1, "");
    let world = world("anchor", ANNAS, &format!("{}{anchors}", owners()));
    let created = "01/01/2025, 12:58 - Rita Sol created group \"Roof\"\n";
    let changed = "01/01/2025, 13:08 - Rita Sol changed the group name from \"Roof\" to \"Roof and gutter\"\n";
    // Without the colleague's phone he is a member like the others.
    let members: Vec<Said> = (TEAM.iter())
        .map(|one| match one.by {
            COLLEAGUE => said(one.at, "Ida Lund", one.text),
            _ => *one,
        })
        .collect();
    let (before, after) = (android(&members[..8], &[]), android(&members[8..], &[]));
    put(&world, "anna", "Roof", &format!("{created}{before}"));
    if is_old_alone {
        assert_eq!(world.import().exits(0).number("created"), 8);
    }
    let all = format!("{created}{before}{changed}{after}");
    put(&world, "anna", "Roof and gutter", &all);
    let when = format!("renamed, old alone first: {is_old_alone}");
    assert_recovers(&world, IMPORT, &group_rows(&members, 1), &when);
}

#[test]
fn a_renamed_group_next_to_its_old_export_is_one() {
    renamed(false);
}

#[test]
fn a_renamed_group_next_to_its_imported_old_export_is_one() {
    renamed(true);
}

/// The group as the colleague's phone shows it, with other names for some.
fn on_his_phone(talk: &[Said], names: &[(&'static str, &'static str)]) -> String {
    let shown = |one: &Said| {
        let name = names.iter().find(|(name, _)| *name == one.by);
        said(one.at, name.map_or(one.by, |(_, shown)| shown), one.text)
    };
    let talk: Vec<Said> = talk.iter().map(shown).collect();
    android(&talk, &[])
}

fn two_phones(names: &[(&'static str, &'static str)], is_one_alone: bool) -> World {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, "team"));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&TEAM, &[]));
    if is_one_alone {
        assert_eq!(world.import().exits(0).number("created"), 12);
    }
    put(&world, "ben", "Team", &on_his_phone(&TEAM, names));
    world
}

#[test]
fn an_owner_with_another_name_on_the_other_phone_is_one_person() {
    let world = two_phones(&[(OWNER, "Anna (office)")], false);
    let expected = group_rows(&TEAM, 1);
    assert_recovers(&world, IMPORT, &expected, "another name, at once");
}

#[test]
fn an_owner_with_another_name_on_a_phone_that_comes_later_is_one_person() {
    let world = two_phones(&[(OWNER, "Anna (office)")], true);
    let expected = group_rows(&TEAM, 1);
    assert_recovers(&world, IMPORT, &expected, "another name, later");
}

/// Direction and text without the sender's name, which two phones may give differently.
fn without_names(rows: Vec<Row>) -> Vec<(String, String)> {
    let pair = |row: Row| {
        let text = row.text.lines().last().unwrap_or_default().to_owned();
        (row.direction, text)
    };
    let mut pairs: Vec<_> = rows.into_iter().map(pair).collect();
    pairs.sort();
    pairs
}

/// Which of two names a member gets is for the tables; that each message is there once is not.
#[track_caller]
fn doubles_nothing(world: &World, when: &str) {
    let run = world.import().exits(0);
    let found = model::found(&world.server.state);
    assert_eq!(found.len(), TEAM.len(), "{when}: {}", run.stderr);
    assert_eq!(
        without_names(found),
        without_names(group_rows(&TEAM, 1)),
        "{when}"
    );
    assert_clear(&run, when);
    assert_idle(&world.import().exits(0), when);
}

/// Both owners know each other, and a colleague of theirs, by other names.
#[test]
fn everybody_with_another_name_on_the_other_phone_is_one_person() {
    let names = [
        (OWNER, "Boss"),
        (RITA, "Rita (roofer)"),
        (THEO, "Uncle Theo"),
    ];
    doubles_nothing(&two_phones(&names, false), "other names, at once");
    doubles_nothing(&two_phones(&names, true), "other names, later");
}

#[test]
fn swapped_names_on_two_phones_double_nothing() {
    let names = [(RITA, THEO), (THEO, RITA)];
    doubles_nothing(&two_phones(&names, false), "swapped names, at once");
}

#[test]
fn swapped_names_on_a_phone_that_comes_later_double_nothing() {
    let names = [(RITA, THEO), (THEO, RITA)];
    doubles_nothing(&two_phones(&names, true), "swapped names, later");
}

/// The members of a group that only Anna's phone exports.
fn annas_part(talk: &[Said]) -> Vec<Said> {
    let is_hers = |one: &&Said| one.by != COLLEAGUE;
    talk.iter().filter(is_hers).copied().collect()
}

/// Both cover the same minutes and share nothing. Each phone has one of them.
#[test]
fn two_groups_of_one_subject_on_two_phones_are_two() {
    let anchors = anchor("anna", "Team", 1, "") + &anchor("ben", "Team", 2, "");
    let world = world("anchor", BOTH, &format!("{}{anchors}", owners()));
    put(&world, "anna", "Team", &android(&OTHER, &[]));
    let his = [(OWNER, "Ida Lund")];
    put(&world, "ben", "Team", &on_his_phone(&TEAM, &his));
    let with_ida: Vec<Said> = (TEAM.iter())
        .map(|one| match one.by {
            OWNER => said(one.at, "Ida Lund", one.text),
            _ => *one,
        })
        .collect();
    let mut expected = group_rows(&OTHER, 1);
    expected.extend(group_rows(&with_ida, 2).into_iter().map(|mut row| {
        "user_ben".clone_into(&mut row.user);
        COLLEAGUES_PHONE.clone_into(&mut row.local);
        row
    }));
    assert_recovers(&world, IMPORT, &expected, "one subject, two phones");
}

/// At most `count` messages of each.
fn two_of_one_subject(table: &str, count: usize) -> World {
    let world = world("anchor", ANNAS, &format!("{}{table}", owners()));
    put(
        &world,
        "anna",
        "Team",
        &android(&first(&annas_part(&TEAM), count), &[]),
    );
    let path = world.path().join("anna");
    let name = "WhatsApp Chat with Team";
    fs::rename(
        path.join(format!("{name}.zip")),
        path.join(format!("{name} (1).zip")),
    )
    .expect("renamed");
    put(&world, "anna", "Team", &android(&first(&OTHER, count), &[]));
    world
}

fn first(talk: &[Said], count: usize) -> Vec<Said> {
    talk.iter().take(count).copied().collect()
}

/// How many archives each chat of the folder is made of.
fn archives_of_chats(world: &World) -> Vec<u64> {
    let output = world.run(&["inspect", "anna", "--json"]).exits(0);
    let line = output.stdout.lines().last().expect("a line");
    let json: Value = serde_json::from_str(line).expect("JSON");
    let archives = json["archives"].as_array().expect("archives").iter();
    let count = |archive: &Value| archive["archives_of_chat"].as_u64().expect("a number");
    archives.map(count).collect()
}

/// One row does not say which of the two it is for: both wait, and are named one by one.
#[test]
fn two_groups_of_one_subject_on_one_phone_wait_for_their_rows() {
    for count in [8, 4] {
        let world = two_of_one_subject(&anchor("", "Team", 1, ""), count);
        assert_eq!(
            archives_of_chats(&world),
            [1, 1],
            "{count} messages of each"
        );
        let run = world.import().exits(0);
        assert_eq!(run.number("created"), 0, "{}", run.stderr);
        assert_eq!(run.number("held"), 2 * count as u64, "{}", run.stderr);
        world.run(&["plan"]).exits(0).says("Team #2");
    }
}

#[test]
fn two_groups_of_one_subject_on_one_phone_go_to_their_leads() {
    for count in [8, 4] {
        let table = anchor("", "Team", 1, "first") + &anchor("", "Team #2", 2, "second");
        let world = two_of_one_subject(&table, count);
        let mut expected = group_rows(&first(&annas_part(&TEAM), count), 1);
        expected.extend(group_rows(&first(&OTHER, count), 2));
        let when = format!("one subject, one phone, {count} messages of each");
        assert_recovers(&world, IMPORT, &expected, &when);
    }
}

/// They share nothing, and the second begins where the first has ended.
#[test]
fn exports_of_one_group_that_follow_each_other_are_one() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, ""));
    let world = world("anchor", ANNAS, &table);
    let talk = annas_part(&TEAM);
    put(&world, "anna", "Team", &android(&talk[..5], &[]));
    let path = world.path().join("anna");
    fs::rename(
        path.join("WhatsApp Chat with Team.zip"),
        path.join("WhatsApp Chat with Team (1).zip"),
    )
    .expect("renamed");
    put(&world, "anna", "Team", &android(&talk[5..], &[]));
    assert_eq!(archives_of_chats(&world), [2, 2]);
    assert_recovers(&world, IMPORT, &group_rows(&talk, 1), "one after the other");
}

#[test]
fn exports_of_one_group_from_two_phones_that_follow_each_other_are_one() {
    let table = format!("{}{}", owners(), anchor("", "Team", 1, ""));
    let world = world("anchor", BOTH, &table);
    put(&world, "anna", "Team", &android(&TEAM[..6], &[]));
    put(&world, "ben", "Team", &on_his_phone(&TEAM[6..], &[]));
    let run = world.import().exits(0);
    let count = world.server.state.message_count();
    assert_eq!(count, TEAM.len(), "{}", run.stderr);
    assert_clear(&run, "two phones, one after the other");
    assert_idle(&world.import().exits(0), "two phones, second run");
}
