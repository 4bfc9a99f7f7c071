//! Reply links: across chats, to messages in Close and the checkpoint, by replies.csv; and messages that
//! are never quoted.

use std::fs;

use chatferry::sandbox::Fault;

use crate::kit::store::{Row, msgstore};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, When, World, archive, is_post, scenes};

const BEN: &str = "353861234501@s.whatsapp.net";
const CARA: &str = "353861234502@s.whatsapp.net";
const GROUP: &str = "120363000000000001@g.us";
const NAMES: [(&str, &str); 3] = [(BEN, "Ben Cooper"), (CARA, "Cara Dean"), (GROUP, "Roof")];

const QUESTION: &str = "3A00000000000000AA01";
const ANSWER: &str = "AC00000000000000AA02";

fn world(rows: &str, import: &str) -> World {
    let mut built = Built::new(Vec::new());
    let ben = scenes::ben().contact_row();
    built.contacts = Some(format!("{HEADER}{}{ben}{rows}", me()));
    built.import = import.to_owned();
    built.world()
}

fn anchor() -> String {
    scenes::ben()
        .contact_row()
        .replace("Ben Cooper,Ben Cooper", "Roof,*")
}

/// A message of the group, and a private answer to it.
fn private_answer() -> [Row; 3] {
    [
        Row {
            by: Some(BEN),
            ..Row::they(GROUP, QUESTION, 5, "who can bring the ladder?")
        },
        Row {
            quotes: Some((QUESTION, "who can bring the ladder?", GROUP)),
            ..Row::i(BEN, ANSWER, 65, "I can")
        },
        Row::they(BEN, "3A00000000000000AA03", 90, "thanks"),
    ]
}

/// What the answer says in Close, and the external id of what it is linked to.
fn answer(world: &World) -> (String, Option<String>) {
    let held = world.server.state.messages();
    let answer = held
        .iter()
        .find(|m| m.external_id == ANSWER)
        .expect("the answer");
    let target = answer.response_to_id.as_ref();
    let target = held.iter().find(|m| Some(&m.id) == target);
    (
        answer.markdown.clone(),
        target.map(|m| m.external_id.clone()),
    )
}

fn linked() -> (String, Option<String>) {
    ("I can".to_owned(), Some(QUESTION.to_owned()))
}

#[test]
fn private_reply_is_linked_to_the_message_of_the_group() {
    let world = world(&anchor(), "groups = \"anchor\"");
    msgstore(&world.exports(), &private_answer(), &NAMES);
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 3, "{}", run.stderr);
    assert_eq!(answer(&world), linked());
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), again.number("updated")), (0, 0));
}

/// The group's message is refused at first; the answer goes without a link, and gets it later.
#[test]
fn link_across_chats_is_set_once_its_target_is_in_close() {
    let world = world(&anchor(), "groups = \"anchor\"");
    // The answer waits for the question, so that this is the first to be posted.
    msgstore(&world.exports(), &private_answer()[..2], &NAMES);
    let refused = world.import_until(
        |seen, when| when == When::Received && is_post(seen),
        |_| Fault::Status(400, "{\"error\": \"no\"}".to_owned()),
    );
    refused.exits(3);
    assert_eq!(answer(&world), ("I can".to_owned(), None));
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("updated")),
        (1, 1),
        "{}",
        run.stderr
    );
    assert_eq!(answer(&world), linked());
}

/// The group is imported by another run than the answer.
#[test]
fn reply_is_linked_to_a_message_of_an_earlier_run() {
    let world = world(&anchor(), "groups = \"anchor\"");
    msgstore(&world.exports(), &private_answer(), &NAMES);
    world.run(&["import", "--yes", "--chat", "Roof"]).exits(0);
    world
        .run(&["import", "--yes", "--chat", "Ben Cooper"])
        .exits(0);
    assert_eq!(answer(&world), linked());
}

/// A message that another program has put into Close, on the lead or on another one.
#[test]
fn reply_is_linked_to_a_message_that_only_close_has() {
    for lead in [scenes::ben(), scenes::cleo()] {
        let world = world(&scenes::cleo().contact_row(), "existing = \"ignore\"");
        let body = serde_json::json!({
            "lead_id": lead.lead, "contact_id": lead.contact, "direction": "incoming",
            "external_whatsapp_message_id": QUESTION, "local_phone": "+4915112345678",
            "remote_phone": "+353861234501", "activity_at": "2024-12-31T08:00:00Z",
            "message_markdown": "who can bring the ladder?",
        });
        let status = world
            .server
            .call("POST", "/activity/whatsapp_message/", &body);
        assert!((200..300).contains(&status), "{status}");
        let [_, own, _] = private_answer();
        let own = Row {
            quotes: Some((QUESTION, "who can bring the ladder?", BEN)),
            ..own
        };
        msgstore(&world.exports(), &[own], &NAMES);
        world.import().exits(0);
        assert_eq!(answer(&world), linked(), "on {}", lead.lead);
    }
}

/// What is found nowhere is quoted; a text export of the same message says the same.
#[test]
fn missing_reply_target_is_quoted() {
    let world = world("", "");
    let [_, own, thanks] = private_answer();
    let own = Row {
        quotes: Some((QUESTION, "who can bring\nthe ladder?", BEN)),
        ..own
    };
    msgstore(&world.exports(), &[own, thanks], &NAMES);
    world.import().exits(0);
    let quoted = "> who can bring\n> the ladder?\nI can".to_owned();
    assert_eq!(answer(&world), (quoted, None));
    fs::remove_file(world.exports().join("msgstore.db")).expect("removed");
    let lines = "01/01/2025, 13:01 - Anna Example: I can\n01/01/2025, 13:01 - Ben Cooper: thanks\n";
    let name = "WhatsApp Chat with Ben Cooper";
    let zip = archive::zip_of(&[(format!("{name}.txt"), lines.to_owned())]);
    fs::write(world.exports().join(format!("{name}.zip")), zip).expect("written");
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("updated")),
        (0, 0),
        "{}",
        run.stderr
    );
}

/// What somebody leaves out comes in by no quotation either, and is linked to nothing.
#[test]
fn left_out_message_is_never_quoted() {
    let secret = "who can bring the ladder?";
    let in_ben = |quotes| {
        let [_, own, thanks] = private_answer();
        let question = Row::they(BEN, QUESTION, 5, secret);
        [
            question,
            Row {
                quotes: Some(quotes),
                ..own
            },
            thanks,
        ]
    };
    let of_group = private_answer();
    let of_ben = in_ben((QUESTION, secret, BEN));
    let by_cara = of_group.map(|row| match row.chat {
        GROUP => Row {
            by: Some(CARA),
            ..row
        },
        _ => Row {
            chat: GROUP,
            quotes: row.quotes,
            ..row
        },
    });
    let roof = |import: &str| format!("Roof,*,contact,,,,,{import}\n");
    let cases: [(&str, &[Row], String, &str, &str); 5] = [
        ("a private group", &of_group, roof("private"), "", ""),
        (
            "a group that is not imported",
            &of_group,
            roof("no"),
            "",
            "",
        ),
        (
            "a group that nobody mapped",
            &of_group,
            String::new(),
            "",
            "",
        ),
        (
            "a passage",
            &of_ben,
            String::new(),
            "",
            ",Ben Cooper,2025-01-01 13:00,2025-01-01 13:01,x\n",
        ),
        (
            "a member who is ignored",
            &by_cara,
            format!("{}Roof,Cara Dean,ignore,,,,,\n", anchor()),
            "groups = \"anchor\"",
            "",
        ),
    ];
    for (what, rows, table, import, passage) in cases {
        let world = world(&table, import);
        msgstore(&world.exports(), rows, &NAMES);
        if !passage.is_empty() {
            world.write(
                "exclude.csv",
                &format!("device,chat,from,until,reason\n{passage}"),
            );
        }
        world.import().exits(0);
        assert_eq!(answer(&world), ("I can".to_owned(), None), "{what}");
        let payloads = world.run(&["plan", "--payloads", "--offline"]).exits(0);
        assert!(!payloads.stdout.contains("ladder"), "{what}");
    }
}

/// The clocks of two phones differ: the answer bears the earlier time, and is linked.
#[test]
fn reply_may_have_the_earlier_time() {
    let world = world("", "");
    let rows = [
        Row {
            quotes: Some((QUESTION, "slow clock?", BEN)),
            ..Row::i(BEN, ANSWER, 45, "I can")
        },
        Row::they(BEN, QUESTION, 50, "slow clock?"),
    ];
    msgstore(&world.exports(), &rows, &NAMES);
    world.import().exits(0);
    assert_eq!(answer(&world), linked());
}

/// The private answer, but the database does not say that it is one.
fn without_quotes() -> World {
    let world = world(&anchor(), "groups = \"anchor\"");
    let plain = private_answer().map(|row| Row {
        quotes: None,
        ..row
    });
    msgstore(&world.exports(), &plain, &NAMES);
    world
}

/// Links that the user knows, by id and by place, within a chat and across; what cannot be followed
/// is said, what cannot be understood stops everything.
#[test]
fn replies_csv_sets_links() {
    let world = without_quotes();
    world.write(
        "replies.csv",
        &format!("message,reply_to\n{ANSWER},{QUESTION}\nexports/msgstore.db/Ben Cooper:4,{ANSWER}\nAC77,{ANSWER}\n"),
    );
    let plan = world.run(&["plan"]).exits(0);
    plan.says("replies.csv:4: message matches no imported message");
    world.import().exits(0);
    assert_eq!(answer(&world), linked());
    let held = world.server.state.messages();
    let thanks = held.iter().find(|m| m.markdown == "thanks").expect("there");
    let target = held
        .iter()
        .find(|m| Some(&m.id) == thanks.response_to_id.as_ref());
    assert_eq!(target.map(|m| m.external_id.as_str()), Some(ANSWER));

    world.write("replies.csv", "message,reply_to\nnot one,AC\n");
    let refused = world.run(&["plan", "--offline"]).exits(2);
    refused.says("replies.csv:2");
}

/// Two messages that answer each other would wait for ever; the second line is told and left alone.
#[test]
fn messages_that_reply_to_each_other_block_nothing() {
    let world = without_quotes();
    world.write(
        "replies.csv",
        &format!("message,reply_to\n{QUESTION},{ANSWER}\n{ANSWER},{QUESTION}\n"),
    );
    let run = world.import().exits(0);
    run.says("replies.csv:3: reply_to is itself a reply to message");
    assert_eq!(run.number("created"), 3, "{}", run.stderr);
}

/// What replies.csv says wins over a link that is in Close.
#[test]
fn wrong_link_is_corrected_later() {
    let world = world("", "");
    let rows = private_answer().map(|row| Row {
        chat: BEN,
        by: None,
        quotes: row.quotes.map(|(id, text, _)| (id, text, BEN)),
        ..row
    });
    msgstore(&world.exports(), &rows, &NAMES);
    world.import().exits(0);
    assert_eq!(answer(&world), linked());
    let thanks = "3A00000000000000AA03";
    world.write(
        "replies.csv",
        &format!("message,reply_to\n{ANSWER},{thanks}\n"),
    );
    let run = world.import().exits(0);
    assert_eq!(run.number("updated"), 1, "{}", run.stderr);
    assert_eq!(answer(&world).1.as_deref(), Some(thanks));
    assert_eq!(world.import().exits(0).number("updated"), 0);
}

/// A link that is told later is set on what is in Close by then.
#[test]
fn link_known_later_is_set() {
    let world = world("", "");
    let plain = private_answer().map(|row| Row {
        quotes: None,
        chat: BEN,
        by: None,
        ..row
    });
    msgstore(&world.exports(), &plain, &NAMES);
    world.import().exits(0);
    assert_eq!(answer(&world).1, None);
    world.write(
        "replies.csv",
        &format!("message;reply_to\r\n{ANSWER};{QUESTION}\r\n"),
    );
    let run = world.import().exits(0);
    assert_eq!(run.number("updated"), 1, "{}", run.stderr);
    assert_eq!(answer(&world), linked());
}

/// Ids as the business platform writes them: written, read back after a lost answer, and known
/// again in either form.
#[test]
fn ids_are_written_as_wamids_by_setting() {
    let rows = private_answer().map(|row| Row {
        chat: BEN,
        by: None,
        quotes: row.quotes.map(|(id, text, _)| (id, text, BEN)),
        ..row
    });
    let world = world("", "id_form = \"wamid\"");
    msgstore(&world.exports(), &rows, &NAMES);
    let payloads = world.run(&["plan", "--payloads", "--offline"]).exits(0);
    assert_eq!(
        payloads
            .stdout
            .matches("\"external_whatsapp_message_id\":\"wamid.")
            .count(),
        3
    );
    assert_eq!(
        payloads
            .stdout
            .matches("\"response_to_external_id\":\"wamid.")
            .count(),
        1
    );
    // An answer is lost after the message was made.
    let run = world.import_until(
        |seen, when| matches!(when, When::Processed(_)) && is_post(seen),
        |_| Fault::Drop,
    );
    run.exits(0);
    let held = world.server.state.messages();
    assert_eq!(held.len(), 3);
    for message in &held {
        assert!(
            message.external_id.starts_with("wamid."),
            "{}",
            message.external_id
        );
    }
    assert_eq!(
        held.iter().filter(|m| m.response_to_id.is_some()).count(),
        1
    );
    assert_eq!(world.import().exits(0).number("created"), 0);
    // The other form, and a checkpoint that is lost.
    let config = fs::read_to_string(world.path().join("chatferry.toml")).expect("text");
    world.write("chatferry.toml", &config.replace("\"wamid\"", "\"stanza\""));
    assert_eq!(world.import().exits(0).number("created"), 0);
    world.forget();
    let run = world.import().exits(0);
    assert_eq!(
        (run.number("created"), run.number("unchanged")),
        (0, 3),
        "{}",
        run.stderr
    );
    // No number is in the checkpoint: wamids have one.
    let checkpoint = fs::read(world.path().join("chatferry.db")).expect("a checkpoint");
    let text = String::from_utf8_lossy(&checkpoint);
    assert!(!text.contains("wamid") && !text.contains("353861234501"));
}
