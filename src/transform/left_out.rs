//! Which messages of a chat rules leave out.
//!
//! For: dates, passages, people on never.txt, kinds that nobody wants. What the rules say of an
//! archive is worked out once ([`LeftOut::new`]); what they say of a message must stay a matter of
//! comparing, since there are a million.

use chrono::TimeDelta;

use super::desired::Rule;
use super::exclude::ExcludedPeriods;
use super::never::is_name_mentioned_in;
use super::resolve::{Rules, Source};
use super::settings::Notices;
use crate::chat::{Kind, Message};
use crate::phone::Phone;

/// What the rules say of one archive.
pub(super) struct LeftOut<'r> {
    source: Source<'r>,
    rules: &'r Rules<'r>,
    passages: ExcludedPeriods,
    /// Names of participants whose number, which the archive knows, is on never.txt.
    never: Vec<&'r str>,
}

impl<'r> LeftOut<'r> {
    pub(super) fn new(source: Source<'r>, rules: &'r Rules<'r>) -> Self {
        let is_never = |number: &str| {
            rules
                .contacts
                .is_never_number(Phone::parse(number).as_ref())
        };
        let never = (source.chat.participants.iter())
            .filter(|participant| participant.number.as_deref().is_some_and(is_never))
            .map(|participant| participant.name.as_ref())
            .collect();
        LeftOut {
            source,
            rules,
            passages: (rules.contacts.exclude()).of(&source.device.name, source.name()),
            never,
        }
    }

    /// The rule that leaves a message out, if one does; `shift` is by how much its time is too late.
    pub(super) fn rule(
        &self,
        message: &Message<'_>,
        shift: TimeDelta,
        is_ignored: bool,
    ) -> Option<Rule> {
        let (settings, device) = (self.rules.settings, self.source.device);
        // As the phone's own zone has it, where the archive was made in another one.
        let local = message.local_time - shift;
        let day = local.date();
        let before = device.from.is_some_and(|from| day < from);
        let after = device.until.is_some_and(|until| day >= until);
        if before || after {
            return Some(Rule::Dates);
        }
        if self.passages.contains(local) {
            return Some(Rule::Excluded);
        }
        if is_ignored {
            return Some(Rule::Ignored);
        }
        let skip = |policy: Notices, rule: Rule| (policy == Notices::Skip).then_some(rule);
        let named = || self.names_somebody(&message.text).then_some(Rule::Ignored);
        match message.kind {
            Kind::System => skip(settings.system, Rule::System).or_else(named),
            Kind::Call => skip(settings.calls, Rule::Calls).or_else(named),
            Kind::Deleted => skip(settings.deleted_before_import, Rule::Deleted),
            Kind::Waiting => Some(Rule::Waiting),
            _ => None,
        }
    }

    /// A notice has no sender, and names people.
    fn names_somebody(&self, notice: &str) -> bool {
        let device = self.source.device.name.as_str();
        self.rules.contacts.mentions_never(device, notice)
            || self
                .never
                .iter()
                .any(|name| is_name_mentioned_in(name, notice))
    }
}
