//! Numbers of rows, and the conversion of ids to and from columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

/// The number of a recorded chat within one checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId(pub(super) i64);

impl ChatId {
    /// The number as the file has it, for output and sorting.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// The number of a recorded run within one checkpoint; later runs have higher numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub(super) i64);

impl RunId {
    /// The run's number, from 1.
    pub fn number(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

macro_rules! column {
    ($($id:ty),+) => {
        $(impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str().map(Self::from)
            }
        }

        impl ToSql for $id {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        })+
    };
}

column!(LeadId, ContactId, ActivityId, UserId, ExternalId);
