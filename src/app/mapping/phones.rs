//! What a person answers about a phone: owner, number, time zone, date order, user. Stored in chatferry.toml; every byte that
//! is not a value of these keys stays.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::tables::{self, SeenTable, Since, Written};
use crate::app::error::{Error, Result};
use crate::config::{self, template::CHECK};
use crate::settings::Device;

/// The answers about a phone, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PhoneAnswers {
    /// The name of its device.
    pub(crate) device: String,
    /// The owner's names in its exports; empty: inferred.
    pub(crate) owner: Vec<String>,
    /// The owner's number; empty: not known.
    pub(crate) local_phone: String,
    /// The zone of the phone.
    pub(crate) timezone: String,
    /// `auto`, `dmy`, `mdy` or `ymd`.
    pub(crate) date_order: String,
    /// The owner's Close user; empty: none.
    pub(crate) user_id: String,
}

/// Writes the answers about phones, all or none, if the configuration has the digest `seen`.
///
/// # Errors
///
/// The file cannot be read or written, has no such device, or would be invalid.
pub(crate) fn answer_phones(file: &Path, seen: &str, answers: &[PhoneAnswers]) -> Result<Written> {
    tables::write(file, seen, |table, since| {
        let mut text = String::from_utf8_lossy(table.text()).into_owned();
        for phone in answers {
            text = answered(&text, phone)?;
        }
        config::parse(&text, file)?;
        Ok(unless_replaced(table, since, text.into_bytes()))
    })
}

/// The new bytes of the configuration. `None`: this process wrote it since the person saw it, and the form, which has every value
/// of the page, would replace what it wrote.
fn unless_replaced(table: &SeenTable, since: Since, new: Vec<u8>) -> Option<Vec<u8>> {
    (since == Since::Nothing || new == table.text()).then_some(new)
}

/// Why these answers about a phone cannot be written; `None` if they can.
pub(crate) fn problem_of_phone(file: &Path, answers: &PhoneAnswers) -> Option<Error> {
    let table = SeenTable::read(file).ok()?;
    let text = String::from_utf8_lossy(table.text()).into_owned();
    match answered(&text, answers) {
        Ok(text) => config::parse(&text, file).err().map(Error::from),
        Err(error) => Some(error),
    }
}

/// Writes whether groups are imported (`skip` or `anchor`), if the configuration has the digest `seen`.
///
/// # Errors
///
/// As [`answer_phones`].
pub(crate) fn answer_groups(file: &Path, seen: &str, groups: &str) -> Result<Written> {
    tables::write(file, seen, |table, since| {
        let mut document = parsed(&String::from_utf8_lossy(table.text()))?;
        let import = document
            .entry("import")
            .or_insert(Item::Table(Table::new()));
        if let Some(import) = import.as_table_mut() {
            set(import, "groups", Value::from(groups), groups == "skip");
        }
        let new = document.to_string();
        config::parse(&new, file)?;
        Ok(unless_replaced(table, since, new.into_bytes()))
    })
}

fn parsed(text: &str) -> Result<DocumentMut> {
    (text.parse())
        .map_err(|_| Error::usage("the configuration is not valid TOML; correct it in an editor"))
}

fn answered(text: &str, answers: &PhoneAnswers) -> Result<String> {
    let mut document = parsed(text)?;
    let source = document.get("source").and_then(Item::as_table).cloned();
    let inherited = source.filter(|_| document.contains_key("device"));
    // The default of a device is the value that `[source]` gives to all.
    let inherits = |key: &str| inherited.as_ref().is_some_and(|own| own.contains_key(key));
    let Some(table) = table_of(&mut document, &answers.device) else {
        return Err(Error::usage(format!(
            "the configuration has no device \"{}\"; open the page again",
            answers.device
        )));
    };
    let owner = answers.owner.iter().map(String::as_str);
    set(
        table,
        "owner",
        Value::Array(owner.collect()),
        answers.owner.is_empty() && !inherits("owner"),
    );
    for (key, value, is_default) in [
        (
            "local_phone",
            &answers.local_phone,
            answers.local_phone.is_empty(),
        ),
        ("timezone", &answers.timezone, false),
        (
            "date_order",
            &answers.date_order,
            answers.date_order == "auto",
        ),
        ("user_id", &answers.user_id, answers.user_id.is_empty()),
    ] {
        let is_default = is_default && !inherits(key);
        set(table, key, Value::from(value.as_str()), is_default);
    }
    Ok(document.to_string())
}

/// The table of a device.
fn table_of<'d>(document: &'d mut DocumentMut, device: &str) -> Option<&'d mut Table> {
    if document.contains_key("device") {
        let blocks = document.get_mut("device")?.as_array_of_tables_mut()?;
        return blocks
            .iter_mut()
            .find(|table| table.get("name").and_then(Item::as_str) == Some(device));
    }
    match device {
        Device::ALONE => document.get_mut("source")?.as_table_mut(),
        _ => None,
    }
}

/// Sets a key, with the comments around it. A key that is absent and would have its default stays absent. The request to check
/// a value is removed: a person has.
fn set(table: &mut Table, key: &str, mut value: Value, is_default: bool) {
    match table.get_mut(key) {
        None if is_default => return,
        None => {
            table.insert(key, Item::Value(value));
        }
        Some(item) => {
            if let Some(old) = item.as_value() {
                *value.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(value);
        }
    }
    let Some(mut key) = table.key_mut(key) else {
        return;
    };
    let decor = key.leaf_decor_mut();
    let comments = decor.prefix().and_then(|prefix| prefix.as_str());
    if let Some(comments) = comments.filter(|text| text.contains(CHECK)) {
        let lines = comments
            .split_inclusive('\n')
            .map(|line| match line.find(CHECK) {
                Some(at) => {
                    let before = line.get(..at).unwrap_or_default().trim_end();
                    let end = if line.ends_with('\n') { "\n" } else { "" };
                    if before == "#" {
                        String::new()
                    } else {
                        format!("{before}{end}")
                    }
                }
                None => line.to_owned(),
            });
        let checked: String = lines.collect();
        decor.set_prefix(checked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(device: &str) -> PhoneAnswers {
        PhoneAnswers {
            device: device.to_owned(),
            owner: vec!["Anna Keller".to_owned()],
            local_phone: "+4915111111112".to_owned(),
            timezone: "Europe/Paris".to_owned(),
            date_order: "auto".to_owned(),
            user_id: String::new(),
        }
    }

    #[test]
    fn comments_and_other_keys_stay() {
        let text = "# Mine.\n[source]\narchives = ['a']  # there\n# The zone. CHECK THIS: guessed. Remove this.\n\
                    timezone = \"Europe/Berlin\" # why\nowner = []\n\n[import]\ngroups = \"anchor\"\n";
        assert_eq!(
            answered(text, &answers(Device::ALONE)).unwrap(),
            "# Mine.\n[source]\narchives = ['a']  # there\n# The zone.\n\
             timezone = \"Europe/Paris\" # why\nowner = [\"Anna Keller\"]\nlocal_phone = \"+4915111111112\"\n\n\
             [import]\ngroups = \"anchor\"\n"
        );
    }

    #[test]
    fn only_the_block_of_the_device_changes() {
        let text = "[[device]]\nname = \"anna\"\narchives = [\"a\"]\ntimezone = \"UTC\"\n\n\
                    [[device]]\nname = \"ben\"\narchives = [\"b\"]\ntimezone = \"UTC\"\ndate_order = \"mdy\"\n";
        let mut of_ben = answers("ben");
        of_ben.date_order = "dmy".to_owned();
        let new = answered(text, &of_ben).unwrap();
        let (anna, ben) = new.split_once("\n\n").unwrap();
        assert_eq!(anna, text.split_once("\n\n").unwrap().0);
        assert!(ben.contains("date_order = \"dmy\"\n"), "{ben}");
        assert!(answered(text, &answers("cleo")).is_err());
    }

    #[test]
    fn default_is_written_where_the_inherited_value_is_another() {
        let text = "[source]\ndate_order = \"mdy\"\nlocal_phone = \"+4915111111113\"\ntimezone = \"UTC\"\n\n\
                    [[device]]\nname = \"anna\"\narchives = [\"a\"]\n\n[import]\ncontacts = \"contacts.csv\"\n";
        let mut of_anna = answers("anna");
        of_anna.local_phone = String::new();
        let new = answered(text, &of_anna).unwrap();
        let settings = config::parse(&new, Path::new("chatferry.toml")).unwrap();
        assert_eq!(settings.devices[0].date_order, None, "{new}");
        assert_eq!(settings.devices[0].local_phone, None, "{new}");
        assert!(!new.contains("user_id"), "{new}");
    }
}
