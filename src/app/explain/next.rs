//! What the next import does with a message: the action of its plan, in words.

use super::value::{CloseView, NextView};
use crate::checkpoint::{MessageRow, State};
use crate::ids::{ExternalId, LeadId};
use crate::plan::{Action, Planned, PlannedChat};
use crate::routing::Rule;
use crate::transform::desired::Decision;

/// For a message of the plan.
pub(super) fn of_planned(planned: &Planned) -> NextView {
    let next = |action: &'static str, what: &str| NextView {
        action,
        what: what.to_owned(),
        ..NextView::default()
    };
    match &planned.action {
        Action::Create => next("create", "posts it: it is not recorded as in Close"),
        Action::Settle => next(
            "settle",
            "looks it up, since an earlier request for it has no known outcome, and posts it only if it is absent",
        ),
        Action::Adopt(activity) => NextView {
            activity_id: Some(activity.to_string()),
            ..next(
                "adopt",
                "records the activity that Close has of it; sends nothing",
            )
        },
        Action::Restore(activity) => NextView {
            activity_id: Some(activity.to_string()),
            ..next(
                "restore",
                "posts it again: it was removed in Close, and `gone` is `restore`",
            )
        },
        Action::Moved(activity, lead) => NextView {
            activity_id: Some(activity.to_string()),
            ..next(
                "moved",
                &format!(
                    "records that Close has it on another lead than recorded ({lead}); sends nothing"
                ),
            )
        },
        Action::Update(edit) => NextView {
            fields: edit.reasons(),
            activity_id: Some(edit.activity_id.to_string()),
            ..next(
                "update",
                &format!("updates it in Close: {}", edit.reasons().join(", ")),
            )
        },
        Action::Replace(replacement) => NextView {
            activity_id: Some(replacement.activity_id.to_string()),
            ..next(
                "replace",
                &format!(
                    "posts it on the lead of its chat, and deletes it on {}; needs `--allow-deletes`",
                    replacement.lead_id
                ),
            )
        },
        Action::Unchanged(activity) => NextView {
            activity_id: Some(activity.to_string()),
            ..next(
                "unchanged",
                "does nothing: it is recorded as in Close, as the archives have it",
            )
        },
        Action::Gone => next(
            "gone",
            "does nothing: it was removed in Close, and `gone` is `respect`; `--gone restore` posts it again",
        ),
        Action::Undecided(why) => NextView {
            fields: vec![why.word()],
            ..next(
                "undecided",
                &format!("does nothing: {}; decide in decisions.csv", why.describe()),
            )
        },
        Action::LeftOut(rule) => of_rule(*rule),
    }
}

/// For a message that a rule leaves out.
pub(super) fn of_rule(rule: Rule) -> NextView {
    NextView {
        action: "left_out",
        fields: vec![rule.word()],
        what: format!("does nothing: it is left out: {}", rule.describe()),
        activity_id: None,
    }
}

/// For a message of a chat that is not imported.
pub(super) fn of_standing(standing: &Decision) -> NextView {
    match standing {
        Decision::LeftOut(rule) => of_rule(*rule),
        Decision::Held(why) => NextView {
            action: "held",
            fields: vec![why.code()],
            what: format!("does nothing: its chat is held: {why}"),
            activity_id: None,
        },
        Decision::Ready(_) => NextView {
            action: "none",
            what: "does nothing".to_owned(),
            ..NextView::default()
        },
    }
}

/// For a message that its sender deleted: whether the plan deletes it in Close.
pub(super) fn of_deletion(planned: &PlannedChat, id: &ExternalId) -> Option<NextView> {
    let removal = (planned.removals.iter()).find(|removal| removal.external_id == *id)?;
    Some(NextView {
        action: "delete",
        fields: Vec::new(),
        what: "deletes it in Close, since its sender deleted it; needs `--allow-deletes`"
            .to_owned(),
        activity_id: Some(removal.activity_id.to_string()),
    })
}

/// For a message that no archive has any more.
pub(super) fn of_record(rows: &[MessageRow]) -> NextView {
    let state = rows.iter().find(|row| row.state == State::Done);
    let state = state.or(rows.last()).map(|row| row.state);
    let (action, what) = match state {
        Some(State::Done) => (
            "kept",
            "does nothing: it stays in Close, and no archive has it as a message any more",
        ),
        Some(State::Gone) => (
            "gone",
            "does nothing: it was removed in Close, and no archive has it any more",
        ),
        Some(State::Intent | State::Unknown) => (
            "settle",
            "looks it up: an earlier request for it has no known outcome",
        ),
        Some(State::Failed | State::Absent) | None => (
            "none",
            "does nothing: it is not in Close, and no archive has it any more",
        ),
    };
    NextView {
        action,
        what: what.to_owned(),
        ..NextView::default()
    }
}

/// What an import that does nothing leaves as it is, now that Close was asked. An import compares with the checkpoint, so
/// that it does not correct what was changed in Close.
pub(super) fn with_close(next: &mut NextView, close: &CloseView, lead: Option<&LeadId>) {
    let differs = !close.found || !close.differs.is_empty();
    let repair = match lead {
        Some(lead) => format!("`chatferry verify --repair --lead {lead}`"),
        None => "`chatferry verify --repair`".to_owned(),
    };
    match next.action {
        "unchanged" if differs => {
            next.what = format!("does nothing: it is recorded as posted; {repair} corrects it");
        }
        "unchanged" if close.not_compared.is_none() => {
            "does nothing: it is in Close as the archives have it".clone_into(&mut next.what);
        }
        "kept" if differs => {
            next.what = format!(
                "does nothing: it is recorded as posted, and no archive has it any more; put its archive back, then {repair} corrects it"
            );
        }
        _ => {}
    }
}

/// For a message that `undo` deleted in this run, and that nothing has posted since.
pub(super) fn with_undo(next: &mut NextView, run: u32) {
    match next.action {
        "create" => next.what = format!("posts it again: it was deleted by `undo`, run {run}"),
        "none" => next.what = format!("does nothing: it was deleted by `undo`, run {run}"),
        _ => {}
    }
}

/// For a line that belongs to no message.
pub(super) fn of_no_message() -> NextView {
    NextView {
        action: "no_message",
        what: "does nothing: the line belongs to no message".to_owned(),
        ..NextView::default()
    }
}
