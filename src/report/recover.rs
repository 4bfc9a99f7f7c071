//! The text and summary of a recovery: what is recorded, what the next import does, what is lost, the ending last.

use serde::Serialize;

use crate::app::{Ending, Lines, Lost, Nothing, Recovery, number};
use crate::quantity::{self, count};

/// The numbers of a recovery: the summary object of `recover --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    ending: &'static str,
    leads: u64,
    activities: u64,
    unrecorded_before: u64,
    created: u64,
    adopted: u64,
    foreign: u64,
    /// So that `activities` + `unlisted` = `created` + `adopted` + `foreign` + the copies in `lost`.
    unlisted: u64,
    removed: u64,
    would_create: u64,
    would_update: u64,
    would_replace: u64,
    would_delete: u64,
    lost: Vec<LostView>,
    former: Option<String>,
    exit: u8,
}

#[derive(Debug, Serialize)]
struct LostView {
    what: &'static str,
    number: u64,
}

/// The summary object of this recovery.
pub(crate) fn summary(recovery: &Recovery) -> Summary {
    let next = &recovery.next;
    Summary {
        ending: match &recovery.ending {
            Some(Ending::Nothing(_)) => "nothing",
            Some(Ending::Refused) => "refused",
            Some(Ending::Trial) => "dry_run",
            Some(Ending::Declined) | None => "declined",
            Some(Ending::Swapped(_)) => "swapped",
        },
        leads: recovery.leads,
        activities: recovery.activities,
        unrecorded_before: recovery.unrecorded_before,
        created: recovery.origins.created,
        adopted: recovery.origins.adopted,
        foreign: recovery.origins.foreign,
        unlisted: recovery.unlisted,
        removed: recovery.removed,
        would_create: next.posts(),
        would_update: number(&next.updates) + number(&next.additions) + next.links,
        would_replace: number(&next.replaces) + next.moves,
        would_delete: next.deletes,
        lost: (recovery.lost.iter())
            .map(|lost| LostView {
                what: word(lost),
                number: lost.number(),
            })
            .collect(),
        former: match &recovery.ending {
            Some(Ending::Swapped(Some(former))) => Some(former.display().to_string()),
            _ => None,
        },
        exit: recovery.exit().code(),
    }
}

fn word(lost: &Lost) -> &'static str {
    match lost {
        Lost::FromList(_) => "from_list",
        Lost::Copies(_) => "copies",
        Lost::Refusals(_) => "refusals",
        Lost::Archives(_) => "archives",
        Lost::Undecided(_) => "undecided",
        Lost::Moved(_) => "moved",
        Lost::Unrecorded(_) => "unrecorded",
        Lost::Erasures => "erasures",
    }
}

/// What was found and recorded, and what is lost.
pub(crate) fn found(recovery: &Recovery, has_details: bool) -> String {
    let account = match has_details {
        true => recovery.account.label(),
        false => recovery.account.name(),
    };
    let mut lines = vec![format!("Recovering in {account}")];
    let name = &recovery.checkpoint;
    if let Some(code) = &recovery.unreadable {
        lines.push(format!(
            "  {name} cannot be read ({code}) and is no source of what follows"
        ));
    }
    if matches!(recovery.ending, Some(Ending::Nothing(_))) {
        return lines.join("\n");
    }
    lines.push(format!(
        "  in Close: {} of ours on {}; {name} lacks {}",
        count(recovery.activities, "message"),
        count(recovery.leads, "lead"),
        match recovery.unrecorded_before {
            before if before == recovery.activities => "all of them".to_owned(),
            before => format!("or misplaces {} of them", quantity::number(before)),
        }
    ));
    lines.extend(recorded(recovery));
    let next = &recovery.next;
    add(&mut lines, "would post", &next.creates);
    add(&mut lines, "would update", &next.updates);
    add(&mut lines, "would add a file or link to", &next.additions);
    add(&mut lines, "would move to another lead", &next.replaces);
    if next.deletes > 0 {
        lines.push(format!(
            "An import would delete {}",
            count(next.deletes, "message")
        ));
    }
    if next.links > 0 {
        lines.push(format!(
            "An import would set {} again",
            count(next.links, "link")
        ));
    }
    if next.moves > 0 {
        lines.push(format!(
            "An import would finish moving {} to another lead",
            count(next.moves, "message")
        ));
    }
    if !recovery.lost.is_empty() {
        lines.push("Not recovered:".to_owned());
        let lost = recovery
            .lost
            .iter()
            .map(|lost| format!("  {}", sentence(lost)));
        lines.extend(lost);
    }
    if !recovery.has_former {
        lines.push(
            "Without the former checkpoint, it is not known which run created a message, and what was removed in Close more than 30 days ago would be posted again."
                .to_owned(),
        );
    }
    lines.join("\n")
}

/// What is recorded, by origin.
fn recorded(recovery: &Recovery) -> Vec<String> {
    let origins = &recovery.origins;
    let mut lines = vec![format!(
        "  recorded: {} as created by chatferry",
        quantity::number(origins.created)
    )];
    if origins.adopted > 0 {
        lines.push(format!(
            "  recorded: {} as found in Close, which `undo` leaves there; `--claim` records them as created",
            quantity::number(origins.adopted)
        ));
    }
    if origins.foreign > 0 {
        lines.push(format!(
            "  recorded: {} as created with another key, which are never changed",
            quantity::number(origins.foreign)
        ));
    }
    if recovery.unlisted > 0 {
        lines.push(format!(
            "  of these, {} in no list of Close, on leads that it does not show to this key",
            quantity::number(recovery.unlisted)
        ));
    }
    if recovery.removed > 0 {
        lines.push(format!(
            "  recorded: {} as deleted by the sender or removed in Close",
            quantity::number(recovery.removed)
        ));
    }
    if recovery.erased > 0 {
        lines.push(format!(
            "  recorded: {} as erased",
            count(recovery.erased, "person")
        ));
    }
    lines
}

fn add(lines: &mut Vec<String>, what: &str, of: &Lines) {
    if of.is_empty() {
        return;
    }
    lines.push(format!(
        "An import {what} {}:",
        count(number(of), "message")
    ));
    for (archive, numbers) in of {
        lines.push(format!("  {archive}:{}", ranges(numbers)));
    }
}

/// Line numbers with consecutive ones joined: `4, 9-12`.
fn ranges(numbers: &[u32]) -> String {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let texts = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn sentence(lost: &Lost) -> String {
    match lost {
        Lost::FromList(number) => format!(
            "{} of ours that match no message of the archives: recorded from Close's list alone",
            count(*number, "message")
        ),
        Lost::Copies(number) => format!(
            "{} with the external id of another one on their lead: `chatferry verify` lists them as double",
            count(*number, "further message")
        ),
        Lost::Refusals(number) => format!(
            "why Close rejected {}: see failures.csv; an import retries them",
            count(*number, "message")
        ),
        Lost::Archives(number) => format!(
            "what {} contains, since it cannot be read",
            count(*number, "archive")
        ),
        Lost::Undecided(number) => format!(
            "{} whose counterpart in Close could not be determined: `chatferry plan --details` prints the rows for decisions.csv",
            count(*number, "message")
        ),
        Lost::Moved(number) => format!(
            "{} recorded before and now on a lead that no archive and no row of contacts.csv names",
            count(*number, "message")
        ),
        Lost::Unrecorded(number) => format!(
            "{} of ours that could not be recorded once",
            count(*number, "message")
        ),
        Lost::Erasures => {
            "which persons `forget` erased: see that never.txt has their numbers before the next import, which posts their messages again otherwise"
                .to_owned()
        }
    }
}

/// How the recovery ended, and the next command, as text. `real`: the running command without
/// `--dry-run`.
pub(crate) fn ending(recovery: &Recovery, real: &str) -> String {
    let name = &recovery.checkpoint;
    match &recovery.ending {
        Some(Ending::Nothing(Nothing::AllRecorded { operations })) => {
            let (state, next) = match operations {
                0 => ("; an import has nothing to do", "nothing to do".to_owned()),
                some => (
                    "",
                    format!(
                        "`chatferry import`, which has {} to carry out",
                        count(*some, "operation")
                    ),
                ),
            };
            format!(
                "Nothing to recover: {name} records each of the {} of ours on {} once{state}.\nNext: {next}",
                count(recovery.activities, "message"),
                count(recovery.leads, "lead")
            )
        }
        Some(Ending::Nothing(Nothing::Begun(number))) => format!(
            "Nothing to recover: {name} records {} that an interrupted run began.\nNext: `chatferry import`, which finishes them.",
            count(*number, "operation")
        ),
        Some(Ending::Nothing(Nothing::NoneInClose)) => format!(
            "Nothing to recover: Close has no message of ours on {}, and {name} does not exist.\nNext: `chatferry import`, which creates it",
            count(recovery.leads, "lead")
        ),
        Some(Ending::Nothing(Nothing::NoLead)) => {
            "Nothing to recover: no archive and no row of contacts.csv names a lead.\nNext: `chatferry match`, which finds the leads"
                .to_owned()
        }
        Some(Ending::Refused) => format!(
            "{name} was not replaced: with the recovered checkpoint, an import would change what is in Close (above).\nNext: put the archives and tables of the last import in place and run `{real}` again, or run `chatferry import`, which records what Close has and makes these changes."
        ),
        Some(Ending::Trial) => {
            format!("Nothing was written.\nNext: `{real}` replaces {name}.")
        }
        Some(Ending::Declined) | None => {
            format!("{name} was not replaced.\nNext: `{real}` again replaces it")
        }
        Some(Ending::Swapped(former)) => {
            let former = match former {
                Some(former) => format!(
                    "; the former one is kept as {}",
                    recovery
                        .checkpoint
                        .with_file_name(&former.file_name().unwrap_or_default().to_string_lossy())
                        .display()
                ),
                None => String::new(),
            };
            format!("{name} is the recovered checkpoint{former}.\nNext: `chatferry plan`.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn consecutive_lines_are_joined() {
        assert_eq!(ranges(&[12, 4, 9, 10, 11, 9]), "4, 9-12");
        assert_eq!(ranges(&[7]), "7");
    }
}
