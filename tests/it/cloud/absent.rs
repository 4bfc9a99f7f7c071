//! A build without the feature refuses places in object storage, and names the feature.

use std::fs;

use crate::kit::{World, scenes};

/// With `archives` in place of the folder of exports.
fn configured(world: &World, place: &str) {
    let file = world.path().join("chatferry.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let changed = text.replace("[\"exports\"]", &format!("[\"{place}\"]"));
    assert_ne!(changed, text);
    fs::write(file, changed).expect("written");
}

#[test]
fn place_in_object_storage_needs_the_feature() {
    let world = World::new(vec![scenes::ben()]);
    for place in [
        "s3://exports/anna/",
        "gs://exports/",
        "az://exports/anna",
        "https://h/a.zip",
    ] {
        let restored = fs::read(world.path().join("chatferry.toml")).expect("a configuration");
        configured(&world, place);
        let plan = world.run(&["plan", "--offline"]).exits(2);
        plan.says("chatferry.toml:2: a place in archives: this build of chatferry reads no object storage");
        plan.says("`cargo install --features cloud`");
        fs::write(world.path().join("chatferry.toml"), restored).expect("written");
        let inspect = world.run(&["inspect", place]).exits(2);
        inspect.says(&format!(
            "{place}: this build of chatferry reads no object storage"
        ));
    }
    configured(&world, "ftp://exports/anna");
    let plan = world.run(&["plan", "--offline"]).exits(2);
    plan.says("unknown kind of place");
}
