//! Conversion of ids to and from columns.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};

use crate::ids::{ActivityId, ContactId, ExternalId, LeadId, UserId};

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
