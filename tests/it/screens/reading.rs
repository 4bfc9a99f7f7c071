//! Screens of commands that write nothing.

use super::phones::{export_again, world};
use super::{assert_screen, run};
use crate::kit::Running;

#[test]
fn inspect_of_eighteen_archives_is_one_screen() {
    let inspect = ["inspect", "exports"];
    let world = || {
        let world = world(true);
        std::fs::remove_file(world.path().join("chatferry.toml")).expect("removed");
        world
    };
    assert_screen("inspect", &inspect, 0, &world);
    let lines = run(&world(), &inspect, "80", false).stdout.lines().count();
    assert!(lines <= 30, "{lines} lines");
}

#[test]
fn plan_of_eighteen_archives_is_one_screen() {
    let world = || world(true);
    assert_screen("plan", &["plan"], 0, &world);
    let plan = run(&world(), &["plan"], "80", false);
    let lines = plan.stdout.lines().count() + plan.stderr.lines().count();
    assert!(lines <= 40, "{lines} lines");
}

#[test]
fn plan_names_what_to_see_before_an_import_in_one_line_a_kind() {
    let world = || {
        let world = world(false);
        world.import().exits(0);
        for (source, destination) in [("theo", "rita"), ("chris", "rita"), ("ines", "chen")] {
            let body = serde_json::json!({
                "source": format!("lead_{source}"),
                "destination": format!("lead_{destination}"),
            });
            assert_eq!(world.server.call("POST", "/lead/merge/", &body), 200);
        }
        export_again(&world);
        world
    };
    assert_screen("plan_remarks", &["plan"], 0, &world);
    let plan = run(&world(), &["plan"], "80", false);
    let lines = plan.stdout.lines().count() + plan.stderr.lines().count();
    assert!(lines <= 40, "{lines} lines");
}

#[test]
fn colours_follow_the_environment() {
    let world = world(false);
    for (environment, has_colours) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")][..], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")][..], false),
        (&[("CLICOLOR_FORCE", "0")][..], false),
    ] {
        let environment = [&world.environment()[..], environment].concat();
        let plan = Running::start(&["plan"], world.path(), &environment).wait();
        assert_eq!(
            plan.stdout.contains('\u{1b}'),
            has_colours,
            "{environment:?}"
        );
    }
}
