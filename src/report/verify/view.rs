//! A verification as a serializable view: totals, findings, what was not checked, the verdict.

use std::collections::{BTreeMap, HashMap};

use chrono::SecondsFormat;
use serde::Serialize;

use super::repair::RepairSummary;
use crate::app::{Found, Next, Verification};
use crate::ids::{ActivityId, LeadId};
use crate::plan::compare::Finding;
use crate::quantity::{count, number};
use crate::report::without_file::without_file;

/// The number of findings of one cause that are shown.
const SHOWN: usize = 5;

/// The number of causes of a finding that are shown: each lead has its own.
const SHOWN_CAUSES: usize = 20;

/// Everything that is shown of a verification.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyView {
    /// The summary object of `--json`.
    pub(crate) summary: Summary,
    pub(super) account: String,
    /// Organisation and user by name.
    #[serde(skip)]
    pub(super) account_name: String,
    /// Whether leads have no address for a browser.
    #[serde(skip)]
    pub(super) is_sandbox: bool,
    /// The verdict for a page, which has no flags.
    #[serde(skip)]
    pub(super) page_verdict: String,
    pub(super) groups: Vec<Group>,
    /// Differences that every message has.
    pub(super) forms: Vec<Form>,
    pub(super) unchecked: Vec<UncheckedView>,
    pub(super) stopped: Option<String>,
    pub(super) outdated: u64,
    /// The next step where a finding is more than information.
    #[serde(skip)]
    pub(super) correction: &'static str,
}

/// The summary object of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    planned: u64,
    chats: u64,
    double: u64,
    missing: u64,
    elsewhere: u64,
    drifted: u64,
    removed_by_us: u64,
    pending: u64,
    not_checked: u64,
    removed: u64,
    same: u64,
    listed: u64,
    double_copies: u64,
    /// Listed activities of messages that should be on another lead.
    elsewhere_listed: u64,
    foreign: u64,
    not_selected: u64,
    /// Drifted messages by field.
    fields: BTreeMap<&'static str, u64>,
    /// Messages that the next import updates.
    outdated: u64,
    /// Messages in Close without a file that is damaged in its archive.
    without_file: u64,
    beyond_limit: u64,
    undecided: u64,
    held: u64,
    files: u64,
    files_compared: u64,
    requests: u64,
    seconds: f64,
    complete: bool,
    pub(super) verdict: String,
    /// Of a repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repair: Option<RepairSummary>,
}

/// Findings of a kind.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) finding: &'static str,
    pub(super) severity: &'static str,
    pub(super) meaning: &'static str,
    pub(super) messages: u64,
    pub(super) causes: Vec<Cause>,
    /// Findings of causes that are not shown.
    pub(super) more: u64,
}

/// Findings with one cause and one next step.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    pub(super) field: Option<&'static str>,
    pub(super) what: String,
    /// The address of the lead, or its id if it has none.
    pub(super) lead: String,
    #[serde(skip)]
    pub(super) lead_id: LeadId,
    pub(super) next: String,
    /// The next step on a page.
    #[serde(skip)]
    pub(super) step: String,
    pub(super) messages: u64,
    pub(super) first: Vec<FoundView>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(super) struct FoundView {
    /// Archive and line, or the chat, as far as they may be named.
    pub(super) place: String,
    pub(super) external_id: String,
    pub(super) activity_id: Option<String>,
    /// The address of the activity for a browser (assumption A62).
    pub(super) address: Option<String>,
    /// When, and by which user.
    pub(super) changed: Option<String>,
}

/// A difference that every message has.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    pub(super) field: &'static str,
    pub(super) messages: u64,
}

/// Messages that were not checked.
#[derive(Debug, Serialize)]
pub(super) struct UncheckedView {
    /// The lead, or a chat.
    pub(super) of: String,
    pub(super) messages: u64,
    pub(super) why: String,
}

impl VerifyView {
    /// The view of a verification.
    pub(crate) fn of(result: &Verification) -> VerifyView {
        VerifyView {
            summary: Summary::of(result),
            account: result.account.clone(),
            account_name: result.account_name.clone(),
            is_sandbox: result.is_sandbox,
            page_verdict: verdict_for(result, Reader::OfPage),
            groups: groups(result),
            forms: (result.forms.iter())
                .map(|(field, messages)| Form {
                    field: field.word(),
                    messages: *messages,
                })
                .collect(),
            unchecked: (result.unchecked.iter())
                .map(|unchecked| UncheckedView {
                    of: match &unchecked.lead_id {
                        Some(lead) => format!("the lead {lead}"),
                        None => "a held chat".to_owned(),
                    },
                    messages: unchecked.messages,
                    why: unchecked.why.clone(),
                })
                .collect(),
            stopped: result.stopped.as_ref().map(ToString::to_string),
            outdated: result.outdated,
            correction: correction(&result.found),
        }
    }
}

impl VerifyView {
    /// Whether it is complete and has a finding that a repair may correct.
    pub(crate) fn is_repairable(&self) -> bool {
        self.is_complete() && (!self.is_same() || self.summary.removed > 0)
    }

    /// Messages that were removed in Close, or that an undo deleted.
    pub(crate) fn removed(&self) -> u64 {
        self.summary.removed + self.summary.removed_by_us
    }

    /// Whether everything could be compared.
    pub(super) fn is_complete(&self) -> bool {
        self.summary.complete
    }

    /// Whether Close differs in nothing.
    pub(super) fn is_same(&self) -> bool {
        self.groups.iter().all(|group| group.severity == "note")
    }

    /// The number of messages in Close without a file that is damaged in its archive.
    pub(super) fn without_file(&self) -> u64 {
        self.summary.without_file
    }

    /// Whether nothing should be in Close.
    pub(super) fn is_nothing(&self) -> bool {
        self.summary.planned == 0
    }
}

impl Summary {
    fn of(result: &Verification) -> Summary {
        let tally = &result.tally;
        let mut fields = BTreeMap::new();
        for field in result.found.iter().filter_map(|found| found.field) {
            *fields.entry(field.word()).or_default() += 1;
        }
        Summary {
            planned: tally.planned,
            chats: result.chats,
            double: tally.of(Finding::Double),
            missing: tally.of(Finding::Missing),
            elsewhere: tally.of(Finding::Elsewhere),
            drifted: tally.of(Finding::Drifted),
            removed_by_us: tally.of(Finding::RemovedByUs),
            pending: tally.of(Finding::Pending),
            not_checked: tally.of(Finding::NotChecked),
            removed: tally.of(Finding::Removed),
            same: tally.of(Finding::Same),
            listed: tally.listed,
            double_copies: tally.double_copies,
            elsewhere_listed: tally.elsewhere,
            foreign: tally.of(Finding::Foreign),
            not_selected: tally.not_selected,
            fields,
            outdated: result.outdated,
            without_file: result.without_file,
            beyond_limit: result.beyond_limit,
            undecided: result.undecided,
            held: result.held,
            files: result.files,
            files_compared: result.files_compared,
            requests: result.requests,
            seconds: (result.seconds * 10.0).round() / 10.0,
            complete: result.is_complete(),
            verdict: verdict(result),
            repair: None,
        }
    }
}

/// Who reads a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Uses commands.
    OfTerminal,
    /// Uses the buttons of a page.
    OfPage,
}

/// The verdict in one sentence.
pub(crate) fn verdict(result: &Verification) -> String {
    verdict_for(result, Reader::OfTerminal)
}

fn verdict_for(result: &Verification, reader: Reader) -> String {
    let tally = &result.tally;
    let (messages, chats) = (count(tally.planned, "message"), count(result.chats, "chat"));
    if !result.is_complete() {
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
        return match result.held {
            0 => {
                "Nothing to verify: no archive and no record has a message that should be in Close."
                    .to_owned()
            }
            held => format!(
                "Nothing to verify: {} held until you decide, and none is recorded.",
                match held {
                    1 => "1 message is".to_owned(),
                    held => format!("{} messages are", number(held)),
                }
            ),
        };
    }
    let removed = match result.beyond_limit {
        0 => removed,
        beyond => format!("{removed}; {} beyond `--limit`", number(beyond)),
    };
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

/// The next step for all findings that are more than information.
fn correction(found: &[Found]) -> &'static str {
    let has = |next: &[Next]| {
        let mut worse = found.iter().filter(|found| !found.finding.is_information());
        worse.any(|found| next.contains(&found.next))
    };
    match () {
        () if has(&[Next::RepairFiles]) => {
            "`chatferry verify --repair --files --dry-run` shows how to correct this"
        }
        () if has(&[Next::Repair, Next::RepairRemoved]) => {
            "`chatferry verify --repair --dry-run` shows how to correct this"
        }
        () if has(&[Next::Import]) => "`chatferry import` posts what Close lacks",
        () if has(&[Next::Retry]) => {
            "correct what the import gave as the reason, then `chatferry import --retry-failed`"
        }
        () if has(&[Next::RestoreArchive]) => {
            "put the archives back, then `chatferry verify --repair --dry-run`"
        }
        () if has(&[Next::Correct]) => "correct this in Close, then `chatferry verify`",
        () => "the same command again in some minutes",
    }
}

/// The next step for a finding, by the buttons of a page.
fn step(next: &Next) -> String {
    let step = match next {
        Next::Import => "make a plan and run it",
        Next::Retry => "correct the reason that the run gave, then make a plan and run it",
        Next::Repair | Next::RepairFiles => "repair",
        Next::RepairRemoved => "repair, with what was removed in Close posted again",
        Next::Correct => "correct it in Close, then verify again",
        Next::RestoreArchive => "put its archive back into its folder, then repair",
        Next::LeftOut(rule) => return format!("nothing; left out: {}", rule.describe()),
        Next::Verify => "verify again in some minutes",
    };
    step.to_owned()
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

fn meaning(finding: Finding) -> &'static str {
    match finding {
        Finding::Double => "several activities are one message",
        Finding::Missing => "not in Close",
        Finding::Elsewhere => "on another lead than planned",
        Finding::Drifted => "differs from what was sent and from what Close returned then",
        Finding::RemovedByUs => "deleted by an earlier run, and wanted by the archives",
        Finding::Pending => "too young to be missed",
        Finding::NotChecked => "could not be read",
        Finding::Removed => "recorded as removed in Close, stays removed",
        Finding::Foreign => "no message of this migration",
        Finding::Same => "in Close, once and as sent",
    }
}

fn groups(result: &Verification) -> Vec<Group> {
    let kinds = Finding::ALL.into_iter();
    let groups = kinds.map(|finding| {
        let all = result.found.iter().filter(|found| found.finding == finding);
        let (causes, more) = match finding {
            // What was not checked is listed by lead, with the reason.
            Finding::NotChecked | Finding::Removed => (Vec::new(), 0),
            _ => causes(result, all),
        };
        Group {
            finding: finding.word(),
            severity: finding.severity(),
            meaning: meaning(finding),
            messages: result.tally.of(finding),
            causes,
            more,
        }
    });
    groups
        .filter(|group| group.messages > 0 || !group.causes.is_empty())
        .collect()
}

/// The findings by cause, and the number of those that are not shown.
fn causes<'f>(result: &Verification, all: impl Iterator<Item = &'f Found>) -> (Vec<Cause>, u64) {
    let mut causes: Vec<Cause> = Vec::new();
    let mut indexes = HashMap::new();
    let mut more = 0;
    for found in all {
        let key = (
            found.field,
            found.what.as_str(),
            &found.lead_id,
            &found.next,
        );
        let index = *indexes.entry(key).or_insert(causes.len());
        if index == SHOWN_CAUSES {
            more += 1;
            continue;
        }
        if index == causes.len() {
            causes.push(Cause {
                field: found.field.map(|field| field.word()),
                what: found.what.clone(),
                lead: match result.is_sandbox {
                    true => found.lead_id.to_string(),
                    false => format!("https://app.close.com/lead/{}/", found.lead_id),
                },
                lead_id: found.lead_id.clone(),
                next: result.next(found),
                step: step(&found.next),
                messages: 0,
                first: Vec::new(),
            });
        }
        let cause = &mut causes[index];
        cause.messages += 1;
        if cause.first.len() < SHOWN {
            cause.first.push(FoundView::of(result, found));
        }
    }
    (causes, more)
}

/// The address of an activity for a browser; `None` in a sandbox.
fn address_of(activity: &ActivityId, is_sandbox: bool) -> Option<String> {
    (!is_sandbox).then(|| format!("https://app.close.com/activity/{activity}/"))
}

impl FoundView {
    fn of(result: &Verification, found: &Found) -> FoundView {
        let place = result.place(found);
        let who = found.changed_by.as_ref().map(|user| format!("by {user}"));
        let when = found
            .changed_at
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let changed: Vec<String> = [when, who].into_iter().flatten().collect();
        FoundView {
            place: match (place.archive, place.chat) {
                ("", "") => "in no archive".to_owned(),
                ("", chat) => format!("{}: {chat}, in no archive", place.device),
                (archive, _) => format!("{archive}:{}", place.line),
            },
            external_id: found.external_id.to_string(),
            activity_id: found.activity_id.as_ref().map(ToString::to_string),
            address: (found.activity_id.as_ref())
                .and_then(|activity| address_of(activity, result.is_sandbox)),
            changed: (!changed.is_empty()).then(|| changed.join(" ")),
        }
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
    fn activity_of_a_sandbox_has_no_address() {
        let id = ActivityId::from("acti_1");
        let address = Some("https://app.close.com/activity/acti_1/".to_owned());
        assert_eq!(address_of(&id, false), address);
        assert_eq!(address_of(&id, true), None);
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
