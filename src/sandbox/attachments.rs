//! The attachments of a message: checked, then persisted (`close-api.md`, section 1.9).

use std::time::Duration;

use serde_json::{Value, json};

use super::files::{ADDRESS, Upload, percent};
use super::options::Options;
use super::schema::{EXTRA, REQUIRED, Reader, STRING, Sent};
use super::store::{Attached, Store};

/// How long an upload can be used (section 2.4).
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
const FIELD: &str = "attachments";

/// An attachment of a body that is well-formed and whose file is there.
#[derive(Debug)]
pub(super) struct Wanted {
    url: String,
    filename: String,
    content_type: String,
    file: usize,
    persisted: bool,
}

/// Reads `attachments`. Errors in its shape stand at `attachments.0.url` (A5), all others at
/// `attachments` (A19). `message` is the one that is updated, whose files may be sent back (A23).
pub(super) fn read(
    reader: &mut Reader<'_>,
    store: &Store,
    options: &Options,
    message: Option<&str>,
) -> Sent<Vec<Wanted>> {
    let items = match reader.objects(FIELD) {
        Sent::Value(items) => items,
        Sent::Null => {
            // The field may be left out; null is not a list (section 1.2).
            reader.errors.add(FIELD, "Input should be a valid list");
            return Sent::Absent;
        }
        Sent::Absent => return Sent::Absent,
    };
    let mut wanted = Vec::with_capacity(items.len());
    let mut total = 0_u64;
    for (index, item) in items.into_iter().enumerate() {
        let mut values = [""; 3];
        let mut whole = true;
        for (value, name) in values.iter_mut().zip(["url", "filename", "content_type"]) {
            match item.get(name) {
                Some(Value::String(text)) => *value = text,
                other => {
                    let text = if other.is_none() { REQUIRED } else { STRING };
                    reader.errors.add(&format!("{FIELD}.{index}.{name}"), text);
                    whole = false;
                }
            }
        }
        for key in item
            .keys()
            .filter(|key| !matches!(key.as_str(), "url" | "filename" | "content_type"))
        {
            if !options.extra_keys_allowed {
                reader.errors.add(&format!("{FIELD}.{index}.{key}"), EXTRA);
            }
        }
        if !whole {
            continue;
        }
        let [url, filename, content_type] = values;
        match find(store, url, message) {
            Ok((file, upload, persisted)) => {
                total += upload.size;
                wanted.push(Wanted {
                    url: url.to_owned(),
                    filename: filename.to_owned(),
                    content_type: content_type.to_owned(),
                    file,
                    persisted,
                });
            }
            Err(text) => reader.errors.add(FIELD, text),
        }
    }
    if total > options.max_message_bytes {
        // A20 (close-api.md section 8).
        let text = format!(
            "The attachments together are larger than {} bytes.",
            options.max_message_bytes
        );
        reader.errors.add(FIELD, text);
    }
    Sent::Value(wanted)
}

/// A19: the address must be known, its file uploaded, and that less than a day ago.
fn find<'s>(
    store: &'s Store,
    url: &str,
    message: Option<&str>,
) -> Result<(usize, &'s Upload, bool), &'static str> {
    if !url.starts_with(ADDRESS) {
        return Err("Attachment URLs must begin with https://app.close.com/go/file/.");
    }
    let upload_of = |place| store.files.get(place).and_then(|file| file.upload.as_ref());
    if let Some((_, place)) = store
        .files
        .persisted(url)
        .filter(|(on, _)| message == Some(*on))
    {
        return upload_of(place)
            .map(|upload| (place, upload, true))
            .ok_or("The file does not exist.");
    }
    let place = store.files.by_url(url).ok_or("The file does not exist.")?;
    let upload = upload_of(place).ok_or("The file was not uploaded.")?;
    if store.elapsed().saturating_sub(upload.at) > USABLE {
        return Err("The file was uploaded more than 24 hours ago.");
    }
    Ok((place, upload, false))
}

/// Gives the files of a message their lasting addresses. A21, A22 (close-api.md section 8).
pub(super) fn persist(store: &mut Store, message: &str, wanted: Vec<Wanted>) -> Vec<Attached> {
    let mut attached = Vec::with_capacity(wanted.len());
    for Wanted {
        url,
        filename,
        content_type,
        file,
        persisted,
    } in wanted
    {
        let url = if persisted {
            url
        } else {
            let token = store.ids.token(22);
            let path = format!(
                "persisted/{}/activity.whatsapp_message/{message}/{token}",
                store.organization_id
            );
            format!("{ADDRESS}{path}/{}/", percent(&filename.replace('/', "_")))
        };
        store.files.persist(url.clone(), message.to_owned(), file);
        attached.push(Attached {
            url,
            filename,
            content_type,
            file,
        });
    }
    attached
}

/// The attachment in an answer (section 1.3).
pub(super) fn render(store: &Store, attached: &Attached) -> Value {
    let size = store
        .files
        .get(attached.file)
        .and_then(|file| file.upload.as_ref())
        .map(|upload| upload.size);
    json!({
        "url": attached.url,
        "filename": attached.filename,
        "content_type": attached.content_type,
        "size": size,
        "thumbnail_url": null,
    })
}
