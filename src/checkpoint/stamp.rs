//! A digest of the recorded state.

use std::fmt::Write;

use super::error::Error;
use super::snapshot::Snapshot;
use crate::ids::ContactId;

/// The tables that the plan reads and that formats before 7 do not have.
const SINCE_FORMAT_7: &str = "SELECT 'operations', coalesce(sum(id * 16 + step), 0) \
    FROM operation WHERE open = 1 AND external_id IS NOT NULL \
    UNION ALL SELECT 'erasures', count(*) FROM erasure \
    UNION ALL SELECT 'archives', count(*) FROM archive \
    UNION ALL SELECT 'shifts', coalesce(sum(shift_ms <> 0), 0) FROM archive \
    UNION ALL SELECT 'deletions', count(*) FROM deletion";

impl Snapshot {
    /// A text that changes whenever a message or a chat is recorded or changed, and stays the same however
    /// many runs begin without that. No content; for a digest, not for reading. Reads every row once. Facts
    /// filled in for a message count as a change; data read only after the plan (Close's answers, digests
    /// of
    /// inputs) does not.
    ///
    /// A killed run leaves intents, which the next run makes unknown: the text stays the same.
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
                // Nothing is recorded: equal to a missing file.
                stamp.clear();
            }
            // Unknown facts add nothing, so that a file of format 6 keeps its stamp. Writing to a string
            // does not
            // fail.
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
