//! Parts of commands that are shown to be copied.
//!
//! A person who copies a command from a screen means the migration and the Close of that screen. So each command that the
//! program names gets the flags of the running one that select them ([`SameMigration`]), wherever the sentence was written.
//! A screen that names its own command names it as it was typed ([`SameMigration::typed`]).

use std::borrow::Cow;
use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory};

use super::args;

/// How a command begins in a sentence.
const NAMED: &str = "`chatferry ";

/// The flags of the running command that select a migration and a Close, for the commands that its output names.
#[derive(Debug, Default)]
pub(super) struct SameMigration {
    /// Each flag's name in clap, and its value as a word of a command.
    flags: Vec<(&'static str, String)>,
    /// The words of the running command after the program's name.
    typed: Vec<String>,
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
        let flags = ["config", "api_key_file", "base_url"];
        SameMigration {
            flags: flags.into_iter().filter_map(given).collect(),
            typed: (arguments.iter().skip(1))
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect(),
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

/// A word of a command, between double quotes if it contains a blank.
pub(super) fn word(text: &str) -> String {
    match text.contains(char::is_whitespace) {
        true => format!("\"{text}\""),
        false => text.to_owned(),
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
