//! Whether a checkpoint says the same as before.

use std::fmt::Write;

use super::error::Error;
use super::rows::Snapshot;

impl Snapshot {
    /// A text that is another one whenever a message or a chat was recorded or changed, and the
    /// same however many runs were begun without that. No content; for a digest, not for reading.
    /// Reads every row once.
    ///
    /// A run that was killed leaves intents, which the next one calls unknown: that is the same.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn stamp(&self) -> Result<String, Error> {
        self.read(|inner| {
            let mut stamp = inner.connection.query_row(
                "SELECT count(*), coalesce(max(id), 0), coalesce(max(run), 0), \
                 coalesce(sum(state IN (1, 2)), 0), coalesce(sum(state = 3), 0), \
                 coalesce(sum(state = 4), 0), coalesce(sum(state = 5), 0), \
                 coalesce(sum(changing), 0), coalesce(sum(linked), 0) FROM message",
                [],
                |row| {
                    let numbers: Result<Vec<i64>, _> = (0..9).map(|at| row.get(at)).collect();
                    Ok(format!("{:?}", numbers?))
                },
            )?;
            if stamp.starts_with("[0, ") {
                // Nothing is recorded: as if there were no file.
                stamp.clear();
            }
            let mut chats = inner
                .connection
                .prepare("SELECT hex(chat_hash), lead, contact_id, zone FROM chat ORDER BY id")?;
            let mut rows = chats.query([])?;
            while let Some(row) = rows.next()? {
                let hash: String = row.get(0)?;
                let lead: i64 = row.get(1)?;
                let contact: Option<String> = row.get(2)?;
                let zone: Option<String> = row.get(3)?;
                // Writing to a string does not fail.
                let _ = write!(stamp, "{hash}|{lead}|{contact:?}|{zone:?};");
            }
            Ok(stamp)
        })
    }
}
