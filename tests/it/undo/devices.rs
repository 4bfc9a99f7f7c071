//! `undo --device`: a group is recorded without the device whose archive it is of.

use std::fs;

use super::{assert_counts, preview, undo};
use crate::kit::world::{HEADER, me};
use crate::kit::{Built, World, archive, scenes};

/// Anna's phone has a chat, Ben's a chat and a group; `of_group`: the device in the row of the group.
fn world(of_group: &str) -> World {
    let (cleo, dora) = (
        scenes::plain("Cleo Marsh", 2, 4),
        scenes::plain("Dora Quist", 3, 5),
    );
    let mut built = Built::new(vec![cleo.clone()]);
    let rows = [
        format!("device,{HEADER}"),
        format!("anna,{}", me()),
        format!("ben,{}", me()),
        format!(",{}", cleo.contact_row()),
        format!(",{}", dora.contact_row()),
    ];
    let group = ",Roof,*,contact,+353861230009,lead_09,cont_09,,\n";
    let contacts = |device: &str| format!("{}{device}{group}", rows.concat());
    built.contacts = Some(contacts(""));
    let world = built.world();
    let folder = world.path().join("ben");
    fs::create_dir(&folder).expect("made");
    archive::put_zip(&dora, &folder);
    let text = "13/03/2024, 10:00 - Rita Sol created group \"Roof\"\n\
                13/03/2024, 10:01 - Theo Marsh: who brings the ladder?\n\
                13/03/2024, 10:02 - Rita Sol: then I bring the ropes\n\
                13/03/2024, 10:03 - Theo Marsh: at eight tomorrow?\n";
    let group = [("WhatsApp Chat with Roof.txt".to_owned(), text.to_owned())];
    let path = folder.join("WhatsApp Chat with Roof.zip");
    fs::write(path, archive::zip_of(&group)).expect("written");
    let device = |name: &str, archives: &str| {
        format!(
            "[[device]]\nname = \"{name}\"\narchives = [\"{archives}\"]\n\
             owner = [\"Anna Example\"]\ntimezone = \"Europe/Berlin\"\n"
        )
    };
    let config = format!(
        "[source]\ndate_order = \"dmy\"\n{}{}\
         [import]\ncontacts = \"contacts.csv\"\ngroups = \"anchor\"\n\
         [limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n",
        device("anna", "exports"),
        device("ben", "ben")
    );
    world.write("chatferry.toml", &config);
    assert_eq!(world.import().exits(0).number("created"), 12);
    world.write("contacts.csv", &contacts(of_group));
    world
}

fn on(world: &World, lead: &str) -> usize {
    let messages = world.server.state.messages();
    messages.iter().filter(|one| one.lead_id == lead).count()
}

#[test]
fn group_whose_device_is_not_recorded_stays() {
    let world = world("");
    let output = preview(&world, &["--device", "anna"]).exits(3);
    output.says("which device it is of is not recorded; select it by `--chat`");
    let output = undo(&world, &["--device", "anna"]).exits(3);
    assert_counts(&output, &[("deleted", 4)]);
    assert_eq!((on(&world, "lead_03"), on(&world, "lead_09")), (5, 3));
    assert_counts(
        &undo(&world, &["--chat", "Roof"]).exits(0),
        &[("deleted", 3)],
    );
}

#[test]
fn group_whose_rows_name_a_device_is_of_that_device() {
    let world = world("ben");
    assert_counts(
        &undo(&world, &["--device", "anna"]).exits(0),
        &[("deleted", 4)],
    );
    assert_eq!(on(&world, "lead_09"), 3);
    assert_counts(
        &undo(&world, &["--device", "ben"]).exits(0),
        &[("deleted", 8)],
    );
    assert_eq!(world.server.state.message_count(), 0);
}

#[test]
fn name_on_two_devices_is_stated_and_selects_both() {
    let both = "`--chat` names a chat on each of the devices anna, ben; all of them are selected";
    let world = world("ben");
    let second = archive_of_both(&world);
    for command in [&["plan"][..], &["verify"]] {
        let flags = [command, &["--chat", "Cleo Marsh"]].concat();
        world.run(&flags).says(both);
        let one = world.run(&[&flags[..], &["--device", "ben"]].concat());
        assert!(!one.stderr.contains(both), "{}", one.stderr);
    }
    let output = preview(&world, &["--chat", "Cleo Marsh"]).exits(0);
    output.says(both);
    assert_counts(&output, &[("deleted", 4 + second)]);
    let one = undo(&world, &["--chat", "Cleo Marsh", "--device", "ben"]).exits(0);
    assert!(!one.stderr.contains(both), "{}", one.stderr);
    assert_counts(&one, &[("deleted", second)]);
    assert_eq!(on(&world, "lead_02"), 4);
}

/// Ben's phone gets a chat with another Cleo Marsh, on the group's lead, which is imported. Returns the number of its messages.
fn archive_of_both(world: &World) -> u64 {
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(path).expect("a table");
    let of_anna = table.replace("\n,Cleo Marsh,", "\nanna,Cleo Marsh,");
    let of_ben = "ben,Cleo Marsh,Cleo Marsh,contact,+353861230009,lead_09,cont_09,,\n";
    world.write("contacts.csv", &format!("{of_anna}{of_ben}"));
    let mut other = scenes::plain("Cleo Marsh", 2, 3);
    for line in &mut other.lines {
        line.text = format!("from the other phone {}", line.text);
    }
    archive::put_zip(&other, &world.path().join("ben"));
    let output = world.run(&["import", "--yes", "--json"]);
    assert_eq!(output.number("created"), 3, "{}", output.stderr);
    3
}
