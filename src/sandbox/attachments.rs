//! Attachments of a message: validated, then persisted.

use std::time::Duration;

use serde_json::{Value, json};

use super::files::{ADDRESS, Upload, percent};
use super::options::Options;
use super::schema::{EXTRA, REQUIRED, Reader, STRING, Sent};
use super::store::{Attached, Store};

/// How long an upload can be attached after it was made.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
const FIELD: &str = "attachments";

/// A well-formed attachment of a request whose file exists.
#[derive(Debug)]
pub(super) struct Wanted {
    url: String,
    filename: String,
    content_type: String,
    file: usize,
    persisted: bool,
}

/// Reads `attachments`. Assumed: errors in the shape are reported at `attachments.0.url`, all others at
/// `attachments`. `message` is the message that is updated; its own persisted files may be sent back.
pub(super) fn read(
    reader: &mut Reader<'_>,
    store: &Store,
    options: &Options,
    message: Option<&str>,
) -> Sent<Vec<Wanted>> {
    let items = match reader.objects(FIELD) {
        Sent::Value(items) => items,
        Sent::Null => {
            // The field may be absent; null is not a list.
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
        // Assumed: the limit counts mebibytes, and the error is one of the field.
        let text = format!(
            "The attachments together are larger than {} bytes.",
            options.max_message_bytes
        );
        reader.errors.add(FIELD, text);
    }
    Sent::Value(wanted)
}

/// Assumed: a 400 unless the address is known, its file uploaded, and the upload less than a day old.
fn find<'s>(
    store: &'s Store,
    url: &str,
    message: Option<&str>,
) -> Result<(usize, &'s Upload, bool), &'static str> {
    if !url.starts_with(ADDRESS) {
        return Err("Attachment URLs must begin with https://app.close.com/go/file/.");
    }
    let upload_of = |index| store.files.get(index).and_then(|file| file.upload.as_ref());
    if let Some((_, index)) = store
        .files
        .persisted(url)
        .filter(|(on, _)| message == Some(*on))
    {
        return upload_of(index)
            .map(|upload| (index, upload, true))
            .ok_or("The file does not exist.");
    }
    let index = store.files.by_url(url).ok_or("The file does not exist.")?;
    let upload = upload_of(index).ok_or("The file was not uploaded.")?;
    if store.elapsed().saturating_sub(upload.at) > USABLE {
        return Err("The file was uploaded more than 24 hours ago.");
    }
    Ok((index, upload, false))
}

/// Gives the files of a message their permanent addresses. Assumed: their form; one upload may be attached
/// to several messages.
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

/// The attachment in a response.
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
