//! The texts of undecided messages and of what Close has in their place, for a person to compare.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use crate::app::error::Result;
use crate::app::{Migration, Observer};
use crate::close::Client;
use crate::ids::ActivityId;
use crate::policy::RunFlags;
use crate::transform::Source;

/// A message of an archive.
#[derive(Debug, Clone)]
pub(crate) struct ArchivedText {
    /// The local time of the message, on the phone.
    pub(crate) at: NaiveDateTime,
    /// The name of the sender; empty for a notice.
    pub(crate) sender: String,
    /// The text of the message, which is content.
    pub(crate) text: String,
}

/// The messages at these places, each `ARCHIVE:LINE`; none of an archive whose name another one has too. The archives are
/// consumed.
///
/// # Errors
///
/// As [`Migration::desired`].
pub(crate) fn texts_at(
    migration: &mut Migration,
    places: &HashSet<String>,
    observer: &mut dyn Observer,
) -> Result<HashMap<String, ArchivedText>> {
    let policy = migration.policy(RunFlags::default());
    let mut texts = HashMap::new();
    migration.desired_traced(&policy, observer, None, &mut |sources, _| {
        let mut labels: HashMap<&str, u32> = HashMap::new();
        for source in sources {
            *labels.entry(&source.opened.label).or_default() += 1;
        }
        let is_only = |source: &&Source<'_>| labels.get(source.opened.label.as_str()) == Some(&1);
        for source in sources.iter().filter(is_only) {
            let label = &source.opened.label;
            if !places.iter().any(|place| place.starts_with(label.as_str())) {
                continue;
            }
            source.with_messages(|chat| {
                for message in &chat.messages {
                    let place = format!("{label}:{}", message.line);
                    if places.contains(&place) {
                        let sender = chat.sender_of(message);
                        texts.insert(
                            place,
                            ArchivedText {
                                at: message.local_time,
                                sender: sender.map_or_else(String::new, |one| one.name.to_string()),
                                text: message.text.to_string(),
                            },
                        );
                    }
                }
            });
        }
    })?;
    Ok(texts)
}

/// The texts of these activities, as far as Close has them.
///
/// # Errors
///
/// A request failed.
pub(crate) async fn texts_in_close(
    client: &Client,
    ids: &[ActivityId],
) -> Result<HashMap<ActivityId, String>> {
    let mut texts = HashMap::new();
    for id in ids {
        if let Some(message) = client.get_message(id).await? {
            texts.insert(id.clone(), message.message_markdown);
        }
    }
    Ok(texts)
}
