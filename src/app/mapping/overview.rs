//! Everything that the local page shows of a migration without Close, from one reading of its archives.

use std::path::Path;

use super::chats::{ChatList, list_chats};
use crate::app::error::Result;
use crate::app::status::{self, Local, Status};
use crate::app::{Migration, Unattended};
use crate::config::Overrides;
use crate::native::Keys;

/// The state of a migration as its files show it, without Close.
pub(crate) struct Overview {
    /// The progress of the migration.
    pub(crate) status: Status,
    /// The chats and archives of the migration.
    pub(crate) list: ChatList,
    /// The messages that rules leave out, by the description of the rule, the largest number first.
    pub(crate) left_out: Vec<(&'static str, u64)>,
}

/// Reads the archives once, and lists and compares what is in them. `keys` open encrypted backups.
///
/// # Errors
///
/// Mistakes in the files of the migration; a checkpoint that cannot be read. Archives that cannot be read are part of the
/// result.
pub(crate) async fn overview(
    file: &Path,
    overrides: &Overrides,
    keys: &dyn Keys,
) -> Result<Overview> {
    let mut observer = Unattended::default();
    let opened = Migration::open_or_empty(file, overrides, keys, &mut observer)?;
    let (mut migration, unopened) = opened;
    let (mut list, read) = list_chats(&mut migration, &mut observer)?;
    let local = match unopened {
        None => Some(Local::of(&migration, read)),
        Some(error) => {
            list.unreadable.push(error.message);
            None
        }
    };
    let (status, totals) = status::compare(&migration.settings, local).await?;
    let rules = totals.iter().flat_map(|totals| &totals.left_out);
    let mut left_out: Vec<(&str, u64)> = rules
        .map(|(rule, messages)| (rule.describe(), *messages))
        .collect();
    left_out.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    Ok(Overview {
        status,
        list,
        left_out,
    })
}
