//! The class of a message.
//!
//! In scope: the classes that matching compares, with their numbers in the file. Out of scope: which
//! classes may be paired, which matching decides.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use serde::{Deserialize, Serialize};

/// The class of a message. The numbers are stored in the file and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Ordinary text.
    Text = 1,
    /// A file, or the placeholder line of one.
    File = 2,
    /// A location.
    Place = 3,
    /// A contact card.
    Card = 4,
    /// A poll.
    Poll = 5,
    /// An event.
    Event = 6,
    /// A call.
    Call = 7,
    /// The placeholder line of a message that its sender deleted.
    Deleted = 8,
    /// Anything else.
    Other = 9,
}

impl Class {
    /// Every class, in the order of the file's numbers.
    pub const ALL: [Class; 9] = [
        Class::Text,
        Class::File,
        Class::Place,
        Class::Card,
        Class::Poll,
        Class::Event,
        Class::Call,
        Class::Deleted,
        Class::Other,
    ];

    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

impl FromSql for Class {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Class> {
        let number = value.as_i64()?;
        Class::ALL
            .into_iter()
            .find(|class| class.number() == number)
            .ok_or(FromSqlError::OutOfRange(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_are_fixed() {
        for (class, number) in Class::ALL.into_iter().zip(1..) {
            assert_eq!(class.number(), number);
            assert_eq!(
                Class::column_result(ValueRef::Integer(number)).unwrap(),
                class
            );
        }
        for number in [0, 10] {
            assert!(Class::column_result(ValueRef::Integer(number)).is_err());
        }
    }
}
