//! Source of backup keys that are not in a file next to the backup.

use std::path::Path;

use secrecy::SecretString;

/// Provides keys of encrypted backups. Only the command line reads a terminal, so it passes this in.
pub trait Keys: Sync {
    /// Prompts for the 64 hexadecimal digits of the key of the backup at this path; called at most
    /// once per backup.
    fn prompt(&self, backup: &Path) -> KeyPrompt;
}

/// Result of a prompt.
#[derive(Debug)]
pub enum KeyPrompt {
    /// The typed text, not validated.
    Typed(SecretString),
    /// There is no terminal, or nothing was typed.
    Unavailable,
}

/// No source of keys: every prompt is unavailable.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeys;

impl Keys for NoKeys {
    fn prompt(&self, _: &Path) -> KeyPrompt {
        KeyPrompt::Unavailable
    }
}
