//! Whom the program talks to: the account, checked before anything else, and what a failure of
//! Close or of the checkpoint means for the exit status.

use super::exit::{Ended, Exit};
use crate::checkpoint;
use crate::close::{Client, Failure, Me};
use crate::ids::UserId;
use crate::stop_reason::StopReason;
use crate::transform::settings::Settings;

/// The account that the credential belongs to.
pub(super) struct Account {
    pub(super) organization_id: String,
    pub(super) organization: String,
    pub(super) user: String,
    pub(super) user_id: UserId,
    pub(super) host: String,
}

impl Account {
    /// True when it is no real Close: one that runs on this machine.
    pub(super) fn is_here(&self) -> bool {
        self.host.starts_with("http://")
    }

    /// Where it goes and in whose name, for whoever is asked whether it should.
    pub(super) fn label(&self) -> String {
        format!(
            "{} ({}) as {}, at {}{}",
            self.organization,
            self.organization_id,
            self.user,
            self.host,
            match self.is_here() {
                true => ", a sandbox on this machine",
                false => "",
            }
        )
    }
}

/// Asks Close who we are, and refuses another organisation than the configured one.
///
/// # Errors
///
/// Exit 5 for a bad key or the wrong organisation, 4 for no network.
pub(super) async fn account(client: &Client, settings: &Settings) -> anyhow::Result<Account> {
    let me = client.me().await.map_err(failure)?;
    let organization = match &settings.close.organization_id {
        Some(wanted) => me.organizations.iter().find(|o| o.id == *wanted).ok_or_else(|| {
            let seen: Vec<&str> = me.organizations.iter().map(|o| o.id.as_str()).collect();
            let seen = if seen.is_empty() { "none".to_owned() } else { seen.join(", ") };
            Ended::with(
                Exit::Denied,
                format!(
                    "this key belongs to another organisation ({seen}) than organization_id = \"{wanted}\"; \
                     use that organisation's key, or correct chatferry.toml"
                ),
            )
        })?,
        None => match me.organizations.as_slice() {
            [one] => one,
            [] => return Err(Ended::with(Exit::Denied, "this key belongs to no organisation; make one in Close under Settings, API Keys")),
            _ => return Err(Ended::usage("this credential sees several organisations; set organization_id in chatferry.toml")),
        },
    };
    client.of_organization(&organization.id);
    Ok(Account {
        organization_id: organization.id.clone(),
        organization: organization.name.clone(),
        user: user_name(&me),
        user_id: me.id.clone(),
        host: settings.close.base_url.clone(),
    })
}

fn user_name(me: &Me) -> String {
    let name = format!("{} {}", me.first_name, me.last_name);
    match (name.trim(), me.email.as_str()) {
        ("", "") => me.id.to_string(),
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    }
}

/// What a failed request means for the program.
pub(super) fn failure(failure: Failure) -> anyhow::Error {
    let exit = match &failure {
        Failure::Denied { .. } => Exit::Denied,
        Failure::Internal { .. } => Exit::Internal,
        network if network.is_network() => Exit::Stopped,
        Failure::Unknown { .. } => Exit::Stopped,
        _ => Exit::Usage,
    };
    let hint = match &failure {
        Failure::Denied { .. } => "; check CLOSE_API_KEY, or the file of --api-key-file",
        Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. } => {
            "; is base_url that of Close's API?"
        }
        _ => "",
    };
    Ended::coded(exit, failure.code(), format!("{failure}{hint}"))
}

/// What an error of the checkpoint means for the program.
pub(super) fn checkpoint_error(error: &checkpoint::Error) -> anyhow::Error {
    use checkpoint::Error;
    let exit = match error {
        Error::OtherOrganization { .. } => Exit::Denied,
        Error::OtherBaseUrl { .. }
        | Error::Newer { .. }
        | Error::NotOurs { .. }
        | Error::Damaged { .. } => Exit::Usage,
        Error::IllegalTransition { .. }
        | Error::IllegalStep { .. }
        | Error::Malformed { .. }
        | Error::NoChat
        | Error::NoMessage
        | Error::NoArchive
        | Error::Closed => Exit::Internal,
        // Another run, a full disk, a read-only folder: the same command goes on later.
        _ => Exit::Stopped,
    };
    Ended::coded(exit, error.code(), error.to_string())
}

/// What the reason to stop means for the program: its exit status and what to say.
pub(super) fn stopped(reason: StopReason) -> anyhow::Error {
    match reason {
        StopReason::Interrupted => Ended::coded(
            Exit::Stopped,
            "interrupted",
            "stopped as asked; the same command goes on from here",
        ),
        StopReason::Network(failure) => Ended::coded(
            Exit::Stopped,
            failure.code(),
            format!("{failure}; nothing is lost: the same command goes on from here"),
        ),
        StopReason::Denied(denied) => failure(denied),
        StopReason::Checkpoint(error) => checkpoint_error(&error),
        StopReason::Archive(error) => Ended::with(
            Exit::Stopped,
            format!(
                "{error}; nothing is lost: when it can be read again, the same command goes on from here"
            ),
        ),
        StopReason::Internal(text) => Ended::with(Exit::Internal, text),
    }
}
