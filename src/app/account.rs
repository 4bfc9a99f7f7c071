//! The account that a credential belongs to: organisation and user, checked before anything else.

use super::error::{Error, Exit, Result};
use crate::checkpoint::{Checkpoint, Snapshot};
use crate::close::{Client, Failure, Me, VIEW_ALL_LEADS};
use crate::ids::UserId;
use crate::settings::Settings;

/// The account that the credential belongs to.
#[derive(Debug, Clone)]
pub struct Account {
    /// The organisation's id in Close, `orga_…`.
    pub organization_id: String,
    /// The organisation's name, for output.
    pub organization: String,
    /// The user's name and mail address, as `Anna Sol <anna@example.org>`, as far as Close has
    /// them; else the id.
    pub user: String,
    /// The user's id in Close, `user_…`.
    pub user_id: UserId,
    /// Whether the user's role is known to lack the right to see all leads.
    pub(super) sees_some_leads: bool,
    /// The base URL of the API, as configured.
    pub host: String,
    /// Whether requests to it are paced; a rehearsal in the sandbox is not, unless the configuration sets a pace.
    pub is_paced: bool,
}

impl Account {
    /// Whether the server is on this machine: a sandbox, not Close.
    pub fn is_here(&self) -> bool {
        self.host.starts_with("http://")
    }

    /// Organisation and user by name, in one line.
    pub fn name(&self) -> String {
        let user = self.user.split(" <").next().unwrap_or_default();
        let here = match self.is_here() {
            true => ", a sandbox on this machine",
            false => "",
        };
        format!("{} as {user}{here}", self.organization)
    }

    /// Organisation, user and server, for confirmations.
    pub fn label(&self) -> String {
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

/// Why a key that sees only some leads is refused.
pub(super) const SEES_SOME_LEADS: &str = "the role of this key's user lacks the right `view_all_leads`: what it does not see would be imported again; use the key of a user whose role has that right";

/// Requests the account from Close, and refuses another organisation than the configured one, and a user
/// who is known to see only some leads.
///
/// # Errors
///
/// Exit status 5 for a bad key, the wrong organisation or the missing right, 4 without network.
pub async fn account(client: &Client, settings: &Settings) -> Result<Account> {
    let account = examine(client, settings).await?;
    match account.sees_some_leads {
        false => Ok(account),
        true => Err(sees_some_leads()),
    }
}

/// The account, if there is a client, and the checkpoint of its organisation, or of the configured one. Locks nothing.
///
/// # Errors
///
/// As [`account`]; the checkpoint cannot be read, or belongs to another organisation or address.
pub(super) async fn account_and_checkpoint(
    client: Option<&Client>,
    settings: &Settings,
) -> Result<(Option<Account>, Option<Snapshot>)> {
    let account = match client {
        Some(client) => Some(account(client, settings).await?),
        None => None,
    };
    let organization = organization_id(account.as_ref(), settings);
    let (path, base_url) = (&settings.import.checkpoint, &settings.close.base_url);
    let snapshot = Checkpoint::peek(path, organization.as_deref(), base_url)?;
    Ok((account, snapshot))
}

/// The organisation of the key; without one, the configured one.
pub(super) fn organization_id(account: Option<&Account>, settings: &Settings) -> Option<String> {
    match account {
        Some(account) => Some(account.organization_id.clone()),
        None => settings.close.organization_id.clone(),
    }
}

/// The error of a key that sees only some leads.
pub(super) fn sees_some_leads() -> Error {
    Error::coded(Exit::Denied, "close_view_all_leads", SEES_SOME_LEADS)
}

/// As [`account`], for a command that reports the missing right itself.
pub(super) async fn examine(client: &Client, settings: &Settings) -> Result<Account> {
    let me = client.me().await;
    let me = me.map_err(|failure| at(&settings.close.base_url, failure))?;
    let organization = match &settings.close.organization_id {
        Some(wanted) => me.organizations.iter().find(|o| o.id == *wanted).ok_or_else(|| {
            let seen: Vec<&str> = me.organizations.iter().map(|o| o.id.as_str()).collect();
            let seen = if seen.is_empty() { "none".to_owned() } else { seen.join(", ") };
            Error::with(
                Exit::Denied,
                format!(
                    "this key belongs to another organisation ({seen}) than organization_id = \"{wanted}\"; \
                     use that organisation's key, or correct {}",
                    settings.file.display()
                ),
            )
        })?,
        None => match me.organizations.as_slice() {
            [one] => one,
            [] => return Err(Error::with(Exit::Denied, "this key belongs to no organisation; create one in Close under Settings, API Keys")),
            _ => return Err(Error::usage(format!(
                "this credential belongs to several organisations; set organization_id in {}",
                settings.file.display()
            ))),
        },
    };
    client.of_organization(&organization.id);
    let permissions = match me.role_in(&organization.id) {
        Some(role) => client.permissions_of_role(role).await?,
        None => None,
    };
    Ok(Account {
        // Only an explicit list without the right proves anything.
        sees_some_leads: permissions
            .is_some_and(|all| !all.iter().any(|name| name == VIEW_ALL_LEADS)),
        organization_id: organization.id.clone(),
        organization: organization.name.clone(),
        user: user_name(&me),
        user_id: me.id.clone(),
        host: settings.close.base_url.clone(),
        is_paced: !client.is_unpaced(),
    })
}

/// The error of the first request, which names the server where that could not be reached.
fn at(base_url: &str, failure: Failure) -> Error {
    let is_network = failure.is_network();
    let error = Error::from(failure);
    match is_network {
        true => Error {
            message: format!("{base_url}: {}", error.message),
            ..error
        },
        false => error,
    }
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
