//! `undo --leads`: leads that `match --create-missing` created.

use serde_json::{Value, json};

use super::{assert_counts, post_beside, preview, undo};
use chatferry::sandbox::Fault;

use crate::kit::{When, World};
use crate::missing::{CREATE, ben_is_missing, two_are_missing};

/// A migration whose lead `match` created, imported.
fn world() -> World {
    let world = ben_is_missing();
    world.run(CREATE).exits(0);
    world.import().exits(0);
    world
}

fn lead(world: &World) -> String {
    let leads = world.server.state.leads();
    leads.last().expect("a lead").id.clone()
}

#[test]
fn created_lead_goes_with_its_messages() {
    let world = world();
    let messages = world.server.state.message_count() as u64;
    let id = lead(&world);
    let output = preview(&world, &[]).exits(0);
    output.says("1 lead that `match` created stays; --leads");
    let output = undo(&world, &["--leads"]).exits(0);
    assert_counts(&output, &[("deleted", messages), ("leads_deleted", 1)]);
    output
        .says("clear lead_id and contact_id in line")
        .says(&id);
    assert_eq!(world.server.state.leads().len(), 0);
    assert_eq!(
        world.recorded("SELECT count(*) FROM operation WHERE open = 1"),
        0
    );
    undo(&world, &["--leads"]).exits(0).says("Nothing to do");
}

/// "About 0 requests", and 16 were sent.
#[test]
fn estimate_includes_what_a_lead_costs() {
    let world = world();
    undo(&world, &[]).exits(0);
    let sent = || world.server.state.requests().len() as u64;
    let before = sent();
    let shown = preview(&world, &["--leads"]).exits(0);
    let of_preview = sent() - before;
    let before = sent();
    undo(&world, &["--leads"]).exits(0);
    assert_eq!(world.server.state.leads().len(), 0);
    let carried_out = sent() - before - of_preview;
    assert_eq!(shown.number("estimated_requests"), carried_out);
}

#[test]
fn created_lead_stays_without_its_flag() {
    let world = world();
    undo(&world, &[]).exits(0);
    assert_eq!(world.server.state.leads().len(), 1);
    undo(&world, &["--leads"]).exits(0);
    assert_eq!(world.server.state.leads().len(), 0);
}

#[test]
fn lead_that_holds_more_stays() {
    for (path, kind) in [
        ("/opportunity/", "it has an opportunity"),
        ("/task/", "it has a task"),
        ("/contact/", "its contacts are not the one"),
    ] {
        let world = world();
        let body = json!({"lead_id": lead(&world)});
        let status = world.server.call("POST", path, &body);
        assert!(matches!(status, 200 | 201), "{path}: {status}");
        let output = undo(&world, &["--leads"]).exits(3);
        output.says(kind);
        assert_eq!(world.server.state.leads().len(), 1);
        assert_eq!(world.server.state.message_count(), 0);
    }
    let world = world();
    post_beside(&world, "ok", "from the help desk", false);
    let output = undo(&world, &["--leads"]).exits(3);
    output.says("an activity of another origin");
    assert_eq!(world.server.state.message_count(), 1);
}

/// What a person adds to the lead or its contact, and to which of both.
#[test]
fn lead_that_people_worked_on_stays() {
    for (resource, patch, why) in [
        (
            "lead",
            json!({"description": "wants a flat roof"}),
            "a description",
        ),
        ("lead", json!({"custom.cf_1": "north"}), "custom fields"),
        ("lead", json!({"url": "https://cooper.example"}), "a URL"),
        (
            "lead",
            json!({"addresses": [{"city": "Dublin"}]}),
            "an address",
        ),
        ("lead", json!({"status": "Bad Fit"}), "another status"),
        ("lead", json!({"name": "Cooper Roofing"}), "renamed"),
        (
            "contact",
            json!({"emails": [{"email": "ben@cooper.example", "type": "office"}]}),
            "an e-mail address",
        ),
        ("contact", json!({"title": "Roofer"}), "a title"),
        ("contact", json!({"name": "Benjamin"}), "renamed"),
    ] {
        let world = world();
        let lead = world.server.state.leads().pop().expect("a lead");
        let id = match resource {
            "lead" => lead.id.clone(),
            _ => lead.contacts[0].id.clone(),
        };
        let path = format!("/{resource}/{id}/");
        assert_eq!(world.server.call("PUT", &path, &patch), 200, "{patch}");
        let output = undo(&world, &["--leads"]).exits(3);
        output.says(why);
        assert_eq!(world.server.state.leads().len(), 1, "{patch}");
        assert_eq!(world.server.state.message_count(), 0);
    }
}

#[test]
fn refused_deletion_of_a_lead_is_tried_again_by_the_next_undo() {
    for (status, exit) in [(403, 5), (400, 3), (503, 3)] {
        let world = world();
        world.server.rule(move |seen, when| {
            match seen.method == "DELETE" && seen.path.contains("/lead/") && when == When::Received
            {
                true => Fault::Status(status, "{}".to_owned()),
                false => Fault::None,
            }
        });
        undo(&world, &["--leads"]).exits(exit);
        assert_eq!(world.server.state.leads().len(), 1);
        world.server.calm();
        assert_counts(
            &undo(&world, &["--leads"]).exits(0),
            &[("leads_deleted", 1)],
        );
        assert_eq!(world.server.state.leads().len(), 0);
    }
}

#[test]
fn deleted_lead_whose_answer_is_lost_is_deleted() {
    let world = world();
    world.server.rule(|seen, when| {
        match seen.method == "DELETE" && seen.path.contains("/lead/") && when != When::Received {
            true => Fault::Status(503, "{}".to_owned()),
            false => Fault::None,
        }
    });
    undo(&world, &["--leads"]).exits(0);
    assert_eq!(world.server.state.leads().len(), 0);
    world.server.calm();
    world.import();
    undo(&world, &["--leads"]).exits(0).says("Nothing to do");
}

#[test]
fn leads_that_were_deleted_before_a_stop_are_named() {
    let world = two_are_missing();
    world.run(CREATE).exits(0);
    world.import().exits(0);
    let deleted = std::sync::atomic::AtomicU32::new(0);
    world.server.rule(move |seen, when| {
        let is_lead = seen.method == "DELETE" && seen.path.contains("/lead/");
        let is_second = is_lead
            && when == When::Received
            && deleted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0;
        match is_second {
            true => Fault::Status(403, "{}".to_owned()),
            false => Fault::None,
        }
    });
    let output = undo(&world, &["--leads"]).exits(5);
    assert_eq!(
        (output.number("leads_deleted"), output.number("leads_kept")),
        (1, 1)
    );
    output.says("is deleted; clear lead_id and contact_id in line");
    assert_eq!(world.server.state.leads().len(), 1);
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    assert!(table.contains(&lead(&world)));
}

#[test]
fn lead_that_is_gone_stays_gone() {
    let world = world();
    let path = format!("/lead/{}/", lead(&world));
    assert_eq!(world.server.call("DELETE", &path, &Value::Null), 200);
    undo(&world, &["--leads"]).says("it is no longer in Close");
    assert_eq!(world.server.state.leads().len(), 0);
}
