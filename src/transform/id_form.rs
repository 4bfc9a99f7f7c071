//! The form in which WhatsApp ids are written to Close (`id_form`).
//!
//! Everywhere else, in the checkpoint too, the phone's stanza id stands for a message: a wamid contains the
//! customer's number.

use super::desired::{Destination, Direction};
use crate::ids::ExternalId;
use crate::native;
use crate::policy::IdForm;

/// An external id in the form in which it is written to Close; `to` has the numbers of the message. Groups
/// have no wamids, and a derived id is the same in every form.
pub fn written(
    form: IdForm,
    id: &ExternalId,
    direction: Direction,
    to: &Destination,
    is_group: bool,
) -> ExternalId {
    if form == IdForm::Stanza || is_group || id.is_derived() {
        return id.clone();
    }
    let outgoing = direction == Direction::Outgoing;
    native::wamid_of(to.remote_phone.e164(), outgoing, id.as_str())
        .map_or_else(|| id.clone(), ExternalId::from)
}

/// An external id from Close in the form in which it is recorded: for a wamid, the stanza id in it.
pub fn read(external_id: &ExternalId) -> ExternalId {
    native::stanza_of(external_id.as_str()).map_or_else(|| external_id.clone(), ExternalId::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Phone;

    #[test]
    fn written_wamid_is_read_as_its_stanza_id() {
        let to = Destination {
            lead_id: "lead_1".into(),
            contact_id: "cont_1".into(),
            user_id: None,
            local_phone: Phone::parse("+4915112345678").unwrap(),
            remote_phone: Phone::parse("+353861234501").unwrap(),
        };
        let id = &ExternalId::from("3A147ACFD8475480CC39");
        let form = |form, id, is_group| written(form, id, Direction::Incoming, &to, is_group);
        let wamid = form(IdForm::Wamid, id, false);
        assert!(wamid.as_str().starts_with("wamid."));
        assert_eq!(read(&wamid), *id);
        assert_eq!(form(IdForm::Stanza, id, false), *id);
        assert_eq!(form(IdForm::Wamid, id, true), *id);
        let derived = &ExternalId::from("cf1-hcgogbgen4yqg6qfytbmcmlwdq");
        assert_eq!(form(IdForm::Wamid, derived, false), *derived);
        assert_eq!(read(derived), *derived);
    }
}
