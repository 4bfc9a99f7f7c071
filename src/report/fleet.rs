//! The text and the summary of a fleet: what waits for a person first, then each migration.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::fleet::{Job, Standing};
use crate::quantity::{count, number};

/// What `fleet status --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'j> {
    jobs: &'j [Job],
    running: usize,
    needs_approval: usize,
    /// Chats that a person has to decide about.
    waiting_chats: u64,
    /// Jobs whose last turn did not end with 0 or 3.
    failing: usize,
}

/// What `fleet status --json` prints of these jobs.
pub(crate) fn summary(jobs: &[Job]) -> Summary<'_> {
    let number = |standing| jobs.iter().filter(|job| job.standing == standing).count();
    Summary {
        jobs,
        running: number(Standing::Running),
        needs_approval: number(Standing::NeedsApproval),
        waiting_chats: jobs.iter().map(|job| job.waiting_chats).sum(),
        failing: jobs.iter().filter(|job| is_failing(job)).count(),
    }
}

fn is_failing(job: &Job) -> bool {
    (job.last.as_ref())
        .is_some_and(|last| !matches!(last.exit, Some(0 | 3)) || last.problem.is_some())
}

/// The jobs of a fleet as text: a line with the totals, then a paragraph for each, or the next
/// command if there is none.
pub(crate) fn text(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return "The fleet has no migration\nNext: `chatferry fleet add FOLDER --every 1d`"
            .to_owned();
    }
    let summary = summary(jobs);
    let mut first = vec![count(jobs.len() as u64, "migration")];
    for (jobs, what) in [
        (summary.running, "running"),
        (summary.needs_approval, "waiting for approval"),
        (summary.failing, "failing"),
    ] {
        first.extend((jobs > 0).then(|| format!("{jobs} {what}")));
    }
    let mut lines = vec![first.join(", ")];
    if summary.waiting_chats > 0 {
        let chats = count(summary.waiting_chats, "chat");
        let wait = if summary.waiting_chats == 1 {
            "waits"
        } else {
            "wait"
        };
        lines.push(format!("{chats} {wait} for a person: open the folder with `chatferry review --config FOLDER/chatferry.toml`"));
    }
    for job in jobs {
        lines.push(String::new());
        lines.extend(migration(job));
    }
    lines.join("\n")
}

fn migration(job: &Job) -> Vec<String> {
    let organization = (job.organization_id.as_deref()).unwrap_or("organisation not known yet");
    let mut lines = vec![format!("{}  {}  ({organization})", job.id, job.folder)];
    let mut add = |name: &str, value: String| lines.push(format!("   {name:<10} {value}"));
    add("every", job.every.to_string());
    add(
        "now",
        match job.standing {
            Standing::Waiting => format!("waits until {}", shown(job.next_at)),
            Standing::Due => "due; no worker has taken it".to_owned(),
            Standing::Running => {
                format!("running on {}", job.worker.as_deref().unwrap_or("a worker"))
            }
            Standing::NeedsApproval => "its plan needs approval".to_owned(),
            Standing::Approved => "approved; the next worker runs it".to_owned(),
        },
    );
    if let (Some(plan), Standing::NeedsApproval) = (&job.plan, job.standing) {
        add(
            "plan",
            format!(
                "{} new, {} updated, {} moved, {} deleted: `chatferry fleet approve {}`",
                number(plan.created),
                number(plan.updated),
                number(plan.replaced),
                number(plan.deleted),
                job.id
            ),
        );
    }
    if let Some(last) = &job.last {
        let exit = last
            .exit
            .map_or("crashed".to_owned(), |exit| format!("status {exit}"));
        let counts = last.counts.map(|counts| {
            format!(
                ": {} new, {} updated, {} moved, {} deleted, {} failed",
                number(counts.created),
                number(counts.updated),
                number(counts.replaced),
                number(counts.deleted),
                number(counts.failed)
            )
        });
        add(
            "last run",
            format!("{}, {exit}{}", shown(last.at), counts.unwrap_or_default()),
        );
        if let Some(problem) = &last.problem {
            add("problem", problem.clone());
        }
    }
    if job.waiting_chats > 0 {
        add(
            "chats",
            format!("{} for a person to decide", number(job.waiting_chats)),
        );
    }
    for one in &job.unreadable_by {
        add(
            "unread",
            format!("{} cannot read it: {}", one.worker, one.problem),
        );
    }
    lines
}

fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Counts, LastTurn};
    use crate::report::screen::{Layout, Page, Width};

    fn job() -> Job {
        Job {
            id: 7,
            folder: "/srv/migrations/the-pilgrim-hostel-on-the-north-side".to_owned(),
            every: "1d".parse().expect("an interval"),
            standing: Standing::NeedsApproval,
            next_at: DateTime::UNIX_EPOCH,
            organization_id: Some("orga_sandbox".to_owned()),
            worker: None,
            last: Some(LastTurn {
                at: DateTime::UNIX_EPOCH,
                exit: Some(3),
                counts: Some(Counts {
                    created: 40_797,
                    failed: 2,
                    ..Counts::default()
                }),
                digest: None,
                problem: Some("2 archives could not be read; copy them again".to_owned()),
            }),
            plan: Some(Counts {
                created: 1_204,
                deleted: 80,
                ..Counts::default()
            }),
            approval: None,
            waiting_chats: 3,
            unreadable_by: Vec::new(),
        }
    }

    #[test]
    fn numbers_have_separators() {
        let text = text(&[job()]);
        for words in [
            "1 migration, 1 waiting for approval",
            "1,204 new, 0 updated, 0 moved, 80 deleted: `chatferry fleet approve 7`",
            "status 3: 40,797 new, 0 updated, 0 moved, 0 deleted, 2 failed",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[test]
    fn status_is_wrapped_between_words() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let text = text(&[job(), job()]);
        let mut page = Page::new();
        page.lines(&text);
        for columns in [80, 120] {
            for has_colours in [false, true] {
                let layout = Layout {
                    width: Width::Columns(columns),
                    has_colours,
                    isolates: false,
                };
                let shown = page.render(layout, &str::to_owned);
                assert_eq!(words(&shown), words(&text));
                let widest = shown.lines().map(|line| line.chars().count()).max();
                assert!(widest.is_some_and(|widest| widest <= columns), "{shown}");
            }
        }
    }
}
