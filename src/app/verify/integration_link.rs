//! Links of the template `integration_link` in Close, compared with those that the template gives.
//!
//! No record has the link that was sent. The messages of a run were sent with one template: if each message of a chat and
//! run differs, the template was another one then, and none has drifted. Never here: the template.

use std::collections::{HashMap, HashSet};

use super::items::Item;
use crate::checkpoint::RunId;
use crate::close::Listed;

/// Whether an activity has another link than the template gives; `None`: the template gives none, or one of another id, or no
/// run is known that sent it.
pub(super) fn differs(item: &Item, activity: &Listed) -> Option<bool> {
    let (planned, _) = item.planned.as_ref()?;
    let wanted = planned.message.link.as_deref()?;
    // A message that is recorded under another id was sent with that one.
    let planned_id = planned.message.external_id.as_str();
    let is_renamed = wanted.contains(planned_id) && planned_id != item.external_id.as_str();
    // Of an adopted or recovered one, nothing shows with which template it was sent.
    let is_sent = (item.record.as_ref()).is_some_and(|record| record.row.created_run.is_some());
    (is_sent && !is_renamed).then(|| activity.integration_link.as_deref() != Some(wanted))
}

/// Messages that were sent with one template: those of a chat and run.
type Sent = (Option<usize>, Option<RunId>);

/// The compared links.
#[derive(Clone, Default)]
pub(super) struct Links {
    equal: HashSet<Sent>,
    /// The numbers of the messages that differ.
    differing: HashMap<Sent, Vec<u64>>,
}

impl Links {
    /// Adds a message by its number.
    pub(super) fn add(&mut self, item: &Item, number: u64, differs: bool) {
        let row = item.record.as_ref().map(|record| &record.row);
        let sent = (item.chat, row.and_then(|row| row.created_run));
        match differs {
            true => self.differing.entry(sent).or_default().push(number),
            false => drop(self.equal.insert(sent)),
        }
    }

    /// Adds those of another part.
    pub(super) fn join(&mut self, other: Links) {
        self.equal.extend(other.equal);
        for (sent, numbers) in other.differing {
            self.differing.entry(sent).or_default().extend(numbers);
        }
    }

    /// The messages that were sent with another template.
    pub(super) fn of_other_template(&self) -> HashSet<u64> {
        let all = self.differing.iter();
        all.filter(|(sent, _)| !self.equal.contains(*sent))
            .flat_map(|(_, numbers)| numbers.iter().copied())
            .collect()
    }
}
