//! `chatferry runs`.

use chatferry::sandbox::{Fault, Seed};
use serde_json::{Value, json};

use super::{imported, undo};
use crate::kit::world::contacts;
use crate::kit::{Built, Running, When, World, is_post, scenes};

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

/// The figures of each run but those in Close now.
fn figures(world: &World) -> Vec<Value> {
    let names = ["id", "created", "replaced", "updated", "deleted", "failed"];
    let figures = |run: Value| names.iter().map(|name| run[*name].clone()).collect();
    lines(world).into_iter().map(figures).collect()
}

#[test]
fn moved_messages_count_as_replaced_and_in_no_later_run() {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, 4)]);
    let table = contacts(&built.chats);
    let corrected = table.replace("lead_01,cont_01", "lead_77,cont_77");
    let row = corrected.lines().find(|line| line.contains("lead_77"));
    let seed = format!(
        "{table}{}\n",
        row.expect("a row").replace("Ben Cooper", "Ben")
    );
    built.seed = Some(Seed::from_contacts_csv(&seed).expect("a seed"));
    let world = built.world();
    world.import().exits(0);
    let first = figures(&world);
    assert_eq!(first, [json!([1, 4, 0, 0, 0, 0])]);
    world.write("contacts.csv", &corrected);
    let moved = world.run(&["import", "--yes", "--json", "--allow-deletes", "4"]);
    let moved = moved.exits(0);
    assert_eq!((moved.number("created"), moved.number("replaced")), (0, 4));
    let then = [first, vec![json!([2, 0, 4, 0, 0, 0])]].concat();
    assert_eq!(figures(&world), then);
    assert_eq!(lines(&world)[1]["in_close"], 4);
    undo(&world, &[]).exits(0);
    assert_eq!(figures(&world)[..2], then);
    assert_eq!(figures(&world)[2], json!([3, 0, 0, 0, 4, 0]));
}

#[test]
fn killed_run_keeps_its_figures() {
    let world = World::new(vec![scenes::plain("Ben Cooper", 1, 60)]);
    let killed = world.import_until(
        |seen, when| is_post(seen) && seen.number > 40 && matches!(when, When::Processed(_)),
        |running| {
            running.kill();
            Fault::Drop
        },
    );
    assert_eq!(killed.code, None, "{}", killed.stderr);
    let recorded = world.recorded("SELECT count(*) FROM message WHERE state = 3");
    let first = figures(&world);
    assert!(recorded > 0, "nothing was recorded before the kill");
    assert_eq!(first[0][1], recorded);
    world.import().exits(0);
    world.assert_whole("after a killed run");
    let after = figures(&world);
    assert_eq!(after[0], first[0]);
    let found = 60 - recorded - after[1][1].as_i64().expect("a number");
    assert!(found >= 0, "{after:?}");
    undo(&world, &["--run", "1"]).exits(0);
    world.import().exits(0);
    assert_eq!(figures(&world)[..2], after);
}

/// A killed run of a version that counted at the end only.
#[test]
fn killed_run_without_figures_is_an_estimate() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 4)]);
    world.recorded("DELETE FROM run_count WHERE run = 1 RETURNING 1");
    world.recorded("UPDATE run SET ended_at = NULL, outcome = NULL WHERE id = 1 RETURNING 1");
    let run = &lines(&world)[0];
    assert_eq!(
        (&run["created"], &run["is_estimate"]),
        (&json!(4), &json!(true))
    );
    for name in ["replaced", "updated", "deleted", "failed"] {
        assert!(run[name].is_null(), "{name}: {run}");
    }
    world.run(&["runs"]).exits(0).says("~4");
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

#[test]
fn recovered_messages_are_in_close() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    world.forget();
    world.run(&["recover", "--yes"]).exits(0);
    world.run(&["runs"]).exits(0).says("6 messages in Close");
    let runs = lines(&world);
    assert_eq!(runs[0]["command"], "recover");
    assert_eq!(
        (&runs[0]["created"], &runs[0]["found"]),
        (&json!(0), &json!(6))
    );
}

/// Declining the question of an import made it the latest run, and `undo --run latest` then deleted nothing.
#[test]
fn declined_import_is_no_latest_run() {
    let world = World::new(vec![
        scenes::plain("Ben Cooper", 1, 6),
        scenes::plain("Dora Quist", 3, 4),
    ]);
    let selection = ["import", "--yes", "--json", "--chat", "Ben Cooper"];
    world.run(&selection).exits(0);
    let declined = world.run_at_terminal(&["import"], "n\n");
    assert!(
        declined.stdout.contains("Nothing was sent."),
        "{}",
        declined.stdout
    );
    assert_eq!(lines(&world).len(), 2);
    let status = world.run(&["status"]).exits(0);
    assert!(
        !status.stdout.contains("did not finish"),
        "{}",
        status.stdout
    );
    undo(&world, &["--run", "latest"]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}

/// The runs of a lost checkpoint are not known.
#[test]
fn latest_run_after_a_recovery_is_not_known() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    world.forget();
    world.run(&["recover", "--yes"]).exits(0);
    undo(&world, &["--run", "latest"])
        .exits(2)
        .says("the runs before the recovery are not known");
}

/// The commands of a rehearsal that `status` and `runs` name went to Close.
#[test]
fn named_commands_have_the_address_of_the_checkpoint() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 6)]);
    let address = &world.server.base_url;
    let with_slash = format!("{address}/");
    for command in ["status", "runs"] {
        // Neither a flag nor the environment has the address: the configuration means Close.
        let start = |environment: &[(&str, &str)]| {
            let running = Running::start(&[command], world.path(), environment);
            running.wait().exits(0)
        };
        start(&[]).says(&format!("--base-url {address}"));
        let same = start(&[("CLOSE_BASE_URL", &with_slash)]);
        assert!(!same.stdout.contains("--base-url"), "{}", same.stdout);
    }
}

/// A run that was killed before it recorded its command was listed as an import, which `undo --run latest` then meant.
#[test]
fn run_killed_before_it_recorded_its_command_is_no_import() {
    let world = imported(vec![scenes::plain("Ben Cooper", 1, 4)]);
    let begun = "INSERT INTO run (started_at, program) \
                 SELECT started_at + 1000, program FROM run WHERE id = 1 RETURNING id";
    assert_eq!(world.recorded(begun), 2);
    let runs = lines(&world);
    assert_eq!(
        (&runs[1]["command"], &runs[1]["outcome"]),
        (&json!("unknown"), &json!("interrupted"))
    );
    let status = world.run(&["status"]).exits(0).stdout;
    assert!(!status.contains("interrupted"), "{status}");
    undo(&world, &["--run", "latest"]).exits(0);
    assert_eq!(world.server.state.message_count(), 0);
}
