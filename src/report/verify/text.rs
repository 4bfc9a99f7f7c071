//! The text of a verification: findings by kind, what was not checked, the totals; the verdict last.

use super::causes::{Cause, FoundView, Group};
use super::next::{Commands, next};
use super::view::VerifyView;
use crate::quantity::{count, number};
use crate::report::screen::{Page, State, Text};
use crate::report::without_file::without_file;

/// The number of causes of a finding, and of findings of a cause, that are shown without `--details`.
const SHOWN: (usize, usize) = (4, 1);

/// A verification for people.
pub(crate) fn page(view: &VerifyView, commands: &Commands, has_details: bool) -> Page {
    let mut page = Page::new();
    let account = match has_details {
        true => &view.account,
        false => &view.account_name,
    };
    page.line(format!("Verified in {account}"));
    let (causes, findings) = match has_details {
        true => (usize::MAX, usize::MAX),
        false => SHOWN,
    };
    for group in &view.groups {
        page.line(head(group));
        for cause in group.causes.iter().take(causes) {
            self::cause(cause, (findings, has_details), &mut page);
        }
        let hidden = group.causes.iter().skip(causes);
        let hidden: u64 = hidden.map(|cause| cause.messages).sum();
        if group.more + hidden > 0 {
            page.line(format!(
                "    and {} more; `--out verify.csv` lists all",
                number(group.more + hidden)
            ));
        }
    }
    rest(view, &mut page);
    let verdict = view.summary.verdict.as_str();
    page.line(match (view.is_complete(), view.is_same()) {
        (false, _) => Text::state(State::Waiting, verdict),
        (true, false) => Text::state(State::Bad, verdict),
        (true, true) => Text::state(State::Done, verdict),
    });
    page.next(&next(view, commands));
    page
}

/// What is no finding: forms of Close, what was not checked, what an import updates.
fn rest(view: &VerifyView, page: &mut Page) {
    for form in &view.forms {
        page.line(format!(
            "Close's form: all {} differ in {}, which is no finding",
            count(form.messages, "message"),
            form.field
        ));
    }
    for unchecked in &view.unchecked {
        page.line(Text::state(State::Waiting, "Not checked").then(format!(
            ": {} of {}: {}",
            count(unchecked.messages, "message"),
            unchecked.of,
            unchecked.why
        )));
    }
    if view.without_file() > 0 {
        page.line(format!(
            "{} {}: copy the archive again from the phone, or export the chat again, then `chatferry import`",
            count(view.without_file(), "message"),
            without_file(view.without_file())
        ));
    }
    if view.outdated > 0 {
        page.line(format!(
            "The archives have more of {}; `chatferry import` updates them",
            count(view.outdated, "message")
        ));
    }
    if let Some(stopped) = &view.stopped {
        page.line(Text::state(State::Bad, "Stopped").then(format!(": {stopped}")));
    }
}

fn head(group: &Group) -> Text {
    let word = format!("{:<13}", group.finding);
    let text = match group.severity {
        "error" => Text::from("  ").and(State::Bad, word.trim_end()),
        "warning" => Text::from("  ").and(State::Waiting, word.trim_end()),
        _ => Text::from("  ").then(word.trim_end()),
    };
    let gap = " ".repeat(word.len() - word.trim_end().len());
    let also = match group.also_double {
        0 => String::new(),
        messages => format!("; {} of them double as well", number(messages)),
    };
    text.then(format!(
        "{gap} {:>7}  {}{also}",
        number(group.messages),
        group.meaning
    ))
}

fn cause(cause: &Cause, (findings, has_details): (usize, bool), page: &mut Page) {
    let field = cause
        .field
        .map_or_else(String::new, |field| format!("{field}: "));
    page.line(format!(
        "    {field}{}, {}, {}",
        cause.what,
        count(cause.messages, "message"),
        cause.lead
    ));
    let shown = cause.first.len().min(findings);
    for found in &cause.first[..shown] {
        page.line(finding(found));
        let address = found.address.iter().filter(|_| has_details);
        address.for_each(|address| page.line(format!("        {address}")));
    }
    let more = cause.messages - shown as u64;
    if more > 0 {
        page.line(format!(
            "      and {} more; `--out verify.csv` lists all",
            number(more)
        ));
    }
    page.line(format!("      next: {}", cause.next));
}

fn finding(found: &FoundView) -> String {
    let parts = [
        Some(found.place.as_str()),
        Some(found.external_id.as_str()),
        found.activity_id.as_deref(),
        found.changed.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    format!("      {}", parts.join("  "))
}
