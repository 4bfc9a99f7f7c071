//! The webhooks that are notified of the messages of an import.

use super::finding::{Check, Findings, Grade};
use crate::app::Result;
use crate::close::{Client, Failure, Webhook};

/// Lists the hosts that are notified of created, updated or deleted messages.
pub(super) async fn check(client: &Client, findings: &Findings) -> Result<()> {
    match client.webhooks().await {
        Ok(webhooks) => {
            let mut hosts: Vec<String> = (webhooks.iter())
                .filter(|webhook| webhook.fires())
                .map(Webhook::host)
                .collect();
            hosts.sort_unstable();
            hosts.dedup();
            match hosts.as_slice() {
                [] => findings.add(
                    Check::Webhooks,
                    Grade::Ok,
                    "no webhook is notified of messages",
                ),
                hosts => findings.add(
                    Check::Webhooks,
                    Grade::Look,
                    format!("{} will be notified of the messages that an import creates, updates or deletes; pause them in Close if old messages must not trigger anything", hosts.join(", ")),
                ),
            }
        }
        Err(Failure::Denied { .. } | Failure::Rejected { .. }) => findings.add(
            Check::Webhooks,
            Grade::Look,
            "this key is not permitted to list webhooks; ask an administrator whether one is notified of messages",
        ),
        Err(failure) => return Err(failure.into()),
    }
    Ok(())
}
