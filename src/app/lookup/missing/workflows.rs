//! What a new lead may start in Close: its status, and the active workflows.
//!
//! A workflow of Close can start when a lead with a certain status is created (documented), and then sends emails or
//! texts: to old customers, where leads are created for a history.

use crate::app::lookup::order::{Context, WriteOrder};
use crate::app::{Choice, Error, Notice, Observer, Result, unless_stopped};
use crate::close::LeadStatus;
use crate::name::name_key;

/// The key of the configuration.
const KEY: &str = "new_lead_status";

/// The status of new leads: the configured one, or the one that a person chooses; with `--yes`, Close's own default.
///
/// # Errors
///
/// A usage error: Close has no status of that name, or none is configured and no person can choose.
pub(super) async fn status(
    order: &WriteOrder,
    with: &Context<'_>,
    observer: &mut dyn Observer,
) -> Result<LeadStatus> {
    let mut statuses = with.client.lead_statuses().await?;
    let names: Vec<String> = statuses.iter().map(|status| status.label.clone()).collect();
    let file = with.settings.file.display();
    let listed = || names.join(", ");
    let chosen = match &with.settings.import.new_lead_status {
        Some(wanted) => Some(named(&statuses, wanted).ok_or_else(|| {
            Error::usage(format!(
                "{file}: {KEY}: Close has no lead status \"{wanted}\"; write one of {}; no lead was created",
                listed()
            ))
        })?),
        // Close gives its first status to a lead without one.
        None if order.yes => Some(0),
        None => {
            let choice = Choice::LeadStatus(&names);
            unless_stopped(&order.stop, observer.choose(&choice)).await??
        }
    };
    let chosen = chosen.filter(|index| *index < statuses.len());
    let index = chosen.ok_or_else(|| {
        Error::usage(format!(
            "{file}: {KEY} is not set, and workflows in Close may start for new leads by their status; set it to one of {}; no lead was created",
            listed()
        ))
    })?;
    Ok(statuses.swap_remove(index))
}

/// The index of the status with this id or name.
fn named(statuses: &[LeadStatus], wanted: &str) -> Option<usize> {
    let key = |name: &str| name_key(name).to_lowercase();
    let by_id = statuses
        .iter()
        .position(|status| status.id.as_str() == wanted);
    by_id.or_else(|| {
        let wanted = key(wanted);
        statuses
            .iter()
            .position(|status| key(&status.label) == wanted)
    })
}

/// Reports the workflows that may start for this number of leads with this status; without a name of it: not chosen yet.
///
/// # Errors
///
/// Close cannot be reached. A key that may not read workflows is no error.
pub(super) async fn report(
    leads: u64,
    status: Option<&str>,
    with: &Context<'_>,
    observer: &mut dyn Observer,
) -> Result<()> {
    let active = with.client.active_sequences().await?;
    observer.notice(Notice::Workflows {
        leads,
        status: status.map(str::to_owned),
        active: active.map(|all| all.into_iter().map(|sequence| sequence.name).collect()),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_found_by_id_or_name() {
        let status = |id: &str, label: &str| LeadStatus {
            id: id.into(),
            label: label.to_owned(),
        };
        let all = [status("stat_1", "Potential"), status("stat_2", "Bad Fit")];
        for (wanted, index) in [
            ("stat_2", Some(1)),
            ("bad fit", Some(1)),
            ("Potential", Some(0)),
            ("Bad", None),
        ] {
            assert_eq!(named(&all, wanted), index, "{wanted}");
        }
    }
}
