//! Restores messages of another sandbox under their ids.
//!
//! Here belongs how a [`StoredMessage`] of a seed becomes a message of the store again; never how a message
//! is created over the API (`messages`), whose checks of links and users do not apply: the target of a
//! reply may have been deleted, and the user may have left.

use super::auth::Caller;
use super::phones::{self, Phone};
use super::store::{Attached, Direction, Made, Message, Store};
use super::stored::{StoredAttachment, StoredMessage};
use super::uploads::{Addresses, File, Upload, addresses, safe_name};

/// The message, with its files in the store.
///
/// # Errors
/// Its id is taken, its lead or contact does not exist, or a value is impossible; the text names the
/// message.
pub(super) fn message(store: &mut Store, stored: StoredMessage) -> Result<Message, String> {
    let error = |what: &str| format!("message {} {what}", stored.id);
    if store.messages.get(&stored.id).is_some() {
        return Err(error("stands twice in the seed"));
    }
    if !store.leads.contains(&stored.lead_id) {
        return Err(error("is on an unknown lead"));
    }
    let is_known = |id: &String| store.contacts.contains(id);
    if !stored.contact_id.as_ref().is_none_or(is_known) {
        return Err(error("has an unknown contact"));
    }
    let direction = match stored.direction.as_str() {
        "incoming" => Direction::Incoming,
        "outgoing" => Direction::Outgoing,
        _ => return Err(error("has no direction")),
    };
    let phone = |text: &str| -> Result<Phone, String> {
        phones::of_message(text).ok_or_else(|| error("has an impossible number"))
    };
    let (local, remote) = (phone(&stored.local_phone)?, phone(&stored.remote_phone)?);
    let mut attachments = Vec::with_capacity(stored.attachments.len());
    for file in &stored.attachments {
        let hash = blake3::Hash::from_hex(&file.blake3)
            .map_err(|_| error("has a file whose BLAKE3 is none"))?;
        attachments.push(attached(store, &stored.id, file, hash));
    }
    let made = Made {
        created: stored.date_created,
        updated: stored.date_created,
        created_by: Some(store.me.clone()),
        updated_by: Some(store.me.clone()),
        at: None,
    };
    Ok(Message {
        id: stored.id,
        lead_id: stored.lead_id,
        contact_id: stored.contact_id,
        user_id: stored.user_id,
        direction,
        activity_at: stored.activity_at,
        external_id: stored.external_id,
        local,
        remote,
        markdown: stored.markdown,
        attachments,
        integration_link: stored.integration_link,
        integration_name: Caller::Key.integration_name(),
        response_to_id: stored.response_to_id,
        inbox: stored.inbox,
        made,
    })
}

/// The file of a message under its permanent address: size and hash, without its bytes.
fn attached(
    store: &mut Store,
    message: &str,
    stored: &StoredAttachment,
    hash: blake3::Hash,
) -> Attached {
    let token = store.ids.token(22);
    let Addresses { key, url } = addresses(&store.me, &token, &safe_name(&stored.filename));
    let at = store.elapsed();
    let file = store.files.insert(File {
        url,
        key,
        fields: vec![("Content-Type", stored.content_type.clone())],
        issued: at,
        upload: Some(Upload {
            size: stored.size,
            hash,
            md5: [0; 16],
            bytes: None,
            at,
        }),
    });
    (store.files).persist(stored.url.clone(), message.to_owned(), file);
    Attached {
        url: stored.url.clone(),
        filename: stored.filename.clone(),
        content_type: stored.content_type.clone(),
        file,
    }
}
