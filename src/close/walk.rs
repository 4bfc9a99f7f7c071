//! Lists of messages, paged by date of creation.
//!
//! A single page needs no order. Longer lists are requested newest first (`_order_by=-date_created`), and the order of
//! every page is verified, since Close documents neither the parameter for this list nor a default. A server that
//! answers oldest first is read in that direction, and asked so from then on. The next page starts at the date of the last row, so that nothing
//! depends on a limit of `_skip`. Read newest first, messages that are created meanwhile are newer than the current
//! position and shift nothing; read oldest first, they come last.
//!
//! See docs/reference/close-api.md, "Lists".

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::fmt;

use chrono::{DateTime, Duration, SecondsFormat, SubsecRound, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::{Call, Client};
use super::error::Failure;
use super::messages::{Direction, FoundMessage, LIST, Message, StoredFile, attachments, direction};
use super::outcome::RequestKind;
use super::wire::{self, Page};
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};
use crate::organization::ListOrder;

/// The page size: the default, and possibly the maximum (assumption A29).
const LIMIT: &str = "100";

/// The fields of a [`Listed`].
const FIELDS: &str = "id,external_whatsapp_message_id,activity_at,direction,date_created,\
    message_markdown,response_to_id,created_by,contact_id,user_id,local_phone,remote_phone,\
    attachments,updated_by,date_updated";

/// A message of a lead as [`Client::list_lead_messages`] gives it.
/// `Debug` shows nothing of its text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// `acti_…`.
    pub id: ActivityId,
    /// Its lead; requested by [`Client::list_messages`] only.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// The external id; empty for a message without one.
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    pub external_id: ExternalId,
    /// Time of the message.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub activity_at: Option<DateTime<Utc>>,
    /// Direction; `None` for an unknown value.
    #[serde(default, deserialize_with = "direction")]
    pub direction: Option<Direction>,
    /// Time of creation in Close.
    #[serde(deserialize_with = "wire::date")]
    pub date_created: DateTime<Utc>,
    /// Its text, WhatsApp markdown.
    #[serde(default, deserialize_with = "wire::text")]
    pub message_markdown: String,
    /// The reply target.
    #[serde(default)]
    pub response_to_id: Option<ActivityId>,
    /// The user whose key created it, if Close returns it.
    #[serde(default)]
    pub created_by: Option<UserId>,
    /// The contact.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// The user.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The user's own number, if Close returns it.
    #[serde(default)]
    pub local_phone: Option<String>,
    /// The contact's number, if Close returns it.
    #[serde(default)]
    pub remote_phone: Option<String>,
    /// Its files.
    #[serde(default, deserialize_with = "attachments")]
    pub attachments: Vec<StoredFile>,
    /// The user who last changed it, if Close returns it.
    #[serde(default)]
    pub updated_by: Option<UserId>,
    /// Time of its last change, if Close returns it.
    #[serde(default, deserialize_with = "wire::maybe_date")]
    pub date_updated: Option<DateTime<Utc>>,
}

/// A message that was read by its id, as a list has it. Who created and changed it is not known.
impl From<Message> for Listed {
    fn from(message: Message) -> Listed {
        Listed {
            id: message.id,
            lead_id: message.lead_id,
            external_id: message.external_id,
            activity_at: message.activity_at,
            direction: message.direction,
            date_created: message.date_created,
            message_markdown: message.message_markdown,
            response_to_id: message.response_to_id,
            created_by: None,
            contact_id: message.contact_id,
            user_id: message.user_id,
            local_phone: message.local_phone,
            remote_phone: message.remote_phone,
            attachments: message.attachments,
            updated_by: None,
            date_updated: None,
        }
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed")
            .field("id", &self.id)
            .field("external_id", &self.external_id)
            .field("activity_at", &self.activity_at)
            .field("direction", &self.direction)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}

/// The fields of a [`Named`].
const NAMES: &str = "id,external_whatsapp_message_id,date_created";

/// A message of a lead by its ids.
#[derive(Deserialize)]
struct Named {
    id: ActivityId,
    #[serde(
        rename = "external_whatsapp_message_id",
        default,
        deserialize_with = "wire::text"
    )]
    external_id: ExternalId,
    #[serde(deserialize_with = "wire::date")]
    date_created: DateTime<Utc>,
}

/// A row of a list.
trait Row: DeserializeOwned {
    const FIELDS: &'static str;
    fn id(&self) -> &ActivityId;
    fn date_created(&self) -> DateTime<Utc>;
}

impl Row for Listed {
    const FIELDS: &'static str = FIELDS;

    fn id(&self) -> &ActivityId {
        &self.id
    }

    fn date_created(&self) -> DateTime<Utc> {
        self.date_created
    }
}

impl Row for Named {
    const FIELDS: &'static str = NAMES;

    fn id(&self) -> &ActivityId {
        &self.id
    }

    fn date_created(&self) -> DateTime<Utc> {
        self.date_created
    }
}

/// Result of reading a list.
struct Walked<R> {
    /// Newest in Close first, without duplicates.
    rows: Vec<R>,
    /// The number of pages.
    pages: usize,
    /// Whether the last page was read.
    is_complete: bool,
}

/// The order of a list by date of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NewestFirst,
    OldestFirst,
}

impl Order {
    /// The order of these rows; `None` if their dates are equal.
    fn of<R: Row>(rows: &[R]) -> Result<Option<Order>, Failure> {
        let (first, last) = match rows {
            [first, .., last] => (first.date_created(), last.date_created()),
            _ => return Ok(None),
        };
        let order = match first.cmp(&last) {
            Ordering::Greater => Order::NewestFirst,
            Ordering::Less => Order::OldestFirst,
            Ordering::Equal => {
                return match rows.iter().all(|row| row.date_created() == first) {
                    true => Ok(None),
                    false => Err(UNEXPECTED),
                };
            }
        };
        order.verify(rows, None)?;
        Ok(Some(order))
    }

    /// Fails unless the rows are in this order and do not begin before `bound`.
    fn verify<R: Row>(self, rows: &[R], bound: Option<DateTime<Utc>>) -> Result<(), Failure> {
        let mut last = bound;
        for row in rows {
            let at = row.date_created();
            let is_wrong = last.is_some_and(|last| match self {
                Order::NewestFirst => at > last,
                Order::OldestFirst => at < last,
            });
            if is_wrong {
                return Err(UNEXPECTED);
            }
            last = Some(at);
        }
        Ok(())
    }

    /// A known order, as far as it helps to read a list.
    fn known(order: ListOrder) -> Option<Order> {
        match order {
            ListOrder::NewestFirst => Some(Order::NewestFirst),
            ListOrder::OldestFirst => Some(Order::OldestFirst),
            ListOrder::Unsorted => None,
        }
    }

    /// The order as a fact.
    fn fact(self) -> ListOrder {
        match self {
            Order::NewestFirst => ListOrder::NewestFirst,
            Order::OldestFirst => ListOrder::OldestFirst,
        }
    }

    /// The order to request.
    fn parameter(self) -> &'static str {
        match self {
            Order::NewestFirst => "-date_created",
            Order::OldestFirst => "date_created",
        }
    }

    /// The parameter that bounds the next page.
    fn bound(self) -> &'static str {
        match self {
            Order::NewestFirst => "date_created__lte",
            Order::OldestFirst => "date_created__gte",
        }
    }

    /// The bound of the page after one that ends with this date.
    fn next(self, last: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Order::NewestFirst => whole_millisecond(last),
            Order::OldestFirst => last.trunc_subsecs(3),
        }
    }
}

const UNEXPECTED: Failure = Failure::UnexpectedOrder { endpoint: LIST };

impl Client {
    /// All WhatsApp messages of the lead, newest in Close first, without duplicates. About one request per 100
    /// messages.
    ///
    /// # Errors
    ///
    /// [`Failure::UnexpectedOrder`] if several pages are not sorted by `date_created`; others see [`Failure`].
    pub async fn list_lead_messages(&self, lead_id: &LeadId) -> Result<Vec<Listed>, Failure> {
        let walked = self.walk(Some(lead_id), usize::MAX).await?;
        Ok(self.without_deleted(walked.rows, |row| &row.id))
    }

    /// All WhatsApp messages that the credential has access to, with their leads, newest in Close first, without
    /// duplicates, and whether the list is complete: at most `pages` pages of 100 are read.
    ///
    /// # Errors
    ///
    /// As [`Client::list_lead_messages`].
    pub async fn list_messages(&self, pages: usize) -> Result<(Vec<Listed>, bool), Failure> {
        let walked = self.walk(None, pages).await?;
        Ok((
            self.without_deleted(walked.rows, |row| &row.id),
            walked.is_complete,
        ))
    }

    /// The ids of the lead's WhatsApp messages, newest in Close first, from at most `pages` pages, and the number of
    /// pages that were read.
    ///
    /// # Errors
    ///
    /// As [`Client::list_lead_messages`].
    pub async fn list_lead_ids(
        &self,
        lead_id: &LeadId,
        pages: usize,
    ) -> Result<(Vec<FoundMessage>, usize), Failure> {
        let walked = self.walk::<Named>(Some(lead_id), pages).await?;
        let found = walked.rows.into_iter().map(|row| FoundMessage {
            id: row.id,
            lead_id: lead_id.clone(),
            external_id: row.external_id,
        });
        Ok((
            self.without_deleted(found.collect(), |row: &FoundMessage| &row.id),
            walked.pages,
        ))
    }

    /// Observes the order of lists at the list of a lead, of which one page is read; `None` if its rows show none.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn observe_list_order(&self, lead_id: &LeadId) -> Result<Option<ListOrder>, Failure> {
        let call = Call::new(RequestKind::Read, LIST)
            .query("lead_id", lead_id.as_str())
            .query("_fields", NAMES)
            .query("_limit", LIMIT)
            .query("_order_by", Order::NewestFirst.parameter());
        let page: Page<Named> = self.send_json(&call).await?;
        let order = match Order::of(&page.data) {
            Ok(order) => order.map(Order::fact),
            Err(_) => Some(ListOrder::Unsorted),
        };
        if let Some(order) = order {
            self.set_list_order(order);
        }
        Ok(order)
    }

    async fn walk<R: Row>(
        &self,
        lead_id: Option<&LeadId>,
        pages: usize,
    ) -> Result<Walked<R>, Failure> {
        let known = self.list_order().and_then(Order::known);
        match self.walk_in(known, lead_id, pages).await {
            // Close may have changed since the order was learned.
            Err(UNEXPECTED) if known.is_some() => self.walk_in(None, lead_id, pages).await,
            walked => walked,
        }
    }

    /// Reads a list whose order may be known.
    async fn walk_in<R: Row>(
        &self,
        known: Option<Order>,
        lead_id: Option<&LeadId>,
        pages: usize,
    ) -> Result<Walked<R>, Failure> {
        let fields = match lead_id {
            Some(_) => R::FIELDS.to_owned(),
            None => format!("lead_id,{}", R::FIELDS),
        };
        let mut found: Vec<R> = Vec::new();
        let (mut read, mut is_complete) = (0, false);
        let mut seen: HashSet<ActivityId> = HashSet::new();
        let mut order = None;
        // The bound of the next page, and the number of rows to skip from there.
        let mut bound: Option<DateTime<Utc>> = None;
        let mut skip = 0;
        while read < pages {
            let parameter = order.map_or("", Order::bound);
            let (date, skipped) = (bound.map(written), skip.to_string());
            let mut call = Call::new(RequestKind::Read, LIST);
            if let Some(lead_id) = lead_id {
                call = call.query("lead_id", lead_id.as_str());
            }
            call = call.query("_fields", &fields).query("_limit", LIMIT);
            let requested = order.or(known).unwrap_or(Order::NewestFirst);
            call = call.query("_order_by", requested.parameter());
            if let Some(date) = &date {
                call = call.query(parameter, date);
            }
            if skip > 0 {
                call = call.query("_skip", &skipped);
            }
            let page: Page<R> = self.send_json(&call).await?;
            read += 1;
            let rows = page.data.len();
            let Some(last) = page.data.last().map(Row::date_created) else {
                // An empty page ends the list even if it announces more.
                is_complete = true;
                break;
            };
            if page.has_more || read > 1 {
                match order {
                    Some(order) => Order::verify(order, &page.data, bound)?,
                    None => {
                        order = match Order::of(&page.data) {
                            Ok(found) => found.inspect(|order| self.set_list_order(order.fact())),
                            Err(failure) => {
                                self.set_list_order(ListOrder::Unsorted);
                                return Err(failure);
                            }
                        };
                        // Rows of one moment show no order.
                        order = order.or(known);
                    }
                }
            }
            for row in page.data {
                if seen.insert(row.id().clone()) {
                    found.push(row);
                }
            }
            if !page.has_more {
                is_complete = true;
                break;
            }
            match order {
                Some(order) if bound != Some(order.next(last)) => {
                    bound = Some(order.next(last));
                    skip = 0;
                }
                // The whole page has the same millisecond: only `_skip` can continue.
                _ => skip += rows,
            }
        }
        // Stable: rows of one moment stay as they came.
        found.sort_by_key(|row| Reverse(row.date_created()));
        Ok(Walked {
            rows: found,
            pages: read,
            is_complete,
        })
    }
}

/// A date as a parameter.
fn written(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The next whole millisecond, so that a server that compares milliseconds (assumption A14) does not omit the rest of
/// the one that a page ended in. Repeated rows are harmless.
fn whole_millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    let floor = at.trunc_subsecs(3);
    if floor == at {
        at
    } else {
        floor + Duration::milliseconds(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::testing::{Reply, Server, client};

    fn page(rows: impl IntoIterator<Item = (u32, &'static str)>, has_more: bool) -> Reply {
        let data: Vec<_> = rows
            .into_iter()
            .map(|(n, date)| {
                serde_json::json!({
                    "_type": "WhatsAppMessage", "id": format!("acti_{n}"),
                    "external_whatsapp_message_id": format!("e{n}"), "direction": "incoming",
                    "activity_at": "2025-01-01T00:00:00.000000+00:00", "date_created": date,
                })
            })
            .collect();
        Reply::json(
            200,
            &serde_json::json!({"data": data, "has_more": has_more}).to_string(),
        )
    }

    const NEW: &str = "2026-02-11T09:00:02.000000+00:00";
    const TIE: &str = "2026-02-11T09:00:01.500000+00:00";
    const OLD: &str = "2026-02-11T09:00:00.000001+00:00";

    #[tokio::test]
    async fn equal_dates_are_skipped_into_and_nothing_is_lost_or_doubled() {
        let server = Server::start([
            page(
                (0..50).map(|n| (n, NEW)).chain((50..100).map(|n| (n, TIE))),
                true,
            ),
            page((50..150).map(|n| (n, TIE)), true),
            page((150..250).map(|n| (n, TIE)), true),
            page((250..260).map(|n| (n, TIE)).chain([(260, OLD)]), true),
            page([(260, OLD)], false),
        ])
        .await;
        let listed = client(&server)
            .list_lead_messages(&"lead_1".into())
            .await
            .unwrap();
        let ids: Vec<_> = listed.iter().map(|l| l.id.to_string()).collect();
        assert_eq!(
            ids,
            (0..261).map(|n| format!("acti_{n}")).collect::<Vec<_>>()
        );
        let asked: Vec<_> = server
            .requests()
            .iter()
            .map(|r| (r.query("date_created__lte"), r.query("_skip")))
            .collect();
        let tie = Some("2026-02-11T09:00:01.500000Z".to_owned());
        assert_eq!(
            asked,
            [
                (None, None),
                (tie.clone(), None),
                (tie.clone(), Some("100".into())),
                (tie, Some("200".into())),
                // The microsecond is rounded up to where a server in milliseconds includes it.
                (Some("2026-02-11T09:00:00.001000Z".into()), None),
            ]
        );
    }

    #[tokio::test]
    async fn single_page_needs_no_order() {
        let server = Server::start([page([(1, TIE), (2, NEW), (3, OLD)], false)]).await;
        let listed = client(&server).list_lead_messages(&"lead_1".into()).await;
        let ids: Vec<_> = (listed.unwrap().iter()).map(|l| l.id.to_string()).collect();
        assert_eq!(ids, ["acti_2", "acti_1", "acti_3"]);
    }

    #[tokio::test]
    async fn several_pages_without_order_are_an_error() {
        for replies in [
            vec![page([(1, TIE), (2, NEW), (3, OLD)], true)],
            vec![page([(1, NEW), (2, OLD), (3, NEW)], true)],
            vec![page([(1, NEW), (2, TIE)], true), page([(3, NEW)], false)],
            vec![page([(1, OLD), (2, TIE)], true), page([(3, OLD)], false)],
        ] {
            let server = Server::start(replies).await;
            let failure = client(&server)
                .list_lead_messages(&"lead_1".into())
                .await
                .unwrap_err();
            assert_eq!(failure, Failure::UnexpectedOrder { endpoint: LIST });
        }
    }

    #[tokio::test]
    async fn list_that_comes_oldest_first_is_read_upward() {
        let server = Server::start([
            page((0..99).map(|n| (n, OLD)).chain([(99, TIE)]), true),
            page([(99, TIE), (100, NEW)], false),
        ])
        .await;
        let listed = client(&server)
            .list_lead_messages(&"lead_1".into())
            .await
            .unwrap();
        assert_eq!(listed.len(), 101);
        assert_eq!(listed[0].id.as_str(), "acti_100");
        let requests = server.requests();
        assert_eq!(
            requests[0].query("_order_by").as_deref(),
            Some("-date_created")
        );
        assert_eq!(
            requests[1].query("date_created__gte").as_deref(),
            Some("2026-02-11T09:00:01.500000Z")
        );
    }

    #[tokio::test]
    async fn page_of_one_moment_shows_no_order() {
        let server = Server::start([
            page((0..100).map(|n| (n, TIE)), true),
            page((100..199).map(|n| (n, TIE)).chain([(199, NEW)]), true),
            page([(199, NEW), (200, NEW)], false),
        ])
        .await;
        let listed = client(&server)
            .list_lead_messages(&"lead_1".into())
            .await
            .unwrap();
        assert_eq!(listed.len(), 201);
        let requests = server.requests();
        assert_eq!(requests[1].query("_skip").as_deref(), Some("100"));
        assert_eq!(requests[1].query("date_created__lte"), None);
    }

    #[tokio::test]
    async fn ids_are_listed_up_to_the_bound_of_pages() {
        let pages = || {
            [
                page((0..100).map(|n| (n, NEW)), true),
                page((100..200).map(|n| (n, TIE)), true),
                page((200..210).map(|n| (n, OLD)), false),
            ]
        };
        for (bound, rows, read) in [(1, 100, 1), (2, 200, 2), (9, 210, 3)] {
            let server = Server::start(pages()).await;
            let (found, pages) = client(&server)
                .list_lead_ids(&"lead_1".into(), bound)
                .await
                .unwrap();
            assert_eq!((found.len(), pages), (rows, read));
            assert_eq!(server.requests().len(), read);
        }
    }

    #[tokio::test]
    async fn an_empty_page_ends_the_walk() {
        let server = Server::start([page([], true)]).await;
        assert!(
            client(&server)
                .list_lead_messages(&"lead_1".into())
                .await
                .unwrap()
                .is_empty()
        );
    }
}
