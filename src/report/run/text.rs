//! The text of a run: problems first, then the messages by outcome.

use super::RunView;
use super::view::Counts;
use crate::quantity::{bytes, count, duration, number};
use crate::report::screen::{Page, State, Text};

/// The number of locations of a failure, and of doubled messages, that are shown without `--details`.
const SHOWN: usize = 5;

/// The result of a run as a page for people, without the next step.
pub(crate) fn page(view: &RunView, has_details: bool) -> Page {
    let mut page = Page::new();
    problems(view, has_details, &mut page);
    copies(view, has_details, &mut page);
    let counts = &view.counts;
    let mut text = Text::new();
    for (index, (state, part)) in outcomes(counts).into_iter().enumerate() {
        if index > 0 {
            text = text.then(", ");
        }
        text = match state {
            Some(state) => text.and(state, part),
            None => text.then(part),
        };
    }
    page.line(text.then(format!(", in {}", duration(view.seconds))));
    page
}

/// Chats that were held or stopped, and messages that failed.
fn problems(view: &RunView, has_details: bool, page: &mut Page) {
    for held in &view.held {
        let messages = count(held.messages, "message");
        let text = format!(": {} ({messages}): {}", held.chat, held.why);
        page.line(Text::state(State::Waiting, "held").then(text));
    }
    for stopped in &view.stopped {
        page.line(Text::state(State::Bad, "stopped").then(format!(
            ": {}: Close rejected {} messages in a row for the same reason ({}); correct it and run again",
            stopped.chat, stopped.rejections, stopped.code
        )));
    }
    for failure in &view.failures {
        // Most texts begin with their code, or with that of the kind of failure.
        let messages = count(failure.places.count(), "message");
        page.line(
            Text::state(State::Bad, "failed")
                .then(format!(": {messages}: {}: {}", failure.code, failure.text)),
        );
        page.line(format!(
            "    {}",
            match has_details {
                true => failure.places.text(),
                false => failure.places.first(SHOWN),
            }
        ));
    }
}

/// Messages that Close has more than once.
fn copies(view: &RunView, has_details: bool, page: &mut Page) {
    let shown = if has_details {
        view.copies.len()
    } else {
        SHOWN
    };
    for one in view.copies.iter().take(shown) {
        page.line(format!(
            "duplicate: {}: Close holds {} copies; none was added",
            one.location, one.copies
        ));
    }
    if view.copies.len() > shown {
        let more = number((view.copies.len() - shown) as u64);
        page.line(format!("duplicate: {more} more: `--details`"));
    }
    for (number, what) in [
        (view.duplicates, "another message of their lead"),
        (view.repeated_elsewhere, "a message of another lead"),
    ] {
        if number > 0 {
            let messages = count(number, "message");
            page.line(format!(
                "duplicates: {messages} in Close repeat {what}; none was deleted"
            ));
        }
    }
}

/// The messages of the run by outcome.
fn outcomes(counts: &Counts) -> Vec<(Option<State>, String)> {
    let mut parts = vec![match counts.created {
        0 => (None, "0 created".to_owned()),
        created => (Some(State::Done), format!("{} created", number(created))),
    }];
    if counts.uploads > 0 {
        let files = count(counts.uploads, "file");
        parts.push((
            None,
            format!("{files} uploaded ({})", bytes(counts.upload_bytes)),
        ));
    }
    parts.extend(nonzero(&[
        (None, counts.updated, "updated"),
        (None, counts.replaced, "replaced"),
        (None, counts.deleted, "deleted"),
    ]));
    let adopted = match counts.adopted {
        0 => String::new(),
        adopted => format!(" ({} found in Close)", number(adopted)),
    };
    parts.push((
        None,
        format!("{} unchanged{adopted}", number(counts.unchanged)),
    ));
    let (bad, waiting) = (Some(State::Bad), Some(State::Waiting));
    parts.extend(nonzero(&[
        (None, counts.left_out, "left out"),
        (None, counts.not_selected, "not selected"),
        (waiting, counts.held, "held"),
        (waiting, counts.undecided, "undecided"),
        (bad, counts.failed, "failed"),
        (bad, counts.unknown, "unknown"),
        (waiting, counts.not_reached, "not reached"),
        (None, counts.gone, "no longer in Close and left alone"),
        (
            None,
            counts.unlinked,
            "without a link to their reply target",
        ),
    ]));
    parts
}

/// The counts that are not zero, each with its meaning and state.
fn nonzero(counts: &[(Option<State>, u64, &str)]) -> Vec<(Option<State>, String)> {
    let nonzero = counts.iter().filter(|(_, value, _)| *value > 0);
    nonzero
        .map(|(state, value, what)| (*state, format!("{} {what}", number(*value))))
        .collect()
}
