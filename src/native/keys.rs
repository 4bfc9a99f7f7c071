//! Who is asked for the key of an encrypted backup, where no file beside it holds it.

use std::path::Path;

use secrecy::SecretString;

/// Somebody to ask. Only the command line reads a terminal, so it passes this in.
pub trait Keys: Sync {
    /// Asks for the 64 digits of the key of a backup, once however often it is called.
    fn ask(&self, backup: &Path) -> Asked;
}

/// What came of asking.
#[derive(Debug)]
pub enum Asked {
    /// What was typed, whatever it is.
    Typed(SecretString),
    /// Nobody is there, or nothing was typed.
    Nobody,
}

/// Nobody to ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTerminal;

impl Keys for NoTerminal {
    fn ask(&self, _: &Path) -> Asked {
        Asked::Nobody
    }
}
