//! `chatferry serve` and `chatferry fleet`: workers run the migrations of a store by schedule.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chatferry::sandbox::{Fault, StoredMessage};
use serde_json::Value;

use super::setting::{Fleet, ORGANIZATION, SECRET, STORE_KEY, without_secret};
use crate::kit::{Output, Running, When, is_post, scenes};
use crate::moves;

/// How long a worker may take for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// A worker that looks for jobs often.
fn worker(fleet: &Fleet, flags: &[&str]) -> Running {
    let arguments: Vec<&str> = ["serve", "--poll", "0.1"]
        .iter()
        .chain(flags)
        .copied()
        .collect();
    let store = fleet.database.address(SECRET);
    let [(_, key), url] = fleet.world.environment();
    let name = format!("CLOSE_API_KEY_{ORGANIZATION}");
    let environment = [
        url,
        (name.as_str(), key),
        ("CHATFERRY_STORE", store.as_str()),
        ("CHATFERRY_STORE_KEY", STORE_KEY),
    ];
    Running::start(&arguments, Path::new("/"), &environment)
}

/// `chatferry fleet …`.
fn order(fleet: &Fleet, arguments: &[&str]) -> Output {
    let store = fleet.database.address(SECRET);
    let all: Vec<&str> = ["fleet"].iter().chain(arguments).copied().collect();
    let environment = [("CHATFERRY_STORE", store.as_str())];
    without_secret(Running::start(&all, Path::new("/"), &environment).wait())
}

fn add(fleet: &Fleet, folder: &Path, every: &str) {
    let folder = folder.to_str().expect("UTF-8");
    order(fleet, &["add", folder, "--every", every]).exits(0);
}

fn status(fleet: &Fleet) -> Value {
    let output = order(fleet, &["status", "--json"]).exits(0);
    serde_json::from_str(output.stdout.lines().last().expect("a line")).expect("JSON")
}

/// Waits until the fleet is so; returns its status.
#[track_caller]
fn until(fleet: &Fleet, worker: &Running, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let status = status(fleet);
        if is_so(&status) {
            return status;
        }
        if began.elapsed() > PATIENCE || !worker.is_alive() {
            worker.signal("TERM");
            let output = worker.wait();
            panic!("{status:#}\n{}\n{}", output.stdout, output.stderr);
        }
    }
}

/// Whether the last turn of a job ended with this status.
fn has_ended(status: &Value, job: usize, exit: i64) -> bool {
    status["jobs"][job]["last"]["exit"] == exit
}

/// Ends a worker; its log as JSON, with nothing secret in it.
#[track_caller]
fn ended(worker: &Running) -> Vec<Value> {
    worker.signal("TERM");
    let output = without_secret(worker.wait().exits(0));
    for name in ["Ben Cooper", "Dora Quist"] {
        assert!(
            !output.stdout.contains(name) && !output.stderr.contains(name),
            "{name}"
        );
    }
    let lines = output.stdout.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON lines");
    assert_eq!(lines[0]["event"], "began");
    assert_eq!(lines[lines.len() - 1]["event"], "ended");
    lines
}

fn events<'l>(log: &'l [Value], name: &str) -> Vec<&'l Value> {
    log.iter().filter(|line| line["event"] == name).collect()
}

#[test]
fn migration_is_planned_and_imported_by_a_worker() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    add(&fleet, fleet.world.path(), "1h");
    let worker = worker(&fleet, &["--name", "first"]);
    // A job is released after its end is recorded.
    let status = until(&fleet, &worker, |status| {
        has_ended(status, 0, 0) && status["jobs"][0]["standing"] == "waiting"
    });
    let job = &status["jobs"][0];
    assert_eq!(job["every_seconds"], 3600);
    assert_eq!(job["organization_id"], ORGANIZATION);
    let created = fleet.world.expected().len();
    assert_eq!(job["last"]["counts"]["created"], created);
    assert!(job["last"]["digest"].is_string());
    let log = ended(&worker);
    let commands: Vec<&Value> = events(&log, "ran")
        .iter()
        .map(|line| &line["command"])
        .collect();
    assert_eq!(commands, ["plan", "import"]);
    assert_eq!(log[0]["worker"], "first");
    fleet.assert_sound("after the worker");
    order(&fleet, &["status"]).exits(0).says("status 0");
}

/// A worker is killed in the middle of an import; another one takes the job when the lock is free.
#[test]
fn job_of_a_killed_worker_is_taken_by_another() {
    let Some(fleet) = Fleet::new(scenes::rich()) else {
        return;
    };
    add(&fleet, fleet.world.path(), "1h");
    let is_posted = std::sync::Arc::new(AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&is_posted);
    fleet.world.server.rule(move |request, when| {
        if is_post(request) && when == When::Processed(200) {
            seen.store(true, Ordering::SeqCst);
        }
        Fault::None
    });
    let first = worker(&fleet, &[]);
    until(&fleet, &first, |_| is_posted.load(Ordering::SeqCst));
    first.kill();
    let second = worker(&fleet, &["--name", "second"]);
    // The import of the first one may still run, and its end is not noted.
    until(&fleet, &second, |status| {
        has_ended(status, 0, 0) && status["jobs"][0]["standing"] == "waiting"
    });
    ended(&second);
    fleet.world.server.settle();
    fleet.assert_sound("after both workers");
}

#[test]
fn two_workers_share_the_jobs() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let machines = [fleet.machine(), fleet.machine(), fleet.machine()];
    for machine in &machines {
        add(&fleet, machine.path(), "1h");
    }
    let workers = [worker(&fleet, &[]), worker(&fleet, &[])];
    until(&fleet, &workers[0], |status| {
        (0..3).all(|job| has_ended(status, job, 0))
    });
    let logs: Vec<Value> = workers.iter().flat_map(ended).collect();
    // A job whose import met the lock of the organisation is due again soon.
    let ended = events(&logs, "ran");
    let done = |job: i64| {
        let is_done =
            |line: &&&Value| line["job"] == job && line["command"] == "import" && line["exit"] == 0;
        ended.iter().filter(is_done).count()
    };
    assert_eq!([done(1), done(2), done(3)], [1, 1, 1]);
    fleet.world.assert_whole("after both workers");
}

/// The chat goes to another lead: that deletes in Close, and waits for a person.
#[test]
fn plan_that_moves_messages_waits_for_approval() {
    let Some(fleet) = Fleet::with_second_lead(scenes::ben()) else {
        return;
    };
    fleet.import().exits(0);
    let count = fleet.world.expected().len() as u64;
    moves::correct_lead(&fleet.world);
    let writes = fleet.world.server.writes();
    add(&fleet, fleet.world.path(), "1h");
    let worker = worker(&fleet, &[]);
    let status = until(&fleet, &worker, |status| {
        status["jobs"][0]["standing"] == "needs_approval"
    });
    let job = &status["jobs"][0];
    assert_eq!(
        (&job["approval"], &job["plan"]["replaced"]),
        (&"replaces".into(), &count.into())
    );
    assert_eq!(
        fleet.world.server.writes(),
        writes,
        "written without approval"
    );
    order(&fleet, &["status"])
        .exits(0)
        .says("chatferry fleet approve 1");
    order(&fleet, &["approve", "1"]).exits(0);
    let status = until(&fleet, &worker, |status| {
        status["jobs"][0]["last"]["counts"]["replaced"] == count
    });
    assert!(has_ended(&status, 0, 0));
    let messages = fleet.world.server.state.messages();
    let is_moved = |message: &StoredMessage| message.lead_id == moves::NEW_LEAD;
    assert!(messages.iter().all(is_moved) && messages.len() as u64 == count);
    // Nothing waits any more.
    order(&fleet, &["approve", "1"]).exits(2);
    ended(&worker);
}

/// Between plan and approval the table changed again: the approved plan is not carried out, and a new one is made.
#[test]
fn approved_plan_that_no_longer_holds_is_not_carried_out() {
    let Some(fleet) = Fleet::with_second_lead(scenes::ben()) else {
        return;
    };
    fleet.import().exits(0);
    let path = fleet.world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    moves::correct_lead(&fleet.world);
    let writes = fleet.world.server.writes();
    add(&fleet, fleet.world.path(), "1h");
    let first = worker(&fleet, &[]);
    until(&fleet, &first, |status| {
        status["jobs"][0]["standing"] == "needs_approval"
    });
    ended(&first);
    fs::write(&path, &table).expect("written");
    order(&fleet, &["approve", "1"]).exits(0);
    let second = worker(&fleet, &[]);
    // It is due again soon, and has nothing to do then.
    until(&fleet, &second, |status| {
        let unchanged = &status["jobs"][0]["last"]["counts"]["unchanged"];
        unchanged.as_u64().is_some_and(|unchanged| unchanged > 0)
    });
    let log = ended(&second);
    let ran = events(&log, "ran");
    assert_eq!(
        (&ran[0]["command"], &ran[0]["exit"]),
        (&"import".into(), &2.into())
    );
    assert_eq!(ran[1]["command"], "plan");
    assert_eq!(
        fleet.world.server.writes(),
        writes,
        "the old plan was carried out"
    );
}

#[test]
fn folder_that_a_worker_cannot_read_is_left_to_others() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    add(&fleet, Path::new("/no/such/folder"), "1h");
    add(&fleet, fleet.world.path(), "1h");
    let worker = worker(&fleet, &["--name", "first"]);
    // The other job is run.
    let status = until(&fleet, &worker, |status| has_ended(status, 1, 0));
    let job = &status["jobs"][0];
    assert_eq!(job["last"], Value::Null);
    assert_eq!(job["unreadable_by"][0]["worker"], "first");
    ended(&worker);
    order(&fleet, &["remove", "/no/such/folder"]).exits(0);
    assert_eq!(status_ids(&fleet), [2]);
    order(&fleet, &["remove", "7"]).exits(2);
}

fn status_ids(fleet: &Fleet) -> Vec<i64> {
    let status = status(fleet);
    let jobs = status["jobs"].as_array().expect("a list");
    jobs.iter()
        .map(|job| job["id"].as_i64().expect("an id"))
        .collect()
}

#[test]
fn checkpoint_of_one_machine_is_no_job() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let file = fleet.world.path().join("chatferry.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let store = fleet.database.address(SECRET);
    fs::write(&file, text.replace(&store, "chatferry.db")).expect("written");
    add(&fleet, fleet.world.path(), "1h");
    let worker = worker(&fleet, &[]);
    let status = until(&fleet, &worker, |status| has_ended(status, 0, 2));
    let problem = status["jobs"][0]["last"]["problem"]
        .as_str()
        .expect("a text");
    assert!(problem.contains("a file of one machine"), "{problem}");
    assert_eq!(status["failing"], 1);
    ended(&worker);
}

#[test]
fn health_is_served_on_this_machine() {
    let Some(fleet) = Fleet::new(vec![scenes::ben()]) else {
        return;
    };
    let worker = worker(&fleet, &["--health-port", "0"]);
    let began = Instant::now();
    while !worker.has_printed("began") && began.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    let printed = worker.printed();
    let first: Value = serde_json::from_str(printed.lines().next().expect("a line")).expect("JSON");
    let port = first["health"].as_u64().expect("a port");
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a listener");
    let request = "GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a response");
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("\"healthy\":true"),
        "{page}"
    );
    ended(&worker);
}

#[test]
fn worker_without_a_store_or_key_says_what_to_set() {
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        Running::start(arguments, Path::new("/"), environment)
            .wait()
            .exits(2)
    };
    run(&["serve"], &[]).says("CHATFERRY_STORE");
    run(&["fleet", "status"], &[]).says("CHATFERRY_STORE");
    let store = ("CHATFERRY_STORE", "postgres://anna@127.0.0.1:1/crm");
    run(&["serve"], &[store]).says("CHATFERRY_STORE_KEY");
    run(&["fleet", "add", "/x", "--every", "1y"], &[store]).says("--every 1y");
}
