//! A group that two phones exported, one of them with a wrong `timezone`.

use std::fmt::Write as _;
use std::fs;
use std::sync::Mutex;

use chatferry::sandbox::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::{Berlin, London};
use chrono_tz::Tz;

use crate::kit::{Built, Output, When, World, archive};

/// Minutes from the first message, sender, text.
const TOLD: [(i64, &str, &str); 8] = [
    (0, "Theo Marsh", "who brings the ladder?"),
    (1, "Anna Example", "I do, from the cellar"),
    (3, "Rita Sol", "then I bring the ropes"),
    (7, "Ben Ortiz", "and I the tiles"),
    (12, "Theo Marsh", "at eight tomorrow?"),
    (15, "Rita Sol", "at nine, please"),
    (21, "Ben Ortiz", "nine is fine"),
    (200, "Anna Example", "until tomorrow"),
];

fn time(minute: i64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2024-03-13T10:00:00Z".parse().expect("a time");
    first + TimeDelta::minutes(minute)
}

/// The first messages as a phone in this zone exports them.
fn put(world: &World, folder: &str, zone: Tz, messages: usize) {
    let mut text = format!(
        "{} - Rita Sol created group \"Roof\"\n",
        time(-5).with_timezone(&zone).format("%d/%m/%Y, %H:%M")
    );
    for (minute, sender, words) in &TOLD[..messages] {
        let local = time(*minute).with_timezone(&zone);
        let stamp = local.format("%d/%m/%Y, %H:%M");
        writeln!(text, "{stamp} - {sender}: {words}").expect("written");
    }
    let zip = archive::zip_of(&[("WhatsApp Chat with Roof.txt".to_owned(), text)]);
    let folder = world.path().join(folder);
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("WhatsApp Chat with Roof.zip"), zip).expect("written");
}

fn configure(world: &World, anna: Tz, ben: Tz) {
    let config = format!(
        "[source]\ndate_order = \"dmy\"\n\
         [[device]]\nname = \"anna\"\narchives = [\"exports\"]\nowner = [\"Anna Example\"]\ntimezone = \"{anna}\"\n\
         [[device]]\nname = \"ben\"\narchives = [\"ben\"]\nowner = [\"Ben Ortiz\"]\ntimezone = \"{ben}\"\n\
         [import]\ncontacts = \"contacts.csv\"\ngroups = \"anchor\"\n\
         [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n"
    );
    world.write("chatferry.toml", &config);
}

fn world() -> World {
    let mut built = Built::new(Vec::new());
    built.contacts = Some(
        "device,chat,participant,role,phone,lead_id,contact_id,user_id,chat_key\n\
         anna,*,Anna Example,me,+4915112345678,,,user_anna,\n\
         ben,*,Ben Ortiz,me,+12025550123,,,user_ben,\n\
         ,Roof,*,contact,+353861230001,lead_01,cont_01,,roof\n"
            .to_owned(),
    );
    let world = built.world();
    fs::create_dir(world.path().join("ben")).expect("made");
    world
}

/// Close holds the first messages once each, at their times plus so many hours.
fn assert_times(world: &World, messages: usize, hours: i64) {
    let mut found: Vec<(DateTime<Utc>, String)> = (world.server.state.messages().into_iter())
        .map(|message| {
            let minute = message.activity_at.timestamp().div_euclid(60) * 60;
            let words = message
                .markdown
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned();
            (DateTime::from_timestamp(minute, 0).expect("a time"), words)
        })
        .collect();
    found.sort();
    let expected: Vec<_> = (TOLD[..messages].iter())
        .map(|(minute, _, words)| (time(*minute) + TimeDelta::hours(hours), (*words).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

fn counts(run: &Output) -> [u64; 5] {
    ["created", "updated", "replaced", "deleted", "undecided"].map(|name| run.number(name))
}

/// The phones' zones, and the wrong one of Ben's phone.
const CASES: [(Tz, Tz, Tz); 2] = [
    // His phone stands in London, and is read as if it were in Berlin.
    (Berlin, London, Berlin),
    (Berlin, Berlin, London),
];

#[test]
fn corrected_zone_of_the_second_phone_corrects_the_times_of_the_group() {
    for (anna, ben, wrong) in CASES {
        // The times of the older export count.
        for (of_anna, of_ben, corrected) in [(8, 7, 8), (7, 8, 0)] {
            let world = world();
            put(&world, "exports", anna, of_anna);
            put(&world, "ben", ben, of_ben);
            configure(&world, anna, wrong);
            let run = world.import().exits(0);
            assert_eq!(counts(&run), [8, 0, 0, 0, 0], "{}", run.stderr);
            configure(&world, anna, ben);
            let run = world.import().exits(0);
            assert_eq!(counts(&run), [0, corrected, 0, 0, 0], "{}", run.stderr);
            assert_times(&world, 8, 0);
            let again = world.import().exits(0);
            assert_eq!(counts(&again), [0; 5], "{}", again.stderr);
        }
    }
}

#[test]
fn killed_correction_of_a_group_is_resumed() {
    let world = world();
    put(&world, "exports", Berlin, 8);
    put(&world, "ben", London, 6);
    configure(&world, Berlin, Berlin);
    world.import().exits(0);
    // The times of Ben's export count, since it is the older one.
    assert_times(&world, 8, -1);
    configure(&world, Berlin, London);
    for killed_at in [0, 3] {
        let puts = Mutex::new(0);
        world.import_until(
            move |seen, when| {
                let mut puts = puts.lock().expect("count");
                let is_put = seen.method == "PUT";
                *puts += u32::from(is_put && when == When::Processed(200));
                is_put && *puts == killed_at
            },
            |running| {
                running.kill();
                Fault::Drop
            },
        );
    }
    let run = world.import().exits(0);
    assert_eq!(run.number("created"), 0, "{}", run.stderr);
    assert_times(&world, 8, 0);
    assert_eq!(counts(&world.import().exits(0)), [0; 5]);
}

#[test]
fn plan_and_doctor_name_the_devices_whose_zone_may_be_wrong() {
    let devices = "`timezone` in chatferry.toml is wrong for one of anna (Europe/Berlin) and ben (Europe/London)";
    let world = world();
    put(&world, "exports", Berlin, 8);
    put(&world, "ben", Berlin, 6);
    configure(&world, Berlin, London);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    plan.says(devices);
    let doctor = world.run(&["doctor"]);
    doctor.says(devices).says("differ by 1:00 h");
    configure(&world, Berlin, Berlin);
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    assert!(
        !plan.stdout.contains("`timezone` in chatferry.toml"),
        "{}",
        plan.stdout
    );
    let doctor = world.run(&["doctor"]);
    assert!(
        !doctor.stdout.contains("`timezone` in chatferry.toml"),
        "{}",
        doctor.stdout
    );
}

#[test]
fn short_plan_names_phones_whose_zone_may_be_wrong() {
    let world = world();
    put(&world, "exports", Berlin, 8);
    put(&world, "ben", Berlin, 6);
    configure(&world, Berlin, London);
    let plan = world.run(&["plan"]).exits(0);
    plan.says(
        "Warning: timezone may be wrong for one of anna (Europe/Berlin) and ben (Europe/London): anna: Roof",
    );
    configure(&world, Berlin, Berlin);
    let plan = world.run(&["plan"]).exits(0);
    assert!(!plan.stdout.contains("timezone"), "{}", plan.stdout);
}

/// Also where the plan has nothing to do.
#[test]
fn short_plan_names_zone_to_check_of_corrected_times() {
    let world = world();
    put(&world, "exports", Berlin, 8);
    put(&world, "ben", London, 6);
    configure(&world, Berlin, Berlin);
    world.import().exits(0);
    fs::remove_file(world.path().join("ben/WhatsApp Chat with Roof.zip")).expect("removed");
    let plan = world.run(&["plan"]).exits(0);
    plan.says(
        "Times are corrected by a zone shift: anna: Roof; check timezone of anna (Europe/Berlin)",
    );
    plan.says("Nothing to do");
}

/// An older export of the other phone, which is read in a wrong zone, moves no time.
#[test]
fn wrong_zone_of_a_phone_that_comes_later_moves_no_times() {
    let world = world();
    put(&world, "exports", Berlin, 8);
    configure(&world, Berlin, London);
    world.import().exits(0);
    put(&world, "ben", Berlin, 6);
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says("anna (Europe/Berlin) and ben (Europe/London)");
    for zone in [London, Berlin] {
        configure(&world, Berlin, zone);
        let run = world.import().exits(0);
        assert_eq!(counts(&run), [0; 5], "{}", run.stderr);
        assert_times(&world, 8, 0);
    }
}

/// The zone of no phone was corrected, so the times stay those of the removed export.
#[test]
fn removed_export_of_one_phone_moves_no_times() {
    let world = world();
    put(&world, "exports", Berlin, 8);
    put(&world, "ben", London, 6);
    configure(&world, Berlin, Berlin);
    world.import().exits(0);
    assert_times(&world, 8, -1);
    fs::remove_file(world.path().join("ben/WhatsApp Chat with Roof.zip")).expect("removed");
    let plan = world.run(&["plan", "--details"]).exits(0);
    plan.says(
        "if no phone was in another zone, check timezone in chatferry.toml: anna (Europe/Berlin)",
    );
    let run = world.import().exits(0);
    assert_eq!(counts(&run), [0; 5], "{}", run.stderr);
    assert_times(&world, 8, -1);
}
