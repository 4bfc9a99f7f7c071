//! What the archives still hold, and archives that are gone.

use std::fs;

use serde_json::json;

use super::{add_to_never, all, forget, imported, of_others, receipt};

#[test]
fn receipt_lists_the_archives_that_still_hold_the_person() {
    let world = imported();
    let receipt = receipt(&forget(&world).exits(3));
    assert_eq!(receipt["archives"], json!(1));
    let groups = receipt["group_archives"].as_array().expect("names");
    assert_eq!(groups.len(), 1, "{receipt}");
    assert!(groups[0].as_str().is_some_and(|name| name.contains("Roof")));
}

#[test]
fn erasure_needs_no_archives() {
    let world = imported();
    let others = of_others(&world);
    fs::remove_dir_all(world.exports()).expect("removed");
    add_to_never(&world);
    forget(&world).exits(0);
    assert_eq!(all(&world), others);
}
