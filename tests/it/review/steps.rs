//! Plan, run, verification and undo on the page: what is started is what was shown, and nothing is sent without an answer.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use chatferry::sandbox::{Fault, Seed};

use crate::kit::page::{Page, Response};
use crate::kit::server::is_post;
use crate::kit::world::contacts;
use crate::kit::{Built, When, World, archive, scenes};

/// Makes the plan and starts the run, up to its question.
#[track_caller]
fn asked(page: &Page) -> Response {
    page.submit("/plan", &[]);
    page.settled("/plan").is(200).shows("Go on to the run");
    let shown = page.settled("/run");
    page.press(&shown, "Start the run", &[]).is(303);
    page.settled("/run").is(200).shows("Your answer is needed")
}

/// Answers the question of a job.
fn answer(page: &Page, asked: &Response, answer: &str) {
    let fields = [
        ("kind", asked.field("kind")),
        ("number", asked.field("number")),
        ("answer", answer.to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    page.post("/answer", &fields).is(303);
}

#[test]
fn plan_is_run_and_verified() {
    let world = World::new(scenes::rich());
    let page = world.page();
    page.settled("/").shows("look at the plan");
    let all = world.expected().len();
    let question = asked(&page).shows(&format!("Post {all} messages?"));
    assert_eq!(world.server.writes(), 0);
    // A reload asks the same.
    page.get("/run").shows(&format!("Post {all} messages?"));
    answer(&page, &question, "0");
    let done = page.settled("/run").is(200);
    done.shows(&format!("{all} created"))
        .shows("Go on to verify")
        .hides("chatferry undo")
        .hides("Start the run");
    world.assert_whole("a run of the page");
    page.settled("/").shows("Compare them with Close");
    page.submit("/verify", &[]);
    page.settled("/verify")
        .shows("Go on to the report")
        .hides("notice bad");
    let report = page.settled("/report").is(200);
    report.shows(&format!(
        "All {all} messages that belong in Close are recorded there"
    ));
    let document = page.get("/report/document").is(200).shows("Ben Cooper");
    let policy = document.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    let file = page.get("/report/file").is(200);
    assert_eq!(
        file.body,
        page.get("/report/document").body,
        "the file is what was opened"
    );
    assert!(file.header("content-disposition").starts_with("attachment"));
    // The report is the end, until a file or Close is another one.
    page.settled("/")
        .shows("Go to the report")
        .hides("Compare them with Close");
    world.write("never.txt", "# nobody\n");
    page.settled("/")
        .shows("Compare them with Close")
        .hides("Go to the report");
    // Once more: nothing to do.
    page.submit("/plan", &[]);
    page.settled("/plan").shows("Nothing to do");
    page.settled("/run").shows("Nothing to do");
}

/// A few messages first: offered before the first run, and not after it.
#[test]
fn pilot_precedes_the_run() {
    let world = World::new(scenes::rich());
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan").is(200);
    page.settled("/run").shows("Pilot: post a few messages");
    page.submit("/pilot", &[]);
    let question = page.settled("/run").shows("Your answer is needed");
    answer(&page, &question, "0");
    let done = page.settled("/run").shows("Make a plan");
    done.hides("Pilot: post a few");
    let posted = world.server.state.message_count();
    assert!(posted > 0 && posted < world.expected().len(), "{posted}");
    let question = asked(&page);
    answer(&page, &question, "0");
    page.settled("/run").shows("Go on to verify");
    world.assert_whole("a pilot, then a run");
}

#[test]
fn declined_run_sends_nothing() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let question = asked(&page);
    answer(&page, &question, "no");
    page.settled("/run").shows("Result");
    assert_eq!(world.server.writes(), 0);
    // An answer that comes late is none to the next question.
    let next = asked(&page);
    answer(&page, &question, "0");
    let open = page.get("/run").shows("Your answer is needed");
    assert_eq!(open.field("number"), next.field("number"));
    assert_eq!(world.server.writes(), 0);
    answer(&page, &next, "0");
    page.settled("/run").shows("6 created");
    world.assert_whole("after the second question");
}

#[test]
fn changed_table_refuses_the_shown_plan() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan");
    let shown = page.settled("/run");
    world.write("never.txt", "Cleo Marsh\n");
    let refused = page.press(&shown, "Start the run", &[]).is(409);
    refused
        .shows("This plan is outdated")
        .shows("href=\"/plan\"");
    assert_eq!(world.server.writes(), 0);
}

/// What changed is named on the page of the run and on that of the plan, which makes a new one.
#[test]
fn outdated_plan_leads_to_a_new_one() {
    let world = World::new(vec![scenes::ben(), scenes::cleo()]);
    let page = world.page();
    let plan = || {
        page.submit("/plan", &[]);
        page.settled("/plan")
            .shows("Go on to the run")
            .hides("outdated");
        page.settled("/run")
            .shows("Start the run")
            .hides("outdated");
    };
    let outdated_by = |what: &str| {
        let text = format!("This plan is outdated. Changed since it was made: {what}.");
        let run = page.settled("/run").is(200).shows(&text);
        run.hides("Start the run")
            .shows("class=\"button\" href=\"/plan\"");
        page.settled("/plan").shows(&text).hides("Go on to the run");
    };
    plan();
    archive::put_zip(&scenes::dora(), &world.exports());
    outdated_by("the archives");
    plan();
    let queue = page.settled("/people?state=all").is(200);
    page.press(&queue, "Do not import", &[]).is(303);
    outdated_by("contacts.csv");
    let config = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("written");
    world.write("chatferry.toml", &format!("{config}\n# a remark\n"));
    world.write("never.txt", "# nobody\n");
    outdated_by(
        "contacts.csv, never.txt, exclude.csv, replies.csv or decisions.csv and chatferry.toml",
    );
    plan();
    // Another program imports.
    world.import().exits(0);
    outdated_by("the checkpoint, by another run");
    page.submit("/plan", &[]);
    page.settled("/plan")
        .shows("Nothing to do")
        .hides("outdated");
}

#[test]
fn one_step_at_a_time() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    let question = asked(&page);
    page.post("/verify", &[]).is(303);
    page.get("/verify").shows("Another step is running: Run");
    page.get("/people").shows("In progress: Run");
    answer(&page, &question, "no");
    page.settled("/run");
}

/// Holds the second post until the test lets it go on.
fn held(world: &World) -> (Receiver<()>, Sender<()>) {
    let (reached, is_reached) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let state = Mutex::new((0, may_go_on));
    world.server.rule(move |seen, when| {
        if is_post(seen) && when == When::Received {
            let mut state = state.lock().expect("state");
            state.0 += 1;
            if state.0 == 2 {
                reached.send(()).expect("the test waits");
                state.1.recv().ok();
            }
        }
        Fault::None
    });
    (is_reached, go_on)
}

#[test]
fn stopped_run_is_continued() {
    let world = World::new(scenes::rich());
    let page = world.page();
    let question = asked(&page);
    let (is_reached, go_on) = held(&world);
    answer(&page, &question, "0");
    is_reached.recv().expect("a second post");
    // A reload, and another tab, show the same run.
    page.get("/run").shows("In progress").shows("operations");
    page.submit("/stop", &[("kind", "run")]).shows("Stopping");
    go_on.send(()).expect("held");
    page.settled("/run").shows("Stopped");
    world.server.calm();
    page.settled("/").shows("did not finish");
    let question = asked(&page);
    answer(&page, &question, "0");
    page.settled("/run").shows("created");
    world.assert_whole("a stopped run");
}

#[test]
fn killed_run_is_continued_by_a_new_page() {
    let world = World::new(scenes::rich());
    let mut page = world.page();
    let question = asked(&page);
    let (is_reached, go_on) = held(&world);
    answer(&page, &question, "0");
    is_reached.recv().expect("a second post");
    page.signal("KILL");
    page.wait();
    go_on.send(()).expect("held");
    world.server.settle();
    world.server.calm();
    let page = world.page();
    page.settled("/").shows("The last run did not finish");
    let question = asked(&page);
    answer(&page, &question, "0");
    page.settled("/run").shows("created");
    world.assert_whole("a killed run");
}

/// Ctrl-C during a run: the requests in progress are finished and recorded first.
#[test]
fn interrupt_stops_the_run_and_the_page() {
    let world = World::new(scenes::rich());
    let mut page = world.page();
    let question = asked(&page);
    let (is_reached, go_on) = held(&world);
    answer(&page, &question, "0");
    is_reached.recv().expect("a second post");
    page.signal("INT");
    go_on.send(()).expect("held");
    assert_eq!(page.wait().code(), Some(0));
    world.server.calm();
    assert_eq!(
        world.recorded("SELECT COUNT(*) FROM run WHERE ended_at IS NULL"),
        0
    );
    world.import().exits(0);
    world.assert_whole("an interrupted page");
}

#[test]
fn undo_requires_the_name_of_the_organisation() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let page = world.page();
    let run = page
        .settled("/undo")
        .is(200)
        .shows("6 messages in Close")
        .field("run");
    let begin = || {
        page.submit("/undo", &[("run", &run)]);
        page.settled("/undo").shows("6 to delete")
    };
    let reply = |asked: &Response, typed: &str| {
        let fields = [
            ("kind", asked.field("kind")),
            ("number", asked.field("number")),
            ("answer", "typed".to_owned()),
            ("typed", typed.to_owned()),
        ];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        page.post("/answer", &fields).is(303);
    };
    reply(&begin(), "Somebody else");
    page.settled("/undo").shows("Nothing was deleted.");
    world.assert_whole("a wrong name");
    let question = begin();
    let text = question.text();
    let name = text
        .split_once("name of the organisation, ")
        .expect("a name")
        .1;
    let name = name
        .split_once(", to continue")
        .expect("a name")
        .0
        .to_owned();
    reply(&question, &name);
    page.settled("/undo").shows("deleted 6 messages");
    world.assert_rows(&[], "an undo");
}

/// The name of the organisation that a question of an undo requires.
fn name_required_by(asked: &Response) -> String {
    let text = asked.text();
    let (_, rest) = text
        .split_once("name of the organisation, ")
        .expect("a name");
    let (name, _) = rest.split_once(", to continue").expect("a name");
    name.to_owned()
}

/// Begins an undo of the first run, up to its question.
fn undo_begun(page: &Page) -> Response {
    let runs = page.settled("/undo").is(200);
    page.press(&runs, "Show what would be deleted", &[]).is(303);
    page.settled("/undo").shows("6 to delete")
}

#[test]
fn answer_of_a_stale_tab_is_none_to_another_undo() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let page = world.page();
    let stale = undo_begun(&page);
    page.press(&stale, "No, stop here", &[]).is(303);
    page.settled("/undo").shows("Nothing was deleted.");
    let question = undo_begun(&page);
    let name = name_required_by(&stale);
    page.press(&stale, "Continue", &[("typed", &name)]).is(303);
    page.get("/undo").shows("Your answer is needed");
    world.assert_whole("a stale answer");
    page.press(&question, "Continue", &[("typed", &name)])
        .is(303);
    page.settled("/undo").shows("deleted 6 messages");
}

#[test]
fn undo_without_the_typed_name_deletes_nothing() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let page = world.page();
    let question = undo_begun(&page);
    page.press(&question, "Continue", &[("answer", "0")])
        .is(303);
    page.settled("/undo").shows("Nothing was deleted.");
    world.assert_whole("no name");
}

/// The checkpoint is an old copy, so that messages of a later run have no record.
#[test]
fn undo_shows_what_makes_records_of_messages_without_one() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.import().exits(0);
    let checkpoint = world.path().join("chatferry.db");
    let copy = std::fs::read(&checkpoint).expect("a checkpoint");
    archive::put_zip(&scenes::plain("Ben Cooper", 1, 6), &world.exports());
    world.import().exits(0);
    world.forget();
    std::fs::write(&checkpoint, copy).expect("put back");
    let page = world.page();
    let runs = page.settled("/undo").is(200);
    page.press(&runs, "Show what would be deleted", &[]).is(303);
    let question = page.settled("/undo").shows("Your answer is needed");
    let name = name_required_by(&question);
    page.press(&question, "Continue", &[("typed", &name)])
        .is(303);
    page.settled("/undo")
        .shows("deleted 4 messages")
        .shows("the command recover in a terminal");
}

#[test]
fn run_of_a_plan_that_was_not_shown_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan");
    let stale = page.settled("/run").is(200);
    page.submit("/plan", &[]);
    page.settled("/plan");
    let refused = page.press(&stale, "Start the run", &[]);
    refused.is(409).shows("another plan was made");
    let shown = page.get("/run").is(200).shows("Start the run");
    assert_eq!(world.server.writes(), 0);
    page.press(&shown, "Start the run", &[]).is(303);
    page.settled("/run").shows("Your answer is needed");
}

/// The messages belong to another lead now, so each is posted there and deleted where it is.
#[test]
fn deletions_are_allowed_up_to_the_number_that_was_shown() {
    let chats = vec![scenes::ben()];
    let rows = contacts(&chats);
    let seed = format!("{rows}Dora Quist,Dora Quist,contact,+353861234503,lead_03,cont_03,,\n");
    let world = Built {
        seed: Some(Seed::from_contacts_csv(&seed).expect("a seed")),
        ..Built::new(chats)
    }
    .world();
    world.import().exits(0);
    world.write(
        "contacts.csv",
        &rows.replace("lead_01,cont_01", "lead_03,cont_03"),
    );
    let page = world.page();
    page.submit("/plan", &[]);
    page.settled("/plan");
    let shown = page.settled("/run").is(200);
    let shown = shown.shows("The plan deletes 6 messages in Close");
    let fewer = [("deletes", "6"), ("deletions", "5")];
    page.press(&shown, "Start the run", &fewer)
        .is(409)
        .shows("deletions");
    for typed in ["", "1", "5", "7"] {
        page.press(&shown, "Start the run", &[("deletes", typed)])
            .is(422)
            .shows("type this number to permit it");
    }
    page.press(&shown, "Start the run", &[("deletes", "6")])
        .is(303);
    page.settled("/run").shows("Your answer is needed");
}

#[test]
fn steps_need_the_key() {
    let world = World::new(vec![scenes::ben()]);
    let environment = [("CLOSE_BASE_URL", world.server.base_url.as_str())];
    let page = Page::open(world.path(), &environment);
    for path in ["/plan", "/run", "/verify", "/undo", "/match"] {
        page.get(path).is(200).shows("This needs the key of Close.");
    }
    for path in ["/plan", "/pilot", "/verify", "/match", "/leads"] {
        assert_eq!(page.post(path, &[]).is(303).header("location"), "/");
    }
    assert!(world.server.state.requests().is_empty());
}
