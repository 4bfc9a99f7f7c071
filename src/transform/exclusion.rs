//! Applies the exclusion rules to the messages of an archive: dates, excluded periods, people on never.txt,
//! kinds that the policy omits.
//!
//! Whatever depends on the archive only is computed once ([`Exclusion::new`]); the check of a message is a
//! comparison, since an archive may have a million of them.

use chrono::TimeDelta;

use super::source::Source;
use crate::chat::{Kind, Message};
use crate::people::contacts::Contacts;
use crate::people::exclude::ExcludedPeriods;
use crate::people::never::is_name_mentioned_in;
use crate::phone::Phone;
use crate::policy::{Notices, Policy};
use crate::routing::Rule;
use crate::settings::Device;

/// The exclusion rules of one archive.
pub(super) struct Exclusion<'r> {
    source: Source<'r>,
    policy: &'r Policy,
    contacts: &'r Contacts,
    /// The devices of the chat: an archive may belong to two owners who had one phone one after the other.
    devices: &'r [&'r Device],
    periods: ExcludedPeriods,
    /// Names of participants whose number in the archive is on never.txt.
    never: Vec<&'r str>,
}

impl<'r> Exclusion<'r> {
    pub(super) fn new(
        source: Source<'r>,
        (policy, contacts): (&'r Policy, &'r Contacts),
        devices: &'r [&'r Device],
    ) -> Self {
        let is_never = |number: &str| contacts.is_never_number(Phone::parse(number).as_ref());
        let never = (source.chat.participants.iter())
            .filter(|participant| participant.number.as_deref().is_some_and(is_never))
            .map(|participant| participant.name.as_ref())
            .collect();
        Exclusion {
            source,
            policy,
            contacts,
            devices,
            periods: (contacts.exclude()).of(&source.device.name, source.name()),
            never,
        }
    }

    /// Whether no device of the archive covers the day of a message; `shift`: the time that its timestamp is too late. Another
    /// archive's device may cover it.
    pub(super) fn is_outside_dates(&self, message: &Message<'_>, shift: TimeDelta) -> bool {
        let day = (message.local_time - shift).date();
        !self.devices.iter().any(|device| device.covers(day))
    }

    /// The rule, other than that of the dates, that leaves a message out, if any; `of_sender`: the rule that leaves out all
    /// messages of its sender.
    pub(super) fn rule(
        &self,
        message: &Message<'_>,
        shift: TimeDelta,
        of_sender: Option<Rule>,
    ) -> Option<Rule> {
        let policy = self.policy;
        // In the phone's own zone, if the archive was made in another one.
        let local = message.local_time - shift;
        if self.periods.contains(local) {
            return Some(Rule::Excluded);
        }
        if of_sender.is_some() {
            return of_sender;
        }
        let skip = |notices: Notices, rule: Rule| (notices == Notices::Skip).then_some(rule);
        let named = || {
            self.names_left_out_person(&message.text)
                .then_some(Rule::Ignored)
        };
        match message.kind {
            _ if message.is_auxiliary() => Some(Rule::System),
            Kind::System => skip(policy.system, Rule::System).or_else(named),
            Kind::Call => skip(policy.calls, Rule::Calls).or_else(named),
            Kind::Deleted => skip(policy.deleted_before_import, Rule::Deleted),
            Kind::Waiting => Some(Rule::Waiting),
            _ => None,
        }
    }

    /// Whether a notice, which has no sender, contains the name of a person who is left out.
    fn names_left_out_person(&self, notice: &str) -> bool {
        let device = self.source.device.name.as_str();
        self.contacts.mentions_never(device, notice)
            || self
                .never
                .iter()
                .any(|name| is_name_mentioned_in(name, notice))
    }
}
