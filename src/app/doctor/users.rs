//! The users who own the messages.

use super::finding::{Check, Findings, Grade};
use crate::app::{Migration, Result};
use crate::close::{Client, User};
use crate::ids::UserId;
use crate::policy::InactiveUser;

/// Checks that each user is active.
pub(super) async fn check(
    migration: &Migration,
    client: &Client,
    findings: &Findings,
) -> Result<()> {
    let inactive = &migration.settings.import.policy.inactive_user;
    let rows = migration.contacts.rows().iter();
    let rows = rows.filter_map(|row| row.user_id.as_ref());
    let devices = (migration.settings.devices.iter()).filter_map(|device| device.user_id.as_ref());
    let mut wanted: Vec<&UserId> = rows.chain(devices).collect();
    if let InactiveUser::Instead(user) = inactive {
        wanted.push(user);
    }
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        findings.add(
            Check::Users,
            Grade::Look,
            "no user_id is set: the key's user will own the messages; set one in the row `me`",
        );
        return Ok(());
    }
    for device in &migration.settings.devices {
        let me = migration.contacts.me_for(&device.name, "");
        let has_user = device.user_id.is_some() || me.is_some_and(|me| me.user_id.is_some());
        if !has_user {
            let says = format!(
                "{}: no user_id: the key's user will own its messages; set one in its row `me`",
                device.name
            );
            findings.add(Check::Users, Grade::Look, says);
        }
    }
    // Close lists active users; one who left is still found by id.
    let active = client.active_users().await?;
    for id in wanted {
        if let Some(user) = active.iter().find(|user| user.id == *id) {
            findings.add(Check::Users, Grade::Ok, format!("{id}: {}", user.name()));
            continue;
        }
        let (grade, says) = match client.user(id).await? {
            Some(user) => left(&user, inactive, &active),
            None => (
                Grade::Bad,
                "is not a user of this organisation; correct user_id".to_owned(),
            ),
        };
        findings.add(Check::Users, grade, format!("{id} {says}"));
    }
    Ok(())
}

/// The finding about a user who is no longer active.
fn left(user: &User, inactive: &InactiveUser, active: &[User]) -> (Grade, String) {
    let name = user.name();
    match inactive {
        InactiveUser::Hold => (
            Grade::Bad,
            format!(
                "{name}, is no longer active: the chats are held; set inactive_user to the id of the user who should own these messages"
            ),
        ),
        InactiveUser::Instead(instead) if !active.iter().any(|user| user.id == *instead) => (
            Grade::Bad,
            format!(
                "{name}, is no longer active, and neither is {instead} of inactive_user; set it to the id of an active user"
            ),
        ),
        InactiveUser::Instead(instead) => (
            Grade::Ok,
            format!("{name}, is no longer active: {instead} will own the messages"),
        ),
    }
}
