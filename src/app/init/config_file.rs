//! The text of a new `chatferry.toml`: every key with its meaning.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::found::{Found, OnePhone};
use super::known::Own;
use crate::app::phones::folders::Folder;
use crate::app::{Error, Result};
use crate::archive::is_remote;
use crate::config::template::{self, CHECK};
use crate::ids::UserId;
use crate::phone::Phone;
use crate::settings::Device;

/// The template. Words in braces are replaced; all other keys have their defaults.
const TEMPLATE: &str = include_str!("config_file.toml");

/// The comment on a time zone, which contains the zone where it was guessed: `doctor` reports it as long as the comment
/// is there and the zone is the same.
fn zone_note(by_number: Option<Tz>, of_computer: Option<Tz>) -> String {
    let guess = match (by_number, of_computer) {
        (Some(zone), _) => format!("guessed from the country of the phone's number: {zone}"),
        (None, Some(zone)) => format!("{zone} is the zone of this computer"),
        (None, None) => {
            return "FILL THIS IN: the zone of this computer could not be determined.".to_owned();
        }
    };
    format!("{CHECK}: {guess}. Remove this comment once the zone is right.")
}

/// The list of archives as TOML: relative to `dir` where they are in it, else absolute.
///
/// # Errors
///
/// A path that is no UTF-8, which TOML cannot hold.
pub(super) fn archives(paths: &[PathBuf], dir: &Path) -> Result<String> {
    let dir = dir.canonicalize()?;
    let mut list = Vec::new();
    for path in paths {
        let real = match is_remote(path) {
            true => path.clone(),
            false => path.canonicalize()?,
        };
        let relative = real.strip_prefix(&dir).unwrap_or(&real);
        let Some(text) = relative.to_str() else {
            return Err(Error::usage(format!(
                "{}: its name is not UTF-8 and cannot be written to {}; rename it",
                path.display(),
                crate::config::DEFAULT_FILE,
            )));
        };
        let text = if text.is_empty() { "." } else { text };
        let quoted = quoted(text);
        if !list.contains(&quoted) {
            list.push(quoted);
        }
    }
    Ok(format!("[{}]", list.join(", ")))
}

/// A list of texts as TOML.
pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// The whole text. Without a zone the key is left empty, and `plan` requires it: a guess would shift every
/// message.
///
/// `devices` are the blocks of several phones; without them it is one, with these archives.
pub(super) fn text(
    archives: &str,
    devices: Option<&str>,
    zone: Option<Tz>,
    found: &Found,
) -> String {
    let alone = match found.phones.as_slice() {
        [phone] => Some(phone),
        _ => None,
    };
    let by_number = alone.and_then(OnePhone::zone);
    let zone_note = zone_note(by_number, zone);
    let zone = by_number.or(zone);
    let (phones, archives, owner) = match devices {
        None => (
            "# The phone. For several phones write a [[device]] block for each, with a name and these keys.\n",
            format!("# Where its exports are: files or folders.\narchives = {archives}\n"),
            whose(alone),
        ),
        Some(_) => (
            "# Defaults for every phone; a key in a phone's own block below overrides them.\n",
            String::new(),
            String::new(),
        ),
    };
    let open: Vec<String> = found.open_dates().into_iter().map(quoted).collect();
    let order_note = if open.is_empty() {
        String::new()
    } else {
        format!(
            "\n# FILL THIS IN: the date order of {} could not be determined; it is held until then.",
            open.join(", ")
        )
    };
    fill(
        TEMPLATE,
        &[
            ("{close}", &template::section("close", &[])),
            (
                "{import}",
                &template::section("import", &[("contacts", "\"contacts.csv\"")]),
            ),
            ("{limits}", &template::section("limits", &[])),
            ("{phones}", phones),
            ("{archives}", &archives),
            ("{devices}", devices.unwrap_or_default()),
            ("{zone}", &quoted(zone.map_or("", |zone| zone.name()))),
            ("{zone note}", &zone_note),
            ("{owner}", &owner),
            ("{order note}", &order_note),
        ],
    )
}

/// The keys of a phone's owner.
fn whose(phone: Option<&OnePhone>) -> String {
    let owner = phone.and_then(|phone| phone.owner.as_deref());
    let note = match owner {
        Some(_) => "CHECK THIS: it was inferred from the chats.",
        None => {
            "FILL THIS IN: it could not be inferred. `chatferry inspect --details` shows the names."
        }
    };
    let own = phone.and_then(|phone| phone.own.as_ref());
    let number_note = match own {
        Some(Own { is_given: true, .. }) => "The WhatsApp number of the phone.",
        Some(Own {
            is_given: false, ..
        }) => "CHECK THIS: the WhatsApp number of the phone, from the owner's name.",
        None => "FILL THIS IN: the WhatsApp number of the phone, such as \"+4915112345678\".",
    };
    format!(
        "# How the owner of the phone is called in the exports. {note}\n\
         owner = [{}]\n\
         # {number_note}\n\
         local_phone = {}\n\
         # The owner's user in Close (user_...); a row \"me\" in contacts.csv can give it too.\n\
         user_id = \"\"\n",
        owner.map(quoted).unwrap_or_default(),
        quoted(own.map_or("", |own| own.phone.e164()))
    )
}

/// A block for each phone, if each has a folder of its own.
///
/// # Errors
///
/// As [`archives`].
pub(super) fn devices(found: &Found, dir: &Path) -> Result<Option<String>> {
    if found.folders.is_empty() {
        return Ok(None);
    }
    let mut blocks = String::new();
    for folder in &found.folders {
        let phone = found.phone_of(folder);
        let zone = phone.and_then(OnePhone::zone);
        let zone = zone.map(|zone| (Some(zone), zone_note(Some(zone), None)));
        blocks.push_str(&block(folder, phone, dir, zone)?);
    }
    Ok(Some(blocks))
}

/// The block of a phone that an existing configuration lacks, with every key that it needs.
///
/// # Errors
///
/// As [`archives`].
pub(super) fn added(
    folder: &Folder,
    found: &Found,
    dir: &Path,
    zone: Option<Tz>,
) -> Result<String> {
    of_phone(folder, found.phone_of(folder), dir, zone)
}

/// The same for a phone with its folder.
///
/// # Errors
///
/// As [`archives`].
pub(super) fn of_phone(
    folder: &Folder,
    phone: Option<&OnePhone>,
    dir: &Path,
    zone: Option<Tz>,
) -> Result<String> {
    let by_number = phone.and_then(OnePhone::zone);
    let note = zone_note(by_number, zone);
    block(folder, phone, dir, Some((by_number.or(zone), note)))
}

/// The block of the phone of `[source]`, with the values that it has there.
pub(super) fn configured(name: &str, archives: &str, device: &Device) -> String {
    let zone = device.timezone.name();
    let note = match device.zone_is_default {
        true => {
            format!("# {CHECK}: {zone} is a guess. Remove this comment once the zone is right.\n")
        }
        false => String::new(),
    };
    let order = match device.date_order {
        Some(order) => format!("date_order = {}\n", quoted(&order.to_string())),
        None => String::new(),
    };
    let number = device.local_phone.as_ref().map_or("", Phone::e164);
    let user = device.user_id.as_ref().map_or("", UserId::as_str);
    format!(
        "\n# The phone of [source].\n[[device]]\nname = {}\narchives = {archives}\n{note}timezone = {}\n{order}\
         owner = {}\nlocal_phone = {}\nuser_id = {}\n",
        quoted(name),
        quoted(zone),
        list(&device.owner),
        quoted(number),
        quoted(user)
    )
}

/// A `[[device]]` block. `zone`: its time zone, with a comment on it.
fn block(
    folder: &Folder,
    phone: Option<&OnePhone>,
    dir: &Path,
    zone: Option<(Option<Tz>, String)>,
) -> Result<String> {
    let zone = zone.map(|(zone, note)| {
        format!(
            "# The time zone of the phone. {note}\ntimezone = {}\n",
            quoted(zone.map_or("", |zone| zone.name()))
        )
    });
    Ok(format!(
        "\n# A phone; contacts.csv and --device call it by this name.\n\
         [[device]]\nname = {}\n# Where its exports are: files or folders.\narchives = {}\n{}{}",
        quoted(&folder.name),
        archives(&folder.paths, dir)?,
        zone.unwrap_or_default(),
        whose(phone)
    ))
}

/// Fills a template in one pass: inserted values are not expanded.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                text.push_str(value);
                rest = &rest[word.len()..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// A text as a TOML string on one line, whatever it contains: names come from archives.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
