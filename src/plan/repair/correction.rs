//! The update of a message whose fields drifted: those fields alone, as the archives have them.

use chrono::DateTime;

use super::wish::Wish;
use crate::plan::compare::Field;
use crate::plan::{Action, Edit, PeopleParts, Planned};
use crate::transform::desired::Answers;

/// The message with the update that corrects it, and that update. `waits`: its reply target is posted by the same
/// repair.
pub(super) fn corrected(
    message: &Planned,
    wish: &Wish,
    waits: bool,
) -> Result<(Planned, Edit), &'static str> {
    let Some(activity) = &wish.activity_id else {
        return Err("its activity is not known");
    };
    let pending = match &message.action {
        Action::Update(edit) => Some(&**edit),
        Action::Unchanged(_) | Action::Adopt(_) => None,
        Action::Undecided(why) => return Err(why.describe()),
        _ => return Err("the next import changes it; import first"),
    };
    let mut corrected = message.clone();
    let own = message.message.activity_at.timestamp_millis();
    let at = wish.sent.map_or(own, |sent| sent.at);
    let mut edit = match pending {
        // An interrupted update sends everything again.
        Some(pending) if pending.again => Edit {
            activity_id: activity.clone(),
            ..pending.clone()
        },
        _ => Edit::none(activity.clone(), at),
    };
    let has = |field: Field| wish.fields.contains(&field);
    edit.text |= has(Field::Text);
    // The text has a line for each file that is damaged: which those are shows when all are sent again.
    edit.files |=
        has(Field::Text) && pending.is_some_and(|pending| pending.lacks_damaged.is_some());
    edit.side |= has(Field::Direction);
    edit.integration_link |= has(Field::IntegrationLink);
    if has(Field::Time) && !edit.time {
        edit.time = true;
        // As it was sent: an archive may have it without seconds.
        corrected.message.activity_at =
            DateTime::from_timestamp_millis(at).unwrap_or(corrected.message.activity_at);
        edit.activity_at = at;
    }
    if [Field::FileNames, Field::FileSizes, Field::FileBytes]
        .into_iter()
        .any(has)
    {
        if wish
            .sent
            .is_some_and(|sent| sent.files > message.message.files.len())
        {
            return Err("no archive has all of its files any more; put its archive back");
        }
        edit.files = true;
    }
    let parts = PeopleParts {
        contact: has(Field::Contact),
        user: has(Field::User),
        local_phone: has(Field::LocalPhone),
        remote_phone: has(Field::RemotePhone),
    };
    if has(Field::People) || parts != PeopleParts::default() {
        // The contact, user and numbers that the next import sends are recorded as a whole.
        let sends_all = has(Field::People) || pending.is_some_and(|pending| pending.people);
        edit.people = true;
        edit.parts = (!sends_all).then_some(parts);
    }
    if has(Field::Link) {
        edit.link = true;
        if !waits {
            corrected.message.reply_to = None;
            corrected.message.answers = wish.link.clone().map(|(external_id, activity_id)| {
                Box::new(Answers::InClose {
                    external_id,
                    activity_id,
                })
            });
        }
    }
    corrected.action = Action::Update(Box::new(edit.clone()));
    // It is recorded by then.
    if matches!(message.action, Action::Adopt(_)) {
        corrected.adoption = None;
    }
    Ok((corrected, edit))
}
