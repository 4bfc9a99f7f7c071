//! The person is the anchor of a group, so that messages of senders without a number have the person's.

use serde_json::json;

use super::{BEN, ROOF, add_to_never, all, forget, put_roof, receipt};
use crate::kit::world::contacts;
use crate::kit::{Built, World, scenes};

/// A group on Ben's lead, in which he, Cleo and somebody without a number wrote.
fn anchored() -> World {
    let mut built = Built::new(vec![scenes::ben(), scenes::cleo()]);
    built.contacts = Some(format!(
        "{}Roof,*,contact,{BEN},lead_01,cont_01,\nRoof,Ben Cooper,contact,{BEN},,,\n",
        contacts(&built.chats)
    ));
    built.import = "groups = \"anchor\"".to_owned();
    let world = built.world();
    let more = "13/03/2024, 10:04 - Zed Quux: the gutter is mine\n\
                13/03/2024, 10:05 - Zed Quux: and the drain\n";
    put_roof(&world, &format!("{ROOF}{more}"));
    world.import().exits(0);
    world
}

fn of_group(world: &World) -> Vec<String> {
    let of_group = ["ladder", "rope", "nails", "gutter", "drain"];
    let mut texts = all(world);
    texts.retain(|one| of_group.iter().any(|word| one.contains(word)));
    texts
}

#[test]
fn messages_of_others_with_the_anchors_number_stay() {
    let world = anchored();
    assert_eq!(of_group(&world).len(), 6);
    let output = forget(&world).exits(3);
    let left = of_group(&world);
    assert_eq!(left.len(), 4, "{left:?} {}", output.stderr);
    for word in ["gutter", "drain", "rope", "the ladder is mine"] {
        assert!(left.iter().any(|one| one.contains(word)), "{word}");
    }
    let receipt = receipt(&output);
    assert_eq!(receipt["anchored_leads"], json!(["lead_01"]));
    assert_eq!(
        receipt["groups_by_name"],
        json!(["WhatsApp Chat with Roof.zip"])
    );
}

#[test]
fn group_is_held_under_its_name_until_it_has_another_anchor() {
    let world = anchored();
    forget(&world).exits(3);
    for is_listed in [false, true] {
        if is_listed {
            add_to_never(&world);
        }
        let plan = world.run(&["plan", "--details"]).exits(0);
        let held = world.run(&["plan", "--json"]).exits(0).number("held");
        assert!(held >= 4, "{held}: {}", plan.stdout);
        let undo = world.run(&["undo", "--dry-run"]);
        for text in [&plan.stdout, &undo.stderr] {
            assert!(!text.contains("a private chat"), "{text}");
        }
    }
}
