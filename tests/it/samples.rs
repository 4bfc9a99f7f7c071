//! The samples and the demo: what a newcomer sees first is correct.

use std::fs;
use std::path::{Path, PathBuf};

use chatferry::sandbox::Seed;

use crate::kit::{Output, Running, Server};
use crate::snapshots::{settings, shown};

/// A copy of the samples, a sandbox that has their leads, and the real program in between.
struct Samples {
    folder: tempfile::TempDir,
    server: Server,
}

impl Samples {
    fn new() -> Samples {
        let folder = crate::kit::folder();
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"),
            folder.path(),
        );
        let contacts = fs::read_to_string(folder.path().join("contacts.csv")).expect("contacts");
        let seed = Seed::from_contacts_csv(&contacts).expect("a seed");
        Samples {
            folder,
            server: Server::start(seed, |options| {
                // Close tells its budget, and the run follows it.
                options.limits_off = false;
            }),
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let environment = [
            ("CLOSE_API_KEY", "api_sandbox.key"),
            ("CLOSE_BASE_URL", self.server.base_url.as_str()),
        ];
        Running::start(arguments, self.folder.path(), &environment).wait()
    }

    fn lose_checkpoint(&self) {
        for name in ["chatferry.db", "chatferry.db-wal", "chatferry.db-shm"] {
            fs::remove_file(self.folder.path().join(name)).ok();
        }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        let target = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).expect("copied");
        }
    }
}

#[test]
fn inspect_plan_and_import_of_the_samples() {
    let samples = Samples::new();
    settings().bind(|| {
        insta::assert_snapshot!(
            "samples_inspect",
            shown(&samples.run(&["inspect", "anna", "ben"]))
        );
        insta::assert_snapshot!("samples_plan", shown(&samples.run(&["plan"])));
        insta::assert_snapshot!(
            "samples_import",
            shown(&samples.run(&["import", "--yes", "--json"]))
        );
    });
}

/// Both phones have a chat with Theo, on one lead.
#[test]
fn samples_are_adopted_after_the_checkpoint_was_lost() {
    let samples = Samples::new();
    let created = |run: &Output| run.number("created");
    let first = samples.run(&["import", "--yes", "--json"]);
    assert!(created(&first) > 0);
    for _ in 0..2 {
        samples.lose_checkpoint();
        let again = samples.run(&["import", "--yes", "--json"]);
        assert_eq!((created(&again), again.number("updated")), (0, 0));
        let held = samples.server.state.messages().len();
        assert_eq!(held as u64, created(&first));
    }
}

/// Theo wrote the same to both owners, and one of their zones is corrected after the loss.
#[test]
fn message_to_two_owners_is_not_a_duplicate() {
    let samples = Samples::new();
    samples.run(&["import", "--yes"]).exits(0);
    samples.lose_checkpoint();
    let settings = samples.folder.path().join("chatferry.toml");
    let text = fs::read_to_string(&settings).expect("read");
    let corrected = text.replace("America/New_York", "America/Chicago");
    assert_ne!(text, corrected);
    fs::write(&settings, corrected).expect("written");
    let plan = samples.run(&["plan"]).exits(0);
    assert!(!plan.stdout.contains("duplicate"), "{}", plan.stdout);
    let run = samples.run(&["import", "--yes", "--json"]).exits(0);
    assert_eq!(run.number("created"), 0);
}

/// For each archive: what `parse` prints is what `inspect` counts; and all of it ends in one of
/// the numbers of the import, which are what the sandbox holds.
#[test]
fn totals_of_the_samples_add_up() {
    let samples = Samples::new();
    let inspected = samples.run(&["inspect", "--json", "anna", "ben"]).exits(0);
    let inspected: serde_json::Value = serde_json::from_str(&inspected.stdout).expect("JSON");
    let mut read = 0;
    for archive in inspected["archives"].as_array().expect("archives") {
        let path = PathBuf::from(archive["path"].as_str().expect("a path"));
        let parsed = samples
            .run(&["parse", path.to_str().expect("text")])
            .exits(0);
        let lines = parsed.stdout.lines().count() as u64;
        assert_eq!(
            Some(lines),
            archive["messages"].as_u64(),
            "{}",
            path.display()
        );
        let sum: u64 = archive["kinds"]
            .as_object()
            .expect("kinds")
            .values()
            .filter_map(serde_json::Value::as_u64)
            .sum();
        assert_eq!(sum, lines, "{}", path.display());
        let count = |name: &str| archive["lines"][name].as_u64().expect("a number");
        assert_eq!(
            count("total"),
            count("headers") + count("continuations") + count("oddities")
        );
        assert_eq!(count("headers"), lines);
        read += lines;
    }
    let run = samples.run(&["import", "--yes", "--json"]).exits(0);
    // Thirteen messages of Theo Marsh lie in two archives, and eight of a group on two phones.
    let ended = run.number("created") + run.number("skipped") + run.number("held");
    assert_eq!(read, ended + 21);
    assert_eq!(read, run.number("read"));
    assert_eq!(ended, run.number("distinct"));
    assert_eq!(run.number("desired"), run.number("created"));
    let messages = samples.server.state.messages();
    assert_eq!(run.number("created"), messages.len() as u64);
    assert_eq!(
        run.number("uploads"),
        messages
            .iter()
            .map(|m| m.attachments.len() as u64)
            .sum::<u64>()
    );
    assert_eq!(samples.server.state.duplicates(), 0);
    let again = samples.run(&["import", "--yes", "--json"]).exits(0);
    assert_eq!(
        (again.number("created"), again.number("unchanged")),
        (0, run.number("created"))
    );
}

#[test]
fn demo_needs_no_setup_and_prints_true_counts() {
    let folder = crate::kit::folder();
    let keep = folder.path().join("kept");
    let output = Running::start(&["demo", "--keep", "kept"], folder.path(), &[])
        .wait()
        .exits(0);
    output.says("Theo Marsh, lead_");
    let own = |name: &str| keep.join(name).exists();
    assert!(own("contacts.csv") && !own("chatferry.db") && !own("chatferry.db.lock"));
    let arrived = fs::read_to_string(keep.join("arrived.json")).expect("what arrived");
    let arrived: Vec<serde_json::Value> = serde_json::from_str(&arrived).expect("JSON");
    output.says(&format!(
        "In the local Close: {} messages on",
        arrived.len()
    ));
    output.says(", 0 duplicated");
    output.says(&format!("{} created", arrived.len()));
    // What it tells to do next works: a plan against a sandbox at another address.
    let server = Server::start(Seed::default(), |_| {});
    let environment = [
        ("CLOSE_API_KEY", "api_sandbox.key"),
        ("CLOSE_BASE_URL", server.base_url.as_str()),
    ];
    Running::start(&["plan"], &keep, &environment)
        .wait()
        .exits(0);
    // The same as a real import of the same files.
    let samples = Samples::new();
    samples.run(&["import", "--yes"]).exits(0);
    assert_eq!(samples.server.state.message_count(), arrived.len());
    let twice = Running::start(
        &["demo", "--keep", keep.to_str().expect("text")],
        folder.path(),
        &[],
    )
    .wait();
    twice.exits(2).says("is not empty");
}

/// `chatferry parse BIG | head -n 0`: a reader that goes away is no error.
#[test]
fn closed_output_pipe_is_not_an_error() {
    let folder = crate::kit::folder();
    let lines: String = (0..20_000)
        .map(|n| format!("21/06/2024, 18:00 - Ben Cooper: line {n}\n"))
        .collect();
    let name = "WhatsApp Chat with Ben Cooper.txt";
    fs::write(folder.path().join(name), lines).expect("written");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_chatferry"))
        .args(["parse", name])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""));
}
