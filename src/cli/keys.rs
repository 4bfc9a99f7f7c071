//! Prompts for the key of an encrypted backup, if there is a terminal. The input is not shown, is requested
//! once, and is wiped when the command ends.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use console::Term;
use secrecy::{ExposeSecret, SecretString};

use crate::display_text;
use crate::native::{KeyPrompt, Keys};

/// Remembers the reply for each backup while the command runs: `init` and a plan read archives more than
/// once.
pub(super) struct Once<A> {
    ask: A,
    replies: Mutex<HashMap<PathBuf, Option<SecretString>>>,
}

/// A prompt on a terminal.
pub(super) fn terminal() -> impl Keys {
    Once::new(|backup: &Path| {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        let term = Term::stderr();
        let name = backup.display().to_string();
        let name = display_text::line(&name);
        term.write_str(&format!(
            "{name}: the 64 digits of its key (not shown; Enter skips the file): "
        ))
        .ok()?;
        let reply = SecretString::from(term.read_secure_line().ok()?);
        (!reply.expose_secret().trim().is_empty()).then_some(reply)
    })
}

impl<A: Fn(&Path) -> Option<SecretString> + Sync> Once<A> {
    fn new(ask: A) -> Self {
        Once {
            ask,
            replies: Mutex::default(),
        }
    }
}

impl<A: Fn(&Path) -> Option<SecretString> + Sync> Keys for Once<A> {
    fn prompt(&self, backup: &Path) -> KeyPrompt {
        let real = backup.canonicalize().unwrap_or_else(|_| backup.to_owned());
        // Held during a prompt: archives are opened on all cores, and one question is asked at a time.
        let Ok(mut replies) = self.replies.lock() else {
            return KeyPrompt::Unavailable;
        };
        let reply = replies.entry(real).or_insert_with(|| (self.ask)(backup));
        reply
            .clone()
            .map_or(KeyPrompt::Unavailable, KeyPrompt::Typed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn each_backup_is_asked_about_once() {
        let count = AtomicU32::new(0);
        let keys = Once::new(|backup: &Path| {
            count.fetch_add(1, Ordering::Relaxed);
            (backup != Path::new("other")).then(|| SecretString::from("0011"))
        });
        for _ in 0..3 {
            let KeyPrompt::Typed(digits) = keys.prompt(Path::new("one")) else {
                panic!("the terminal is not read");
            };
            assert_eq!(digits.expose_secret(), "0011");
            assert!(matches!(
                keys.prompt(Path::new("other")),
                KeyPrompt::Unavailable
            ));
        }
        assert_eq!(count.into_inner(), 2);
    }
}
