//! What Close holds, in the words of a test.

use std::collections::{BTreeSet, HashMap};

use chatferry::sandbox::State;
use chrono::{DateTime, Utc};

/// One message with all that matters of it. The order is by lead and time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) lead: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) contact: String,
    pub(crate) user: String,
    pub(crate) direction: String,
    pub(crate) local: String,
    pub(crate) remote: String,
    pub(crate) text: String,
    /// Name, size and BLAKE3.
    pub(crate) files: Vec<(String, u64, String)>,
    /// The time of the message that it answers.
    pub(crate) answers: Option<DateTime<Utc>>,
}

impl Row {
    /// True for what may be in Close on the way to `wanted`: only its link may still be missing.
    #[cfg(feature = "fault-points")]
    pub(crate) fn is_or_becomes(&self, wanted: &Row) -> bool {
        let mut linked = self.clone();
        if linked.answers.is_none() {
            linked.answers = wanted.answers;
        }
        linked == *wanted
    }
}

/// Everything that the sandbox holds.
pub(crate) fn found(state: &State) -> Vec<Row> {
    let messages = state.messages();
    let times: HashMap<&str, DateTime<Utc>> = messages
        .iter()
        .map(|message| (message.id.as_str(), message.activity_at))
        .collect();
    let mut rows: Vec<Row> = messages
        .iter()
        .map(|message| Row {
            lead: message.lead_id.clone(),
            at: message.activity_at,
            contact: message.contact_id.clone().unwrap_or_default(),
            user: message.user_id.clone().unwrap_or_default(),
            direction: message.direction.clone(),
            local: message.local_phone.clone(),
            remote: message.remote_phone.clone(),
            text: message.markdown.clone(),
            files: message
                .attachments
                .iter()
                .map(|file| (file.filename.clone(), file.size, file.blake3.clone()))
                .collect(),
            answers: message
                .response_to_id
                .as_deref()
                .map(|target| *times.get(target).expect("the target is in Close")),
        })
        .collect();
    rows.sort();
    rows
}

/// Fails with the first difference in words, not with two walls of text.
#[track_caller]
pub(crate) fn assert_same(found: &[Row], expected: &[Row], when: &str) {
    let ours: BTreeSet<&Row> = expected.iter().collect();
    let theirs: BTreeSet<&Row> = found.iter().collect();
    let missing: Vec<_> = ours.difference(&theirs).take(3).collect();
    let extra: Vec<_> = theirs.difference(&ours).take(3).collect();
    assert!(
        missing.is_empty() && extra.is_empty() && found.len() == expected.len(),
        "{when}: {} in Close, {} expected\nmissing: {missing:#?}\nnot expected: {extra:#?}",
        found.len(),
        expected.len()
    );
}
