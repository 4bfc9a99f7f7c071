//! What a lead that `chatferry match --create-missing` creates may start in Close: its status, and the active
//! workflows.

use std::fs;

use chatferry::sandbox::{Fault, Seed, Sequence};

use crate::kit::world::{HEADER, contacts, me};
use crate::kit::{Built, When, World, scenes};
use crate::missing::CREATE;

fn sequence(name: &str, status: &str) -> Sequence {
    Sequence {
        name: name.to_owned(),
        status: status.to_owned(),
    }
}

/// A world with one marked row, these workflows, and this line of configuration.
fn world(sequences: Vec<Sequence>, status: &str) -> World {
    let ben = scenes::ben();
    let row = (ben.contact_row())
        .replace(&ben.lead, "")
        .replace(&ben.contact, "")
        .replace(",\n", ",create\n");
    let mut built = Built::new(vec![ben]);
    built.seed = Some(Seed::from_contacts_csv(&contacts(&[])).expect("a seed"));
    built.contacts = Some(format!("{HEADER}{}{row}", me()));
    built.import = status.to_owned();
    built.options = Box::new(|options| options.sequences = sequences);
    built.world()
}

fn statuses(world: &World) -> Vec<String> {
    let leads = world.server.state.leads().into_iter();
    leads.map(|lead| lead.status).collect()
}

#[test]
fn created_lead_has_the_configured_status() {
    for wanted in ["Customer", "customer"] {
        let world = world(Vec::new(), &format!("new_lead_status = \"{wanted}\""));
        let run = world.run(CREATE).exits(0);
        run.says("No workflow is active in Close");
        assert_eq!(run.number("created"), 1);
        assert_eq!(statuses(&world), ["Customer"], "{wanted}");
    }
}

/// Nothing is created with a status that nobody chose.
#[test]
fn status_that_is_not_set_is_an_error_without_a_terminal() {
    let world = world(vec![sequence("Welcome", "active")], "");
    let ask = ["match", "--create-missing", "--json"];
    world.run(&ask).exits(2).says("pass `--yes`");
    assert_eq!(statuses(&world).len(), 0);
    assert!(!world.path().join("chatferry.db").exists());
    // Without a lead to create, no status is needed.
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    world.write("contacts.csv", &table.replace(",create", ",no"));
    world.run(CREATE).exits(0);
}

/// `--yes` answers every question: the lead gets the status that Close itself would give it, and it is named.
#[test]
fn status_that_is_not_set_is_the_default_of_close_with_yes() {
    let world = world(vec![sequence("Welcome", "active")], "");
    let run = world.run(CREATE).exits(0);
    run.says("starts for 1 new lead with the status \"Potential\"");
    assert_eq!(statuses(&world), ["Potential"]);
}

#[test]
fn unknown_status_is_an_error() {
    let world = world(Vec::new(), "new_lead_status = \"Costumer\"");
    let run = world.run(CREATE).exits(2);
    run.says("Close has no lead status \\\"Costumer\\\"");
    assert_eq!(statuses(&world).len(), 0);
}

/// They may be on the second page of the list, and one that is paused does not start.
#[test]
fn active_workflows_are_named_before_leads_are_created() {
    let mut sequences: Vec<Sequence> = (0..150)
        .map(|number| sequence(&format!("Old {number}"), "archived"))
        .collect();
    sequences.insert(3, sequence("Win back", "paused"));
    sequences.insert(120, sequence("Welcome letter", "active"));
    sequences.push(sequence("Trial reminder", "active"));
    let world = world(sequences, "new_lead_status = \"Potential\"");
    let words = "2 active workflows in Close: Welcome letter, Trial reminder. Each whose trigger a new lead meets starts for 1 new lead with the status \"Potential\"";
    let dry = ["match", "--create-missing", "--dry-run"];
    let would = world.run(&dry).exits(0);
    would.says(words);
    assert_eq!(statuses(&world).len(), 0);
    let run = world.run(CREATE).exits(0);
    run.says(words);
    assert!(!run.stderr.contains("Win back"), "{}", run.stderr);
    assert_eq!(statuses(&world), ["Potential"]);
}

#[test]
fn key_without_the_right_to_read_workflows_creates_leads() {
    for status in [403, 404] {
        let world = world(Vec::new(), "new_lead_status = \"Potential\"");
        world.server.rule(move |seen, when| {
            match seen.path.ends_with("/sequence/") && when == When::Received {
                true => Fault::Status(status, "{\"error\": \"no\"}".to_owned()),
                false => Fault::None,
            }
        });
        let run = world.run(CREATE).exits(0);
        run.says("this key is not permitted to list workflows: one may start for 1 new lead");
        assert_eq!(statuses(&world), ["Potential"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn status_is_asked_for_at_a_terminal() {
    let world = world(vec![sequence("Welcome", "active")], "");
    let ask = ["match", "--create-missing"];
    let declined = world.run_at_terminal(&ask, "3\nn\n").exits(0);
    for words in [
        "  3  Customer",
        "1 active workflow in Close: Welcome",
        "Create 1 lead? [y/N]",
        "No lead was created.",
    ] {
        declined.says(words);
    }
    assert_eq!(statuses(&world).len(), 0);
    // What is no status is asked for again.
    let run = world.run_at_terminal(&ask, "Costumer\nbad fit\ny\n");
    run.exits(0).says("Number or name, 1 to 4");
    assert_eq!(statuses(&world), ["Bad Fit"]);
}
