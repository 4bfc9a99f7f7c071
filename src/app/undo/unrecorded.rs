//! Activities of ours that the checkpoint does not record, as after an older copy of it was put back: an undo cannot delete
//! what it does not know.
//!
//! Never here: what is recorded, and requests.

use std::collections::{HashMap, HashSet};

use super::examine::List;
use super::person::Person;
use crate::app::error::Result;
use crate::checkpoint::{Snapshot, State};
use crate::close::Listed;
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::people::contacts::{Contacts, Role};
use crate::phone::Phone;
use crate::settings::Settings;
use crate::survey::{Users, is_by_another_user, is_ours};
use crate::transform::id_form::read as read_id;

/// What shows that an activity of a list is ours and has no record.
pub(super) struct Unrecorded<'u> {
    snapshot: &'u Snapshot,
    users: Users,
    /// The numbers of the owners of this migration.
    owners: HashSet<Phone>,
    /// Only activities with this person.
    person: Option<&'u Person>,
}

impl<'u> Unrecorded<'u> {
    pub(super) fn new(
        snapshot: &'u Snapshot,
        (settings, contacts): (&Settings, &Contacts),
        user: &UserId,
        person: Option<&'u Person>,
    ) -> Result<Unrecorded<'u>> {
        let mut users = snapshot.users_of_runs()?;
        users.insert(user.clone());
        let of_devices = (settings.devices.iter())
            .flat_map(|device| device.local_phone.iter().chain(&device.former_phones));
        let rows = contacts.rows().iter().filter(|row| row.role == Role::Me);
        let owners = of_devices.chain(rows.filter_map(|row| row.phone.as_ref()));
        Ok(Unrecorded {
            snapshot,
            users,
            owners: owners.cloned().collect(),
            person,
        })
    }

    /// The activities of ours on a lead without a record. A further activity of a recorded message is a double.
    pub(super) fn on(&self, lead: &LeadId, list: &List) -> Result<Vec<ActivityId>> {
        let mut found = Vec::new();
        for activity in list.activities.iter().filter(|one| self.may_be(one)) {
            let id = read_id(&activity.external_id);
            let done = self.snapshot.done_as(&id)?;
            let row = self.snapshot.lookup(&id, lead)?;
            let attempted = [State::Intent, State::Unknown, State::Done];
            let is_known = done.iter().any(|(.., known)| *known == activity.id)
                || row.is_some_and(|row| attempted.contains(&row.state));
            if !is_known {
                found.push(activity.id.clone());
            }
        }
        Ok(found)
    }

    /// The activity that stands for each of these messages, whose recorded activity the list lacks: one of ours with its
    /// external id that no other record has. By the index of the message, the index in the list.
    pub(super) fn stand_ins<'m>(
        &self,
        missing: impl Iterator<Item = (usize, &'m ExternalId)>,
        list: &List,
    ) -> Result<HashMap<usize, usize>> {
        let mut by_id: HashMap<ExternalId, Vec<usize>> = HashMap::new();
        for (at, activity) in list.activities.iter().enumerate() {
            let of_id = by_id.entry(read_id(&activity.external_id)).or_default();
            of_id.push(at);
        }
        let mut found = HashMap::new();
        for (index, id) in missing {
            let Some(same) = by_id.get(id) else { continue };
            let done = self.snapshot.done_as(id)?;
            let free = same.iter().copied().filter(|at| {
                let activity = &list.activities[*at];
                let is_recorded = done.iter().any(|(.., known)| *known == activity.id);
                self.may_be(activity) && !is_recorded
            });
            // Always the same one of several.
            let first = free.min_by_key(|at| &list.activities[*at].id);
            found.extend(first.map(|at| (index, at)));
        }
        Ok(found)
    }

    /// Whether an activity is one of this migration.
    fn may_be(&self, activity: &Listed) -> bool {
        let local = activity.local_phone.as_deref().and_then(Phone::parse);
        let is_of_another_owner =
            !self.owners.is_empty() && local.is_some_and(|local| !self.owners.contains(&local));
        is_ours(activity, &self.users)
            && !is_by_another_user(activity, &self.users)
            && !is_of_another_owner
            && self.person.is_none_or(|person| person.is_in(activity))
    }
}
