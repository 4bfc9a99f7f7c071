//! The chats that rows of contacts.csv name, with archives or without. Never here: private ones.

use std::path::Path;

use crate::app::error::Result;
use crate::app::migration::settings_and_contacts;
use crate::config::Overrides;
use crate::people::contacts::ImportChoice;

/// Device, empty for every one, and chat of each row that names a chat, without private ones.
///
/// # Errors
///
/// Mistakes in the files of the migration.
pub(crate) fn chats_of_rows(file: &Path, overrides: &Overrides) -> Result<Vec<(String, String)>> {
    let (_, contacts) = settings_and_contacts(file, overrides)?;
    let rows = contacts.rows().iter().filter_map(|row| {
        let device = row.device.as_deref().unwrap_or_default();
        let chat = row.chat.text()?;
        let is_private = contacts.choice(device, chat) == Some(ImportChoice::Private)
            || contacts.is_never_number(row.phone.as_ref());
        (!is_private).then(|| (device.to_owned(), chat.to_owned()))
    });
    Ok(rows.collect())
}
