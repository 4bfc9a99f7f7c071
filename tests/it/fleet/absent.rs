//! The address of a store in a build without stores.

use crate::kit::{Built, scenes};

#[test]
fn store_is_refused_by_build_without_stores() {
    let mut built = Built::new(vec![scenes::ben()]);
    built.import = "checkpoint = \"postgres://u:s3cret@db.example/crm\"\n".to_owned();
    let world = built.world();
    let output = world.import().exits(2);
    output.says("this build of chatferry has no shared checkpoint");
    output.says("cargo install --features cloud");
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    assert_eq!(world.server.writes(), 0);
}
