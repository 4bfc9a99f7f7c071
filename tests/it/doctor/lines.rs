//! `doctor` line by line: when each is printed, what is printed without a usable key, and the end.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatferry::sandbox::{Fault, Options, Role};
use serde_json::Value;

use crate::kit::world::KEY;
use crate::kit::{Built, Output, Running, When, World, scenes};

/// Waits until the program has done this, or has ended.
fn wait_until(running: &Running, is_done: impl Fn(&Running) -> bool) {
    while running.is_alive() && !is_done(running) {
        std::thread::yield_now();
    }
}

/// Runs doctor, and looks at it once, before the answer to its first request of this path.
fn doctor_at(world: &World, path: &'static str, look: fn(&Running)) -> Output {
    let is_first = std::sync::atomic::AtomicBool::new(true);
    world.run_under(&["doctor"], move |seen, when, running| {
        let is_it = seen.path.contains(path) && when == When::Received;
        if is_it && is_first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            look(running);
        }
        Fault::None
    })
}

#[test]
fn doctor_prints_findings_before_close_responds() {
    let world = World::new(scenes::rich());
    let doctor = doctor_at(&world, "/me/", |running| {
        wait_until(running, |running| running.has_printed("checkpoint"));
        assert!(running.has_printed("ok   disk"), "nothing before the key");
        assert!(!running.has_printed("ok   key"));
    });
    doctor.exits(0).says("ok   key");
    let doctor = doctor_at(&world, "/lead/", |running| {
        wait_until(running, |running| running.has_printed("ok   webhooks"));
        assert!(
            running.has_printed("ok   users"),
            "nothing before the chats"
        );
        assert!(!running.has_printed("ok   chats"));
    });
    doctor.exits(0).says("ok   chats");
}

#[test]
fn doctor_names_a_request_that_has_no_response() {
    let world = World::new(scenes::rich());
    let doctor = doctor_at(&world, "/lead/", |running| {
        wait_until(running, |running| running.has_said("Waiting for"));
    });
    doctor
        .exits(0)
        .says("Waiting for the response to GET /lead/{id}/ (3 s)");
}

/// A server that sends the body of its first response byte by byte until it is to end, and then is gone.
fn trickling(ends: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = BufReader::new(stream.try_clone().expect("a stream"));
        let mut line = String::new();
        while request.read_line(&mut line).is_ok_and(|read| read > 2) {
            line.clear();
        }
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("written");
        while !ends.load(Ordering::SeqCst) && stream.write_all(b" ").is_ok() {
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    url
}

/// Each byte ends a silence; the request still has no response.
#[test]
fn doctor_names_a_request_whose_response_trickles() {
    let world = World::new(scenes::rich());
    let ends = Arc::new(AtomicBool::new(false));
    let url = trickling(Arc::clone(&ends));
    let environment = [("CLOSE_BASE_URL", url.as_str()), ("CLOSE_API_KEY", KEY)];
    let doctor = Running::start(&["doctor"], world.path(), &environment);
    wait_until(&doctor, |doctor| doctor.has_said("Waiting for"));
    ends.store(true, Ordering::SeqCst);
    let output = doctor.wait().exits(4);
    output.says("Waiting for the response to GET /me/ (3 s)");
    output.says("BAD  close");
}

/// The findings of `doctor --json`, and the object after them if there is one.
fn json(output: &Output) -> (Vec<Value>, Option<Value>) {
    let lines = output.stdout.lines();
    let all: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (findings, rest): (Vec<Value>, Vec<Value>) =
        (all.into_iter()).partition(|line| line.get("what").is_some());
    (findings, rest.into_iter().next())
}

fn bad(findings: &[Value]) -> Vec<&str> {
    (findings.iter())
        .filter(|finding| finding["grade"] == "bad")
        .filter_map(|finding| finding["what"].as_str())
        .collect()
}

/// The files are checked whatever Close says.
fn checks_files(findings: &[Value]) {
    for what in ["archives", "zone", "disk", "checkpoint"] {
        let is_it = |finding: &&Value| finding["what"] == what && finding["grade"] != "bad";
        assert!(findings.iter().any(|finding| is_it(&finding)), "{what}");
    }
}

fn with_key(world: &World, key: Option<&str>, arguments: &[&str]) -> Output {
    let mut environment = vec![("CLOSE_BASE_URL", world.server.base_url.as_str())];
    environment.extend(key.map(|key| ("CLOSE_API_KEY", key)));
    Running::start(arguments, world.path(), &environment).wait()
}

#[test]
fn wrong_key_is_bad_after_the_checks_of_files() {
    let world = World::new(scenes::rich());
    let output = with_key(&world, Some("api_other.key"), &["doctor", "--json"]).exits(5);
    let (findings, error) = json(&output);
    checks_files(&findings);
    assert_eq!(bad(&findings), ["key"]);
    assert_eq!(error.expect("an error")["error"]["code"], "close_401");
    let text = with_key(&world, Some("api_other.key"), &["doctor"]).exits(5);
    assert!(text.stdout.contains("BAD  key"), "{}", text.stdout);
}

#[test]
fn missing_key_is_bad_after_the_checks_of_files() {
    let world = World::new(scenes::rich());
    let output = with_key(&world, None, &["doctor", "--json"]).exits(2);
    let (findings, error) = json(&output);
    checks_files(&findings);
    assert_eq!(bad(&findings), ["key"]);
    assert_eq!(error.expect("an error")["error"]["exit"], 2);
    assert!(world.server.state.requests().is_empty());
}

#[test]
fn unreachable_close_is_bad_after_the_checks_of_files() {
    let world = World::new(scenes::rich());
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/api/v1", listener.local_addr().expect("bound"));
    drop(listener);
    let environment = [
        ("CLOSE_API_KEY", "api_sandbox.key"),
        ("CLOSE_BASE_URL", url.as_str()),
    ];
    let output = Running::start(&["doctor", "--json"], world.path(), &environment);
    let output = output.wait().exits(4);
    let (findings, _) = json(&output);
    checks_files(&findings);
    assert_eq!(bad(&findings), ["close"]);
    output.says(&format!("{url}: GET /me/ failed"));
}

#[test]
fn refused_organization_is_bad_and_ends_with_5() {
    let world = World::new(scenes::rich());
    let path = world.path().join("chatferry.toml");
    let config = fs::read_to_string(&path).expect("a file");
    let other = "[close]\norganization_id = \"orga_other\"\n";
    world.write("chatferry.toml", &format!("{other}{config}"));
    let output = world.run(&["doctor", "--json"]).exits(5);
    let (findings, _) = json(&output);
    checks_files(&findings);
    assert_eq!(bad(&findings), ["organization"]);
    // Without Close, the state of the migration is what it was.
    with_key(&world, Some("api_other.key"), &["status"])
        .exits(0)
        .says("3 ready");
}

#[test]
fn missing_right_is_bad_and_ends_with_5() {
    let mut built = Built::new(scenes::rich());
    built.options = Box::new(|options: &mut Options| options.role = Role::SomeLeads);
    let world = built.world();
    let output = world.run(&["doctor", "--json"]).exits(5);
    let (findings, error) = json(&output);
    assert_eq!(bad(&findings), ["rights"]);
    let code = &error.expect("an error")["error"]["code"];
    assert_eq!(code, "close_view_all_leads");
    // The other checks are made all the same.
    output.says("of 3 chats are consistent");
}

/// One endpoint that never responds hides nothing that other endpoints show.
#[test]
fn endpoint_that_always_fails_is_bad_and_the_others_are_checked() {
    let world = World::new(scenes::rich());
    world.server.rule(|seen, when| {
        match seen.path.ends_with("/webhook/") && when == When::Received {
            true => Fault::Status(500, "{\"error\": \"no\"}".to_owned()),
            false => Fault::None,
        }
    });
    let output = world.run(&["doctor", "--json"]).exits(4);
    let (findings, error) = json(&output);
    assert_eq!(bad(&findings), ["webhooks"]);
    assert_eq!(error.expect("an error")["error"]["code"], "close_500");
    output.says("of 3 chats are consistent");
}

#[test]
fn doctor_ends_with_bad_findings_worst_first_and_the_next_command() {
    let world = World::new(scenes::rich());
    fs::write(world.exports().join("WhatsApp Chat with Eve.zip"), "PK").expect("written");
    let output = with_key(&world, Some("api_other.key"), &["doctor"]).exits(5);
    let (_, ending) = output.stdout.split_once("\n\n").expect("an ending");
    let lines: Vec<&str> = ending.lines().collect();
    assert!(lines[0].starts_with("BAD  key           "), "{ending}");
    assert!(
        lines[1].starts_with("BAD  archives      3 archives read, 1 failed"),
        "{ending}"
    );
    assert!(lines[2].starts_with("2 BAD; "), "{ending}");
    assert_eq!(
        lines[3..],
        ["Next: correct the first of these lines (key), then run `chatferry doctor` again"]
    );
}

#[test]
fn doctor_without_bad_findings_ends_with_the_next_command() {
    let output = World::new(scenes::rich()).run(&["doctor"]).exits(0);
    let (_, ending) = output.stdout.split_once("\n\n").expect("an ending");
    assert!(
        ending.starts_with("Nothing prevents an import; "),
        "{ending}"
    );
    assert!(
        ending.ends_with("Next: `chatferry plan`, then `chatferry import --pilot`\n"),
        "{ending}"
    );
}

/// The next command depends on what is in Close.
#[test]
fn doctor_ends_with_the_next_command_of_each_state() {
    let world = World::new(scenes::rich());
    let next = |command: &str| {
        let output = world.run(&["doctor"]).exits(0);
        let last = output.stdout.lines().last().unwrap_or_default();
        assert!(last.starts_with(&format!("Next: {command}")), "{last}");
    };
    next("`chatferry plan`, then `chatferry import --pilot`");
    (world.run(&["import", "--yes", "--limit", "2"])).exits(0);
    next("`chatferry import`");
    world.import().exits(0);
    next("`chatferry verify`");
    let eve = world.exports().join("WhatsApp Chat with Eve.zip");
    fs::write(eve, "PK").expect("written");
    let output = world.run(&["doctor"]).exits(3);
    assert!(
        (output.stdout)
            .ends_with("Next: correct the line archives, then run `chatferry doctor` again\n"),
        "{}",
        output.stdout
    );
}

/// Without archives, what does not need them is checked all the same.
#[test]
fn doctor_without_archives_checks_the_rest() {
    let world = World::new(scenes::rich());
    world.write("exclude.csv", "chat,from,until\nBen Cooper,2024-03-14,\n");
    fs::remove_dir_all(world.exports()).expect("removed");
    let output = world.run(&["doctor"]).exits(3);
    output
        .says("BAD  archives      device \"default\": no file matches archives = \"exports\"")
        .says("look exclude       exclude.csv was read")
        .says("ok   key ")
        .says("ok   users")
        .says("Next: correct the line archives");
    assert!(
        !output.stderr.contains("matches no chat"),
        "{}",
        output.stderr
    );
}

#[test]
fn doctor_recommends_a_key_of_its_own_for_the_import() {
    let mut built = Built::new(scenes::rich());
    built.options = Box::new(|options| options.token = Some("sandbox-token".to_owned()));
    let world = built.world();
    let recommended = "look key           use a key that only the import uses";
    let output = world.run(&["doctor"]).exits(0);
    assert_eq!(
        output.stdout.matches(recommended).count(),
        1,
        "{}",
        output.stdout
    );
    // A token is that of one application.
    let environment = [
        ("CLOSE_ACCESS_TOKEN", "sandbox-token"),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
    ];
    let output = Running::start(&["doctor"], world.path(), &environment);
    let output = output.wait().exits(0);
    assert!(!output.stdout.contains(recommended), "{}", output.stdout);
}

#[test]
fn checkpoint_of_another_organization_is_bad() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let changed = "UPDATE meta SET organization_id = 'orga_other' RETURNING 1";
    assert_eq!(world.recorded(changed), 1);
    let output = world.run(&["doctor", "--json"]).exits(3);
    let (findings, _) = json(&output);
    assert_eq!(bad(&findings), ["checkpoint"]);
}
