//! The webhooks that are notified of what an import writes: named before its first write.
//!
//! Belongs here: the number of events that each subscriber gets, and whether a checkpoint has recorded that it was named. Webhooks
//! are named again if there are others, or more events than before. Never here: changing a webhook.

use std::collections::BTreeMap;

use crate::app::Notice;
use crate::app::error::Result;
use crate::checkpoint::{Change, Checkpoint};
use crate::close::{Client, Failure};
use crate::digest::Digest;
use crate::organization::{Fact, NamedListeners};
use crate::plan::Totals;

/// The webhooks that are notified of a run.
pub(super) struct Listeners {
    /// The number of events by host, or why webhooks could not be listed.
    hosts: Result<BTreeMap<String, u64>, Failure>,
    /// The most events of one host, or of a host that is not known.
    events: u64,
    /// A digest of the ids of the subscriptions.
    subscriptions: u64,
}

impl Listeners {
    /// Looks up who is notified of operations with these totals.
    ///
    /// # Errors
    ///
    /// Close is unreachable. A list that cannot be read otherwise stops no import.
    pub(super) async fn of(client: &Client, totals: &Totals) -> Result<Listeners, Failure> {
        let created = totals.create + totals.replace;
        let updated = totals.update + totals.relink + totals.unfinished_links;
        let deleted = totals.replace + totals.delete + totals.unfinished;
        let webhooks = match client.webhooks().await {
            Ok(webhooks) => webhooks,
            Err(failure) if failure.is_network() && !failure.is_of_one_request() => {
                return Err(failure);
            }
            Err(failure) => {
                return Ok(Listeners {
                    hosts: Err(failure),
                    events: created + updated + deleted,
                    subscriptions: 0,
                });
            }
        };
        let mut hosts: BTreeMap<String, u64> = BTreeMap::new();
        let mut ids: Vec<&str> = Vec::new();
        for webhook in &webhooks {
            let events = webhook.events_of(created, updated, deleted);
            if events > 0 {
                // Each subscription of a host has events of its own; the pause is by subscription.
                let most = hosts.entry(webhook.host()).or_default();
                *most = events.max(*most);
                ids.push(&webhook.id);
            }
        }
        ids.sort_unstable();
        let mut digest = Digest::default();
        for id in ids {
            digest.add(id);
        }
        let [a, b, c, d, e, f, g, h, ..] = digest.finish();
        Ok(Listeners {
            events: hosts.values().copied().max().unwrap_or(0),
            hosts: Ok(hosts),
            subscriptions: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        })
    }

    /// What to report; `None`: nothing, or no more than the checkpoint has recorded.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be read.
    pub(super) fn notice(&self, checkpoint: &Checkpoint) -> Result<Option<Notice>> {
        if self.hosts.as_ref().is_ok_and(BTreeMap::is_empty) {
            return Ok(None);
        }
        let named = checkpoint.reader().facts()?.named_listeners();
        let is_named = named.is_some_and(|named| {
            named.events >= self.events && named.subscriptions == self.subscriptions
        });
        if is_named {
            return Ok(None);
        }
        Ok(Some(match &self.hosts {
            Err(failure) => Notice::ListenersUnknown {
                unreadable: (!failure.is_denied()).then(|| failure.to_string()),
            },
            Ok(hosts) => Notice::Listeners(hosts.clone().into_iter().collect()),
        }))
    }

    /// Records that they were named.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be written.
    pub(super) async fn record(&self, checkpoint: &Checkpoint) -> Result<()> {
        let named = Fact::NamedListeners(NamedListeners {
            events: self.events,
            subscriptions: self.subscriptions,
        });
        checkpoint.recorder().record(Change::Fact(named)).await?;
        Ok(())
    }
}
