//! `chatferry recover`: a lost, damaged or outdated checkpoint is rebuilt from Close and the archives.
//!
//! After each recovery the next plan updates, replaces and deletes nothing and creates nothing that Close has.
//!
//! | module        | what it proves                                                          |
//! |---------------|-------------------------------------------------------------------------|
//! | `lost`        | the checkpoint is deleted, damaged, or never existed                     |
//! | `outdated`    | an earlier checkpoint is put back: what is taken over, what is not       |
//! | `archives`    | archives are gone, and come back                                         |
//! | `changed`     | what somebody changed in Close stays changed                             |
//! | `ours`        | which activities are recorded, and as what                               |
//! | `refused`     | when nothing is replaced                                                 |
//! | `interrupted` | the program is killed at every request                                   |
//! | `notices`     | plan and import name the command                                         |

mod archives;
mod changed;
mod interrupted;
mod lost;
mod notices;
pub(crate) mod ours;
mod outdated;
mod refused;

use serde_json::Value;

use crate::kit::{Output, World};

const RECOVER: &[&str] = &["recover", "--yes", "--json"];

/// `recover --yes --json` with these flags; it writes nothing in Close.
fn recover(world: &World, flags: &[&str]) -> Output {
    let before = world.server.writes();
    let arguments: Vec<&str> = RECOVER.iter().chain(flags).copied().collect();
    let output = world.run(&arguments);
    assert_eq!(world.server.writes(), before, "recover wrote in Close");
    assert_adds_up(&output);
    output
}

/// What Close has of ours and what is recorded of it are the same messages, unless nothing may be replaced.
#[track_caller]
fn assert_adds_up(output: &Output) {
    let line = output.stdout.lines().last().unwrap_or_default();
    let Ok(summary) = serde_json::from_str::<Value>(line) else {
        return;
    };
    if summary["ending"].is_null() || summary["ending"] == "refused" {
        return;
    }
    let sum = |names: &[&str]| names.iter().map(|name| output.number(name)).sum::<u64>();
    let in_close = sum(&["activities", "unlisted"]);
    let recorded = sum(&["created", "adopted", "foreign"]) + lost(output, "copies");
    assert_eq!(in_close, recorded, "{line}");
}

/// A word of the summary object.
#[track_caller]
fn word(output: &Output, name: &str) -> String {
    let line = output.stdout.lines().last().unwrap_or_default();
    let summary: Value = serde_json::from_str(line).expect("a summary");
    summary[name].as_str().unwrap_or_default().to_owned()
}

/// The number of what is lost of this kind.
#[track_caller]
fn lost(output: &Output, what: &str) -> u64 {
    let line = output.stdout.lines().last().unwrap_or_default();
    let summary: Value = serde_json::from_str(line).expect("a summary");
    let lost = summary["lost"].as_array().expect("a list");
    let number = lost.iter().find(|lost| lost["what"] == what);
    number.map_or(0, |lost| lost["number"].as_u64().expect("a number"))
}

/// The next plan updates, replaces and deletes nothing, and creates this number.
#[track_caller]
fn assert_plans(world: &World, creates: u64) {
    let plan = world.run(&["plan", "--json"]).exits(0);
    for name in ["updated", "replaced", "deleted", "failed"] {
        assert_eq!(plan.number(name), 0, "{name}: {}", plan.stderr);
    }
    assert_eq!(plan.number("created"), creates, "{}", plan.stderr);
}

/// A following import writes nothing.
#[track_caller]
fn assert_idle(world: &World) {
    let before = world.server.writes();
    let import = world.import().exits(0);
    assert_eq!(import.number("created"), 0, "{}", import.stderr);
    assert_eq!(
        world.server.writes(),
        before,
        "import wrote: {}",
        import.stderr
    );
}

/// Every activity is recorded once.
#[track_caller]
fn assert_all_recorded(world: &World, activities: usize) {
    let done = "SELECT count(*) FROM message WHERE state = 3";
    let distinct = "SELECT count(DISTINCT activity_id) FROM message WHERE state = 3";
    let activities = i64::try_from(activities).expect("a number");
    assert_eq!(world.recorded(done), activities);
    assert_eq!(world.recorded(distinct), activities);
}

/// The recorded messages in Close of this origin: 1 created, 2 adopted, 3 foreign.
fn of_origin(world: &World, origin: u8) -> i64 {
    world.recorded(&format!(
        "SELECT count(*) FROM message WHERE state = 3 AND origin = {origin}"
    ))
}
