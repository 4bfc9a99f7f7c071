//! Compares the messages of one lead with its list in Close.
//!
//! Belongs here: reading the list, and the findings about messages that it contains. Never here: messages that it lacks
//! ([`super::absent`]), which of several activities is redundant ([`super::copies`]), or the comparison of fields
//! ([`crate::plan::compare`]).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::absent::Absence;
use super::bytes::{self, FilesToRead};
use super::copies::Kept;
use super::found::{Found, Next};
use super::items::{Item, OfLead, Standing};
use super::left_out::LeftOut;
use crate::checkpoint::{HashKey, Snapshot};
use crate::close::{self, Client, Failure, Listed};
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::plan::compare::{
    Comparison, Expected, ExpectedLink, Field, FileInClose, Finding, Forms, InClose, Match,
    Matches, PeopleInClose, Tally, Wanted, differences, match_listed,
};
use crate::plan::{Action, Fingerprint, Plan};
use crate::policy::{InactiveUser, Policy};
use crate::stop_reason::stops;
use crate::survey;
use crate::transform::id_form::read as read_id;

/// What the comparison of a lead reads.
pub(super) struct Verifier<'v> {
    pub(super) client: &'v Client,
    pub(super) plan: &'v Plan,
    pub(super) snapshot: Option<&'v Snapshot>,
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) policy: &'v Policy,
    /// The age up to which an activity may be missing from a list.
    pub(super) settle: Duration,
    pub(super) files: FilesToRead,
    pub(super) deletions: super::absent::Deletions,
    /// The messages of the archives that rules leave out.
    pub(super) left_out: &'v LeftOut,
    /// The users whose keys created activities of this migration.
    pub(super) users: BTreeSet<UserId>,
    /// Whether to keep what a repair needs of messages with findings.
    pub(super) keeps: bool,
    /// What this run has changed in Close, which a list may not show yet.
    pub(super) changed: Changed,
}

/// Activities that a repair has changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Deleted.
    pub(super) deleted: HashSet<ActivityId>,
    /// Updated.
    pub(super) updated: HashSet<ActivityId>,
}

/// What a repair needs of a message with findings.
#[derive(Clone)]
pub(super) struct Basis {
    /// As [`Found::message`].
    pub(super) number: u64,
    pub(super) item: Item,
    /// If the message is listed.
    pub(super) listed: Option<ListedBasis>,
}

/// What a repair needs of a listed message.
#[derive(Clone)]
pub(super) struct ListedBasis {
    /// Its activity.
    pub(super) activity_id: ActivityId,
    /// Whether that is linked to a reply target.
    pub(super) is_linked: bool,
    /// The link that is expected, with the external id of the reply target.
    pub(super) link: (Option<ExternalId>, ExpectedLink),
    /// Activities that repeat it and are to be deleted.
    pub(super) redundant: Vec<ActivityId>,
}

/// The result for one lead.
#[derive(Clone, Default)]
pub(super) struct OfOneLead {
    pub(super) tally: Tally,
    pub(super) found: Vec<Found>,
    pub(super) forms: Forms,
    /// Files of messages in Close, and those among them whose bytes were compared.
    pub(super) files: u64,
    pub(super) files_compared: u64,
    /// Messages that the next import updates.
    pub(super) outdated: u64,
    /// Messages in Close without a file that is damaged in its archive.
    pub(super) without_file: u64,
    /// Why messages were not checked.
    pub(super) unchecked: Option<String>,
    /// Close denied the lead.
    pub(super) is_denied: bool,
    /// How long to wait until the list cannot be late any more.
    pub(super) wait: Option<Duration>,
    /// The lead that Close has merged this one into: its messages are verified there.
    pub(super) merged_into: Option<LeadId>,
    /// With [`Verifier::keeps`]: messages with findings.
    pub(super) bases: Vec<Basis>,
    /// With [`Verifier::keeps`]: activities of other leads that activities of this one are linked to.
    pub(super) linked_elsewhere: Vec<ActivityId>,
    /// Activities with a derived external id that are no message to verify.
    pub(super) strays: Vec<(ExternalId, ActivityId)>,
}

/// A lead's list.
pub(super) struct List {
    pub(super) activities: Vec<Listed>,
    /// The external ids as recorded.
    ids: Vec<ExternalId>,
    /// Activities whose whole text could not be read.
    pub(super) unread: HashSet<ActivityId>,
    /// Close does not know the lead, or does not show it.
    pub(super) is_rejected: bool,
}

impl Verifier<'_> {
    /// Verifies the first `limit` messages of a lead. `first`: the number of the first message. With `is_last`, nothing is
    /// waited for.
    ///
    /// # Errors
    ///
    /// A failure after which no lead can be read.
    pub(super) async fn lead(
        &self,
        lead: &LeadId,
        of_lead: &OfLead,
        (limit, first): (usize, u64),
        is_last: bool,
    ) -> Result<OfOneLead, Failure> {
        let items = &of_lead.items;
        let mut result = OfOneLead::default();
        let list = match self.list(lead).await? {
            Ok(list) => list,
            Err(failure) => {
                let selected = &items[..limit.min(items.len())];
                result.uncheck(lead, selected, first, &failure);
                return Ok(result);
            }
        };
        let keys: Vec<_> = (items.iter())
            .map(|item| (&item.external_id, item.activity_id.as_ref()))
            .collect();
        let listed: Vec<_> = (list.ids.iter().zip(&list.activities))
            .map(|(id, activity)| (id, &activity.id))
            .collect();
        let matches = match_listed(&keys, &listed);
        result.tally = Tally::of_list(list.activities.len() as u64);
        self.count_others(&list, &matches, of_lead, &mut result);
        let targets = Targets::of(&list, lead, self.snapshot);
        let linked: HashSet<&ActivityId> = (list.activities.iter())
            .filter_map(|activity| activity.response_to_id.as_ref())
            .collect();
        if self.keeps {
            let own: HashSet<&ActivityId> = list.activities.iter().map(|one| &one.id).collect();
            let others = linked.difference(&own).map(|id| (*id).clone());
            result.linked_elsewhere.extend(others);
        }
        let mut absent = Vec::new();
        for (index, (item, found)) in items.iter().zip(&matches.of).enumerate() {
            if index >= limit {
                if let Match::Listed(_, copies) = found {
                    result.tally.not_selected += 1 + copies.len() as u64;
                }
                continue;
            }
            result.tally.planned += 1;
            let number = first + index as u64;
            match found {
                Match::Listed(at, copies) => {
                    let of = OfItem { lead, item, number };
                    let kept = match copies.is_empty() {
                        true => Kept::only(*at),
                        false => {
                            let link = self.link(item, &targets);
                            self.choose((item, link), &list, (*at, copies), &linked)
                        }
                    };
                    self.compare(&of, (&list, &kept), &targets, &mut result)
                        .await?;
                }
                Match::Unlisted => absent.push((number, item)),
            }
        }
        if !absent.is_empty() {
            let absence = Absence {
                verifier: self,
                lead,
                list: &list,
                is_last,
            };
            absence.resolve(&absent, &mut result).await?;
        }
        Ok(result)
    }

    /// The list of a lead; the inner error concerns this lead alone.
    async fn list(&self, lead: &LeadId) -> Result<Result<List, Failure>, Failure> {
        let mut activities = match self.client.list_lead_messages(lead).await {
            Ok(activities) => activities,
            Err(failure) if matches!(failure.status(), Some(400 | 404)) => {
                return Ok(Ok(List {
                    activities: Vec::new(),
                    ids: Vec::new(),
                    unread: HashSet::new(),
                    is_rejected: true,
                }));
            }
            Err(failure) => return for_lead(failure).map(Err),
        };
        let is_deleted = |id: &ActivityId| self.changed.deleted.contains(id);
        activities.retain(|activity| !is_deleted(&activity.id));
        let unread = match survey::whole_texts(self.client, &mut activities).await {
            Ok(unread) => unread,
            Err(failure) => return for_lead(failure).map(Err),
        };
        Ok(Ok(List {
            ids: (activities.iter())
                .map(|activity| read_id(&activity.external_id))
                .collect(),
            activities,
            unread,
            is_rejected: false,
        }))
    }

    /// Counts the activities that are no message to verify.
    fn count_others(
        &self,
        list: &List,
        matches: &Matches,
        of_lead: &OfLead,
        result: &mut OfOneLead,
    ) {
        for index in &matches.rest {
            let id = &list.ids[*index];
            if of_lead.not_selected.contains(id) {
                result.tally.not_selected += 1;
                continue;
            }
            result.tally.add(Finding::Foreign, 1);
            if id.is_derived() && !id.as_str().is_empty() {
                let activity = list.activities[*index].id.clone();
                result.strays.push((id.clone(), activity));
            }
        }
    }

    /// The findings about a message in the list.
    async fn compare(
        &self,
        of: &OfItem<'_>,
        (list, kept): (&List, &Kept),
        targets: &Targets<'_>,
        result: &mut OfOneLead,
    ) -> Result<(), Failure> {
        let (item, activity) = (of.item, &list.activities[kept.at]);
        let is_unread = list.unread.contains(&activity.id);
        let in_close = in_close(activity, is_unread);
        let mut fields = self.differences(item, &in_close, targets);
        if !fields.is_empty() && self.changed.updated.contains(&activity.id) {
            fields = self.read_again(item, activity, fields, targets).await?;
        }
        result.files += activity.attachments.len() as u64;
        if self.files.includes(&activity.id) && !activity.attachments.is_empty() {
            let known = (self.key(), self.plan.containers.as_slice());
            let files = &activity.attachments;
            let compared = bytes::compare(self.client, known, item, files).await?;
            result.files_compared += compared.compared;
            if compared.differs && !fields.contains(&Field::FileSizes) {
                fields.push(Field::FileBytes);
            }
        }
        result.forms.add(&fields, !in_close.files.is_empty());
        let mut class = match fields.is_empty() {
            true => Finding::Same,
            false => Finding::Drifted,
        };
        for field in &fields {
            let mut found = of.found(Finding::Drifted, Next::of_drifted(item));
            found.field = Some(*field);
            found.activity_id = Some(activity.id.clone());
            found.changed_by.clone_from(&activity.updated_by);
            found.changed_at = activity.date_updated;
            "Close has another value than was sent".clone_into(&mut found.what);
            result.found.push(found);
        }
        if !kept.copies.is_empty() {
            class = Finding::Double;
            result.tally.double_copies += 1 + kept.copies.len() as u64;
            result.found.push(kept.found(of, list));
        } else if class == Finding::Same && is_unread {
            class = Finding::NotChecked;
            result.tally.unread += 1;
            let mut found = of.found(Finding::NotChecked, Next::Verify);
            found.activity_id = Some(activity.id.clone());
            "the file with its full text could not be read".clone_into(&mut found.what);
            result.unchecked = Some(found.what.clone());
            result.found.push(found);
        }
        result.outdated += u64::from(class == Finding::Same && item.is_outdated());
        result.without_file += u64::from(item.is_without_file());
        result.tally.add(class, 1);
        if matches!(class, Finding::Drifted | Finding::Double) {
            let redundant = kept
                .redundant
                .iter()
                .map(|copy| list.activities[*copy].id.clone());
            let basis = ListedBasis {
                activity_id: activity.id.clone(),
                is_linked: activity.response_to_id.is_some(),
                link: (target_of(item), self.link(item, targets)),
                redundant: redundant.collect(),
            };
            self.keep(of, Some(basis), result);
        }
        Ok(())
    }

    /// Keeps what a repair needs of a message with findings.
    pub(super) fn keep(
        &self,
        of: &OfItem<'_>,
        listed: Option<ListedBasis>,
        result: &mut OfOneLead,
    ) {
        if self.keeps {
            result.bases.push(Basis {
                number: of.number,
                item: of.item.clone(),
                listed,
            });
        }
    }

    /// The fields in which an activity differs that was updated a moment ago: a list may show it as it was before.
    async fn read_again(
        &self,
        item: &Item,
        activity: &Listed,
        fields: Vec<Field>,
        targets: &Targets<'_>,
    ) -> Result<Vec<Field>, Failure> {
        match read_one(self.client, &activity.id).await? {
            Some((_, in_close)) => Ok(self.differences(item, &in_close, targets)),
            None => Ok(fields),
        }
    }

    fn key(&self) -> Option<HashKey> {
        self.snapshot.map(Snapshot::key)
    }

    fn differences(&self, item: &Item, in_close: &InClose, targets: &Targets<'_>) -> Vec<Field> {
        differences(
            &expected(item, self.link(item, targets)),
            in_close,
            &comparison(self.plan, self.fingerprint.as_ref(), self.policy, item),
        )
    }

    /// The expected link.
    fn link(&self, item: &Item, targets: &Targets<'_>) -> ExpectedLink {
        let row = item.record.as_ref().map(|record| &record.row);
        let is_linked = row.is_some_and(|row| row.linked);
        let is_due = (item.planned.as_ref()).is_some_and(
            |(planned, _)| matches!(&planned.action, Action::Update(edit) if edit.link),
        );
        let Some(target) = target_of(item) else {
            return match is_linked {
                true => ExpectedLink::NotCompared,
                false => ExpectedLink::Absent,
            };
        };
        let ids = targets.ids(&target);
        match (ids.is_empty(), is_linked) {
            (true, _) => ExpectedLink::NotCompared,
            (false, true) if !is_due => ExpectedLink::To(ids),
            (false, _) => ExpectedLink::MayBe(ids),
        }
    }
}

/// What is expected of a message.
pub(super) fn expected(item: &Item, link: ExpectedLink) -> Expected<'_> {
    let record = item.record.as_ref();
    Expected {
        wanted: (item.planned.as_ref()).map(|(planned, to)| Wanted {
            message: &planned.message,
            to,
        }),
        sent: record.map(super::records::Record::sent),
        answered: record.map_or_else(Default::default, |record| record.answered),
        link,
    }
}

/// What the messages of a chat have in common.
pub(super) fn comparison<'c>(
    plan: &'c Plan,
    fingerprint: Option<&'c Fingerprint>,
    policy: &'c Policy,
    item: &Item,
) -> Comparison<'c> {
    let chat = item.chat.and_then(|chat| plan.chats.get(chat));
    Comparison {
        fingerprint,
        instead: match &policy.inactive_user {
            InactiveUser::Instead(user) => Some(user),
            InactiveUser::Hold => None,
        },
        is_group: item.may_name_sender(chat),
        reference: chat.and_then(|chat| chat.destination.as_ref()),
    }
}

/// The external id of the reply target, as recorded, else as in the archives.
fn target_of(item: &Item) -> Option<ExternalId> {
    let row = item.record.as_ref().map(|record| &record.row);
    let recorded = row.and_then(|row| row.response_to.as_ref());
    recorded.or(item.target.as_ref()).cloned()
}

/// An activity, read by its id, with its whole text; `None` if Close does not have it.
pub(super) async fn read_one(
    client: &Client,
    activity: &ActivityId,
) -> Result<Option<(Listed, InClose)>, Failure> {
    let Some(message) = client.get_message(activity).await? else {
        return Ok(None);
    };
    let mut one = [Listed::from(message)];
    let unread = survey::whole_texts(client, &mut one).await?;
    let [activity] = one;
    let in_close = in_close(&activity, !unread.is_empty());
    Ok(Some((activity, in_close)))
}

/// A message and its place in the comparison.
pub(super) struct OfItem<'i> {
    pub(super) lead: &'i LeadId,
    pub(super) item: &'i Item,
    pub(super) number: u64,
}

impl OfItem<'_> {
    /// A finding about the message.
    pub(super) fn found(&self, finding: Finding, next: Next) -> Found {
        Found {
            finding,
            field: None,
            message: self.number,
            chat: self.item.chat,
            location: self.item.location(),
            external_id: self.item.external_id.clone(),
            lead_id: self.lead.clone(),
            activity_id: self.item.activity_id.clone(),
            what: String::new(),
            changed_by: None,
            changed_at: None,
            next,
            deletions: 0,
        }
    }
}

impl OfOneLead {
    /// Counts messages that cannot be checked because of a failure.
    pub(super) fn uncheck(&mut self, lead: &LeadId, items: &[Item], first: u64, failure: &Failure) {
        let why = failure.reason();
        for (number, item) in (first..).zip(items) {
            let of = OfItem { lead, item, number };
            self.tally.planned += 1;
            self.not_checked(&of, &why);
        }
        self.unchecked = Some(why);
        self.is_denied = failure.is_denied();
    }

    /// Counts a message that could not be checked.
    pub(super) fn not_checked(&mut self, of: &OfItem<'_>, why: &str) {
        let (finding, next) = match of.item.standing {
            Standing::Removed => (Finding::Removed, Next::RepairRemoved),
            _ => (Finding::NotChecked, Next::Verify),
        };
        self.tally.add(finding, 1);
        let mut found = of.found(finding, next);
        why.clone_into(&mut found.what);
        self.found.push(found);
    }
}

/// A failure that concerns one lead; the error is one after which no lead can be read.
pub(in crate::app) fn for_lead(failure: Failure) -> Result<Failure, Failure> {
    match failure.status() == Some(403) || stops(&failure).is_none() {
        true => Ok(failure),
        false => Err(failure),
    }
}

/// The activities that replies are linked to.
struct Targets<'t> {
    listed: HashMap<&'t ExternalId, Vec<&'t ActivityId>>,
    lead: &'t LeadId,
    snapshot: Option<&'t Snapshot>,
}

impl<'t> Targets<'t> {
    fn of(list: &'t List, lead: &'t LeadId, snapshot: Option<&'t Snapshot>) -> Targets<'t> {
        let mut listed: HashMap<&ExternalId, Vec<&ActivityId>> = HashMap::new();
        for (id, activity) in list.ids.iter().zip(&list.activities) {
            listed.entry(id).or_default().push(&activity.id);
        }
        Targets {
            listed,
            lead,
            snapshot,
        }
    }

    /// The activities of a reply target: on this lead, else on those on which it is recorded. None if it is recorded on
    /// this lead and not listed: then it is a finding itself.
    fn ids(&self, id: &ExternalId) -> Vec<ActivityId> {
        if let Some(listed) = self.listed.get(id) {
            return listed.iter().map(|id| (*id).clone()).collect();
        }
        // A link that cannot be looked up is not compared.
        let recorded = self.snapshot.and_then(|snapshot| snapshot.done_as(id).ok());
        let recorded = recorded.unwrap_or_default();
        match recorded.iter().any(|(_, lead, _)| lead == self.lead) {
            true => Vec::new(),
            false => recorded.into_iter().map(|(.., id)| id).collect(),
        }
    }
}

/// An activity of a list, as it is compared. `is_unread`: the file with its whole text could not be read.
pub(in crate::app) fn in_close(activity: &Listed, is_unread: bool) -> InClose {
    InClose {
        text: (!is_unread).then(|| activity.message_markdown.clone()),
        at: activity.activity_at.map(|at| at.timestamp_millis()),
        outgoing: (activity.direction).map(|side| side == close::Direction::Outgoing),
        people: PeopleInClose {
            contact_id: activity.contact_id.clone(),
            user_id: activity.user_id.clone(),
            local_phone: activity.local_phone.clone(),
            remote_phone: activity.remote_phone.clone(),
        },
        link: activity.response_to_id.clone(),
        files: (activity.attachments.iter())
            .map(|file| FileInClose {
                name: file.filename.clone(),
                size: file.size,
            })
            .collect(),
    }
}
