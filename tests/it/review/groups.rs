//! The members of a group: who is left out is named on no page, and none of the texts is shown.

use std::fs;

use crate::kit::world::contacts;
use crate::kit::{Built, World, archive, scenes};

const BEN: &str = "+353861234501";

const ROOF: &str = "13/03/2024, 09:00 - Rita Sol created group \"Roof\"\n\
    13/03/2024, 10:00 - Ben Cooper: who brings the ladder?\n\
    13/03/2024, 10:01 - Anna Example: the ladder is mine\n\
    13/03/2024, 10:02 - Cleo Marsh: I bring the rope\n\
    13/03/2024, 10:03 - Ben Cooper: and I the nails\n";

/// A group with Ben and Cleo that is undecided, and a chat with Cleo.
fn world(rows: &str) -> World {
    let chats = vec![scenes::cleo()];
    let world = Built {
        contacts: Some(format!("{}{rows}", contacts(&chats))),
        import: "groups = \"anchor\"".to_owned(),
        ..Built::new(chats)
    }
    .world();
    let name = "WhatsApp Chat with Roof";
    let zip = archive::zip_of(&[(format!("{name}.txt"), ROOF.to_owned())]);
    fs::write(world.exports().join(format!("{name}.zip")), zip).expect("written");
    world
}

/// The card of the group has Cleo's messages, and neither Ben's name nor Ben's texts.
#[track_caller]
fn hides_ben(world: &World) {
    let page = world.page();
    let card = page.settled("/people").shows("<bdi>Roof</bdi>");
    let card = card.shows("Cleo Marsh (1)").hides("Ben Cooper");
    let lines = format!("/people?chat={}&lines=1", card.field("chat"));
    let lines = page.get(&lines).is(200).shows("I bring the rope");
    lines
        .hides("Ben Cooper")
        .hides("who brings the ladder")
        .hides("the nails");
}

#[test]
fn person_on_never_txt_is_on_no_card_of_a_group() {
    let by_name = world("");
    by_name.write("never.txt", "Ben Cooper\n");
    hides_ben(&by_name);
    let by_number = world(&format!("Roof,Ben Cooper,contact,{BEN},,,\n"));
    by_number.write("never.txt", &format!("{BEN}\n"));
    hides_ben(&by_number);
}

#[test]
fn ignored_participant_is_on_no_card_of_a_group() {
    hides_ben(&world("Roof,Ben Cooper,ignore,,,,\n"));
}

#[test]
fn erased_person_is_on_no_card_of_a_group() {
    let world = world(&format!(
        "Roof,*,contact,+353861234502,lead_02,cont_02,\nRoof,Ben Cooper,contact,{BEN},,,\n"
    ));
    world.import().exits(0);
    world.write("never.txt", &format!("{BEN}\n"));
    world
        .run(&["forget", "--phone", BEN, "--yes", "--json"])
        .exits(0);
    // The checkpoint alone has the erasure now.
    world.write("never.txt", "");
    let page = world.page();
    let group = page.settled("/people?state=all&q=Roof");
    let group = group.shows("<bdi>Roof</bdi>").hides("Ben Cooper");
    let lines = format!("/people?state=all&chat={}&lines=1", group.field("chat"));
    let lines = page.get(&lines).is(200).shows("I bring the rope");
    lines.hides("Ben Cooper").hides("the nails");
}
