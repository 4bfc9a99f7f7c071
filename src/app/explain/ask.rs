//! What Close holds of a message, compared field by field.

use super::value::CloseView;
use crate::app::error::Result;
use crate::app::output_time;
use crate::app::verify::read_one;
use crate::checkpoint::{MessageRow, Snapshot, fingerprint};
use crate::close::{Client, Listed};
use crate::ids::{ActivityId, LeadId};
use crate::plan::compare::{
    Answered, Comparison, Expected, ExpectedLink, InClose, Sent, Wanted, differences,
};
use crate::plan::{Fingerprint, Planned, PlannedChat};
use crate::policy::{InactiveUser, Policy};
use crate::transform::desired::Destination;

/// What a message is compared with.
pub(super) struct Ask<'a> {
    pub(super) client: &'a Client,
    pub(super) policy: &'a Policy,
    pub(super) snapshot: Option<&'a Snapshot>,
    /// The message of the archives and its chat.
    pub(super) planned: Option<(&'a Planned, &'a PlannedChat)>,
    /// Its record in Close.
    pub(super) record: Option<&'a MessageRow>,
}

impl Ask<'_> {
    /// Reads the activity and compares it. `None`: no activity is known, so nothing is read.
    pub(super) async fn read(&self, activity: Option<&ActivityId>) -> Result<CloseView> {
        let absent = CloseView {
            found: false,
            activity_id: activity.map(ToString::to_string),
            lead_id: None,
            activity_at: None,
            files: 0,
            differs: Vec::new(),
            not_compared: None,
        };
        let Some(activity) = activity else {
            let why = "no activity of it is known; Close was not queried for it".to_owned();
            return Ok(CloseView {
                not_compared: Some(why),
                ..absent
            });
        };
        let Some((listed, in_close)) = read_one(self.client, activity).await? else {
            return Ok(CloseView {
                not_compared: Some("Close does not have this activity".to_owned()),
                ..absent
            });
        };
        let compared = self.differences(&listed, &in_close)?;
        Ok(CloseView {
            found: true,
            lead_id: listed.lead_id.as_ref().map(ToString::to_string),
            activity_at: in_close.at.map(output_time),
            files: u32::try_from(in_close.files.len()).unwrap_or(u32::MAX),
            not_compared: compared
                .is_none()
                .then(|| "neither an archive nor a record has it".to_owned()),
            differs: compared.unwrap_or_default(),
            ..absent
        })
    }

    /// The fields that differ; `None` if nothing is known to compare with.
    fn differences(
        &self,
        listed: &Listed,
        in_close: &InClose,
    ) -> Result<Option<Vec<&'static str>>> {
        if self.planned.is_none() && self.record.is_none() {
            return Ok(None);
        }
        let to: Option<Destination> = self.planned.and_then(|(planned, chat)| {
            let to = chat.destination.as_ref()?;
            Some(to.between(planned.message.between.as_deref()))
        });
        let wanted = self.planned.zip(to.as_ref());
        let expected = Expected {
            wanted: wanted.map(|((planned, _), to)| Wanted {
                message: &planned.message,
                to,
            }),
            sent: self.record.map(|row| self.sent(row)).transpose()?,
            answered: match (self.record, self.snapshot) {
                (Some(row), Some(snapshot)) => answered(snapshot, row)?,
                _ => Answered::default(),
            },
            link: self.link(listed.lead_id.as_ref())?,
        };
        let fingerprint = self.snapshot.map(|snapshot| {
            let key = snapshot.key();
            Fingerprint(std::sync::Arc::new(move |kind, text| {
                fingerprint::keyed(&key, kind, text)
            }))
        });
        let comparison = Comparison {
            fingerprint: fingerprint.as_ref(),
            instead: match &self.policy.inactive_user {
                InactiveUser::Instead(user) => Some(user),
                InactiveUser::Hold => None,
            },
            is_group: self.planned.is_none_or(|(_, chat)| chat.chat.is_group),
            reference: self.planned.and_then(|(_, chat)| chat.destination.as_ref()),
        };
        let fields = differences(&expected, in_close, &comparison);
        Ok(Some(fields.into_iter().map(|field| field.word()).collect()))
    }

    fn sent(&self, row: &MessageRow) -> Result<Sent> {
        let mut sizes = Vec::new();
        if let Some(snapshot) = self.snapshot {
            snapshot.each_file_of(row.chat, |message, file| {
                if message == row.id {
                    sizes.push(file.size);
                }
            })?;
        }
        Ok(Sent {
            body: row.body_hash,
            at: row.activity_at,
            outgoing: row.outgoing,
            people: row.people_hash,
            files: row.media_count as usize,
            sizes: (sizes.len() == row.media_count as usize).then_some(sizes),
            changing: row.changing,
        })
    }

    /// The link that the record has, or will have. `here`: the lead of the activity.
    fn link(&self, here: Option<&LeadId>) -> Result<ExpectedLink> {
        let recorded = self
            .record
            .and_then(|row| Some((row.response_to.as_ref()?, row.linked)));
        let (Some((target, linked)), Some(snapshot)) = (recorded, self.snapshot) else {
            return Ok(ExpectedLink::NotCompared);
        };
        let done = snapshot.done_as(target)?;
        let is_here = (done.iter()).any(|(_, lead, _)| Some(lead) == here);
        let ids: Vec<ActivityId> = (done.into_iter())
            .filter(|(_, lead, _)| !is_here || Some(lead) == here)
            .map(|(.., id)| id)
            .collect();
        Ok(match (ids.is_empty(), linked) {
            (true, _) => ExpectedLink::NotCompared,
            (false, true) => ExpectedLink::To(ids),
            (false, false) => ExpectedLink::MayBe(ids),
        })
    }
}

fn answered(snapshot: &Snapshot, row: &MessageRow) -> Result<Answered> {
    let answers = snapshot.answers_of(row.chat)?;
    let answer = answers.get(&row.id).copied().unwrap_or_default();
    Ok(Answered {
        text: answer.text,
        numbers: answer.people,
        files: answer.files,
        at: answer.at,
    })
}
