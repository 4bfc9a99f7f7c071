//! Whole outputs of one rich world, as a person sees them.

use std::fs;

use chatferry::sandbox::Seed;

use crate::kit::Side::{Me, They};
use crate::kit::archive::jpeg;
use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, Output, World, archive, scenes};

/// Three chats, one of them with all sorts of files; one without a row; one private; a group; a
/// row that matches nothing; a damaged zip.
fn world() -> World {
    let files = Chat::android("Edda Vale", 4)
        .send(
            "2024-07-22 12:00",
            They,
            "IMG-20240722-WA0001.jpg",
            jpeg(2_000, 1),
        )
        .send(
            "2024-07-22 12:01",
            Me,
            "PTT-20240722-WA0002.opus",
            b"OggS....".to_vec(),
        )
        .send(
            "2024-07-22 12:02",
            Me,
            "VID-20240722-WA0003.mp4",
            vec![0; 26_000_000],
        )
        .say("2024-10-27 02:30", They, "late");
    let chats = vec![
        scenes::ben(),
        scenes::cleo(),
        files.clone(),
        scenes::plain("Finn Lowe", 5, 3),
        scenes::plain("Gus Hart", 6, 4),
    ];
    let mut built = Built::new(chats.clone());
    built.seed = Some(Seed::from_contacts_csv(&contacts(&chats)).expect("a seed"));
    let rows: String = chats[..3].iter().map(Chat::contact_row).collect();
    built.contacts = Some(format!(
        "{HEADER}{}{rows}Gus Hart,Gus Hart,contact,,,,,private\nBen Coper,,contact,+353861234599,lead_09,cont_09,,\n",
        me()
    ));
    let world = built.world();
    let group = "13/03/2024, 10:15 - Anna Example created group \"Garden\"\n\
                 13/03/2024, 10:16 - Ben Cooper: one\n\
                 13/03/2024, 10:17 - Dora Quist: two\n";
    let folder = world.exports().join("WhatsApp Chat with Garden");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("WhatsApp Chat with Garden.txt"), group).expect("written");
    let whole = archive::zip(&scenes::dora());
    let half = world.exports().join("WhatsApp Chat with Hugo.zip");
    fs::write(half, &whole[..whole.len() / 2]).expect("written");
    world
}

pub(crate) fn shown(output: &Output) -> String {
    format!(
        "exit {}\n--- stdout\n{}\n--- stderr\n{}",
        output.code.expect("a status"),
        output.stdout.trim_end(),
        output.stderr.trim_end()
    )
}

pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"(/[\w.-]+)*/\.tmp\w+", "FOLDER");
    settings.add_filter(r"\b\d+\.\d s\b", "N.N s");
    settings.add_filter(r#""seconds":[\d.]+"#, r#""seconds":N"#);
    settings.add_filter(r"(?m)^Reading from Close: .*\n", "");
    settings.set_prepend_module_to_snapshot(false);
    settings
}

#[test]
fn output_of_inspect_plan_and_import_matches_snapshots() {
    let world = world();
    settings().bind(|| {
        insta::assert_snapshot!(
            "inspect",
            shown(&world.run(&["inspect", "exports", "--details"]))
        );
        insta::assert_snapshot!("plan", shown(&world.run(&["plan", "--details"])));
        insta::assert_snapshot!("import", shown(&world.import()));
        insta::assert_snapshot!("import_again", shown(&world.import()));
    });
}

#[test]
fn output_of_rejections_matches_snapshots() {
    // One at a time: the order of what is printed is the order of what happened.
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 30), scenes::ben()]);
    built.chats.truncate(1);
    built.limits += "concurrency = 1\n";
    let world = built.world();
    world.server.rule(|seen, when| {
        if crate::kit::is_post(seen) && when == crate::kit::When::Received {
            let body =
                r#"{"errors": [], "field-errors": {"contact_id": "Object does not exist."}}"#;
            return chatferry::sandbox::Fault::Status(400, body.to_owned());
        }
        chatferry::sandbox::Fault::None
    });
    let output = world.import();
    settings().bind(|| insta::assert_snapshot!("refusals", shown(&output)));
}
