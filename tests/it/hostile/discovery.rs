//! Discovery of archives: accepted names, each archive once.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{ANN, ANN_TXT, ZOE_ZIP, compare, exports, good, inspect};

#[test]
fn exports_that_mail_and_clouds_renamed_are_found() {
    let good = good();
    let folder = exports(&[
        ("WhatsApp Chat with Ann.ZIP", &good),
        ("WhatsApp Chat with Bob (1).zip", &good),
        ("WhatsApp Chat with Cem.zip (1)", &good),
        ("WhatsApp Chat with Dr. Marsh", &good),
        ("WhatsApp_Chat_with_Edda", &good),
        // None of these is an export.
        (".WhatsApp Chat with Finn.zip", &good),
        ("contract.docx", &good),
        ("notes", b"buy milk\n"),
    ]);
    let hidden = folder.path().join("exports/.trash");
    fs::create_dir(&hidden).expect("made");
    fs::write(hidden.join(ZOE_ZIP), &good).expect("written");
    let output = inspect(folder.path(), &["exports"]).exits(0);
    let found: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| line.starts_with("WhatsApp"))
        .collect();
    assert_eq!(
        found,
        [
            "WhatsApp Chat with Ann.ZIP",
            "WhatsApp Chat with Bob (1).zip",
            "WhatsApp Chat with Cem.zip (1)",
            "WhatsApp Chat with Dr. Marsh",
            "WhatsApp_Chat_with_Edda",
        ]
    );
}

#[test]
fn file_with_several_paths_is_read_once() {
    let folder = exports(&[(ZOE_ZIP, &good())]);
    let exports = folder.path().join("exports");
    fs::create_dir(exports.join("Ann")).expect("made");
    fs::write(exports.join("Ann").join(ANN_TXT), ANN).expect("written");
    symlink(&exports, folder.path().join("linked")).expect("a link");
    let zoe = format!("exports/../exports/{ZOE_ZIP}");
    let ann = format!("./exports/Ann/{ANN_TXT}");
    let absolute = exports.to_str().expect("UTF-8").to_owned();
    let paths = [
        "exports",
        "./exports",
        &zoe,
        &ann,
        &absolute,
        "linked",
        "exports",
    ];
    let output = inspect(folder.path(), &paths).exits(0);
    let totals = output.stdout.lines().nth_back(1);
    assert_eq!(
        totals,
        Some("2 archives with 4 messages in all"),
        "{}",
        output.stdout
    );
    assert!(!output.stdout.contains("of this chat"), "{}", output.stdout);
}

#[test]
fn unlistable_folder_is_reported_and_others_continue() {
    let folder = exports(&[(ZOE_ZIP, &good())]);
    let closed = folder.path().join("exports/closed");
    fs::create_dir(&closed).expect("made");
    fs::write(closed.join(ANN_TXT), ANN).expect("written");
    let mode = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).expect("set");
    mode(0o000);
    // Root may list everything; then the chat in it is read.
    let root = fs::read_dir(&closed).is_ok();
    let output = inspect(folder.path(), &["exports"]);
    mode(0o700);
    let output = output.exits(if root { 0 } else { 3 });
    assert!(
        output.stdout.contains("Zoe (1 message)"),
        "{}",
        output.stdout
    );
    let told = output.stderr.contains("exports/closed: cannot be read");
    let read = output.stdout.contains("Ann (2 messages)");
    assert_eq!((told, read), (!root, root), "{output:?}");
}

#[test]
fn missing_path_is_reported_and_others_continue() {
    let folder = exports(&[(ZOE_ZIP, &good())]);
    compare(
        "discovery_missing",
        &inspect(folder.path(), &["nowhere.zip", "exports"]),
    );
}
