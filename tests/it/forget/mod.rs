//! `chatferry forget`: one person is erased from Close and from the checkpoint, and stays erased.

mod anchor;
mod archives;
mod damaged_checkpoint;
mod interrupted;
mod meanwhile;
mod outdated;
mod own_number;
pub(crate) mod quotations;
mod whole;

use std::fs;

use crate::kit::world::contacts;
use crate::kit::{Built, Output, World, archive, scenes};

/// Ben Cooper, who is erased.
const BEN: &str = "+353861234501";
pub(crate) const FORGET: &[&str] = &["forget", "--phone", BEN, "--yes", "--json"];

const ROOF: &str = "13/03/2024, 09:00 - Rita Sol created group \"Roof\"\n\
    13/03/2024, 10:00 - Ben Cooper: who brings the ladder?\n\
    13/03/2024, 10:01 - Anna Example: the ladder is mine\n\
    13/03/2024, 10:02 - Cleo Marsh: I bring the rope\n\
    13/03/2024, 10:03 - Ben Cooper: and I the nails\n";

/// A world with a chat with Ben, one with Cleo, and a group with both, whose anchor is Cleo.
fn world() -> World {
    let chats = vec![scenes::ben(), scenes::cleo()];
    let mut built = Built::new(chats);
    built.contacts = Some(format!(
        "{}Roof,*,contact,+353861234502,lead_02,cont_02,\nRoof,Ben Cooper,contact,{BEN},,,\n",
        contacts(&built.chats)
    ));
    built.import = "groups = \"anchor\"".to_owned();
    let world = built.world();
    put_roof(&world, ROOF);
    world
}

fn put_roof(world: &World, text: &str) {
    let name = "WhatsApp Chat with Roof";
    let zip = archive::zip_of(&[(format!("{name}.txt"), text.to_owned())]);
    fs::write(world.exports().join(format!("{name}.zip")), zip).expect("written");
}

/// The same, imported.
pub(crate) fn imported() -> World {
    let world = world();
    world.import().exits(0);
    world
}

fn forget(world: &World) -> Output {
    world.run(FORGET)
}

/// Adds the line that `forget` prints to never.txt.
pub(crate) fn add_to_never(world: &World) {
    world.write("never.txt", &format!("{BEN}\n"));
}

/// Everything in Close, in an order of its own, as it is shown.
pub(crate) fn all(world: &World) -> Vec<String> {
    let messages = world.server.state.messages();
    let mut all: Vec<String> = messages.iter().map(|one| format!("{one:?}")).collect();
    all.sort_unstable();
    all
}

/// What is not Ben's.
pub(crate) fn of_others(world: &World) -> Vec<String> {
    let mut all = all(world);
    all.retain(|one| !one.contains(BEN));
    all
}

/// The receipt of `--json`.
#[track_caller]
fn receipt(output: &Output) -> serde_json::Value {
    let line = output.stdout.lines().last().expect("a receipt");
    serde_json::from_str(line).expect("JSON")
}
