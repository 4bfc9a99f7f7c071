//! `chatferry runs`.

use serde_json::Value;

use super::{imported, undo};
use crate::kit::{World, scenes};

fn lines(world: &World) -> Vec<Value> {
    let output = world.run(&["runs", "--json"]).exits(0);
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn runs_show_what_each_created_and_deleted() {
    let world = imported(scenes::rich());
    world.import().exits(0);
    undo(&world, &["--run", "1", "--limit", "5"]).exits(0);
    let runs = lines(&world);
    let of = |name: &str| runs.iter().map(|run| run[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("id"), [1, 2, 3]);
    assert_eq!(of("command"), ["import", "import", "undo"]);
    assert_eq!(of("created"), [14, 0, 0]);
    assert_eq!(of("in_close"), [9, 0, 0]);
    assert_eq!(of("deleted"), [0, 0, 5]);
    assert_eq!(of("outcome"), ["complete", "complete", "complete"]);
    assert!(runs[0]["plan"].is_string(), "{runs:?}");
    assert!(
        runs[1]["plan"].is_null(),
        "an empty plan has no digest: {runs:?}"
    );
    world.run(&["runs"]).exits(0).says("in Close");
}

#[test]
fn run_is_named_by_the_beginning_of_its_plan_digest() {
    let world = imported(scenes::rich());
    let plan = lines(&world)[0]["plan"]
        .as_str()
        .expect("a digest")
        .to_owned();
    undo(&world, &["--run", &plan[..6]]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn same_plan_has_the_same_digest() {
    let world = imported(scenes::rich());
    undo(&world, &[]).exits(0);
    world.import().exits(0);
    let runs = lines(&world);
    assert_eq!(runs[0]["plan"], runs[2]["plan"]);
}

#[test]
fn runs_without_a_checkpoint_name_the_first_step() {
    let world = World::new(scenes::rich());
    world
        .run(&["runs"])
        .exits(0)
        .says("If you imported before: `chatferry recover`");
    assert!(lines(&world).is_empty());
}
