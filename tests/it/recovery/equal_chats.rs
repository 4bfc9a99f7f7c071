//! Customers with equal chats, as a broadcast that each of them thanks for, and the checkpoint is lost: each message is in
//! Close once, and stays with its customer.

use super::corrected_rows::{BENS, DORA, DORAS, To, expected, put, table, world};
use super::history::{
    BEN, Said, android, assert_recovers, clear, iphone, put_android, put_iphone, said,
};
use super::lost_checkpoint::ALLOWED;
use crate::kit::chat::{OWNER, OWNER_PHONE, OWNER_USER};
use crate::kit::model::Row;
use crate::kit::world::{HEADER, IMPORT};
use crate::kit::{Built, World, store};

const EVA: &str = "Eva Lind";
const EVAS: To = ["+447700900103", "lead_01", "cont_01"];
const THREE: [(&str, To); 3] = [(BEN, BENS), (DORA, DORAS), (EVA, EVAS)];

/// A broadcast, and what the customer replies in the same minute.
fn short(name: &'static str) -> Vec<Said> {
    vec![
        said(5, OWNER, "Our spring offer is here"),
        said(45, name, "Thanks!"),
    ]
}

/// Four broadcasts of four days, the first of which the customer thanks for.
fn long(name: &'static str) -> Vec<Said> {
    let mut talk = short(name);
    talk.extend([
        said(86_405, OWNER, "New oak boards are in stock"),
        said(172_805, OWNER, "We are closed on Monday"),
        said(259_205, OWNER, "Happy holidays to all of you"),
    ]);
    talk
}

/// What Close holds of these customers.
fn truth(rows: &[(&'static str, To)], talk: impl Fn(&'static str) -> Vec<Said>) -> Vec<Row> {
    (rows.iter())
        .flat_map(|(name, to)| expected(&talk(name), *to))
        .collect()
}

/// The chats of these customers are imported, and the checkpoint is lost.
#[track_caller]
fn lost(rows: &[(&'static str, To)], talk: impl Fn(&'static str) -> Vec<Said>) -> World {
    let world = world(rows);
    for (name, _) in rows {
        put(&world, name, &talk(name));
    }
    let run = world.import().exits(0);
    let count = rows.iter().map(|(name, _)| talk(name).len()).sum::<usize>();
    assert_eq!(run.number("created"), count as u64, "{}", run.stderr);
    world.forget();
    world
}

#[test]
fn chats_of_two_messages_are_posted_once() {
    let world = lost(&THREE[..2], short);
    assert_recovers(&world, IMPORT, &truth(&THREE[..2], short), "two messages");
}

#[test]
fn chats_of_three_customers_are_posted_once() {
    let world = lost(&THREE, long);
    assert_recovers(&world, IMPORT, &truth(&THREE, long), "three customers");
}

#[test]
fn iphone_exports_are_posted_once() {
    let world = world(&THREE);
    for (name, _) in THREE {
        put_iphone(&world.exports(), name, &iphone(&long(name), 0));
    }
    assert_eq!(world.import().exits(0).number("created"), 15);
    world.forget();
    assert_recovers(&world, IMPORT, &truth(&THREE, long), "iPhone");
}

/// The messages of a database have ids of WhatsApp's, which are in one chat each.
#[test]
fn chats_of_a_database_are_posted_once() {
    let jids = [
        "353861234501@s.whatsapp.net",
        "447700900102@s.whatsapp.net",
        "447700900103@s.whatsapp.net",
    ];
    let mut messages = Vec::new();
    for (jid, (name, _)) in jids.into_iter().zip(THREE) {
        for said in long(name) {
            let id: &'static str = format!("3A00000000000000CC{:02}", messages.len()).leak();
            messages.push(match said.by {
                OWNER => store::Row::i(jid, id, said.at, said.text),
                _ => store::Row::they(jid, id, said.at, said.text),
            });
        }
    }
    let world = world(&THREE);
    let names = [(jids[0], BEN), (jids[1], DORA), (jids[2], EVA)];
    store::msgstore(&world.exports(), &messages, &names);
    assert_eq!(world.import().exits(0).number("created"), 15);
    world.forget();
    assert_recovers(&world, IMPORT, &truth(&THREE, long), "database");
}

/// Two owners sent the same broadcast to one customer, who replied the same to each.
#[test]
fn chats_of_two_owners_with_one_customer_are_posted_once() {
    const KARL: &str = "Karl Example";
    const KARLS_PHONE: &str = "+4915112345600";
    let mut built = Built::new(Vec::new());
    built.contacts = Some(table(&[(BEN, BENS)]));
    let world = built.world();
    let row = format!("{HEADER}{BEN},{BEN},contact,+353861234501,lead_77,cont_77,,\n");
    world.write("contacts.csv", &row);
    let mut text = "[source]\ntimezone = \"Europe/Berlin\"\ndate_order = \"dmy\"\n".to_owned();
    for (name, owner, phone) in [("anna", OWNER, OWNER_PHONE), ("karl", KARL, KARLS_PHONE)] {
        let folder = world.path().join(name);
        std::fs::create_dir(&folder).expect("made");
        text += &format!(
            "[[device]]\nname = \"{name}\"\narchives = [\"{name}\"]\nowner = [\"{owner}\"]\n\
             local_phone = \"{phone}\"\nuser_id = \"{OWNER_USER}\"\n"
        );
        let mut talk = long(BEN);
        let own = talk.iter_mut().filter(|said| said.by == OWNER);
        own.for_each(|said| said.by = owner);
        put_android(&folder, BEN, &android(&talk, &[]));
    }
    let limits = "[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n";
    let import = "[import]\ncontacts = \"contacts.csv\"\n";
    world.write("chatferry.toml", &format!("{text}{import}{limits}"));
    assert_eq!(world.import().exits(0).number("created"), 10);
    world.forget();
    let mut rows = expected(&long(BEN), BENS);
    for mut row in expected(&long(BEN), BENS) {
        KARLS_PHONE.clone_into(&mut row.local);
        rows.push(row);
    }
    assert_recovers(&world, IMPORT, &rows, "two owners");
}

#[track_caller]
fn with_newer(index: usize) {
    let world = lost(&THREE, long);
    let newer = THREE[index].0;
    let talk = |name: &'static str| {
        let mut talk = long(name);
        talk.extend((name == newer).then(|| said(345_605, name, "Have you beams of oak?")));
        talk
    };
    put(&world, newer, &talk(newer));
    assert_recovers(&world, IMPORT, &truth(&THREE, talk), "newer export");
}

#[test]
fn newer_export_of_the_first_is_posted_once() {
    with_newer(0);
}

#[test]
fn newer_export_of_the_last_is_posted_once() {
    with_newer(2);
}

/// Of the three replies, the contact edited one after the import: its chat has less in common with what Close lists than the
/// other two have.
#[track_caller]
fn with_edit(index: usize) {
    let world = lost(&THREE, long);
    let editor = THREE[index].0;
    let talk = |name: &'static str| {
        let mut talk = long(name);
        if name == editor {
            talk[1].text = "Thanks! Which boards?";
        }
        talk
    };
    put_android(
        &world.exports(),
        editor,
        &android(&talk(editor), &[(1, " <This message was edited>")]),
    );
    assert_recovers(&world, IMPORT, &truth(&THREE, talk), "edited");
}

#[test]
fn edited_message_of_the_first_is_updated() {
    with_edit(0);
}

#[test]
fn edited_message_of_the_last_is_updated() {
    with_edit(2);
}

/// The number in one row was corrected, so that no id of its messages is listed.
#[track_caller]
fn with_corrected_number(index: usize) {
    let world = lost(&THREE, long);
    let mut rows = THREE;
    rows[index].1[0] = "+447700900109";
    world.write("contacts.csv", &table(&rows));
    assert_recovers(&world, ALLOWED, &truth(&rows, long), "number corrected");
}

#[test]
fn number_of_the_first_is_corrected() {
    with_corrected_number(0);
}

#[test]
fn number_of_the_last_is_corrected() {
    with_corrected_number(2);
}

/// The numbers in all rows were corrected: the leads alone show which chat is whose.
#[test]
fn numbers_of_all_are_corrected() {
    let world = lost(&THREE, long);
    let mut rows = THREE;
    for (row, number) in rows
        .iter_mut()
        .zip(["+447700900107", "+447700900108", "+447700900109"])
    {
        row.1[0] = number;
    }
    world.write("contacts.csv", &table(&rows));
    assert_recovers(&world, ALLOWED, &truth(&rows, long), "numbers corrected");
}

/// The other customers' archives are in no folder any more: what Close holds of them stays.
#[test]
fn archive_of_one_customer_is_left() {
    let world = lost(&THREE, long);
    clear(&world.exports());
    put(&world, DORA, &long(DORA));
    assert_recovers(&world, IMPORT, &truth(&THREE, long), "one archive");
}
