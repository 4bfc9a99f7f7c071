//! Lists of messages, paged by date of creation.
//!
//! A single page needs no order. Longer lists are requested newest first (`_order_by=-date_created`), and the order of
//! every page is verified, since Close documents neither the parameter for this list nor a default. A server that
//! answers oldest first is read in that direction, and asked so from then on. The next page starts at the date of the last row, so that nothing
//! depends on a limit of `_skip`. Read newest first, messages that are created meanwhile are newer than the current
//! position and shift nothing; read oldest first, they come last.
//!
//! See docs/reference/close-api.md, "Lists".

mod order;
mod row;

pub use row::Listed;

use order::{Order, UNEXPECTED};
use row::{NAMES, Named, Row};

use std::cmp::Reverse;
use std::collections::HashSet;

use chrono::{DateTime, SecondsFormat, Utc};

use super::client::{Call, Client};
use super::error::Failure;
use super::messages::{FoundMessage, LIST};
use super::outcome::RequestKind;
use super::wire::Page;
use crate::ids::{ActivityId, LeadId};
use crate::organization::ListOrder;

/// The page size: the default, and possibly the maximum (assumption A29).
const LIMIT: &str = "100";

/// Result of reading a list.
struct Walked<R> {
    /// Newest in Close first, without duplicates.
    rows: Vec<R>,
    /// The number of pages.
    pages: usize,
    /// Whether the last page was read.
    is_complete: bool,
}

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

#[cfg(test)]
mod tests;
