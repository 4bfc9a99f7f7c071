//! The ids of a chat's recorded messages, without their other fields: a pass over ids takes a quarter of
//! the time of one over complete rows.

use super::error::Error;
use super::ids::ChatId;
use super::snapshot::Snapshot;
use super::states::State;

impl Snapshot {
    /// The external id, state and `activity_at` (Unix milliseconds) of each message of a chat, in the
    /// order first recorded; `take` must not read from this snapshot.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn each_id_of(
        &self,
        chat: ChatId,
        mut take: impl FnMut(&str, State, i64),
    ) -> Result<(), Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT external_id, state, activity_at FROM message WHERE chat = ?1 ORDER BY id",
            )?;
            let mut rows = statement.query([chat.0])?;
            while let Some(row) = rows.next()? {
                take(row.get_ref(0)?.as_str()?, row.get(1)?, row.get(2)?);
            }
            Ok(())
        })
    }

    /// The number of recorded messages of a chat, in any state.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn messages_in(&self, chat: ChatId) -> Result<u64, Error> {
        self.read(|inner| {
            let mut statement = (inner.connection)
                .prepare_cached("SELECT count(*) FROM message WHERE chat = ?1")?;
            let count: i64 = statement.query_row([chat.0], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or_default())
        })
    }
}
