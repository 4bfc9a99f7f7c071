//! The beginning in an empty folder.

use std::fs;

use crate::kit::page::{Page, encoded};
use crate::kit::{archive, folder, scenes};

#[test]
fn migration_begins_with_choosing_archives() {
    let (home, exports) = (folder(), folder());
    archive::put_zip(&scenes::ben(), exports.path());
    fs::create_dir(exports.path().join("deeper")).expect("made");
    let page = Page::open(home.path(), &[]);
    assert_eq!(page.get("/").is(303).header("location"), "/setup");
    let path = exports.path().to_string_lossy().into_owned();
    let shown = page.get(&format!("/setup?at={}", encoded(&path))).is(200);
    let shown = shown
        .shows("WhatsApp Chat with Ben Cooper.zip")
        .shows(">deeper</bdi>");
    shown.shows("Use this folder");
    page.get("/setup?at=/nowhere/at/all").is(422);
    page.post("/setup", &[("path", "/nowhere/at/all")]).is(422);
    assert!(!home.path().join("chatferry.toml").exists());
    page.post("/setup", &[("path", &path)])
        .is(200)
        .shows("Go on to the phones and archives");
    for file in ["chatferry.toml", "contacts.csv"] {
        assert!(home.path().join(file).exists(), "{file}");
    }
    assert_eq!(page.get("/setup").is(303).header("location"), "/");
    page.settled("/archives").is(200).shows("Ben Cooper");
    page.settled("/")
        .is(200)
        .shows("Connect to Close with your API key.");
    // A migration that exists is not overwritten.
    let before = fs::read(home.path().join("contacts.csv")).expect("contacts.csv");
    page.post("/setup", &[("path", &path)]).is(422);
    assert_eq!(
        fs::read(home.path().join("contacts.csv")).expect("contacts.csv"),
        before
    );
}
