//! `chatferry verify --repair`: exactly that fix, nothing else touched, and a second comparison without a difference.

mod across;
mod copies;
mod fields;
mod findings;
mod from;
mod interrupted;
mod refused;
mod unfaithful;

use std::collections::BTreeMap;

use chatferry::sandbox::StoredMessage;
use serde_json::Value;

use super::{assert_counts, verify};
use crate::kit::{Output, World};

/// `verify --repair --yes --json` with these flags.
fn repair(world: &World, flags: &[&str]) -> Output {
    let fixed = ["verify", "--repair", "--yes", "--json"].iter();
    let arguments: Vec<&str> = fixed.chain(flags).copied().collect();
    world.run(&arguments)
}

/// The part of the summary about the repair.
#[track_caller]
fn summary(output: &Output) -> Value {
    let line = output.stdout.lines().last().expect("a summary");
    let summary: Value = serde_json::from_str(line).expect("JSON");
    let repair = summary["repair"].clone();
    assert!(repair.is_object(), "{line}");
    let number = |name: &str| repair[name].as_u64().expect("a number");
    let planned = repair["operations"].as_array().expect("operations").len() as u64;
    if repair["dry_run"] == false && number("done") + number("not_reached") > 0 {
        let ended = ["done", "failed", "unknown", "not_reached"].map(number);
        let skipped = number("skipped");
        assert!(ended.iter().sum::<u64>() + skipped >= planned, "{line}");
    }
    repair
}

/// Asserts the planned operations by kind; all others are none.
#[track_caller]
fn assert_planned(output: &Output, expected: &[(&str, u64)]) {
    let repair = summary(output);
    let planned = repair["planned"].as_object().expect("an object");
    let planned: BTreeMap<&str, u64> = (planned.iter())
        .map(|(kind, number)| (kind.as_str(), number.as_u64().expect("a number")))
        .filter(|(_, number)| *number > 0)
        .collect();
    assert_eq!(
        planned,
        expected.iter().copied().collect(),
        "{}",
        output.stderr
    );
}

/// The activities that Close has, by id, without the time of their last change.
fn activities(world: &World) -> BTreeMap<String, StoredMessage> {
    let messages = world.server.state.messages().into_iter();
    messages
        .map(|message| (message.id.clone(), message))
        .collect()
}

/// Asserts that all activities but these are as they were `before`.
#[track_caller]
fn assert_others_untouched(
    world: &World,
    before: &BTreeMap<String, StoredMessage>,
    touched: &[&str],
) {
    let after = activities(world);
    for (id, message) in before
        .iter()
        .filter(|(id, _)| !touched.contains(&id.as_str()))
    {
        let now = after.get(id).map(|message| format!("{message:?}"));
        assert_eq!(
            now.as_deref(),
            Some(format!("{message:?}").as_str()),
            "{id}"
        );
    }
    let new = after.keys().filter(|id| !before.contains_key(*id)).count();
    assert!(new <= touched.len(), "{new} new activities");
}

/// A second comparison finds nothing, and a second repair does nothing.
#[track_caller]
fn assert_clean(world: &World) {
    let output = verify(world, &[]).exits(0);
    assert_eq!(
        output.number("planned"),
        output.number("same") + output.number("removed")
    );
    let writes = world.server.writes();
    let again = repair(world, &[]).exits(0);
    assert_planned(&again, &[]);
    assert_eq!(world.server.writes(), writes, "a second repair wrote");
    world.import().exits(0);
    assert_eq!(
        world.server.writes(),
        writes,
        "an import after the repair wrote"
    );
}
