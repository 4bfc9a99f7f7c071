//! What every command shows where the checkpoint is absent: without it, nothing is known of earlier imports.
//!
//! Never here: commands that ask Close what it holds (`recover`, `verify`).

use std::path::Path;

use super::error::{Error, Exit, Result};
use super::migration::settings_and_contacts;
use crate::checkpoint::{Binding, Checkpoint};
use crate::checkpoint_location::CheckpointLocation;
use crate::config::{self, Overrides};

/// There is no checkpoint at this path, as a fragment, for a command that does not ask Close.
pub(crate) fn absent_checkpoint(path: &CheckpointLocation) -> String {
    format!(
        "{}; Close was not queried. {IF_IMPORTED}",
        what_is_absent(path)
    )
}

/// The same for a command that asks Close what it holds.
pub(crate) fn absent_checkpoint_of_asked(path: &CheckpointLocation) -> String {
    format!("{}. {IF_IMPORTED}", what_is_absent(path))
}

const IF_IMPORTED: &str = "If you imported before: `chatferry recover`";

fn what_is_absent(file: &CheckpointLocation) -> String {
    let found = file.file().and_then(|path| path.metadata().ok());
    let is_empty = found.is_some_and(|found| found.len() == 0);
    let what = match is_empty {
        true => format!("the checkpoint ({file}) is empty"),
        false => format!("there is no checkpoint ({file})"),
    };
    format!("{what}: either nothing was imported yet, or it was lost")
}

/// [`absent_checkpoint`] as a sentence.
pub(crate) fn absent_checkpoint_sentence(path: &CheckpointLocation) -> String {
    let text = absent_checkpoint(path);
    let (first, rest) = text.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

/// [`absent_checkpoint`] as an error.
pub(super) fn error(path: &CheckpointLocation) -> Error {
    Error::coded(Exit::Usage, "checkpoint.absent", absent_checkpoint(path))
}

/// The address of Close that the checkpoint belongs to, if the configuration has another one.
///
/// # Errors
///
/// Mistakes in the configuration; a checkpoint that cannot be read.
pub(crate) fn recorded_address(file: &Path, overrides: &Overrides) -> Result<Option<String>> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    let Some(snapshot) = Checkpoint::peek_at_any(&settings.import.checkpoint)? else {
        return Ok(None);
    };
    let recorded = snapshot.binding()?;
    let configured = Binding::new(recorded.organization_id(), &settings.close.base_url);
    Ok((recorded != configured).then(|| recorded.base_url().to_owned()))
}

/// [`absent_checkpoint_sentence`] if the configuration names a checkpoint that is absent.
///
/// # Errors
///
/// Mistakes in the files of the migration; a checkpoint that cannot be read.
pub(crate) fn absence_of_checkpoint(file: &Path, overrides: &Overrides) -> Result<Option<String>> {
    let (settings, _) = settings_and_contacts(file, overrides)?;
    let path = &settings.import.checkpoint;
    let is_absent = Checkpoint::peek_at_any(path)?.is_none();
    Ok(is_absent.then(|| absent_checkpoint_sentence(path)))
}
