//! To which host the key is sent.

use chatferry::sandbox::Seed;

use crate::kit::world::{KEY, contacts};
use crate::kit::{Output, Running, World, scenes};

/// A world whose configuration names this base URL.
fn with_base_url(url: &str) -> World {
    let world = World::new(vec![scenes::ben()]);
    let file = world.path().join("chatferry.toml");
    let config = std::fs::read_to_string(file).expect("a configuration");
    world.write(
        "chatferry.toml",
        &format!("[close]\nbase_url = \"{url}\"\n{config}"),
    );
    world
}

/// Runs with the key alone in the environment.
fn with_key(world: &World, arguments: &[&str]) -> Output {
    Running::start(arguments, world.path(), &[("CLOSE_API_KEY", KEY)]).wait()
}

/// The commands that send the key.
const COMMANDS: [&[&str]; 6] = [
    &["plan"],
    &["doctor"],
    &["match", "--dry-run"],
    &["checklist", "--address-book", "book.vcf"],
    &["bug-report"],
    &["import", "--yes", "--json"],
];

#[test]
fn other_host_in_the_file_is_refused() {
    let world = with_base_url("https://crm.example.org/api/v1");
    for arguments in COMMANDS {
        let output = with_key(&world, arguments).exits(2);
        output.says("chatferry.toml: base_url names the host crm.example.org");
        output.says("pass the URL with `--base-url` or in CLOSE_BASE_URL");
    }
    assert!(!world.path().join("chatferry.db").exists());
    // One that only looks like Close's.
    let world = with_base_url("https://api.close.com.example.org/api/v1");
    with_key(&world, &["import", "--yes"])
        .exits(2)
        .says("api.close.com.example.org");
}

#[test]
fn flag_and_environment_may_name_any_host() {
    let world = with_base_url("https://crm.example.org/api/v1");
    world.import().exits(0);
    world.assert_whole("by the environment");
    let other = World::new(vec![scenes::ben()]);
    let url = other.server.base_url.clone();
    with_key(&other, &["import", "--yes", "--base-url", &url]).exits(0);
    other.assert_whole("by the flag");
}

#[test]
fn this_machine_in_the_file_is_accepted() {
    let chats = [scenes::ben()];
    let seed = Seed::from_contacts_csv(&contacts(&chats)).expect("a seed");
    let server = crate::kit::Server::start(seed, |_| {});
    let world = with_base_url(&server.base_url);
    with_key(&world, &["import", "--yes"]).exits(0);
    assert!(server.writes() > 0);
}

#[test]
fn every_command_names_a_host_that_is_not_close() {
    let world = World::new(vec![scenes::ben()]);
    world.write(
        "book.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:Zed\nTEL:+353861234599\nEND:VCARD\n",
    );
    let line = format!(
        "The key is sent to {}, which is not Close.\n",
        world.server.base_url
    );
    for arguments in COMMANDS {
        let output = world.run(arguments);
        assert_eq!(
            output.stderr.matches(&line).count(),
            1,
            "{arguments:?}: {output:?}"
        );
    }
    let offline = world.run(&["plan", "--offline"]).exits(0);
    assert!(!offline.stderr.contains("The key is sent"), "{offline:?}");
}
