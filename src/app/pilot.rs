//! `import --pilot`: reads back the posted messages and compares them field by field.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::error::Result;
use super::verify::{in_close, streamed};
use super::{Notice, Observer, PilotKind, PilotMessage};
use crate::archive::Container;
use crate::checkpoint::Snapshot;
use crate::close::{Client, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::organization::{Fact, NameForm, NumberForm, TextForm, TimeForm};
use crate::plan::Plan;
use crate::plan::compare::{self, ExpectedLink, Field, Wanted};
use crate::plan::pilot::MessageIndex;
use crate::policy::{InactiveUser, Policy};
use crate::transform::desired::{Answers, Content, DesiredMessage, Destination, File};
use crate::transform::id_form::read;

/// A message as it should be in Close.
pub(super) struct Expected {
    device: String,
    /// The name of its chat.
    chat: String,
    /// The zone of its local time.
    zone: Tz,
    message: DesiredMessage,
    to: Destination,
    /// The external id of its reply target.
    answers: Option<ExternalId>,
    /// Where the bytes of its files are.
    containers: Vec<Arc<Container>>,
}

/// The context of the comparison.
pub(super) struct Comparison<'a> {
    pub(super) client: &'a Client,
    pub(super) reader: &'a Snapshot,
    pub(super) base_url: &'a str,
    pub(super) policy: &'a Policy,
    /// Reports may contain words of messages.
    pub(super) shows_words: bool,
}

/// What a pilot found.
pub(super) struct Compared {
    /// Whether all messages are as they should be.
    pub(super) is_same: bool,
    /// How Close returns what it was sent.
    pub(super) facts: Vec<Fact>,
}

/// The expected messages of a pilot, collected before the plan is carried out.
pub(super) fn expected(plan: &Plan, chosen: &[MessageIndex]) -> Vec<Expected> {
    let each = chosen.iter().filter_map(|(chat, place)| {
        let planned = &plan.chats[*chat];
        let message = planned.messages.get(*place)?.message.clone();
        let answered = message
            .reply_to
            .and_then(|place| planned.messages.get(place as usize));
        Some(Expected {
            device: planned.chat.device.clone(),
            chat: planned.chat.name.clone(),
            zone: planned.chat.zone,
            to: planned
                .destination
                .as_ref()?
                .between(message.between.as_deref()),
            answers: answered.map(|answered| answered.message.external_id.clone()),
            containers: (message.files.iter())
                .filter_map(|file| plan.containers.get(file.container as usize).cloned())
                .collect(),
            message,
        })
    });
    each.collect()
}

/// Reads each message back and reports differences.
///
/// # Errors
///
/// Close or the checkpoint cannot be read; what was compared before is reported.
pub(super) async fn compare(
    expected: &[Expected],
    comparison: &Comparison<'_>,
    observer: &mut dyn Observer,
) -> Result<Compared> {
    let mut found = Found::default();
    let read = compare_each(expected, comparison, &mut found, observer).await;
    let of = |message: &&PilotMessage| message.is_correct();
    let same = found.messages.iter().filter(of).count() as u64;
    if !found.messages.is_empty() {
        observer.notice(Notice::PilotCompared(found.messages));
    }
    read?;
    let all = expected.len() as u64;
    observer.notice(Notice::PilotResult {
        same,
        all,
        removed: found.removed,
        in_close: found.in_close,
    });
    Ok(Compared {
        is_same: same == all,
        facts: found.observed.facts(),
    })
}

/// What was read back so far.
#[derive(Default)]
struct Found {
    messages: Vec<PilotMessage>,
    in_close: u64,
    removed: u64,
    observed: Observed,
}

async fn compare_each(
    expected: &[Expected],
    comparison: &Comparison<'_>,
    found: &mut Found,
    observer: &mut dyn Observer,
) -> Result<()> {
    for one in expected {
        let lead = &one.to.lead_id;
        let Some(id) = comparison.recorded(&one.message.external_id, lead)? else {
            observer.notice(Notice::PilotAbsent(lead.clone()));
            continue;
        };
        let differs = differing(one, &id, comparison, &mut found.observed).await?;
        found.removed += u64::from(differs.is_none());
        found.in_close += u64::from(differs.is_some());
        let differs = differs.unwrap_or_else(|| (vec!["it is not in Close"], 0));
        found.messages.push(one.shown(id, differs, comparison));
    }
    Ok(())
}

/// The lead on which most of the messages are.
pub(super) fn main_lead(expected: &[Expected]) -> Option<&LeadId> {
    let on = |lead: &LeadId| {
        expected
            .iter()
            .filter(|one| one.to.lead_id == *lead)
            .count()
    };
    let leads = expected.iter().map(|one| &one.to.lead_id);
    leads.max_by_key(|lead| on(lead))
}

/// The number of characters of a text that a person recognises it by.
const SHOWN: usize = 40;

impl Expected {
    /// The destination of the message, and its time.
    pub(super) fn destination(&self) -> (&Destination, DateTime<Utc>) {
        (&self.to, self.message.activity_at)
    }

    /// The message, the fields in which it differs, and the number of its files that could not be read back.
    fn shown(
        &self,
        id: ActivityId,
        (differing, unread): (Vec<&'static str>, usize),
        comparison: &Comparison<'_>,
    ) -> PilotMessage {
        let at = self.message.activity_at.with_timezone(&self.zone);
        PilotMessage {
            device: self.device.clone(),
            chat: self.chat.clone(),
            at: at.format("%Y-%m-%d %H:%M").to_string(),
            words: comparison.shows_words.then(|| {
                let text = self.message.markdown.reveal();
                Content::new(first_words(self.message.body(text)))
            }),
            kind: match (self.message.files.is_empty(), self.answers.is_some()) {
                (false, _) => PilotKind::Files,
                (true, true) => PilotKind::Reply,
                (true, false) => PilotKind::Text,
            },
            place: address(comparison, &self.to.lead_id),
            id,
            differing,
            has_unread_files: unread > 0,
        }
    }
}

/// The first words of a text, on one line, without the quotation before a reply.
fn first_words(text: &str) -> String {
    let own = text.lines().skip_while(|line| line.starts_with('>'));
    let words: Vec<&str> = own.flat_map(str::split_whitespace).collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        None => line,
        Some((end, _)) => {
            let end = line[..end].rfind(' ').unwrap_or(end);
            format!("{}…", &line[..end])
        }
    }
}

/// How Close returned the messages so far; the worst of each kind counts.
#[derive(Default)]
struct Observed {
    text: Option<TextForm>,
    numbers: Option<NumberForm>,
    names: Option<NameForm>,
    times: Option<TimeForm>,
}

impl Observed {
    fn add(&mut self, one: &Expected, held: &Listed) {
        let Expected { message, to, .. } = one;
        let text = TextForm::of(message.markdown.reveal(), &held.message_markdown);
        self.text = self.text.max(Some(text));
        for (sent, returned) in [
            (&to.local_phone, &held.local_phone),
            (&to.remote_phone, &held.remote_phone),
        ] {
            let form = NumberForm::of(sent, returned.as_deref());
            self.numbers = self.numbers.max(Some(form));
        }
        if !message.files.is_empty() {
            let mut names = message.files.iter().map(|file| file.name.reveal());
            let mut returned = held.attachments.iter().map(|file| &file.filename);
            let is_same = names.all(|name| returned.any(|returned| returned == name));
            let form = match is_same {
                true => NameForm::AsSent,
                false => NameForm::Changed,
            };
            self.names = self.names.max(Some(form));
        }
        let time = TimeForm::of(message.activity_at, held.activity_at);
        self.times = self.times.max(Some(time));
    }

    fn facts(&self) -> Vec<Fact> {
        let facts = [
            self.text.map(Fact::Text),
            self.numbers.map(Fact::Numbers),
            self.names.map(Fact::Names),
            self.times.map(Fact::Times),
        ];
        facts.into_iter().flatten().collect()
    }
}

impl Comparison<'_> {
    fn recorded(&self, external_id: &ExternalId, lead: &LeadId) -> Result<Option<ActivityId>> {
        let row = self.reader.lookup(external_id, lead)?;
        Ok(row.and_then(|row| row.activity_id))
    }
}

/// The fields in which an activity differs from its message, and the number of files whose bytes cannot
/// be read back; `None` if Close does not have the activity.
async fn differing(
    one: &Expected,
    id: &ActivityId,
    comparison: &Comparison<'_>,
    observed: &mut Observed,
) -> Result<Option<(Vec<&'static str>, usize)>> {
    let answers = match &one.answers {
        Some(target) => comparison.recorded(target, &one.to.lead_id)?,
        None => match one.message.answers.as_deref() {
            Some(Answers::InClose { activity_id, .. }) => Some(activity_id.clone()),
            _ => None,
        },
    };
    let Some(held) = comparison.client.get_message(id).await? else {
        return Ok(None);
    };
    let held = Listed::from(held);
    observed.add(one, &held);
    let mut fields = differences(one, answers.as_ref(), &held, comparison.policy);
    let mut unread = 0;
    for (file, container) in one.message.files.iter().zip(&one.containers) {
        match is_same(file, container, &held, comparison.client).await? {
            Some(true) => {}
            Some(false) => fields.push("the bytes of a file"),
            None => unread += 1,
        }
    }
    Ok(Some((fields, unread)))
}

/// The compared fields by their names in Close's API, in the order in which they are listed.
const FIELDS: [(&str, &[Field]); 11] = [
    ("lead_id", &[]),
    ("contact_id", &[Field::Contact]),
    ("user_id", &[Field::User]),
    ("external_whatsapp_message_id", &[]),
    ("direction", &[Field::Direction]),
    ("activity_at", &[Field::Time]),
    ("message_markdown", &[Field::Text]),
    ("local_phone", &[Field::LocalPhone]),
    ("remote_phone", &[Field::RemotePhone]),
    ("response_to_id", &[Field::Link]),
    ("attachments", &[Field::FileNames, Field::FileSizes]),
];

/// The names of the differing fields. Close may return a text or a time in another form than it was sent, which is a fact
/// about Close and no difference of the message.
fn differences(
    one: &Expected,
    answers: Option<&ActivityId>,
    held: &Listed,
    policy: &Policy,
) -> Vec<&'static str> {
    let Expected { message, to, .. } = one;
    let expected = compare::Expected {
        wanted: Some(Wanted { message, to }),
        link: match answers {
            Some(target) => ExpectedLink::To(vec![target.clone()]),
            None => ExpectedLink::Absent,
        },
        ..compare::Expected::default()
    };
    let comparison = compare::Comparison {
        fingerprint: None,
        instead: match &policy.inactive_user {
            InactiveUser::Instead(user) => Some(user),
            InactiveUser::Hold => None,
        },
        is_group: false,
        reference: None,
    };
    let is_of_form = |field: &Field| matches!(field, Field::Text | Field::Time);
    let mut fields = compare::differences(&expected, &in_close(held, false), &comparison);
    fields.retain(|field| !is_of_form(field));
    let text = TextForm::of(message.markdown.reveal(), &held.message_markdown);
    fields.extend((text == TextForm::Changed).then_some(Field::Text));
    let time = TimeForm::of(message.activity_at, held.activity_at);
    fields.extend((time == TimeForm::Changed).then_some(Field::Time));
    let differs = |name: &str, of: &[Field]| match name {
        "lead_id" => held.lead_id.as_ref() != Some(&to.lead_id),
        "external_whatsapp_message_id" => read(&held.external_id) != message.external_id,
        _ => of.iter().any(|field| fields.contains(field)),
    };
    let all = FIELDS.into_iter().filter(|(name, of)| differs(name, of));
    all.map(|(name, _)| name).collect()
}

/// Whether Close has exactly the bytes of a file; `None` if they cannot be read back.
async fn is_same(
    file: &File,
    container: &Arc<Container>,
    held: &Listed,
    client: &Client,
) -> Result<Option<bool>> {
    let name = file.name.reveal();
    let there = (held.attachments.iter()).find(|there| there.filename == *name);
    // A missing file is reported by its name already.
    let Some(there) = there else {
        return Ok(None);
    };
    let sum = client.file_sum(&there.url).await;
    let Ok(sum) = sum? else {
        return Ok(None);
    };
    // A damaged file was omitted, with a placeholder.
    let own = streamed(Arc::clone(container), file.entry).await;
    Ok(own.map(|own| own == sum))
}

/// The address of a lead for a browser; its id where the server has no pages.
fn address(comparison: &Comparison<'_>, lead: &LeadId) -> String {
    let base_url = comparison.base_url;
    if comparison.client.is_sandbox() {
        let root = base_url.trim_end_matches('/').trim_end_matches("/api/v1");
        return format!("{root}/_sandbox/lead/{lead}");
    }
    match base_url.contains("api.close.com") {
        true => format!("https://app.close.com/lead/{lead}/"),
        false => lead.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_words_end_between_words_on_one_line() {
        assert_eq!(
            first_words("Which day\nsuits  you?"),
            "Which day suits you?"
        );
        assert_eq!(first_words("> Which day\n> suits\nMonday"), "Monday");
        let long = "one two three four five six seven eight nine ten";
        assert_eq!(
            first_words(long),
            "one two three four five six seven eight…"
        );
        assert_eq!(first_words(&"ä".repeat(50)), format!("{}…", "ä".repeat(40)));
    }
}
