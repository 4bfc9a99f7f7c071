//! `chatferry match --create-missing`: one number gets one lead, whatever fails in between.

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use chatferry::sandbox::{Fault, Options, Seed, Seen, StoredLead};

use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, Chat, Output, Running, When, World, scenes};

pub(crate) const CREATE: &[&str] = &["match", "--create-missing", "--yes", "--json"];

/// The row of a chat whose lead is to be made.
fn marked(chat: &Chat) -> String {
    chat.contact_row()
        .replace(&chat.lead, "")
        .replace(&chat.contact, "")
        .replace(",\n", ",create\n")
}

/// A world whose contacts.csv has these rows, and whose Close has those of `there`.
fn built(rows: &str, there: &str) -> Built {
    let mut built = Built::new(scenes::rich());
    let seed = format!("{}{there}", contacts(&[]));
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    built.contacts = Some(format!("{HEADER}{}{rows}", me()));
    built.import = "new_lead_status = \"Qualified\"".to_owned();
    built
}

fn world(rows: &str) -> World {
    built(rows, "").world()
}

fn table(world: &World) -> String {
    fs::read_to_string(world.path().join("contacts.csv")).expect("a table")
}

/// Rows of contacts.csv that have a lead.
fn filled(world: &World) -> usize {
    let is_filled = |line: &&str| line.contains(",lead_");
    table(world).lines().skip(1).filter(is_filled).count()
}

fn leads(world: &World) -> Vec<StoredLead> {
    world.server.state.leads()
}

fn is_made(seen: &Seen) -> bool {
    seen.method == "POST" && seen.path.ends_with("/lead/")
}

/// One lead with its contact, and every row of that chat's number names both.
#[track_caller]
fn assert_one(world: &World, name: &str, phone: &str, rows: usize, moment: &str) {
    let leads = leads(world);
    assert_eq!(leads.len(), 1, "{moment}: {leads:?}");
    let [contact] = leads[0].contacts.as_slice() else {
        panic!("{moment}: {leads:?}");
    };
    assert_eq!(
        (leads[0].name.as_str(), contact.name.as_str()),
        (name, name)
    );
    assert_eq!(contact.phones, [format!("{phone} mobile")], "{moment}");
    let ids = format!("{phone},{},{},", leads[0].id, contact.id);
    let table = table(world);
    assert_eq!(table.matches(&ids).count(), rows, "{moment}:\n{table}");
}

/// A world whose one row is marked.
pub(crate) fn ben_is_missing() -> World {
    world(&marked(&scenes::ben()))
}

/// A world with two marked rows.
pub(crate) fn two_are_missing() -> World {
    world(&format!(
        "{}{}",
        marked(&scenes::ben()),
        marked(&scenes::dora())
    ))
}

/// The lead of [`ben_is_missing`] is there once and filled in.
#[track_caller]
pub(crate) fn assert_ben(world: &World, moment: &str) {
    let ben = scenes::ben();
    assert_one(world, &ben.name, &ben.phone, 1, moment);
}

/// A run of `match` that breaks the first requests for which `rule` says so.
fn broken(world: &World, times: usize, when: When, fault: &Fault) -> Output {
    let left = Mutex::new(times);
    let fault = fault.clone();
    world.run_under(CREATE, move |seen, now, _: &Running| {
        let mut left = left.lock().expect("a number");
        if !is_made(seen) || now != when || *left == 0 {
            return Fault::None;
        }
        *left -= 1;
        fault.clone()
    })
}

/// Owners and groups have no number to look up. The owner is found by name.
#[test]
fn groups_and_owners_are_not_counted_as_not_found() {
    let ben = marked(&scenes::ben()).replace(",create", ",");
    let world = world(&format!("{ben}Roof Team,*,contact,,,,,\n"));
    let path = world.path().join("contacts.csv");
    let text = table(&world).replacen("user_anna", "", 1);
    fs::write(path, text).expect("written");
    let run = world.run(&["match", "--json"]).exits(0);
    assert_eq!(
        (run.number("not_found"), run.number("open")),
        (1, 1),
        "{}",
        run.stderr
    );
    run.says("set `import` to `create`");
}

#[test]
fn marked_contact_is_created_once_filled_in_and_imported() {
    let rows: String = scenes::rich().iter().map(marked).collect();
    let mut world = world(&rows);
    // Held until the ids are there.
    world.import().exits(0);
    assert_eq!(world.server.state.message_count(), 0);
    let plain = world.run(&["match", "--json"]).exits(0);
    plain.says("3 rows marked `create`");
    assert_eq!((plain.number("created"), plain.number("not_found")), (0, 3));
    assert_eq!(leads(&world).len(), 0);

    let run = world.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("filled")), (3, 3));
    assert_eq!((run.number("failed"), run.number("not_found")), (0, 0));
    run.says("a sandbox on this machine");
    let made = leads(&world);
    assert_eq!(made.len(), 3);
    let filled_in = table(&world);
    for (chat, lead) in world.chats.iter_mut().zip(&made) {
        assert_eq!(
            (&lead.name, &lead.contacts[0].name),
            (&chat.name, &chat.name)
        );
        assert_eq!(lead.contacts[0].phones, [format!("{} mobile", chat.phone)]);
        chat.lead.clone_from(&lead.id);
        chat.contact.clone_from(&lead.contacts[0].id);
        let row = chat.contact_row().replace(",\n", ",create\n");
        assert!(filled_in.contains(&row), "{row}");
    }
    let writes = world.server.writes();
    let again = world.run(CREATE).exits(0);
    assert_eq!((again.number("created"), again.number("complete")), (0, 4));
    assert_eq!(world.server.writes(), writes, "nothing is left to do");
    world.import().exits(0);
    world.assert_whole("after --create-missing");
    for (path, bytes) in world.listing() {
        if path.to_string_lossy().contains("chatferry.db") {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("Ben Cooper") && !text.contains("353861234501"));
        }
    }
}

/// Two phones know one customer, under two names.
#[test]
fn two_rows_of_one_number_get_one_lead() {
    let ben = scenes::ben();
    let other = marked(&ben).replace("Ben Cooper", "Benny");
    let world = world(&format!("{}{other}", marked(&ben)));
    let run = world.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("filled")), (1, 2));
    assert_one(&world, &ben.name, &ben.phone, 2, "two rows");
}

#[test]
fn lost_response_creates_exactly_one_lead() {
    let ben = scenes::ben();
    let gateway = |status| Fault::Status(status, "<html>bad gateway</html>".to_owned());
    let done = When::Processed(200);
    for (when, fault) in [
        (When::Received, Fault::Drop),
        (When::Received, gateway(503)),
        (done, Fault::Drop),
        (done, Fault::Cut),
        (done, gateway(500)),
        (done, gateway(502)),
        (done, Fault::Status(200, "{}".to_owned())),
    ] {
        let world = world(&marked(&ben));
        let moment = format!("{when:?} {fault:?}");
        let run = broken(&world, 1, when, &fault).exits(0);
        assert_eq!((run.number("created"), run.number("failed")), (1, 0));
        assert_one(&world, &ben.name, &ben.phone, 1, &moment);
    }
}

/// Not carried out twice: it fails in this run, and the next one makes it.
#[test]
fn response_lost_again_is_left_to_the_next_run() {
    let ben = scenes::ben();
    let world = world(&marked(&ben));
    let before = table(&world);
    let run = broken(&world, usize::MAX, When::Received, &Fault::Drop).exits(3);
    run.says("contacts.csv:3: no lead was created: close_unknown");
    assert_eq!((run.number("created"), run.number("failed")), (0, 1));
    assert_eq!(
        (world.server.count("POST", "/lead/"), table(&world)),
        (2, before)
    );
    let next = world.run(CREATE).exits(0);
    assert_eq!(next.number("created"), 1);
    assert_one(&world, &ben.name, &ben.phone, 1, "the next run");
}

#[test]
fn lead_is_not_created_again_after_kill_before_recording() {
    let ben = scenes::ben();
    for when in [When::Received, When::Processed(200)] {
        let world = world(&marked(&ben));
        let killed = world.run_under(CREATE, move |seen, now, running| {
            if !is_made(seen) || now != when {
                return Fault::None;
            }
            running.kill();
            match when {
                When::Received => Fault::Drop,
                When::Processed(_) => Fault::None,
            }
        });
        assert_eq!(killed.code, None);
        world.run(&["status"]).exits(0).says("none yet");
        let next = world.run(CREATE).exits(0);
        let made = u64::from(when == When::Received);
        assert_eq!((next.number("created"), next.number("filled")), (made, 1));
        assert_one(
            &world,
            &ben.name,
            &ben.phone,
            1,
            &format!("killed at {when:?}"),
        );
    }
}

/// The row says what is in Close and that contacts.csv lacks it; it ends with the row of the table.
#[test]
fn created_lead_is_an_operation_until_the_table_names_it() {
    let world = ben_is_missing();
    let open = "SELECT count(*) FROM operation WHERE open = 1";
    let created = "SELECT count(*) FROM operation WHERE kind = 4 AND step = 6";
    let (path, text) = (world.path().join("contacts.csv"), table(&world));
    let changed = text.replace("Ben Cooper,Ben Cooper", "Ben C,Ben C");
    let run = world.run_under(CREATE, move |seen, when, _| {
        if is_made(seen) && when == When::Received {
            fs::write(&path, &changed).expect("written");
        }
        Fault::None
    });
    run.exits(2);
    assert_eq!((world.recorded(open), world.recorded(created)), (1, 1));
    world.run(CREATE).exits(0);
    assert_eq!((world.recorded(open), world.recorded(created)), (0, 0));
    // What is known of the number stays.
    world.write("contacts.csv", &text);
    let again = world.run(CREATE).exits(0);
    assert_eq!((again.number("created"), again.number("filled")), (0, 1));
    assert_ben(&world, "an older table");
}

/// What an earlier run began is finished before anything else is created.
#[test]
fn interrupted_creation_is_finished_first() {
    let [first, second] = [scenes::ben(), scenes::dora()];
    let killed = world(&marked(&second));
    let run = killed.run_under(CREATE, |seen, when, running| {
        if is_made(seen) && when == When::Processed(200) {
            running.kill();
        }
        Fault::None
    });
    assert_eq!(run.code, None);
    let both = format!("{HEADER}{}{}{}", me(), marked(&first), marked(&second));
    killed.write("contacts.csv", &both);
    let run = killed.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("filled")), (1, 2));
    let names: Vec<String> = leads(&killed).into_iter().map(|lead| lead.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(
        killed.recorded("SELECT count(*) FROM operation WHERE open = 1"),
        0
    );
}

/// Close's search finds what is new late: what the checkpoint knows is filled in without it.
#[test]
fn created_lead_is_filled_in_by_the_next_run() {
    let ben = scenes::ben();
    let mut built = built(&marked(&ben), "");
    built.options = Box::new(|options: &mut Options| options.list_lag = Duration::from_secs(3600));
    let world = built.world();
    let (path, text) = (world.path().join("contacts.csv"), table(&world));
    let changed = text.replace("Ben Cooper,Ben Cooper", "Ben C,Ben C");
    let run = world.run_under(CREATE, move |seen, when, _| {
        if is_made(seen) && when == When::Received {
            fs::write(&path, &changed).expect("written");
        }
        Fault::None
    });
    let run = run.exits(2);
    run.says("1 lead created and not filled in");
    assert_eq!(filled(&world), 0);
    let next = world.run(CREATE).exits(0);
    assert_eq!((next.number("created"), next.number("filled")), (0, 1));
    assert_one(&world, &ben.name, &ben.phone, 1, "filled in later");
    // A second phone, and the search is late still.
    let second = format!(
        "{}{}",
        table(&world),
        marked(&ben).replace("Ben Cooper", "Benny")
    );
    world.write("contacts.csv", &second);
    world.run(CREATE).exits(0);
    assert_one(&world, &ben.name, &ben.phone, 2, "a second phone");
}

/// A search that is late, and an answer that is lost.
#[test]
fn lost_response_waits_for_the_search_delay() {
    let ben = scenes::ben();
    let mut built = built(&marked(&ben), "");
    built.options = Box::new(|options: &mut Options| options.list_lag = Duration::from_millis(80));
    built.limits = built
        .limits
        .replace("settle_seconds = 0.0", "settle_seconds = 0.3");
    let world = built.world();
    broken(&world, 1, When::Processed(200), &Fault::Drop).exits(0);
    assert_one(&world, &ben.name, &ben.phone, 1, "a late search");
}

#[test]
fn removed_lead_is_not_created_again() {
    let ben = scenes::ben();
    let world = world(&marked(&ben));
    let before = table(&world);
    world.run(CREATE).exits(0);
    let id = leads(&world)[0].id.clone();
    let status = world
        .server
        .call("DELETE", &format!("/lead/{id}/"), &serde_json::json!({}));
    assert_eq!(status, 200);
    world.write("contacts.csv", &before);
    let run = world.run(CREATE).exits(0);
    run.says("an earlier run created the lead, and it was removed in Close");
    assert_eq!((run.number("created"), run.number("questions")), (0, 1));
    assert_eq!((leads(&world).len(), table(&world)), (0, before));
}

/// Who has the number is filled in, or a question where it is several; nothing is made.
#[test]
fn contact_with_a_known_number_is_not_created() {
    let ben = scenes::ben();
    let world = built(&marked(&ben), &ben.contact_row()).world();
    let run = world.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("filled")), (0, 1));
    assert!(table(&world).contains(&format!("{},{},{}", ben.phone, ben.lead, ben.contact)));
    let second = (ben.contact_row())
        .replace(&ben.lead, "lead_88")
        .replace(&ben.contact, "cont_88");
    let world = built(&marked(&ben), &format!("{}{second}", ben.contact_row())).world();
    let run = world.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("questions")), (0, 1));
    assert_eq!(leads(&world).len(), 2);
    assert!(
        !world.path().join("chatferry.db").exists(),
        "nothing to record"
    );

    // Somebody else makes it between the question and the answer.
    let world = self::world(&marked(&ben));
    let call = crate::kit::server::caller(&world.server.base_url);
    let done = Mutex::new(0);
    let body = serde_json::json!({"name": "Ben", "contacts": [{"name": "Ben", "phones": [{"phone": ben.phone, "type": "office"}]}]});
    let run = world.run_under(CREATE, move |seen, when, _| {
        // Twice by number and once by name; then again before it is made.
        let mut done = done.lock().expect("a number");
        *done += u32::from(seen.path.ends_with("/data/search/") && when == When::Received);
        if *done == 4 {
            *done = 5;
            drop(done);
            assert_eq!(call("POST", "/lead/", &body), 200);
        }
        Fault::None
    });
    assert_eq!(run.exits(0).number("created"), 0);
    assert_eq!(leads(&world).len(), 1);
    let made = &leads(&world)[0];
    assert!(table(&world).contains(&format!("{},{}", made.id, made.contacts[0].id)));
}

/// Rows for which nobody can say whose lead it would be.
#[test]
fn ambiguous_contact_is_a_candidate() {
    let ben = scenes::ben();
    for (rows, words) in [
        (
            marked(&ben).replace(&ben.phone, ""),
            "the number is missing",
        ),
        (
            marked(&ben).replace("Ben Cooper,Ben Cooper", "Ben Cooper,*"),
            "is a group's, or applies to any participant",
        ),
        (
            marked(&ben).replace("Ben Cooper,Ben Cooper", "*,Ben Cooper"),
            "applies to every chat",
        ),
        (
            marked(&ben).replace(&ben.phone, "+4915112345678"),
            "that of a phone's owner",
        ),
        (
            format!(
                "{}{}",
                marked(&ben),
                ben.contact_row().replace("Ben Cooper", "Benny")
            ),
            "line 4 has the same number",
        ),
    ] {
        let world = world(&rows);
        let before = table(&world);
        let run = world.run(CREATE).exits(0);
        run.says(words);
        assert_eq!(
            (run.number("created"), run.number("questions")),
            (0, 1),
            "{words}"
        );
        assert_eq!((leads(&world).len(), table(&world)), (0, before), "{words}");
        assert!(!world.path().join("chatferry.db").exists());
    }
}

/// The address book gives the number, and the ids follow it.
#[test]
fn number_from_the_address_book_is_accepted() {
    let ben = scenes::ben();
    let world = world(&marked(&ben).replace(&ben.phone, ""));
    world.write(
        "book.csv",
        &format!("Name,Phone\nBen Cooper,{}\n", ben.phone),
    );
    let run = world
        .run(&[CREATE, &["--address-book", "book.csv"]].concat())
        .exits(0);
    assert_eq!((run.number("created"), run.number("phones")), (1, 1));
    assert_one(&world, &ben.name, &ben.phone, 1, "the address book");
}

/// The phone's address book names the chat, also where a database shows the participant by number; a contact that it does not
/// have is named by the number.
#[test]
fn contact_without_name_is_named_by_its_chat_or_by_number() {
    let ben = scenes::ben();
    for (chat, participant, name) in [
        ("Ben Cooper", "+353 86 123 4501", "Ben Cooper"),
        ("Ben Cooper #2", "~ 0861 234501", "Ben Cooper"),
        ("+353 86 123 4501", "+353 86 123 4501", "+353861234501"),
        ("+353 86 123 4501", "~ 0861 234501", "+353861234501"),
        ("Ben Cooper", "~ Ben", "Ben"),
    ] {
        let rows = marked(&ben).replace("Ben Cooper,Ben Cooper", &format!("{chat},{participant}"));
        let world = world(&rows);
        world.run(CREATE).exits(0);
        assert_one(&world, name, &ben.phone, 1, participant);
    }
}

/// The subject of a group is the name of none of its members.
#[test]
fn member_of_a_group_is_not_named_by_its_subject() {
    let ben = scenes::ben();
    let member = marked(&ben).replace("Ben Cooper,Ben Cooper", "Garden,+353 86 123 4501");
    let anchor = "Garden,*,contact,,,,,\n";
    let world = world(&format!("{member}{anchor}"));
    world.run(CREATE).exits(0);
    let leads = leads(&world);
    let names: Vec<&str> = leads.iter().map(|lead| lead.name.as_str()).collect();
    assert_eq!(names, ["+353861234501"], "{leads:?}");
}

#[test]
fn private_contact_is_not_created() {
    let ben = scenes::ben();
    for (rows, never) in [
        (marked(&ben), ben.phone.as_str()),
        (marked(&ben), "Ben Cooper"),
        (marked(&ben).replace(",create", ",private"), ""),
    ] {
        let world = world(&rows);
        world.write("never.txt", &format!("{never}\n"));
        let run = world.run(CREATE).exits(0);
        assert_eq!((run.number("created"), run.number("left_out")), (0, 1));
        assert_eq!((leads(&world).len(), world.server.writes()), (0, 0));
    }
}

#[test]
fn nothing_is_created_without_the_flag() {
    let ben = scenes::ben();
    let world = world(&marked(&ben));
    let before = world.listing();
    let refused = world.run(&["match", "--create-missing"]).exits(2);
    refused.says("pass `--yes` to create leads without it");
    assert!(world.server.state.requests().is_empty());
    let would = [
        "match",
        "--create-missing",
        "--dry-run",
        "--json",
        "--details",
    ];
    let run = world.run(&would).exits(0);
    run.says("Ben Cooper: a new lead");
    assert_eq!((run.number("created"), run.number("filled")), (1, 1));
    assert_eq!((leads(&world).len(), world.listing()), (0, before));
    // A table that is none of ours: nothing is made that could not be filled in.
    world.write("candidates.csv", "name,vote\nMay,3\n");
    world
        .run(CREATE)
        .exits(2)
        .says("is not a table of candidates");
    assert_eq!(leads(&world).len(), 0);
}

/// A refusal is of one row alone; one of the key is of all.
#[test]
fn rejection_fails_its_row_and_denied_key_stops() {
    let rows: String = scenes::rich().iter().map(marked).collect();
    let refusal = r#"{"errors": [], "field-errors": {"contacts": "Ben Cooper +353861234501 is not allowed."}}"#;
    let refusal = |status| Fault::Status(status, refusal.to_owned());
    for status in [400, 402] {
        let world = world(&rows);
        let run = broken(&world, 1, When::Received, &refusal(status)).exits(3);
        run.says("contacts.csv:3: no lead was created: ");
        run.says(&format!("[close_{status}"));
        assert!(!run.stderr.contains("353861234501"), "{}", run.stderr);
        assert_eq!((run.number("created"), run.number("failed")), (2, 1));
        let again = world.run(CREATE).exits(0);
        assert_eq!((again.number("created"), leads(&world).len()), (1, 3));
    }
    let world = world(&rows);
    let denied = world.run_under(CREATE, {
        let count = Mutex::new(0);
        move |seen, when, _| {
            let mut count = count.lock().expect("a number");
            *count += u32::from(is_made(seen) && when == When::Received);
            match is_made(seen) && when == When::Received && *count == 2 {
                true => Fault::Status(403, String::new()),
                false => Fault::None,
            }
        }
    });
    // What is made already is filled in all the same.
    let denied = denied.exits(5);
    assert_eq!((denied.number("created"), denied.number("filled")), (1, 1));
    assert_eq!(filled(&world), 1, "{}", table(&world));
    world.run(CREATE).exits(0);
    assert_eq!(leads(&world).len(), 3);
}

#[test]
fn missing_network_stops_and_next_run_resumes() {
    let rows: String = scenes::rich().iter().map(marked).collect();
    let world = world(&rows);
    let limited = Fault::Status(503, String::new());
    let lost = Mutex::new(false);
    let run = world.run_under(CREATE, move |seen, when, _| {
        let mut lost = lost.lock().expect("a word");
        *lost |= is_made(seen) && when == When::Processed(200);
        match *lost {
            true => limited.clone(),
            false => Fault::None,
        }
    });
    run.exits(4);
    let next = world.run(CREATE).exits(0);
    assert_eq!((next.number("created"), leads(&world).len()), (2, 3));
    assert_eq!(filled(&world), 3);
}

#[test]
fn ctrl_c_finishes_requests_in_progress_and_fills_rows() {
    let rows: String = scenes::rich().iter().map(marked).collect();
    let world = world(&rows);
    let run = world.run_under(CREATE, |seen, when, running| {
        if is_made(seen) && when == When::Received {
            running.signal("INT");
        }
        Fault::None
    });
    let run = run.exits(4);
    // The signal may be heard after the answer, and then one more is made.
    let made = leads(&world).len();
    assert!((1..=3).contains(&made), "{made}");
    assert_eq!(run.number("created"), made as u64);
    assert_eq!(filled(&world), made);
    world.run(CREATE).exits(0);
    assert_eq!((leads(&world).len(), filled(&world)), (3, 3));
}

/// The checkpoint is the import's: that of another organisation is refused.
#[test]
fn checkpoint_of_another_organisation_is_refused() {
    let ben = scenes::ben();
    let world = world(&marked(&ben));
    world.import().exits(0);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let path = world.path().join("chatferry.db");
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    file.execute("UPDATE meta SET organization_id = 'orga_another'", [])
        .expect("changed");
    drop(file);
    world.run(CREATE).exits(5).says("orga_another");
    assert_eq!(leads(&world).len(), 0);
}

/// One number in the two ways that WhatsApp has for it, in two rows.
#[test]
fn both_forms_of_a_number_get_one_lead() {
    let ben = scenes::ben();
    let long = marked(&ben).replace(&ben.phone, "+5511998765432");
    let short = marked(&ben)
        .replace("Ben Cooper", "Ben Zap")
        .replace(&ben.phone, "+551198765432");
    let world = world(&format!("{long}{short}"));
    let dry = world
        .run(&["match", "--create-missing", "--dry-run", "--json"])
        .exits(0);
    assert_eq!((dry.number("created"), dry.number("filled")), (1, 2));
    let run = world.run(CREATE).exits(0);
    assert_eq!((run.number("created"), run.number("filled")), (1, 2));
    let leads = leads(&world);
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert_eq!(table(&world).matches(&leads[0].id).count(), 2);
}

/// Close has the number with its mobile digit, and the chat without: the contact is a candidate, and gets no second lead.
#[test]
fn number_without_the_mobile_digit_gets_no_second_lead() {
    let ben = scenes::ben();
    let there = ben.contact_row().replace(&ben.phone, "+5511998765432");
    let short = |row: String| row.replace(&ben.phone, "+551198765432");
    for name in ["Ben Cooper", "Ben Zap"] {
        let row = short(marked(&ben)).replace("Ben Cooper,Ben Cooper", &format!("{name},{name}"));
        let world = built(&row, &there).world();
        let before = leads(&world).len();
        let run = world.run(CREATE).exits(0);
        assert_eq!((run.number("created"), run.number("filled")), (0, 0));
        assert_eq!(run.number("questions"), 1);
        assert_eq!(leads(&world).len(), before);
        assert_eq!(table(&world), format!("{HEADER}{}{row}", me()));
        let found = fs::read_to_string(world.path().join("candidates.csv"));
        let found = found.expect("candidates.csv");
        let reason = format!(
            ",the number with or without its mobile digit,{},{},",
            ben.lead, ben.contact
        );
        assert_eq!(found.matches(&reason).count(), 1, "{found}");
        // A contact with the other form of the number is not a second candidate by its name.
        assert_eq!(found.lines().count(), 2, "{found}");
    }
}

/// Two names with one number get one lead: `match` and `doctor` name the rows before it is created.
#[test]
fn rows_of_two_names_with_one_number_are_named() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let same = marked(&cleo).replace(&cleo.phone, &ben.phone);
    let world = world(&format!("{}{same}", marked(&ben)));
    let named =
        "contacts.csv:3: marked `create` with the same number as line 4, under another name";
    for arguments in [&["match", "--dry-run"][..], &["doctor"]] {
        world.run(arguments).says(named);
    }
    assert_eq!(leads(&world).len(), 0);
    let other = self::world(&format!("{}{}", marked(&ben), marked(&cleo)));
    for arguments in [&["match", "--dry-run"][..], &["doctor"]] {
        let output = other.run(arguments);
        let text = format!("{}{}", output.stdout, output.stderr);
        assert!(!text.contains("under another name"), "{text}");
    }
}
