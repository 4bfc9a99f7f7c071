//! The beginning of a session: the checks of the server, the lock of the organisation, and the confirmations until its end.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Client;

use super::super::hash::HashKey;
use super::super::meta::Binding;
use super::StoreProblem;
use super::connect::connect;
use super::lock;
use super::runtime::runtime;
use super::seal;
use super::tables::{self, Organization, Server};
use crate::checkpoint_location::StoreLocation;
use crate::fence::Fence;

/// How often the session is confirmed while nothing is recorded.
const CONFIRM_EVERY: Duration = Duration::from_secs(4);

/// What is known once the lock is taken.
pub(super) struct Locked {
    pub(super) client: Arc<Client>,
    pub(super) organization: Organization,
    pub(super) server: Server,
    pub(super) backend: i32,
}

/// Connects, and takes the lock of the organisation, whose row is added where it is absent.
pub(super) async fn lock_organization(
    store: StoreLocation,
    binding: Binding,
    fence: Fence,
) -> Result<Locked, StoreProblem> {
    let mut client = connect(&store, Some(fence)).await?;
    let backend = lock::require_session(&store, &client).await?;
    let server = tables::check_server(&client).await?;
    if let Some(client) = Arc::get_mut(&mut client) {
        tables::create(client).await?;
    }
    let id = binding.organization_id();
    if tables::organization(&client, id).await?.is_none() {
        let key = store.key.as_ref().ok_or(StoreProblem::WrongKey)?;
        let sealed = HashKey::random().and_then(|hash_key| seal::seal(key, id, &hash_key));
        let no_random = || StoreProblem::Unreachable("no random numbers".to_owned());
        let sealed = sealed.ok_or_else(no_random)?;
        tables::add_organization(&client, (id, binding.base_url()), &sealed, server).await?;
    }
    let find = || tables::organization(&client, id);
    let found = find().await?.ok_or(StoreProblem::Lost)?;
    if !lock::take(&client, found.number, backend).await? {
        return Err(StoreProblem::InUse(holder_text(&found)));
    }
    // What another run recorded before it released the lock.
    let organization = find().await?.ok_or(StoreProblem::Lost)?;
    Ok(Locked {
        client,
        organization,
        server,
        backend,
    })
}

/// The run that has the lock, in words.
pub(super) fn holder_text(organization: &Organization) -> String {
    let holder = organization.holder.as_deref();
    holder.unwrap_or("which is beginning or ending").to_owned()
}

/// Confirms the session at intervals until it ends.
pub(super) fn keep_confirmed(
    client: &Arc<Client>,
    backend: i32,
    fence: Fence,
) -> Result<(), StoreProblem> {
    let client = Arc::downgrade(client);
    runtime()?.spawn(async move {
        loop {
            tokio::time::sleep(CONFIRM_EVERY).await;
            let Some(client) = client.upgrade() else {
                break;
            };
            let moment = fence.moment();
            match lock::backend(&client).await {
                Ok(pid) if pid == backend && !fence.has_ended() => fence.confirm(moment),
                _ => break fence.end(),
            }
        }
    });
    Ok(())
}
