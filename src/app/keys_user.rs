//! Devices whose messages would be posted in the name of the key's user, although other owners have their user in
//! contacts.csv or in the configuration: a `user_id` that was forgotten.

use std::collections::BTreeMap;

use super::{Account, Migration, Notice, Observer};
use crate::people::contacts::Role;
use crate::plan::{Plan, Totals};

/// Reports each device with messages to post without a user, if any other device or row has one.
pub(super) fn report(
    migration: &Migration,
    plan: &Plan,
    account: Option<&Account>,
    observer: &mut dyn Observer,
) {
    let devices = migration.settings.devices.iter();
    let rows = migration.contacts.rows().iter();
    let is_set = devices.into_iter().any(|device| device.user_id.is_some())
        || rows
            .into_iter()
            .any(|row| row.role == Role::Me && row.user_id.is_some());
    if !is_set {
        return;
    }
    let mut without: BTreeMap<&str, u64> = BTreeMap::new();
    for planned in &plan.chats {
        let has_none = (planned.destination.as_ref()).is_some_and(|to| to.user_id.is_none());
        let create = Totals::of_chat(planned).create;
        if has_none && create > 0 {
            *without.entry(&planned.chat.device).or_default() += create;
        }
    }
    let user = account.and_then(|account| account.user.split(" <").next());
    for (device, messages) in without {
        observer.notice(Notice::KeysUser {
            messages,
            device: device.to_owned(),
            user: user.map(str::to_owned),
        });
    }
}
