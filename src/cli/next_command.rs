//! Parts of commands that are shown to be copied.

use super::args;

/// The flags that select the same migration and the same Close in another command, each after a blank.
pub(super) fn flags(configured: &args::Configured) -> String {
    let mut flags = String::new();
    let paths = [
        ("--config", &configured.config),
        ("--api-key-file", &configured.api_key_file),
    ];
    for (flag, path) in paths {
        if let Some(path) = path {
            flags.push_str(&format!(" {flag} {}", word(&path.display().to_string())));
        }
    }
    if let Some(url) = &configured.base_url {
        flags.push_str(&format!(" --base-url {}", word(url)));
    }
    flags
}

/// A word of a command, between double quotes if it contains a blank.
pub(super) fn word(text: &str) -> String {
    match text.contains(char::is_whitespace) {
        true => format!("\"{text}\""),
        false => text.to_owned(),
    }
}
