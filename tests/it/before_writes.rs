//! What an import reports before its first write: the webhooks that are notified of it, and an access token that
//! expires before its end.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::kit::{Answer, Built, Output, Proxy, Running, World, archive, scenes};
use crate::kit::{Side::Me, is_post};

/// A webhook that is notified of these actions on messages.
fn webhook(id: &str, host: &str, actions: &[&str]) -> Value {
    let event =
        |action: &&str| json!({"object_type": "activity.whatsapp_message", "action": action});
    let events: Vec<Value> = actions.iter().map(event).collect();
    json!({"id": id, "status": "active", "url": format!("https://{host}/s3cret"), "events": events})
}

/// From now on the organisation has these webhooks.
fn set_webhooks(proxy: &Proxy, webhooks: Vec<Value>) {
    proxy.change(move |asked, close| match asked.path.as_str() {
        "/webhook/" => Answer::new(200, json!({"data": webhooks, "has_more": false})),
        _ => close(asked),
    });
}

const ALL: &[&str] = &["created", "updated", "deleted"];

/// The line about webhooks on stderr, and where it is.
fn named(output: &Output) -> Option<&str> {
    let mut lines = output.stderr.lines();
    lines.find(|line| line.contains("webhooks will be notified"))
}

#[test]
fn import_names_webhooks_with_the_number_of_events() {
    let world = World::new(vec![scenes::ben()]);
    let hooks = vec![
        webhook("whsub_1", "hooks.example.org", ALL),
        webhook("whsub_2", "late.example.org", &["deleted"]),
    ];
    set_webhooks(world.proxy(), hooks);
    let output = world.import().exits(0);
    assert_eq!(output.number("created"), 6);
    let line = named(&output).expect("the webhooks");
    assert!(line.contains("hooks.example.org of 6 events. "), "{line}");
    assert!(
        line.contains("once 100,000 of its events are not delivered"),
        "{line}"
    );
    // Nothing is deleted, and the address may contain a secret.
    for hidden in ["late.", "s3cret"] {
        assert!(!output.stderr.contains(hidden), "{}", output.stderr);
    }
}

/// Before it, a person can still pause the webhook.
#[test]
fn webhooks_are_named_before_the_first_write() {
    let world = World::new(vec![scenes::ben()]);
    set_webhooks(
        world.proxy(),
        vec![webhook("whsub_1", "hooks.example.org", ALL)],
    );
    let output = world.run_under(&["import", "--yes", "--json"], |seen, _, running| {
        if is_post(seen) {
            assert!(running.has_said("hooks.example.org"));
        }
        chatferry::sandbox::Fault::None
    });
    output.exits(0);
}

#[test]
fn webhooks_are_named_once_for_the_events_of_a_checkpoint() {
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let world = World::new(vec![ben.clone(), cleo]);
    let hooks = || vec![webhook("whsub_1", "hooks.example.org", ALL)];
    set_webhooks(world.proxy(), hooks());
    // A selection first: later there are more events.
    let first = world
        .run(&["import", "--yes", "--json", "--limit", "2"])
        .exits(0);
    assert!(named(&first).expect("named").contains("of 2 events"));
    let rest = world.import().exits(0);
    assert!(named(&rest).expect("named again").contains("of 8 events"));
    let again = world.import().exits(0);
    assert_eq!((again.number("created"), named(&again)), (0, None));
    archive::put_zip(&ben.say("2024-03-14 10:00", Me, "more"), &world.exports());
    let later = world.import().exits(0);
    assert_eq!((later.number("created"), named(&later)), (1, None));
    // Another subscriber is named.
    let mut more = hooks();
    more.push(webhook("whsub_2", "other.example.org", ALL));
    set_webhooks(world.proxy(), more);
    archive::put_zip(
        &scenes::ben()
            .say("2024-03-14 10:00", Me, "more")
            .say("2024-03-14 10:01", Me, "most"),
        &world.exports(),
    );
    let last = world.import().exits(0);
    assert_eq!(last.number("created"), 1);
    assert!(
        named(&last)
            .expect("named")
            .contains("other.example.org of 1 event")
    );
}

/// Nothing is written: nobody is notified, and Close is not asked.
#[test]
fn import_without_operations_reads_no_webhooks() {
    let world = World::new(vec![scenes::ben()]);
    world.import().exits(0);
    let before = world.server.count("GET", "/webhook/");
    world.import().exits(0);
    assert_eq!((before, world.server.count("GET", "/webhook/")), (1, 1));
}

#[test]
fn import_without_webhooks_reports_none() {
    let output = World::new(vec![scenes::ben()]).import().exits(0);
    assert!(!output.stderr.contains("webhook"), "{}", output.stderr);
}

#[test]
fn webhooks_that_cannot_be_listed_stop_no_import() {
    let unreadable = "since their list could not be read";
    for (status, why) in [
        (403, "since this key is not permitted to list them"),
        (404, unreadable),
        (500, unreadable),
    ] {
        let world = World::new(vec![scenes::ben()]);
        world
            .proxy()
            .change(move |asked, close| match asked.path.as_str() {
                "/webhook/" => Answer::new(status, json!({"error": "no"})),
                _ => close(asked),
            });
        let output = world.import().exits(0);
        output.says("Whether webhooks will be notified of what this import writes is not known");
        output.says(why);
        assert_eq!(output.number("created"), 6, "{status}");
    }
}

/// A world with this number of messages, whose key is this token.
fn with_token(token: &str, messages: u32) -> World {
    let mut built = Built::new(vec![scenes::plain("Ben Cooper", 1, messages)]);
    let own = token.to_owned();
    built.options = Box::new(move |options| options.token = Some(own));
    built.world()
}

fn import_with(world: &World, token: &str) -> Output {
    let environment = [
        ("CLOSE_ACCESS_TOKEN", token),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
    ];
    Running::start(crate::kit::world::IMPORT, world.path(), &environment).wait()
}

/// A JSON Web Token that expires at this time, in seconds of the epoch.
fn jwt(exp: i64) -> String {
    let claims = json!({"sub": "user_sandbox", "exp": exp}).to_string();
    format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
}

const EXPIRES: &str = "the access token expires in";

#[test]
fn token_that_expires_before_the_estimated_end_is_reported() {
    // By the sandbox it is still valid.
    let token = jwt(1_700_000_000);
    let world = with_token(&token, 40);
    let output = import_with(&world, &token).exits(0);
    output.says(EXPIRES).says("it will stop with status 5");
    assert_eq!(output.number("created"), 40);
    assert!(!output.stderr.contains(&token), "{}", output.stderr);
    // Nothing is left to do.
    let again = import_with(&world, &token).exits(0);
    assert!(!again.stderr.contains(EXPIRES), "{}", again.stderr);
}

#[test]
fn token_that_outlives_the_import_is_not_reported() {
    let token = jwt(9_000_000_000);
    let output = import_with(&with_token(&token, 40), &token).exits(0);
    assert!(!output.stderr.contains("access token"), "{}", output.stderr);
}

/// Of a token without an expiry, its longest life is known: 4,000 messages at one a second take longer.
#[test]
fn import_longer_than_the_life_of_a_token_is_reported() {
    let world = with_token("opaque", 4000);
    let config = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("a file");
    world.write(
        "chatferry.toml",
        &config.replace("requests_per_second = 1000.0", "requests_per_second = 1.0"),
    );
    let environment = [
        ("CLOSE_ACCESS_TOKEN", "opaque"),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
    ];
    let running = Running::start(crate::kit::world::IMPORT, world.path(), &environment);
    let words = "an access token of Close expires 1 h 0 min after it was issued";
    while running.is_alive() && !running.has_said(words) {
        std::thread::yield_now();
    }
    assert!(running.has_said(words));
    running.kill();
}
