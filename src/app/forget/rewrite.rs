//! Messages of others that quote an erased person, or show a reaction of that person: their texts without it.
//!
//! The texts with and without the person come from the archives. What Close has is read before it is changed: only what
//! was rendered is taken out of it, so that a text that was changed in Close keeps its changes. A quotation whose sender an
//! archive does not name is taken out of every group in which the person wrote. Never here: which messages are deleted.

use std::collections::HashMap;

use crate::app::error::Result;
use crate::checkpoint::{Checkpoint, Snapshot};
use crate::close::{Client, Failure, Patch};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::settings::Settings;
use crate::stop_reason::{StopReason, stops};
use crate::transform::desired::{Answers, Desired, DesiredMessage};

/// The texts of the messages of groups that have a quotation or reactions, by external id.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<ExternalId, Text>);

#[derive(Debug, PartialEq, Eq)]
struct Text {
    whole: String,
    quotation: String,
    reactions: String,
}

impl Texts {
    pub(super) fn of(desired: &Desired) -> Texts {
        let mut texts = HashMap::new();
        for chat in desired.chats.iter().filter(|chat| chat.is_group) {
            for message in chat.messages.iter() {
                texts.extend(Text::of(message).map(|text| (message.external_id.clone(), text)));
            }
        }
        Texts(texts)
    }

    /// The messages whose text `after` is another one: without the person.
    pub(super) fn without(self, after: &Desired) -> Vec<Rewrite> {
        let mut rewrites = Vec::new();
        let mut before = self.0;
        for chat in after.chats.iter().filter(|chat| chat.is_group) {
            for message in chat.messages.iter() {
                let Some(old) = before.remove(&message.external_id) else {
                    continue;
                };
                let new = Text::of(message);
                if new.as_ref() == Some(&old) {
                    continue;
                }
                rewrites.push(Rewrite {
                    external_id: message.external_id.clone(),
                    new: new.map_or_else(|| message.markdown.reveal().to_owned(), |new| new.whole),
                    old,
                });
            }
        }
        rewrites
    }
}

impl Text {
    /// The text of a message with a quotation or reactions.
    fn of(message: &DesiredMessage) -> Option<Text> {
        let quote = match message.answers.as_deref() {
            Some(Answers::Named { quote, .. }) => quote.reveal(),
            _ => "",
        };
        if quote.is_empty() && message.suffix_len == 0 {
            return None;
        }
        let mut quoting = message.clone();
        let own_prefix = message.prefix_len as usize;
        if !quote.is_empty() {
            quoting.quote(quote);
        }
        let whole = quoting.markdown.reveal().to_owned();
        let quotation = whole.get(own_prefix..quoting.prefix_len as usize);
        let reactions = whole.len().checked_sub(message.suffix_len as usize);
        Some(Text {
            quotation: quotation.unwrap_or_default().to_owned(),
            reactions: reactions
                .and_then(|from| whole.get(from..))
                .unwrap_or_default()
                .to_owned(),
            whole,
        })
    }
}

/// A message to render without the person.
#[derive(Debug)]
pub(crate) struct Rewrite {
    external_id: ExternalId,
    old: Text,
    new: String,
}

impl Rewrite {
    /// The text that replaces `held`, a text in Close; `None`: nothing of the person is in it.
    fn replacing(&self, held: &str) -> Option<String> {
        if held == self.new {
            return None;
        }
        if held == self.old.whole {
            return Some(self.new.clone());
        }
        let quotation = Some(&self.old.quotation).filter(|text| !text.is_empty());
        let mut text = held.to_owned();
        if let Some(quotation) = quotation.filter(|quotation| text.contains(quotation.as_str())) {
            text = text.replacen(quotation.as_str(), "", 1);
        }
        (text != held).then_some(text)
    }
}

/// An activity of another person, with the text that it gets.
#[derive(Debug)]
pub(crate) struct Rewritten {
    activity_id: ActivityId,
    lead_id: LeadId,
    text: String,
}

impl Rewritten {
    /// The activity and its lead.
    pub(crate) fn place(&self) -> (ActivityId, LeadId) {
        (self.activity_id.clone(), self.lead_id.clone())
    }
}

/// Reads which activities of others in Close quote the person or show a reaction.
///
/// # Errors
///
/// Close or the checkpoint cannot be read.
pub(crate) async fn find_quoting(
    rewrites: &[Rewrite],
    settings: &Settings,
    client: &Client,
) -> Result<Vec<Rewritten>> {
    let mut found = Vec::new();
    let path = &settings.import.checkpoint;
    let snapshot = Checkpoint::peek(path, None, &settings.close.base_url)?;
    let Some(snapshot) = snapshot.filter(|_| !rewrites.is_empty()) else {
        return Ok(found);
    };
    for rewrite in rewrites {
        for (_, lead_id, activity_id) in recorded(&snapshot, rewrite)? {
            let held = client.get_message(&activity_id).await;
            let held = held.map_err(StopReason::of)?;
            let text = held.and_then(|held| rewrite.replacing(&held.message_markdown));
            found.extend(text.map(|text| Rewritten {
                activity_id,
                lead_id,
                text,
            }));
        }
    }
    Ok(found)
}

fn recorded(
    snapshot: &Snapshot,
    rewrite: &Rewrite,
) -> Result<Vec<(ExternalId, LeadId, ActivityId)>> {
    Ok(snapshot.done_as(&rewrite.external_id)?)
}

/// Updates the activities of others with the texts from which the person was removed. Returns those
/// whose update Close rejects, with the reason. An activity that is no longer in Close counts as
/// updated.
///
/// # Errors
///
/// A failure that stops the run: Close or the network is out of reach, or Close denies access.
pub(crate) async fn rewrite(
    all: &[Rewritten],
    client: &Client,
) -> Result<Vec<(ActivityId, String)>> {
    let mut rejected = Vec::new();
    for one in all {
        let patch = Patch {
            message_markdown: Some(one.text.clone()),
            ..Patch::default()
        };
        let failure: Failure = match client.update_message(&one.activity_id, &patch).await {
            Ok(_) => continue,
            Err(failure) if failure.status() == Some(404) => continue,
            Err(failure) => failure,
        };
        match stops(&failure) {
            Some(reason) => return Err(reason.into()),
            None => rejected.push((one.activity_id.clone(), failure.reason())),
        }
    }
    Ok(rejected)
}
