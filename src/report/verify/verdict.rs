//! The sentence that ends a verification.

use crate::app::Verification;
use crate::plan::compare::Finding;
use crate::quantity::{count, number};
use crate::report::without_file::without_file;

/// Who reads a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Uses commands.
    OfTerminal,
    /// Uses the buttons of a page.
    OfPage,
}

/// The sentence that ends a verification: whether Close has every message as expected, with the
/// numbers of messages and chats.
pub(crate) fn verdict(result: &Verification) -> String {
    verdict_for(result, Reader::OfTerminal)
}

pub(super) fn verdict_for(result: &Verification, reader: Reader) -> String {
    let tally = &result.tally;
    let (messages, chats) = (count(tally.planned, "message"), count(result.chats, "chat"));
    if !result.has_verdict() {
        let of_parts = result
            .unchecked
            .iter()
            .map(|unchecked| unchecked.messages)
            .sum();
        let unchecked = tally.of(Finding::NotChecked).max(of_parts);
        let unchecked = count(unchecked, "message");
        let found = match tally.differing() - tally.of(Finding::NotChecked) {
            0 => String::new(),
            found => format!("; {} so far", count(found, "difference")),
        };
        return format!(
            "No verdict: {unchecked} of {} could not be checked{found}.",
            number(tally.planned)
        );
    }
    let without_file = match result.without_file {
        0 => String::new(),
        messages => format!("; {} {}", number(messages), without_file(messages)),
    };
    let rest = format!(
        "{without_file}{}{}",
        held(result, reader),
        files(result, reader)
    );
    let removed = match tally.of(Finding::Removed) {
        0 => String::new(),
        removed => format!("; {} removed in Close stay removed", number(removed)),
    };
    if tally.planned == 0 {
        return nothing(result);
    }
    let removed = match result.beyond_limit {
        0 => removed,
        beyond => format!("{removed}; {} beyond `--limit`", number(beyond)),
    };
    if result.failed_downloads.number > 0 {
        return format!(
            "No verdict: {} of {} could not be compared since {}; {} so far in {messages} of {chats}{removed}{without_file}{}.",
            count(result.failed_downloads.number, "file"),
            number(result.files),
            result.failed_downloads.why,
            count(tally.differing(), "difference"),
            held(result, reader)
        );
    }
    if tally.differing() == 0 {
        let there = tally.of(Finding::Same);
        let all = match tally.of(Finding::Removed) == 0 {
            true => match tally.planned {
                1 => "The 1 message".to_owned(),
                _ => format!("All {messages}"),
            },
            false => format!("{} of {messages}", number(there)),
        };
        let are = match tally.planned {
            1 => "is",
            _ => "are",
        };
        return format!(
            "{all} of {chats} {are} in Close, each once; 0 differences{removed}{rest}."
        );
    }
    let kinds = Finding::ALL.into_iter();
    let kinds: Vec<String> = kinds
        .filter(|finding| !finding.is_information() && tally.of(*finding) > 0)
        .map(|finding| format!("{} {}", number(tally.of(finding)), word(finding)))
        .collect();
    format!(
        "Close differs in {} of {messages} of {chats}: {}{removed}{rest}.",
        number(tally.differing()),
        kinds.join(", "),
    )
}

/// Messages of held chats, as a part of the verdict.
fn held(result: &Verification, reader: Reader) -> String {
    if result.held == 0 {
        return String::new();
    }
    let are = match result.held {
        1 => "is",
        _ => "are",
    };
    let absent = match result.held_are_absent {
        true => " and not in Close",
        false => "",
    };
    let shown_by = match reader {
        Reader::OfTerminal => " (`chatferry plan`)",
        Reader::OfPage => "",
    };
    format!(
        "; {} of {} {are} held{absent}{shown_by}",
        count(result.held, "message"),
        count(result.held_chats, "chat")
    )
}

/// The verdict where no message is to be verified, with the cause.
fn nothing(result: &Verification) -> String {
    let tally = &result.tally;
    match result.held {
        _ if result.beyond_limit > 0 => format!(
            "Nothing to verify: {} beyond `--limit`.",
            count(result.beyond_limit, "message")
        ),
        _ if tally.not_selected > 0 => format!(
            "Nothing to verify: the selection has none of the {}.",
            count(tally.not_selected, "message")
        ),
        0 => "Nothing to verify: no archive and no record has a message that should be in Close."
            .to_owned(),
        held => format!(
            "Nothing to verify: {} held until you decide, and none is recorded.",
            match held {
                1 => "1 message is".to_owned(),
                held => format!("{} messages are", number(held)),
            }
        ),
    }
}

/// Files whose bytes were not compared, as a part of the verdict.
fn files(result: &Verification, reader: Reader) -> String {
    let add = match (result.reads_files, reader) {
        (true, _) | (_, Reader::OfPage) => "",
        (false, Reader::OfTerminal) => ": add `--files`",
    };
    match result.files - result.files_compared.min(result.files) {
        0 => String::new(),
        files => format!("; {} not compared{add}", count(files, "file")),
    }
}

/// The word for a sentence.
fn word(finding: Finding) -> &'static str {
    match finding {
        Finding::RemovedByUs => "removed by an earlier run",
        Finding::NotChecked => "not checked",
        Finding::Elsewhere => "on another lead",
        other => other.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::compare::Tally;

    fn result(counts: &[(Finding, u64)]) -> Verification {
        let mut tally = Tally::default();
        for (finding, number) in counts {
            tally.add(*finding, *number);
            tally.planned += number;
        }
        let mut result = Verification::default();
        result.tally = tally;
        result.chats = 311;
        (result.files, result.files_compared) = (20, 6);
        result
    }

    #[test]
    fn verdict_without_a_difference() {
        let shown = "All 12,402 messages of 311 chats are in Close, each once; 0 differences; 14 files not compared: add `--files`.";
        assert_eq!(verdict(&result(&[(Finding::Same, 12_402)])), shown);
    }

    #[test]
    fn verdict_names_each_kind_of_difference() {
        let counts = [
            (Finding::Same, 1_000),
            (Finding::Missing, 2),
            (Finding::Drifted, 1),
        ];
        assert_eq!(
            verdict(&result(&counts)),
            "Close differs in 3 of 1,003 messages of 311 chats: 2 missing, 1 drifted; 14 files not compared: add `--files`."
        );
    }

    #[test]
    fn what_was_not_checked_leaves_no_verdict() {
        let mut result = result(&[
            (Finding::Same, 5),
            (Finding::NotChecked, 7),
            (Finding::Missing, 1),
        ]);
        result.stopped = Some(crate::app::Error::usage("x"));
        assert_eq!(
            verdict(&result),
            "No verdict: 7 messages of 13 could not be checked; 1 difference so far."
        );
    }

    #[test]
    fn files_that_could_not_be_compared_leave_no_verdict() {
        let mut result = result(&[(Finding::Same, 7)]);
        (result.chats, result.files, result.files_compared) = (1, 4, 1);
        result.failed_downloads.number = 3;
        result.failed_downloads.why = "a download broke off".to_owned();
        assert_eq!(
            verdict(&result),
            "No verdict: 3 files of 4 could not be compared since a download broke off; 0 differences so far in 7 messages of 1 chat."
        );
    }

    #[test]
    fn removed_messages_are_no_difference() {
        let mut result = result(&[(Finding::Same, 5), (Finding::Removed, 2)]);
        result.files = 0;
        assert_eq!(
            verdict(&result),
            "5 of 7 messages of 311 chats are in Close, each once; 0 differences; 2 removed in Close stay removed."
        );
    }

    #[test]
    fn nothing_to_verify_is_said() {
        assert!(verdict(&Verification::default()).starts_with("Nothing to verify"));
    }
}
