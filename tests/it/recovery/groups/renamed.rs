//! A group whose subject changed: the exports of the old and of the new subject are of one chat.

use super::{ANNAS, COLLEAGUE, TEAM, anchor, group_rows, owners, put, world};
use crate::kit::world::IMPORT;
use crate::recovery::history::{Said, android, assert_recovers, said};

/// The old subject's export and the new one's lie in one folder, and nothing names the group.
#[track_caller]
fn renamed(is_old_alone: bool) {
    let anchors = anchor("", "Roof", 1, "") + &anchor("", "Roof and gutter", 1, "");
    let world = world("anchor", ANNAS, &format!("{}{anchors}", owners()));
    let created = "01/01/2025, 12:58 - Rita Sol created group \"Roof\"\n";
    let changed = "01/01/2025, 13:08 - Rita Sol changed the group name from \"Roof\" to \"Roof and gutter\"\n";
    // Without the colleague's phone he is a member like the others.
    let members: Vec<Said> = (TEAM.iter())
        .map(|one| match one.by {
            COLLEAGUE => said(one.at, "Ida Lund", one.text),
            _ => *one,
        })
        .collect();
    let (before, after) = (android(&members[..8], &[]), android(&members[8..], &[]));
    put(&world, "anna", "Roof", &format!("{created}{before}"));
    if is_old_alone {
        assert_eq!(world.import().exits(0).number("created"), 8);
    }
    let all = format!("{created}{before}{changed}{after}");
    put(&world, "anna", "Roof and gutter", &all);
    let when = format!("renamed, old alone first: {is_old_alone}");
    assert_recovers(&world, IMPORT, &group_rows(&members, 1), &when);
}

#[test]
fn renamed_group_next_to_its_old_export_is_one() {
    renamed(false);
}

#[test]
fn renamed_group_next_to_its_imported_old_export_is_one() {
    renamed(true);
}
