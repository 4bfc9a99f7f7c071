//! Whether Close shows all activities of the leads that an import reads.

use super::finding::{Check, Findings, Grade, Progress};
use crate::app::Planned;
use crate::app::account::Account;
use crate::app::desired::ReadChats;
use crate::app::planning::{self, Known};
use crate::app::{Migration, Notice, Result};
use crate::checkpoint::Checkpoint;
use crate::close::Client;
use crate::plan::Selection;
use crate::policy::Policy;
use crate::quantity::count;
use crate::transform::desired::{Decision, Held};

/// Surveys the chats as an import does, and reports those whose lead cannot be listed completely. Returns how far the
/// import is.
pub(super) async fn check(
    migration: &Migration,
    (read, policy): (ReadChats, &Policy),
    (client, account): (&Client, &Account),
    findings: &Findings,
) -> Result<Progress> {
    let settings = &migration.settings;
    let organization = Some(account.organization_id.as_str());
    let path = &settings.import.checkpoint;
    // A checkpoint that cannot be read is a finding of its own.
    let Ok(checkpoint) = Checkpoint::peek(path, organization, &settings.close.base_url) else {
        return Ok(Progress::default());
    };
    let in_close = match &checkpoint {
        Some(checkpoint) => checkpoint.standing()?.done,
        None => 0,
    };
    let known = Known {
        checkpoint: checkpoint.as_ref(),
        close: Some((client, &account.user_id)),
        settle: settings.limits.settle(),
    };
    let plan = planning::build(read, &Selection::default(), policy, known).await?;
    let left_behind: u64 = plan.left_behind.iter().map(|left| left.messages).sum();
    if left_behind > 0 {
        let says = format!(
            "{} that are left out now are in Close and stay there; `chatferry plan --details` lists them",
            count(left_behind, "message")
        );
        findings.add(Check::LeftOut, Grade::Look, says);
    }
    let unrecorded: u64 = (plan.chats.iter())
        .map(|chat| chat.counts().unrecorded)
        .sum();
    if unrecorded > 0 {
        let says = Notice::Unrecorded(unrecorded).to_string();
        findings.add(Check::Checkpoint, Grade::Look, says);
    }
    for planned in &plan.chats {
        if let Decision::Held(why @ Held::Unlisted(_)) = &planned.chat.standing {
            let chat = &planned.chat;
            let says = format!("{}: {}: {why}", chat.device, chat.name);
            findings.add(Check::Lists, Grade::Bad, says);
        }
    }
    Ok(match in_close {
        0 => Progress::NotBegun,
        _ if Planned::of(&plan, settings, None).is_empty() => Progress::Complete,
        _ => Progress::Begun,
    })
}
