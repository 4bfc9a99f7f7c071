//! Reactions and polls, which `ZRECEIPTINFO` contains.

use std::collections::HashMap;

use super::reading::Reading;
use super::{metadata, texts};
use crate::native::sqlite::{Database, number};
use crate::native::{Error, Reaction};

/// What ZRECEIPTINFO contains, by message row.
#[derive(Default)]
pub(super) struct Receipts {
    pub(super) reactions: HashMap<i64, Vec<Reaction>>,
    pub(super) polls: HashMap<i64, texts::Poll>,
}

impl Receipts {
    pub(super) fn read(database: &Database, reading: &Reading) -> Result<Receipts, Error> {
        let mut all = Receipts::default();
        if !database.has_column("ZWAMESSAGEINFO", "ZRECEIPTINFO")
            || !database.has_column("ZWAMESSAGEINFO", "ZMESSAGE")
        {
            return Ok(all);
        }
        let sql =
            "SELECT ZMESSAGE, ZRECEIPTINFO FROM ZWAMESSAGEINFO WHERE ZRECEIPTINFO IS NOT NULL";
        database.each(sql, |row| {
            if let (Some(message), rusqlite::types::ValueRef::Blob(bytes)) =
                (number(row, 0)?, row.get_ref(1)?)
            {
                let found: Vec<Reaction> = metadata::reactions(bytes)
                    .map(|(jid, sign)| Reaction {
                        by: jid
                            .map_or_else(String::new, |jid| reading.people.reaction_sender(&jid)),
                        sign,
                    })
                    .collect();
                if !found.is_empty() {
                    all.reactions.insert(message, found);
                }
                if let Some(poll) = texts::poll(bytes) {
                    all.polls.insert(message, poll);
                }
            }
            Ok(())
        })?;
        Ok(all)
    }
}
