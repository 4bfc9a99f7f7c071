//! The order of a list by date of creation: seen in its rows, verified, and requested.

use std::cmp::Ordering;

use chrono::{DateTime, Duration, SubsecRound, Utc};

use super::row::Row;
use crate::close::error::Failure;
use crate::close::messages::LIST;
use crate::organization::ListOrder;

pub(super) const UNEXPECTED: Failure = Failure::UnexpectedOrder { endpoint: LIST };

/// The order of a list by date of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    NewestFirst,
    OldestFirst,
}

impl Order {
    /// The order of these rows; `None` if their dates are equal.
    pub(super) fn of<R: Row>(rows: &[R]) -> Result<Option<Order>, Failure> {
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
    pub(super) fn verify<R: Row>(
        self,
        rows: &[R],
        bound: Option<DateTime<Utc>>,
    ) -> Result<(), Failure> {
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
    pub(super) fn known(order: ListOrder) -> Option<Order> {
        match order {
            ListOrder::NewestFirst => Some(Order::NewestFirst),
            ListOrder::OldestFirst => Some(Order::OldestFirst),
            ListOrder::Unsorted => None,
        }
    }

    /// The order as a fact.
    pub(super) fn fact(self) -> ListOrder {
        match self {
            Order::NewestFirst => ListOrder::NewestFirst,
            Order::OldestFirst => ListOrder::OldestFirst,
        }
    }

    /// The order to request.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Order::NewestFirst => "-date_created",
            Order::OldestFirst => "date_created",
        }
    }

    /// The parameter that bounds the next page.
    pub(super) fn bound(self) -> &'static str {
        match self {
            Order::NewestFirst => "date_created__lte",
            Order::OldestFirst => "date_created__gte",
        }
    }

    /// The bound of the page after one that ends with this date.
    pub(super) fn next(self, last: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Order::NewestFirst => whole_millisecond(last),
            Order::OldestFirst => last.trunc_subsecs(3),
        }
    }
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
