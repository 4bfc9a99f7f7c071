//! Parts of commands that are shown to be copied.
//!
//! A person who copies a command from a screen means the migration and the Close of that screen. So each command that the
//! program names gets the flags of the running one that select them ([`SameMigration`]), wherever the sentence was written.
//! A screen that names its own command names it as it was typed ([`SameMigration::typed`]).

use std::borrow::Cow;
use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory};

use super::args;

/// The argument with the address of Close, in clap.
const BASE_URL: &str = "base_url";

/// How a command begins in a sentence.
const NAMED: &str = "`chatferry ";

/// The flags of the running command that select a migration and a Close, for the commands that its output names.
#[derive(Debug, Default)]
pub(super) struct SameMigration {
    /// Each flag's name in clap, and its value as a word of a command.
    flags: Vec<(&'static str, String)>,
    /// The words of the running command after the program's name.
    typed: Vec<String>,
    /// Whether the running command takes `--show-content`.
    takes_show_content: bool,
}

impl SameMigration {
    /// The flags that these arguments contain; the first one is the program's name.
    pub(super) fn of(matches: &ArgMatches, arguments: &[OsString]) -> SameMigration {
        let mut matches = matches;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let given = |id: &'static str| {
            let mut values = matches.try_get_raw(id).ok().flatten()?;
            let value = values.next()?.to_string_lossy();
            Some((id, word(&value)))
        };
        let flags = ["config", "api_key_file", BASE_URL];
        SameMigration {
            takes_show_content: matches.try_contains_id("show_content").is_ok(),
            flags: flags.into_iter().filter_map(given).collect(),
            typed: (arguments.iter().skip(1))
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect(),
        }
    }

    /// Whether the running command takes `--show-content`.
    pub(super) fn takes_show_content(&self) -> bool {
        self.takes_show_content
    }

    /// Adds an address to the flags, unless the running command has one.
    pub(super) fn name_base_url(&mut self, url: &str) {
        if !self.flags.iter().any(|(id, _)| *id == BASE_URL) {
            self.flags.push((BASE_URL, word(url)));
        }
    }

    /// The running command as it was typed, without these flags, which take no value.
    pub(super) fn typed(&self, without: &[&str]) -> String {
        let kept = (self.typed.iter()).filter(|argument| !without.contains(&argument.as_str()));
        let words = kept.map(|argument| word(argument));
        std::iter::once("chatferry".to_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The text with these flags in each command between backticks that takes them and lacks them.
    pub(super) fn complete<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.flags.is_empty() || !text.contains(NAMED) {
            return text.into();
        }
        let mut whole = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(start) = rest.find(NAMED) {
            let (before, command) = rest.split_at(start);
            let Some(length) = command[1..].find('`') else {
                break;
            };
            let (command, after) = command.split_at(1 + length);
            whole.push_str(before);
            whole.push_str(command);
            whole.push_str(&self.missing(command));
            rest = after;
        }
        whole.push_str(rest);
        whole.into()
    }

    /// The flags that a command (with a backtick before it) takes and lacks, each after a blank.
    fn missing(&self, command: &str) -> String {
        let definition = args::Cli::command();
        let mut taker = &definition;
        for name in command.split_whitespace().skip(1) {
            match taker.find_subcommand(name) {
                Some(inner) => taker = inner,
                None => break,
            }
        }
        let mut missing = String::new();
        for (id, value) in &self.flags {
            let argument = taker
                .get_arguments()
                .find(|argument| argument.get_id() == id);
            let Some(flag) = argument.and_then(clap::Arg::get_long) else {
                continue;
            };
            let is_there = ["=", " "].map(|end| command.contains(&format!(" --{flag}{end}")));
            if is_there == [false, false] {
                missing.push_str(&format!(" --{flag} "));
                missing.push_str(value);
            }
        }
        missing
    }
}

/// A word of a command: quoted as far as a shell would change or carry out a part of it, such as a name that a customer
/// chose.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,[]".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else if text.chars().all(|c| c == ' ' || is_plain(c)) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(arguments: &[&str], text: &str) -> String {
        let matches = args::Cli::command()
            .try_get_matches_from(arguments)
            .expect("arguments");
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        SameMigration::of(&matches, &arguments)
            .complete(text)
            .into_owned()
    }

    #[test]
    fn running_command_is_named_as_typed() {
        let arguments = [
            "chatferry",
            "undo",
            "--chat",
            "Ben Cooper",
            "--dry-run",
            "--config=a.toml",
        ];
        let matches = args::Cli::command()
            .try_get_matches_from(arguments)
            .expect("arguments");
        let same = SameMigration::of(&matches, &arguments.map(OsString::from));
        let named = same.typed(&["--dry-run"]);
        assert_eq!(
            named,
            "chatferry undo --chat \"Ben Cooper\" --config=a.toml"
        );
        let sentence = format!("`{named}`");
        assert_eq!(same.complete(&sentence), sentence);
    }

    #[test]
    fn commands_get_the_flags_of_the_running_one() {
        let arguments = [
            "chatferry",
            "status",
            "--config",
            "a b.toml",
            "--base-url",
            "http://[::1]/",
        ];
        assert_eq!(
            completed(
                &arguments,
                "Next: `chatferry import --pilot`, then `chatferry checkpoint check`"
            ),
            "Next: `chatferry import --pilot --config \"a b.toml\" --base-url http://[::1]/`, \
             then `chatferry checkpoint check --config \"a b.toml\" --base-url http://[::1]/`",
        );
    }

    #[test]
    fn word_means_what_was_typed() {
        for (text, shown) in [
            ("a.toml", "a.toml"),
            ("Ben Cooper", "\"Ben Cooper\""),
            ("", "\"\""),
            ("O'Brien", r"'O'\''Brien'"),
            ("Ben $tone \"Bo\"", "'Ben $tone \"Bo\"'"),
            ("$(id)", "'$(id)'"),
        ] {
            assert_eq!(word(text), shown, "{text}");
        }
    }

    #[test]
    fn flags_are_added_where_they_are_taken_and_missing() {
        let arguments = ["chatferry", "checkpoint", "info", "--config", "a.toml"];
        let text = "`chatferry inspect F`, `chatferry plan --config b.toml`, `chatferry sandbox`, `chatferry plan";
        assert_eq!(completed(&arguments, text), text);
    }

    #[test]
    fn text_stays_without_such_flags() {
        let text = "`chatferry plan`";
        assert_eq!(completed(&["chatferry", "plan", "--offline"], text), text);
    }
}
