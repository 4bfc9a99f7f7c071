//! User errors in keys, organisations, the configuration and contacts.csv: exit status and message of each.

use chatferry::sandbox::{Seed, SeedContact, SeedLead};

use crate::kit::world::{HEADER, IMPORT, KEY, me};
use crate::kit::{Built, Output, Running, World, scenes};

fn with(world: &World, environment: &[(&str, &str)]) -> Output {
    Running::start(IMPORT, world.path(), environment).wait()
}

/// Nothing was asked but who we are, and nothing at all was written.
fn assert_untouched(world: &World) {
    let requests = world.server.state.requests();
    assert!(
        requests.iter().all(|line| line.template == "/me/"),
        "{requests:?}"
    );
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn bad_key_is_denied_before_writing() {
    let world = World::new(scenes::rich());
    let url = world.server.base_url.clone();
    let output = with(
        &world,
        &[("CLOSE_API_KEY", "api_wrong.key"), ("CLOSE_BASE_URL", &url)],
    );
    let output = output.exits(5);
    output.says("Close does not know this key (401)");
    output.says("Settings → Developer → API Keys");
    output.says("CLOSE_API_KEY");
    output.says("[close_401]");
    assert!(!output.stderr.contains("api_wrong.key"));
    assert_untouched(&world);
}

#[test]
fn wrong_organisation_is_refused() {
    let world = World::new(scenes::rich());
    let text = std::fs::read_to_string(world.path().join("chatferry.toml")).expect("config");
    world.write(
        "chatferry.toml",
        &format!("[close]\norganization_id = \"orga_somebodyelse\"\n{text}"),
    );
    world.import().exits(5).says("orga_somebodyelse");
    assert_untouched(&world);
}

#[test]
fn missing_key_is_a_usage_error() {
    let world = World::new(scenes::rich());
    let url = world.server.base_url.clone();
    with(&world, &[("CLOSE_BASE_URL", &url)])
        .exits(2)
        .says("CLOSE_API_KEY");
    assert!(world.server.state.requests().is_empty());
}

#[test]
fn key_file_and_token_are_accepted() {
    let world = World::new(vec![scenes::ben()]);
    let url = world.server.base_url.clone();
    world.write("key", &format!("{KEY}\n"));
    let arguments = ["import", "--yes", "--json", "--api-key-file", "key"];
    let environment = [
        ("CLOSE_BASE_URL", url.as_str()),
        ("CLOSE_API_KEY", "api_wrong.key"),
    ];
    Running::start(&arguments, world.path(), &environment)
        .wait()
        .exits(0);
    world.assert_whole("by file");
    with(
        &world,
        &[
            ("CLOSE_BASE_URL", &url),
            ("CLOSE_ACCESS_TOKEN", "sandbox_token"),
        ],
    )
    .exits(0);
}

#[test]
fn unknown_configuration_key_gets_a_suggestion() {
    let mut built = Built::new(scenes::rich());
    built.import = "calendars = \"skip\"\nsistem = \"skip\"\n".to_owned();
    let world = built.world();
    let output = world.import().exits(2);
    output.says("sistem");
    output.says("system");
    assert!(world.server.state.requests().is_empty());
}

#[test]
fn misspelt_column_gets_a_suggestion() {
    let mut built = Built::new(scenes::rich());
    let contacts = format!("{HEADER}{}{}", me(), scenes::ben().contact_row());
    built.seed = Some(Seed::from_contacts_csv(&contacts).expect("seed"));
    built.contacts = Some(contacts.replace("lead_id", "leadid"));
    let output = built.world().import().exits(2);
    output.says("lead_id");
}

#[test]
fn unmatched_row_gets_a_suggestion() {
    let mut built = Built::new(vec![scenes::ben()]);
    let row = scenes::ben().contact_row();
    let wrong = row.replace("Ben Cooper,Ben Cooper", "Ben Couper,Ben Couper");
    built.contacts = Some(format!("{HEADER}{}{wrong}{row}", me()));
    let world = built.world();
    // A log names the row alone.
    world.import().exits(0).says("contacts.csv:3: no chat");
    let output = world.run(&["plan"]).exits(0);
    assert!(
        output.stderr.lines().any(|line| line.contains("warning")
            && line.contains("Ben Couper")
            && line.contains("Ben Cooper")),
        "{}",
        output.stderr
    );
}

#[test]
fn chat_without_a_row_is_held() {
    let mut built = Built::new(scenes::rich());
    built.contacts = Some(format!("{HEADER}{}{}", me(), scenes::ben().contact_row()));
    let mut world = built.world();
    let output = world.import().exits(0);
    assert_eq!(output.number("held"), 5 + 4);
    output.says("Held, until you decide");
    world.chats.truncate(1);
    world.assert_whole("the mapped chat alone");
}

#[test]
fn contact_of_another_lead_holds_its_chat() {
    let mut built = Built::new(scenes::rich());
    let (ben, cleo) = (scenes::ben(), scenes::cleo());
    let mut seed =
        Seed::from_contacts_csv(&crate::kit::world::contacts(&built.chats)).expect("seed");
    let wrong = seed
        .contacts
        .iter_mut()
        .find(|contact| contact.id == ben.contact)
        .expect("a contact");
    cleo.lead.clone_into(&mut wrong.lead_id);
    built.seed = Some(seed);
    let mut world = built.world();
    let output = world.import().exits(0);
    output.says("default: [chat 1] (6 messages)");
    output.says("does not belong to the lead");
    assert_eq!(output.number("held"), 6);
    world.chats.remove(0);
    world.assert_whole("all but the wrong pair");
}

#[test]
fn missing_lead_contact_or_user_holds_its_chat() {
    let ben = scenes::ben();
    let lead = SeedLead {
        id: ben.lead.clone(),
        name: "Ben".to_owned(),
    };
    let contact = SeedContact {
        id: ben.contact.clone(),
        lead_id: ben.lead.clone(),
        name: "Ben".to_owned(),
        phones: vec![ben.phone.clone()],
    };
    let with_lead = Seed {
        leads: vec![lead],
        ..Seed::default()
    };
    let mut with_both = with_lead.clone();
    with_both.contacts.push(contact);
    for (seed, what) in [
        (Seed::default(), "lead"),
        (with_lead, "contact"),
        (with_both, "user"),
    ] {
        let mut built = Built::new(vec![ben.clone()]);
        built.seed = Some(seed);
        let world = built.world();
        let output = world.import().exits(0);
        output.says(&format!("Close has no {what}"));
        assert_eq!(output.number("held"), 6, "{what}");
        assert_eq!(world.server.writes(), 0, "{what}");
    }
}

#[test]
fn two_rows_that_contradict_each_other_are_refused_with_both_lines() {
    let mut built = Built::new(vec![scenes::ben()]);
    let row = scenes::ben().contact_row();
    let other = row
        .replace("lead_01", "lead_02")
        .replace("cont_01", "cont_02");
    built.seed = Some(Seed::default());
    built.contacts = Some(format!("{HEADER}{}{row}{other}", me()));
    let output = built.world().import().exits(2);
    output.says("3");
    output.says("4");
}

#[test]
fn archive_of_two_devices_is_refused() {
    let world = World::new(vec![scenes::ben()]);
    let device = |name: &str| {
        format!(
            "[[device]]\nname = \"{name}\"\narchives = [\"exports\"]\ntimezone = \"Europe/Berlin\"\n"
        )
    };
    world.write(
        "chatferry.toml",
        &format!(
            "{}{}[import]\ncontacts = \"contacts.csv\"\n",
            device("anna"),
            device("office")
        ),
    );
    // A log does not name the chat, and a plan does.
    let output = world.import().exits(2);
    output.says("WhatsApp Chat with [name].zip: belongs to the devices");
    output.says("office");
    let plan = world.run(&["plan"]).exits(2);
    plan.says("WhatsApp Chat with Ben Cooper.zip: belongs to the devices");
    assert!(world.server.state.requests().is_empty());
}

#[test]
fn import_without_terminal_requires_yes() {
    let world = World::new(vec![scenes::ben()]);
    world.run(&["import", "--json"]).exits(2).says("--yes");
    assert_eq!(world.server.writes(), 0);
}

/// What ended a command has one stable code, at the terminal and in JSON.
#[test]
fn error_has_a_code_in_json_too() {
    let world = World::new(scenes::rich());
    let ended = |output: Output, exit: i32, code: &str| {
        let output = output.exits(exit);
        output.says(&format!("[{code}]"));
        let last = output.stdout.lines().last().expect("a line");
        let told: serde_json::Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(told["error"]["code"], code);
        assert_eq!(told["error"]["exit"], exit);
        let message = told["error"]["message"].as_str().expect("a text");
        assert!(output.stderr.contains(message), "{message}");
    };
    world.write("replies.csv", "message\n");
    ended(world.run(&["plan", "--offline", "--json"]), 2, "replies");
    world.write("replies.csv", "message,reply_to\n");
    let table = std::fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    world.write("contacts.csv", &table.replace("role", "rolle"));
    ended(world.run(&["plan", "--offline", "--json"]), 2, "contacts");
    world.write("contacts.csv", &table);
    let bad = [
        ("CLOSE_API_KEY", "api_wrong.key"),
        ("CLOSE_BASE_URL", world.server.base_url.as_str()),
    ];
    let denied = Running::start(IMPORT, world.path(), &bad).wait();
    let code = "close_401";
    assert!(denied.stdout.contains(code), "{}", denied.stdout);
    ended(denied, 5, code);
    // Without JSON nothing is on stdout.
    let plain = world
        .run(&["plan", "--offline", "--config", "none.toml"])
        .exits(2);
    assert!(plain.stdout.is_empty());
}

#[test]
fn unknown_device_of_a_row_is_named_with_the_nearest() {
    let world = World::new(scenes::rich());
    world.write(
        "contacts.csv",
        &format!("device,{HEADER}defualt,{}", scenes::ben().contact_row()),
    );
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("contacts.csv:2: no such device \"defualt\"; did you mean \"default\"?");
}

/// A spreadsheet rounded every number of the table: one sentence, with all lines and the way back.
#[test]
fn rounded_numbers_are_one_error_with_their_lines() {
    let chats = (1..=17).map(|number| scenes::plain(&format!("Customer {number}"), number, 1));
    let chats: Vec<_> = chats.collect();
    let rows: String = (chats.iter())
        .map(|chat| chat.contact_row().replace(&chat.phone, "4.47701E+11"))
        .collect();
    let world = World::new(chats);
    world.write("contacts.csv", &format!("{HEADER}{}{rows}", me()));
    let output = world.run(&["plan", "--offline"]).exits(2);
    output.says("contacts.csv:3-19: phone was rounded by a spreadsheet (as in 4.9E+12); format");
    assert_eq!(
        output.stderr.matches("rounded").count(),
        1,
        "{}",
        output.stderr
    );
    // A copy that `match` or `init` kept is named.
    world.write("contacts.csv.1", HEADER);
    let output = world.run(&["plan", "--offline"]).exits(2);
    output.says("take the numbers back from contacts.csv.1");
}
