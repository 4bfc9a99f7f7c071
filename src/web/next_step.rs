//! What to do next in a migration: a sentence, and the page where it is done.

use super::people::number;
use super::reading::Reading;
use super::site::Site;
use super::text::counted;

/// The next step.
pub(super) struct NextStep {
    pub(super) text: String,
    pub(super) address: &'static str,
    pub(super) name: &'static str,
}

impl NextStep {
    fn new(text: impl Into<String>, address: &'static str, name: &'static str) -> NextStep {
        NextStep {
            text: text.into(),
            address,
            name,
        }
    }

    /// The next step of a migration.
    pub(super) fn of(
        site: &Site,
        reading: &Reading,
        (is_connected, is_verified): (bool, bool),
    ) -> NextStep {
        if let Some(job) = site.jobs.running() {
            let text = "A step is in progress.";
            return NextStep::new(text, job.kind.address(), job.kind.title());
        }
        if !is_connected {
            let text = "Connect to Close with your API key.";
            return NextStep::new(text, "#key", "To the key");
        }
        let status = &reading.status;
        let is_broken_off = (status.last_run.as_ref())
            .is_some_and(|run| !matches!(run.outcome, "complete" | "partial"));
        if is_broken_off || status.unknown > 0 {
            let text =
                "The last run did not finish. Make a plan and run it; no message is posted twice.";
            return NextStep::new(text, "/plan", "Go to the plan");
        }
        decision(reading).unwrap_or_else(|| after_decisions(reading, is_verified))
    }
}

/// What a person has to answer before a plan is complete.
fn decision(reading: &Reading) -> Option<NextStep> {
    let list = &reading.list;
    let has_open_dates = list.archives.iter().any(|one| one.open_date.is_some());
    if has_open_dates || list.phone_questions > 0 {
        let text = "A phone needs an answer: its owner, its number, or the order of dates.";
        return Some(NextStep::new(text, "/archives", "Go to the archives"));
    }
    let open = number(reading, "undecided");
    if open > 0 {
        let text = format!("{} to decide: who is it in Close?", counted(open, "chat"));
        return Some(NextStep::new(text, "/people", "Go to the people"));
    }
    (number(reading, "create") > 0).then(|| {
        let text = "Chats are marked to be created in Close.";
        NextStep::new(text, "/people", "Go to the people")
    })
}

/// What is left once every chat has its decision. A chat that is held, and a message that is undecided, is not done.
fn after_decisions(reading: &Reading, is_verified: bool) -> NextStep {
    let status = &reading.status;
    let messages = status.messages.as_ref();
    let left = messages.map_or(0, |messages| {
        messages.create + messages.update + messages.replace
    });
    if left > 0 {
        let text = format!("{} ready: look at the plan.", counted(left, "message"));
        return NextStep::new(text, "/plan", "Go to the plan");
    }
    let held = number(reading, "held");
    if held > 0 {
        let text = format!("{} held: see why.", counted(held, "chat"));
        return NextStep::new(text, "/people?state=held", "Go to the held chats");
    }
    if status.chats.held > 0 {
        let text = format!(
            "The last run held {}, for what Close has: the plan shows why.",
            counted(status.chats.held, "chat")
        );
        return NextStep::new(text, "/plan", "Go to the plan");
    }
    let undecided = messages.map_or(0, |messages| messages.undecided);
    if undecided > 0 {
        let text = format!(
            "{} undecided: what is it in Close?",
            counted(undecided, "message")
        );
        return NextStep::new(text, "/undecided", "Go to the undecided messages");
    }
    if is_verified {
        let text = "All messages that belong in Close are there, and were compared. The report shows what was imported and what was left out.";
        return NextStep::new(text, "/report", "Go to the report");
    }
    let text = "All messages that belong in Close are recorded there. Compare them with Close.";
    NextStep::new(text, "/verify", "Go to verify")
}
