//! The new checkpoint: what the plan finds in Close, what no archive has, what the former checkpoint knows.
//!
//! Never here: whether it may replace the former one.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Session;
use super::alone::Alone;
use super::carried::{ValidRecords, valid_records};
use super::leads::{self, Coverage};
use super::result::Lost;
use crate::app::error::Result;
use crate::app::{Migration, Observer};
use crate::checkpoint::{
    Binding, Change, Checkpoint, Counts, Creator, Erasures, RECOVERED, Rebuild, RunFacts,
    RunOutcome, Snapshot,
};
use crate::clock::SharedClock;
use crate::execute::{self, Checks, Executor, Limits};
use crate::ids::LeadId;
use crate::organization::Fact;
use crate::people::contacts::{Contacts, Role};
use crate::phone::Phone;
use crate::plan::{Plan, Totals};
use crate::routing::key_by_subject;
use crate::settings::Settings;
use crate::survey::{ChatKey, OursOnLead};

/// What the new checkpoint takes over.
#[derive(Clone, Copy)]
pub(super) struct Sources<'s> {
    /// The former checkpoint, where it is readable.
    pub(super) former: Option<&'s Snapshot>,
    /// The erased persons of a former checkpoint that is not.
    pub(super) erasures: Option<&'s Erasures>,
}

/// A new checkpoint that was built, and from what.
pub(super) struct Built {
    /// The activities of ours, by lead.
    pub(super) lists: Vec<OursOnLead>,
    alone: u64,
    valid: ValidRecords,
}

impl Built {
    /// Builds the new checkpoint.
    pub(super) async fn of(
        session: &Session<'_>,
        mut migration: Migration,
        (rebuild, sources): (&Rebuild, Sources<'_>),
        observer: &mut dyn Observer,
    ) -> Result<Built> {
        let Sources { former, erasures } = sources;
        let binding = Binding::new(
            session.account.organization_id.clone(),
            &migration.settings.close.base_url,
        );
        let clock = SharedClock::clone(session.recover.clock);
        let checkpoint = rebuild.create(&binding, clock, (former, erasures))?;
        let built = session
            .fill((&checkpoint, sources), &mut migration, observer)
            .await;
        let closed = checkpoint.close();
        let built = built?;
        closed?;
        if let Some(former) = former {
            rebuild.carry(former, &built.valid.carried)?;
        }
        Ok(built)
    }

    /// The number of activities of ours in Close.
    pub(super) fn activities(&self) -> u64 {
        (self.lists.iter())
            .map(|list| list.activities.len() as u64)
            .sum()
    }

    /// What could not be recovered.
    pub(super) fn lost(
        &self,
        coverage: Coverage,
        totals: &Totals,
        failures: Vec<Lost>,
    ) -> Vec<Lost> {
        let mut lost = vec![
            Lost::FromList(self.alone),
            Lost::Copies(coverage.copies),
            Lost::Undecided(totals.undecided),
            Lost::Moved(self.valid.moved),
            Lost::Unrecorded(coverage.wrong),
        ];
        lost.extend(failures);
        lost.retain(|lost| lost.number() > 0);
        lost
    }
}

impl Session<'_> {
    /// Records in the new checkpoint what the plan finds in Close, and the rest.
    async fn fill(
        &self,
        (checkpoint, sources): (&Checkpoint, Sources<'_>),
        migration: &mut Migration,
        observer: &mut dyn Observer,
    ) -> Result<Built> {
        let Sources { former, erasures } = sources;
        let facts = RunFacts {
            command: Some("recover".into()),
            user_id: Some(self.account.user_id.clone()),
            ..RunFacts::default()
        };
        let recorder = checkpoint.recorder();
        recorder.record(Change::RunIs(facts)).await?;
        let erased = erasures.map_or(&[][..], Erasures::numbers).iter();
        let erased = erased.map(|number| Change::Erased { number: *number });
        recorder.record_all(erased.collect()).await?;
        let reader = checkpoint.reader();
        let plan = self.plan(migration, Some(reader), observer).await?;
        let owners = owners(&plan, &migration.settings, &migration.contacts);
        let groups = groups(&plan, &migration.contacts);
        let mut leads = leads::of_migration(&plan, &migration.contacts);
        let labels = leads::labels(&plan);
        let destinations = (plan.chats.iter()).filter_map(|chat| chat.destination.as_ref());
        let of_chats: BTreeSet<LeadId> = destinations.map(|to| to.lead_id.clone()).collect();
        self.record_plan(checkpoint, plan, &migration.settings)
            .await?;
        leads::add_recorded(reader, &mut leads)?;
        if let Some(former) = former {
            leads::add_recorded(former, &mut leads)?;
        }
        let settle = migration.settings.limits.settle();
        let lists = self
            .settled_lists((&leads, &labels), (former, settle), observer)
            .await?;
        leads::require_visible(&lists, &of_chats)?;
        let built = self
            .record_rest((checkpoint, former), lists, (&owners, &groups))
            .await?;
        let mut changes: Vec<Change> = (self.recover.client.list_order().into_iter())
            .map(|order| Change::Fact(Fact::ListOrder(order)))
            .collect();
        changes.push(Change::RunEnded {
            outcome: RunOutcome::Complete,
            counts: Counts::from([(RECOVERED.to_owned(), built.activities())]),
        });
        recorder.record_all(changes).await?;
        Ok(built)
    }

    /// Records what the plan found in Close.
    async fn record_plan(
        &self,
        checkpoint: &Checkpoint,
        plan: Plan,
        settings: &Settings,
    ) -> Result<()> {
        let limits = &settings.limits;
        let executor = Executor {
            client: self.recover.client.clone(),
            checkpoint,
            clock: SharedClock::clone(self.recover.clock),
            limits: Limits {
                concurrency: limits.concurrency,
                upload_concurrency: limits.upload_concurrency,
                settle: limits.settle(),
                drain: Limits::DRAIN,
                refusals: Limits::REFUSALS,
            },
            policy: &self.policy,
            checks: Checks::new(&self.policy),
        };
        execute::record(&executor, plan, self.creator_of_ours()).await?;
        Ok(())
    }

    /// Records what the plan does not pair with messages.
    async fn record_rest(
        &self,
        (checkpoint, former): (&Checkpoint, Option<&Snapshot>),
        lists: Vec<OursOnLead>,
        (owners, groups): (&HashSet<Phone>, &HashMap<LeadId, Vec<ChatKey>>),
    ) -> Result<Built> {
        let new = checkpoint.reader();
        let valid = match former {
            Some(former) => {
                let (client, stop) = (self.recover.client, &self.recover.stop);
                valid_records((former, new), &lists, client, stop).await?
            }
            None => ValidRecords::default(),
        };
        let alone = Alone {
            new,
            users: &self.users,
            owners,
            groups,
            creator_of_native: self.creator_of_ours(),
            carried: &valid.of_listed,
        };
        let (changes, alone) = alone.changes(&lists)?;
        checkpoint.recorder().record_all(changes).await?;
        Ok(Built {
            lists,
            alone,
            valid,
        })
    }

    /// The creator of activities of ours. With an id of WhatsApp's, only the user speaks for chatferry.
    fn creator_of_ours(&self) -> Creator {
        match self.recover.order.claims {
            true => Creator::Claimed,
            false => Creator::Unknown,
        }
    }
}

/// The groups of each lead: those of the plan, and those that rows of contacts.csv name.
fn groups(plan: &Plan, contacts: &Contacts) -> HashMap<LeadId, Vec<ChatKey>> {
    let of_plan = plan.chats.iter().filter_map(|planned| {
        let key = planned
            .chat
            .key
            .as_ref()
            .filter(|_| planned.chat.is_group)?;
        let to = planned.destination.as_ref()?;
        Some((to.lead_id.clone(), key.reveal().to_owned()))
    });
    let anchors = contacts
        .rows()
        .iter()
        .filter(|row| row.participant.is_any());
    let of_rows = anchors.filter_map(|row| {
        let key = match &row.chat_key {
            Some(key) => key.clone(),
            None => key_by_subject(row.chat.text()?),
        };
        Some((row.lead_id.clone()?, key))
    });
    let mut groups: HashMap<LeadId, Vec<ChatKey>> = HashMap::new();
    for (lead, key) in of_plan.chain(of_rows) {
        let chat = ChatKey {
            key,
            is_group: true,
        };
        let of_lead = groups.entry(lead).or_default();
        if !of_lead.contains(&chat) {
            of_lead.push(chat);
        }
    }
    groups
}

/// The numbers of the owners of a migration, present and former.
fn owners(plan: &Plan, settings: &Settings, contacts: &Contacts) -> HashSet<Phone> {
    let mut owners: HashSet<Phone> = HashSet::new();
    for device in &settings.devices {
        owners.extend(
            device
                .local_phone
                .iter()
                .chain(&device.former_phones)
                .cloned(),
        );
    }
    let rows = contacts.rows().iter().filter(|row| row.role == Role::Me);
    owners.extend(rows.filter_map(|row| row.phone.clone()));
    let destinations = plan
        .chats
        .iter()
        .filter_map(|chat| chat.destination.as_ref());
    owners.extend(destinations.map(|to| to.local_phone.clone()));
    owners
}
