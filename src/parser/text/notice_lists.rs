//! The notices of a language by subject, as in `words/*.toml`.
//!
//! One list per subject, so that a test can name what a language lacks. What a list implies about the chat is
//! defined here only: a notice that only groups have makes the chat a group.

use serde::Deserialize;

use super::notices::Notice;

/// The notices that every main language must have.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NoticeLists {
    encryption: Vec<String>,
    security: Vec<String>,
    number: Vec<String>,
    timer_on: Vec<String>,
    timer_off: Vec<String>,
    pinned: Vec<String>,
    admin: Vec<String>,
    created: Vec<String>,
    added: Vec<String>,
    removed: Vec<String>,
    left: Vec<String>,
    subject: Vec<String>,
    icon: Vec<String>,
    description: Vec<String>,
}

impl NoticeLists {
    /// Each list with its name and what it implies about the chat.
    pub(super) fn lists(&self) -> [(&'static str, &[String], Notice); 14] {
        [
            ("encryption", &self.encryption, Notice::Any),
            ("security", &self.security, Notice::Any),
            ("number", &self.number, Notice::Any),
            ("timer_on", &self.timer_on, Notice::Any),
            ("timer_off", &self.timer_off, Notice::Any),
            ("pinned", &self.pinned, Notice::Any),
            ("admin", &self.admin, Notice::Any),
            ("created", &self.created, Notice::Group),
            ("added", &self.added, Notice::Group),
            ("removed", &self.removed, Notice::Group),
            ("left", &self.left, Notice::Group),
            ("subject", &self.subject, Notice::Group),
            ("icon", &self.icon, Notice::Group),
            ("description", &self.description, Notice::Group),
        ]
    }
}
