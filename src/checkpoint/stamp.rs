//! Whether a checkpoint says the same as before.

use std::fmt::Write;

use super::error::Error;
use super::rows::Snapshot;
use crate::ids::ContactId;

/// What the plan reads and formats before 7 do not have.
const SINCE_FORMAT_7: &str = "SELECT 'operations', coalesce(sum(id * 16 + step), 0) \
    FROM operation WHERE open = 1 AND external_id IS NOT NULL \
    UNION ALL SELECT 'erasures', count(*) FROM erasure \
    UNION ALL SELECT 'archives', count(*) FROM archive \
    UNION ALL SELECT 'shifts', coalesce(sum(shift_ms <> 0), 0) FROM archive \
    UNION ALL SELECT 'deletions', count(*) FROM deletion";

impl Snapshot {
    /// A text that is another one whenever a message or a chat was recorded or changed, and the
    /// same however many runs were begun without that. No content; for a digest, not for reading.
    /// Reads every row once. Knowledge of a message counts as the message does; what is read only
    /// after the plan (what Close answered, the digests of inputs) does not.
    ///
    /// A run that was killed leaves intents, which the next one calls unknown: that is the same.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn stamp(&self) -> Result<String, Error> {
        self.read(|inner| {
            let (mut stamp, known) = inner.connection.query_row(
                "SELECT count(*), coalesce(max(id), 0), coalesce(max(run), 0), \
                 coalesce(sum(state IN (1, 2)), 0), coalesce(sum(state = 3), 0), \
                 coalesce(sum(state = 4), 0), coalesce(sum(state = 5), 0), \
                 coalesce(sum(changing), 0), coalesce(sum(linked), 0), \
                 count(content_hash), coalesce(sum(class), 0), coalesce(sum(edited), 0), \
                 coalesce(sum(deleted), 0), coalesce(sum(exact), 0), count(author_hash) \
                 FROM message",
                [],
                |row| {
                    let numbers: Result<Vec<i64>, _> = (0..15).map(|at| row.get(at)).collect();
                    let mut numbers = numbers?;
                    let known = numbers.split_off(9);
                    Ok((format!("{numbers:?}"), known))
                },
            )?;
            if stamp.starts_with("[0, ") {
                // Nothing is recorded: as if there were no file.
                stamp.clear();
            }
            // What is not known adds nothing, so that a file of format 6 keeps its stamp. Writing
            // to a string does not fail.
            if known.iter().any(|number| *number != 0) {
                let _ = write!(stamp, "{known:?}");
            }
            let mut since = inner.connection.prepare(SINCE_FORMAT_7)?;
            let mut rows = since.query([])?;
            while let Some(row) = rows.next()? {
                let (name, number): (String, i64) = (row.get(0)?, row.get(1)?);
                if number != 0 {
                    let _ = write!(stamp, "{name}{number};");
                }
            }
            let mut chats = inner
                .connection
                .prepare("SELECT hex(chat_hash), lead, contact_id, zone FROM chat ORDER BY id")?;
            let mut rows = chats.query([])?;
            while let Some(row) = rows.next()? {
                let hash: String = row.get(0)?;
                let lead: i64 = row.get(1)?;
                let contact: Option<ContactId> = row.get(2)?;
                let zone: Option<String> = row.get(3)?;
                let _ = write!(stamp, "{hash}|{lead}|{contact:?}|{zone:?};");
            }
            Ok(stamp)
        })
    }
}
