//! Whether Close shows all activities of the leads that an import reads.

use super::finding::{Findings, Grade};
use crate::app::account::Account;
use crate::app::desired::ReadChats;
use crate::app::planning::{self, Known};
use crate::app::{Migration, Result};
use crate::checkpoint::Checkpoint;
use crate::close::Client;
use crate::plan::Selection;
use crate::policy::Policy;
use crate::transform::desired::{Held, Standing};

/// Surveys the chats as an import does, and reports those whose lead cannot be listed completely.
pub(super) async fn check(
    migration: &Migration,
    (read, policy): (ReadChats, &Policy),
    (client, account): (&Client, &Account),
    findings: &mut Findings,
) -> Result<()> {
    let settings = &migration.settings;
    let organization = Some(account.organization_id.as_str());
    let path = &settings.import.checkpoint;
    // A checkpoint that cannot be read is a finding of its own.
    let Ok(checkpoint) = Checkpoint::peek(path, organization, &settings.close.base_url) else {
        return Ok(());
    };
    let known = Known {
        checkpoint: checkpoint.as_ref(),
        close: Some((client, &account.user_id)),
        settle: settings.limits.settle(),
    };
    let plan = planning::build(read, &Selection::default(), policy, known).await?;
    for planned in &plan.chats {
        if let Standing::Held(why @ Held::Unlisted(_)) = &planned.chat.standing {
            let chat = &planned.chat;
            let says = format!("{}: {}: {why}", chat.device, chat.name);
            findings.add("lists", Grade::Bad, says);
        }
    }
    Ok(())
}
