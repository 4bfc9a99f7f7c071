//! Compares the messages of one lead with its list in Close.
//!
//! Belongs here: reading the list, and the findings about messages that it contains. Never here: messages that it lacks
//! ([`super::absent`]), which of several activities is redundant ([`super::copies`]), or the comparison of fields
//! ([`crate::plan::compare`]).

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::absent::Absence;
use super::bytes::{self, FilesToRead};
use super::copies::Kept;
use super::expected::{Targets, expected, target_of};
use super::found::Next;
use super::integration_link;
use super::items::{Item, OfLead};
use super::lead_result::{Basis, ListedBasis, OfItem, OfOneLead, Stray};
use super::left_out::LeftOut;
use super::list::{List, for_lead, in_close, read_one};
use crate::checkpoint::{HashKey, Snapshot};
use crate::close::{Client, Failure, Listed};
use crate::ids::{ActivityId, LeadId, UserId};
use crate::plan::compare::{
    ExpectedLink, Field, Finding, Match, Matches, Shown, Tally, match_listed,
};
use crate::plan::repair::OnLead;
use crate::plan::{Fingerprint, Plan};
use crate::policy::Policy;
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
    /// Messages whose files are downloaded in any case.
    pub(super) bytes_of: HashSet<OnLead>,
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
                let activity = &list.activities[*index];
                result.strays.push(Stray {
                    external_id: id.clone(),
                    activity_id: activity.id.clone(),
                    created_by: activity.created_by.clone(),
                    created: activity.date_created,
                });
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
        let is_asked = self
            .bytes_of
            .contains(&(of.lead.clone(), item.external_id.clone()));
        let reads_bytes = is_asked || self.files.includes(&activity.id);
        if reads_bytes && !activity.attachments.is_empty() {
            let known = (self.key(), self.plan.containers.as_slice());
            let files = &activity.attachments;
            let compared = bytes::compare(self.client, known, item, files).await?;
            result.files_compared += compared.compared;
            result.failed_downloads.join(&compared.failed);
            if is_asked && compared.compared == 0 {
                let on_lead = (of.lead.clone(), item.external_id.clone());
                result.bytes_unread.push(on_lead);
            }
            if compared.differs && !fields.contains(&Field::FileSizes) {
                fields.push(Field::FileBytes);
            }
        }
        if let Some(differs) = integration_link::differs(item, activity) {
            result.links.add(item, of.number, differs);
            if differs {
                fields.push(Field::IntegrationLink);
                fields.sort_unstable();
            }
        }
        let expected = expected(item, ExpectedLink::NotCompared);
        let is_created = (item.record.as_ref()).is_some_and(super::Record::is_created);
        let shown = Shown::of(&expected, &in_close, is_created);
        result.forms.add(&fields, &shown);
        let mut class = match fields.is_empty() {
            true => Finding::Same,
            false => Finding::Drifted,
        };
        for field in &fields {
            let mut found = of.found(Finding::Drifted, Next::of_drifted(item, *field));
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
            let basis = self.basis(item, (list, kept), targets);
            self.keep(of, Some(basis), result);
        }
        Ok(())
    }

    /// What a repair of a listed message needs.
    fn basis(
        &self,
        item: &Item,
        (list, kept): (&List, &Kept),
        targets: &Targets<'_>,
    ) -> ListedBasis {
        let activity = &list.activities[kept.at];
        let redundant = (kept.redundant.iter()).map(|copy| list.activities[*copy].id.clone());
        ListedBasis {
            activity_id: activity.id.clone(),
            is_linked: activity.response_to_id.is_some(),
            link: (target_of(item), self.link(item, targets)),
            redundant: redundant.collect(),
        }
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
}
