//! Lists of activities: filters and sort order.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::lists::{self, Fields, Page};
use super::params::{DateFilter, Params};
use super::refusal::Refusal;
use super::server::Shared;
use super::store::{Merge, Message, Store};
use super::{dates, messages};

/// `GET /activity/whatsapp_message/`.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::activities(shared.options.max_skip))?;
    let fields = Fields::read(&params);
    let store = shared.store();
    let filter = Filter::read(&params, &shared, &store)?;
    let rows = filter.rows();
    Ok(Json(page.answer(rows, &fields, |message| {
        messages::render(&store, message)
    })))
}

/// `GET /activity/`: every kind. The sandbox has two, messages and lead merges.
pub(super) async fn list_all(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    // These filters need a lead on this list.
    for name in [
        "user_id",
        "contact_id",
        "_type",
        "user_id__in",
        "contact_id__in",
        "_type__in",
    ] {
        if params.get(name).is_some() && params.get("lead_id").is_none() {
            return Err(Refusal::field(name, "This filter requires lead_id."));
        }
    }
    let page = Page::read(&params, lists::activities(shared.options.max_skip))?;
    let fields = Fields::read(&params);
    let store = shared.store();
    let filter = Filter::read(&params, &shared, &store)?;
    let mut rows: Vec<Row<'_>> = filter.rows().map(Row::Message).collect();
    if filter.takes_type("LeadMerge") && !filter.is_about_messages() {
        rows.extend(
            store
                .merges
                .iter()
                .filter(|merge| filter.takes_merge(merge))
                .map(Row::Merge),
        );
        match filter.order {
            Order::Newest => rows.sort_by_key(|row| Reverse(row.created())),
            Order::Oldest => rows.sort_by_key(Row::created),
            Order::LatestActivity => {
                rows.sort_by_key(|row| Reverse((row.activity_at(), row.created())))
            }
            Order::EarliestActivity => rows.sort_by_key(|row| (row.activity_at(), row.created())),
        }
    }
    let render = |row| match row {
        Row::Message(message) => messages::render(&store, message),
        Row::Merge(merge) => render_merge(&store, merge),
    };
    Ok(Json(page.answer(rows.into_iter(), &fields, render)))
}

/// `GET /activity/lead_merge/`. Assumed: the names of the two lead fields are those of the merge events in
/// the event log; the schema of this object is not documented.
pub(super) async fn list_merges(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::activities(shared.options.max_skip))?;
    let fields = Fields::read(&params);
    let dates = params.dates("date_created")?;
    let (leads, ids) = (params.list("lead_id"), params.list("id__in"));
    let store = shared.store();
    let rows = store.merges.iter().rev().filter(|merge| {
        dates.allows(merge.created)
            && leads
                .as_ref()
                .is_none_or(|leads| leads.contains(&merge.destination_id.as_str()))
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&merge.id.as_str()))
    });
    Ok(Json(page.answer(rows, &fields, |merge| {
        render_merge(&store, merge)
    })))
}

fn render_merge(store: &Store, merge: &Merge) -> Value {
    json!({
        "_type": "LeadMerge",
        "id": merge.id,
        "organization_id": store.organization_id,
        "lead_id": merge.destination_id,
        "contact_id": null,
        "user_id": store.me,
        "users": [],
        "source_lead_id": merge.source_id,
        "source_lead_name": merge.source_name,
        "destination_lead_id": merge.destination_id,
        "merge_status": "completed",
        "activity_at": dates::write(merge.created),
        "date_created": dates::write(merge.created),
        "date_updated": dates::write(merge.created),
        "created_by": store.me,
        "updated_by": store.me,
    })
}

#[derive(Clone, Copy)]
enum Row<'s> {
    Message(&'s Message),
    Merge(&'s Merge),
}

impl Row<'_> {
    fn created(&self) -> chrono::DateTime<chrono::Utc> {
        match self {
            Row::Message(message) => message.made.created,
            Row::Merge(merge) => merge.created,
        }
    }

    fn activity_at(&self) -> chrono::DateTime<chrono::Utc> {
        match self {
            Row::Message(message) => message.activity_at,
            Row::Merge(merge) => merge.created,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Newest,
    Oldest,
    LatestActivity,
    EarliestActivity,
}

/// The filters of a list of messages. Assumed: unknown parameters are ignored.
struct Filter<'p> {
    store: &'p Store,
    shared: &'p Shared,
    external_id: Option<&'p str>,
    leads: Option<Vec<&'p str>>,
    contacts: Option<Vec<&'p str>>,
    users: Option<Vec<&'p str>>,
    ids: Option<Vec<&'p str>>,
    types: Option<Vec<&'p str>>,
    organization: Option<&'p str>,
    created: DateFilter,
    activity: DateFilter,
    order: Order,
}

impl<'p> Filter<'p> {
    fn read(params: &'p Params, shared: &'p Shared, store: &'p Store) -> Result<Self, Refusal> {
        let either = |name: &str, other: &str| params.list(name).or_else(|| params.list(other));
        let filter = Filter {
            store,
            shared,
            // Assumed: one literal value, commas included.
            external_id: params.get("external_whatsapp_message_id"),
            leads: either("lead_id", "lead_id__in"),
            contacts: either("contact_id", "contact_id__in"),
            users: either("user_id", "user_id__in"),
            ids: params.list("id__in"),
            types: either("_type", "_type__in"),
            organization: params.get("organization_id"),
            created: params.dates("date_created")?,
            activity: params.dates("activity_at")?,
            order: order(params)?,
        };
        // Assumed: only date filters of the field that is sorted on.
        let by_created = matches!(filter.order, Order::Newest | Order::Oldest);
        if by_created && !filter.activity.is_open() {
            return Err(Refusal::field(
                "activity_at",
                "Filtering on activity_at requires _order_by=-activity_at.",
            ));
        }
        if !by_created && !filter.created.is_open() {
            return Err(Refusal::field(
                "date_created",
                "Filtering on date_created requires _order_by=-date_created.",
            ));
        }
        if !by_created && filter.leads.as_ref().is_none_or(|leads| leads.len() != 1) {
            return Err(Refusal::field(
                "_order_by",
                "Sorting on activity_at requires one lead_id.",
            ));
        }
        Ok(filter)
    }

    /// The messages that pass, in order, message_at through the narrowest index.
    fn rows(&self) -> Box<dyn Iterator<Item = &'p Message> + '_> {
        if !self.takes_type("WhatsAppMessage") {
            return Box::new(std::iter::empty());
        }
        let (messages, store) = (&self.store.messages, self.store);
        let indexes: Option<Vec<usize>> = if let Some(id) = self.external_id {
            Some(
                messages
                    .indexes_of_external(id)
                    .into_iter()
                    .flatten()
                    .copied()
                    .collect(),
            )
        } else if let Some(ids) = &self.ids {
            let mut indexes: Vec<usize> = ids.iter().filter_map(|id| messages.index(id)).collect();
            indexes.sort_unstable();
            indexes.dedup();
            Some(indexes)
        } else if let Some(leads) = &self.leads {
            let of_lead = |lead: &&str| {
                messages
                    .indexes_of_lead(lead)
                    .into_iter()
                    .flatten()
                    .copied()
            };
            let mut indexes: Vec<usize> = leads.iter().flat_map(of_lead).collect();
            indexes.sort_unstable();
            indexes.dedup();
            Some(indexes)
        } else {
            None
        };
        // Position is order of creation. Assumed: the newest first; no two have the same date.
        let message_at = move |index: usize| {
            store
                .messages
                .at(index)
                .filter(|message| self.takes(message))
        };
        match (indexes, self.order) {
            (None, Order::Oldest) => Box::new(messages.indexes().filter_map(message_at)),
            (None, _) => Box::new(messages.indexes().rev().filter_map(message_at)),
            (Some(indexes), Order::Oldest) => Box::new(indexes.into_iter().filter_map(message_at)),
            (Some(indexes), Order::Newest) => {
                Box::new(indexes.into_iter().rev().filter_map(message_at))
            }
            (Some(indexes), order) => {
                let mut rows: Vec<&Message> = indexes.into_iter().filter_map(message_at).collect();
                rows.sort_by_key(|message| (message.activity_at, message.made.created));
                if order == Order::LatestActivity {
                    rows.reverse();
                }
                Box::new(rows.into_iter())
            }
        }
    }

    fn takes(&self, message: &Message) -> bool {
        let among = |list: &Option<Vec<&str>>, id: Option<&str>| {
            list.as_ref()
                .is_none_or(|list| id.is_some_and(|id| list.contains(&id)))
        };
        self.store
            .is_listed(&message.made, self.shared.options.list_lag)
            && self.external_id.is_none_or(|id| id == message.external_id)
            && among(&self.leads, Some(&message.lead_id))
            && among(&self.contacts, message.contact_id.as_deref())
            && among(&self.users, message.user_id.as_deref())
            && among(&self.ids, Some(&message.id))
            && self
                .organization
                .is_none_or(|id| id == self.store.organization_id)
            && self.created.allows(message.made.created)
            && self.activity.allows(message.activity_at)
    }

    fn takes_type(&self, name: &str) -> bool {
        self.types
            .as_ref()
            .is_none_or(|types| types.contains(&name))
    }

    /// True when a filter is set that a merge cannot pass.
    fn is_about_messages(&self) -> bool {
        self.external_id.is_some() || self.contacts.is_some()
    }

    fn takes_merge(&self, merge: &Merge) -> bool {
        let among = |list: &Option<Vec<&str>>, id: &str| {
            list.as_ref().is_none_or(|list| list.contains(&id))
        };
        among(&self.leads, &merge.destination_id)
            && among(&self.ids, &merge.id)
            && among(&self.users, &self.store.me)
            && self
                .organization
                .is_none_or(|id| id == self.store.organization_id)
            && self.created.allows(merge.created)
            && self.activity.allows(merge.created)
    }
}

fn order(params: &Params) -> Result<Order, Refusal> {
    match params.get("_order_by") {
        None | Some("-date_created") => Ok(Order::Newest),
        Some("date_created") => Ok(Order::Oldest),
        Some("-activity_at") => Ok(Order::LatestActivity),
        Some("activity_at") => Ok(Order::EarliestActivity),
        Some(other) => Err(Refusal::field(
            "_order_by",
            &format!("Cannot sort by {other}."),
        )),
    }
}
