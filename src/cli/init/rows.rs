//! The text of `contacts.csv`: a new one, and rows at the end of one that is there.

use super::archives::{Found, FoundChat, OnePhone};
use crate::transform::contacts::{COLUMNS, Contacts, Role};
use crate::transform::names::name_key;
use crate::transform::phone::Phone;
use crate::transform::settings::Problem;

/// A new `contacts.csv`: the owner, and a row for each chat.
pub(super) fn file(found: &Found) -> anyhow::Result<String> {
    let mut header = vec!["device".to_owned()];
    header.extend(COLUMNS.map(str::to_owned));
    header.push("import".to_owned());
    let mut text = header.join(",");
    text.push('\n');
    for phone in &found.phones {
        text.push_str(&line(&header, b',', "\n", |column| me(phone, column))?);
    }
    for (phone, chat) in found.chats() {
        text.push_str(&line(&header, b',', "\n", |column| {
            contact(phone, chat, column)
        })?);
    }
    Ok(text)
}

/// The bytes of a `contacts.csv` with rows for the chats that it does not hold, in its own shape,
/// and the names of those chats. Errors are those of the file as it stands.
pub(super) fn append(
    bytes: &[u8],
    file: &str,
    found: &Found,
) -> Result<(Vec<u8>, Vec<String>), Vec<Problem>> {
    let contacts = Contacts::from_bytes(bytes, file)?;
    let problem = |text: String| {
        vec![Problem {
            file: file.to_owned(),
            line: None,
            text,
        }]
    };
    let delimiter = u8::try_from(contacts.delimiter()).unwrap_or(b',');
    let end = line_end(bytes);
    let mut new = bytes.to_vec();
    if !bytes.ends_with(b"\n") && !bytes.ends_with(end.as_bytes()) {
        new.extend_from_slice(end.as_bytes());
    }
    let mut added = Vec::new();
    for (phone, chat) in found.chats() {
        if is_there(&contacts, phone, chat) {
            continue;
        }
        let row = line(contacts.header(), delimiter, end, |column| {
            contact(phone, chat, column)
        })
        .map_err(|error| problem(error.to_string()))?;
        new.extend_from_slice(row.as_bytes());
        added.push(chat.name.clone());
    }
    // A quotation mark that is never closed would swallow what follows it.
    let after = Contacts::from_bytes(&new, file)?;
    let old = contacts.rows();
    if after.rows().len() != old.len() + added.len() || after.rows()[..old.len()] != *old {
        return Err(problem(
            "ends in a way that nothing can be added; is there a quotation mark that is not closed?".to_owned(),
        ));
    }
    Ok((new, added))
}

/// True when a row of any role names the chat, for this device or for every one.
fn is_there(contacts: &Contacts, phone: &OnePhone, chat: &FoundChat) -> bool {
    let key = name_key(&chat.name);
    contacts.rows().iter().any(|row| {
        row.chat.key() == Some(key.as_str())
            && match (&row.device, &phone.device) {
                (Some(row), Some(own)) => row == own,
                _ => true,
            }
    })
}

/// The line end that the file uses: that of its first line.
fn line_end(bytes: &[u8]) -> &'static str {
    match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => "\r\n",
        Some(at) if bytes[at] == b'\r' => "\r",
        _ => "\n",
    }
}

fn me<'p>(phone: &'p OnePhone, column: &str) -> &'p str {
    match column {
        "device" => phone.device.as_deref().unwrap_or_default(),
        "chat" => "*",
        "participant" => phone.owner.as_deref().unwrap_or("*"),
        "role" => Role::Me.word(),
        _ => "",
    }
}

fn contact<'c>(phone: &'c OnePhone, chat: &'c FoundChat, column: &str) -> &'c str {
    match column {
        "device" => phone.device.as_deref().unwrap_or_default(),
        "chat" => &chat.name,
        "participant" => &chat.participant,
        "role" => Role::Contact.word(),
        "phone" => chat.phone.as_ref().map_or("", Phone::e164),
        _ => "",
    }
}

/// One line under a header, whose names may be written in any case.
fn line<'v>(
    header: &[String],
    delimiter: u8,
    end: &str,
    value: impl Fn(&str) -> &'v str,
) -> anyhow::Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(header.iter().map(|name| value(&name.trim().to_lowercase())))?;
    let mut text = String::from_utf8(writer.into_inner().map_err(|error| error.into_error())?)?;
    if text.ends_with('\n') {
        text.pop();
    }
    text.push_str(end);
    Ok(text)
}
