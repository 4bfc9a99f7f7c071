//! Checks `--device`, `--chat` and `--lead` for a match: a typing error must not look like a run with
//! nothing to do.

use std::collections::BTreeSet;

use super::error::{Error, Result};
use super::{Notice, Observer};
use crate::name::{name_key, nearest};
use crate::people::contacts::Contacts;
use crate::plan::Selection;
use crate::routing::Privacy;
use crate::settings::Settings;
use crate::transform::desired::{Decision, Desired, DesiredChat};

/// Refuses a selection without a match, with the most similar name. Names of private chats are not
/// suggested.
///
/// # Errors
///
/// Usage errors.
pub(super) fn check(
    selection: &Selection,
    desired: &Desired,
    settings: &Settings,
    contacts: &Contacts,
) -> Result<()> {
    if let Some(wanted) = &selection.device {
        device(wanted, settings)?;
    }
    let place = match &selection.device {
        Some(device) => format!(" on the device \"{device}\""),
        None => String::new(),
    };
    let mut chats: Vec<&DesiredChat> = desired
        .chats
        .iter()
        .filter(|chat| selection.device.as_ref().is_none_or(|d| *d == chat.device))
        .collect();
    if let Some(wanted) = &selection.chat {
        let key = name_key(wanted);
        let open: Vec<&str> = chats
            .iter()
            .filter(|chat| !chat.private && !Privacy::new(contacts).is_private_name(&chat.name))
            .map(|chat| chat.name.as_str())
            .collect();
        chats.retain(|chat| name_key(&chat.name) == key);
        if chats.is_empty() {
            let hint = did_you_mean(wanted, &open)
                .unwrap_or_else(|| "; `chatferry inspect` shows the names".to_owned());
            return Err(Error::usage(format!("no chat \"{wanted}\"{place}{hint}")));
        }
    }
    if let Some(wanted) = &selection.lead {
        let leads: Vec<&str> = chats
            .iter()
            .filter_map(|chat| match &chat.standing {
                Decision::Ready(destination) => Some(destination.lead_id.as_str()),
                _ => None,
            })
            .collect();
        if !leads.contains(&wanted.as_str()) {
            let named = |row: &crate::people::contacts::Row| row.lead_id.as_ref() == Some(wanted);
            let hint = if contacts.rows().iter().any(named) {
                "; its chats are held, left out, or not among these archives: see `chatferry plan`"
                    .to_owned()
            } else {
                did_you_mean(wanted.as_str(), &leads)
                    .unwrap_or_else(|| "; write a lead_id of contacts.csv".to_owned())
            };
            return Err(Error::usage(format!(
                "no imported chat{place} goes to the lead \"{wanted}\"{hint}"
            )));
        }
    }
    Ok(())
}

/// Reports that `--chat` names chats of several devices, all of which are selected.
pub(super) fn report_devices(
    selection: &Selection,
    desired: &Desired,
    observer: &mut dyn Observer,
) {
    let (Some(wanted), None) = (&selection.chat, &selection.device) else {
        return;
    };
    let key = name_key(wanted);
    let named = desired
        .chats
        .iter()
        .filter(|chat| name_key(&chat.name) == key);
    let devices: BTreeSet<String> = named.map(|chat| chat.device.clone()).collect();
    if devices.len() > 1 {
        observer.notice(Notice::SeveralDevices(devices));
    }
}

fn device(wanted: &str, settings: &Settings) -> Result<()> {
    let names: Vec<&str> = settings.devices.iter().map(|d| d.name.as_str()).collect();
    if names.contains(&wanted) {
        return Ok(());
    }
    let hint = did_you_mean(wanted, &names).unwrap_or_else(|| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!("; choose from {}", names.join(", "))
    });
    Err(Error::usage(format!(
        "no device is named \"{wanted}\"{hint}"
    )))
}

fn did_you_mean(wanted: &str, names: &[&str]) -> Option<String> {
    nearest(wanted, names.iter().copied()).map(|name| format!("; did you mean \"{name}\"?"))
}
