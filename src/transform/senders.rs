//! The participants of an archive as senders: direction, field of the external ids and, in groups, number
//! and displayed name.
//!
//! Here belongs every property of a sender that differs between one-to-one chats and groups. A number is
//! never guessed: two people may have one name.

use super::desired::Between;
use super::identity;
use super::render::name_line;
use super::resolved::Resolved;
use super::rules::Rules;
use super::source::Source;
use crate::chat::Participant;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::{Colleague, Numbers, Owner, Rule, Subject};

/// A participant of one archive.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    /// The third field of the external ids ([`super::identity`]).
    pub(super) field: String,
    /// Whether the participant is an owner.
    pub(super) outgoing: bool,
    /// Whether another archive has the participant with the other direction: records made from that archive
    /// alone have that direction.
    pub(super) is_two_sided: bool,
    /// Whether the participant's messages are left out.
    pub(super) ignored: bool,
    /// Whether that is since the participant was erased.
    pub(super) is_erased: bool,
    /// In a group: the numbers of the message.
    pub(super) between: Option<Between>,
    /// In a group: the name displayed before the participant's text.
    pub(super) shown: Option<String>,
}

impl Sender {
    /// The rule that leaves the participant's messages out.
    pub(super) fn rule(&self) -> Option<Rule> {
        match (self.ignored, self.is_erased) {
            (true, true) => Some(Rule::Erased),
            (true, false) => Some(Rule::Ignored),
            (false, _) => None,
        }
    }
}

/// The participants of an archive of a ready chat, in order.
pub(super) fn of(resolved: &Resolved<'_>, numbers: &Numbers, rules: &Rules<'_>) -> Vec<Sender> {
    let chat = resolved.source.chat;
    let is_group = numbers.group.is_some();
    let subject = resolved.source.subject();
    let each = chat.participants.iter().map(|own_participant| {
        let own = own_participant.number.as_deref().and_then(Phone::parse);
        let participant = own_participant.name.as_ref();
        let mut sender = match &numbers.group {
            None => of_two(&subject, &resolved.owner, numbers, participant),
            Some(_) => of_group(resolved, numbers, participant, own, rules),
        };
        let rule = left_out(&resolved.source, own_participant, is_group, rules.contacts);
        sender.ignored = rule.is_some();
        sender.is_erased = rule == Some(Rule::Erased);
        sender
    });
    each.collect()
}

/// The rule that leaves the messages of a participant out, if any.
pub(super) fn left_out(
    source: &Source<'_>,
    participant: &Participant<'_>,
    is_group: bool,
    contacts: &Contacts,
) -> Option<Rule> {
    let (device, chat) = (source.device.name.as_str(), source.name());
    let number = participant.number.as_deref().and_then(Phone::parse);
    let name = participant.name.as_ref();
    let is_ignored = match is_group {
        false => contacts.ignored(device, chat, name),
        true => {
            contacts.ignored_in_group(device, chat, name)
                || contacts.is_never_participant(device, chat, name)
                || contacts.is_never_number(number.as_ref())
        }
    };
    // An unsaved participant has no name that a row could be about.
    let is_ignored_number = |number| contacts.is_ignored_number(device, chat, number);
    let is_erased = is_group
        && (contacts.is_erased_participant(device, chat, name)
            || contacts.is_erased_number(number.as_ref()));
    match is_ignored || number.as_ref().is_some_and(is_ignored_number) {
        true if is_erased => Some(Rule::Erased),
        true => Some(Rule::Ignored),
        false => None,
    }
}

fn of_two(subject: &Subject<'_>, owner: &Owner, numbers: &Numbers, name: &str) -> Sender {
    let outgoing = subject.is_owner(owner, name);
    let number = if outgoing {
        &numbers.owner
    } else {
        &numbers.other
    };
    Sender {
        field: number.e164().to_owned(),
        outgoing,
        is_two_sided: false,
        ignored: false,
        is_erased: false,
        between: None,
        shown: None,
    }
}

fn of_group(
    resolved: &Resolved<'_>,
    numbers: &Numbers,
    name: &str,
    own: Option<Phone>,
    rules: &Rules<'_>,
) -> Sender {
    let device = resolved.source.device.name.as_str();
    if resolved.owner.is(name) {
        // The group may be on the phone of another owner.
        let own = resolved.numbers.as_ref().map(|own| &own.owner);
        let own = own.filter(|own| {
            **own != numbers.owner && !rules.had_same_owner(device, &numbers.owner, name)
        });
        return match own.and_then(|own| rules.colleague(device, name, Some(own))) {
            Some(colleague) => of_colleague(colleague),
            None => owner(numbers.owner.e164().to_owned(), None),
        };
    }
    // The archive's own knowledge overrides a name.
    let number = own.or_else(|| rules.number_of(device, resolved.source.name(), name));
    if let Some(colleague) = rules.colleague(device, name, number.as_ref()) {
        return of_colleague(colleague);
    }
    Sender {
        field: match &number {
            Some(number) => number.e164().to_owned(),
            None => identity::sender_by_name(name),
        },
        outgoing: false,
        is_two_sided: false,
        ignored: false,
        is_erased: false,
        between: number.map(|number| Between {
            local_phone: None,
            remote_phone: Some(number),
            user_id: None,
        }),
        shown: Some(name_line(name)),
    }
}

/// An owner.
fn owner(field: String, between: Option<Between>) -> Sender {
    Sender {
        field,
        outgoing: true,
        is_two_sided: false,
        ignored: false,
        is_erased: false,
        between,
        shown: None,
    }
}

fn of_colleague(colleague: &Colleague) -> Sender {
    let between = Between {
        local_phone: Some(colleague.phone.clone()),
        remote_phone: None,
        user_id: colleague.user_id.clone(),
    };
    owner(colleague.first_phone.e164().to_owned(), Some(between))
}
