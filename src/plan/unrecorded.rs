//! Activities of ours that Close lists and the checkpoint does not record.
//!
//! Here belongs what of such an activity is compared besides its content; never which activities are ours
//! ([`crate::survey`]), or which message one is ([`super::reconcile`]).

use serde::{Deserialize, Serialize};

use super::people_text;
use crate::ids::{ContactId, UserId};
use crate::phone::Phone;
use crate::transform::desired::Destination;

/// Contact, user and numbers of an activity as Close lists them; `None` if Close does not show them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPeople {
    /// The contact's id.
    pub contact_id: Option<ContactId>,
    /// The id of the user who owns the message.
    pub user_id: Option<UserId>,
    /// The user's own number as Close has it.
    pub local_phone: Option<String>,
    /// The contact's number as Close has it.
    pub remote_phone: Option<String>,
    /// Whether it is linked to a reply target.
    pub is_linked: bool,
}

impl std::fmt::Debug for ListedPeople {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListedPeople").finish_non_exhaustive()
    }
}

impl ListedPeople {
    /// Whether Close shows two owners' numbers.
    pub(super) fn is_of_another_owner(&self, other: &ListedPeople) -> bool {
        let numbers = self.local_phone.as_ref().zip(other.local_phone.as_ref());
        numbers.is_some_and(|(one, other)| one != other)
    }

    /// The compared properties of the people, for a message that goes to `to`.
    pub(super) fn text(&self, to: &Destination) -> String {
        let phone = |listed: &Option<String>, own: &Phone| {
            let listed = listed.as_deref().map(Phone::parse);
            match listed {
                None => own.clone(),
                Some(listed) => listed.unwrap_or_else(|| own.clone()),
            }
        };
        let contact_id = self
            .contact_id
            .clone()
            .unwrap_or_else(|| to.contact_id.clone());
        let user_id = (to.user_id.clone()).map(|own| self.user_id.clone().unwrap_or(own));
        people_text(&Destination {
            lead_id: to.lead_id.clone(),
            contact_id,
            user_id,
            local_phone: phone(&self.local_phone, &to.local_phone),
            remote_phone: phone(&self.remote_phone, &to.remote_phone),
        })
    }
}
