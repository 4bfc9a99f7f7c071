//! Reads `[source]` and `[[device]]` into devices.

use std::collections::HashMap;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::reader::{Document, Section};
use super::template::CHECK;
use crate::archive::check_place;
use crate::chat::DateOrder;
use crate::ids::UserId;
use crate::name::nearest;
use crate::phone::Phone;
use crate::settings::Device;

/// The keys that `[source]` and `[[device]]` share; `None` if absent. An invalid value is `None` too, and its
/// key is still in `given`.
#[derive(Default, Clone)]
struct Shared {
    archives: Option<Vec<String>>,
    timezone: Option<Tz>,
    zone_is_default: bool,
    date_order: Option<Option<DateOrder>>,
    owner: Option<Vec<String>>,
    local_phone: Option<Option<Phone>>,
    user_id: Option<Option<UserId>>,
    given: Vec<&'static str>,
}

impl Shared {
    fn read(section: &Section<'_>, document: &mut Document<'_>) -> Shared {
        let texts = |key, document: &mut Document<'_>| -> Option<Vec<String>> {
            let texts = section.strings(key, document)?;
            Some(texts.into_iter().map(|(_, text)| text).collect())
        };
        let mut order = None;
        section.word("date_order", document, &mut order);
        let is_given = section.has("date_order");
        let zone = section.checked("timezone", document, timezone);
        let comments = section.comments_above("timezone", document);
        Shared {
            archives: archives(section, document),
            timezone: zone,
            zone_is_default: zone.is_some_and(|zone| is_default(zone, &comments)),
            date_order: is_given.then_some(order),
            owner: texts("owner", document),
            local_phone: section.phone("local_phone", document),
            user_id: section.checked("user_id", document, user_id),
            given: (section.keys().iter())
                .map(|key| key.name)
                .filter(|key| section.has(key))
                .collect(),
        }
    }

    /// The values of this block, with those of `[source]` as defaults.
    fn or(self, source: &Shared) -> Shared {
        // An invalid value of a block must not fall back to the other phone's.
        let own = |key| self.given.contains(&key);
        Shared {
            archives: if own("archives") {
                self.archives
            } else {
                source.archives.clone()
            },
            timezone: if own("timezone") {
                self.timezone
            } else {
                source.timezone
            },
            zone_is_default: match own("timezone") {
                true => self.zone_is_default,
                false => source.zone_is_default,
            },
            date_order: if own("date_order") {
                self.date_order
            } else {
                source.date_order
            },
            owner: if own("owner") {
                self.owner
            } else {
                source.owner.clone()
            },
            local_phone: if own("local_phone") {
                self.local_phone
            } else {
                source.local_phone.clone()
            },
            user_id: if own("user_id") {
                self.user_id
            } else {
                source.user_id.clone()
            },
            given: [self.given.as_slice(), source.given.as_slice()].concat(),
        }
    }

    /// The device if all required keys are present; reports those that are missing.
    fn device(
        self,
        name: String,
        label: &str,
        line: Option<u32>,
        document: &mut Document<'_>,
    ) -> Option<Device> {
        let no_archives = match &self.archives {
            None => !self.given.contains(&"archives"),
            Some(archives) => archives.is_empty(),
        };
        if no_archives {
            document.problem(
                line,
                format!("{label} has no archives; write archives = [\"exports\"]"),
            );
        }
        if !self.given.contains(&"timezone") {
            document.problem(
                line,
                format!("{label} has no timezone; write the zone of the phone, such as timezone = \"Europe/Berlin\""),
            );
        }
        Some(Device {
            name,
            archives: self.archives?,
            timezone: self.timezone?,
            zone_is_default: self.zone_is_default,
            date_order: self.date_order.flatten(),
            owner: self.owner.unwrap_or_default(),
            local_phone: self.local_phone.flatten(),
            former_phones: Vec::new(),
            user_id: self.user_id.flatten(),
            from: None,
            until: None,
        })
    }
}

/// The devices of the file, without those with a reported problem.
pub(super) fn devices(document: &mut Document<'_>) -> Vec<Device> {
    let mut source = Shared::default();
    let mut source_line = None;
    if let Some(section) = document.section("source") {
        section.only_known(document);
        source = Shared::read(&section, document);
        source_line = Some(section.line);
    }
    let blocks = document.blocks("device");
    if blocks.is_empty() {
        let alone = source.device(Device::ALONE.to_owned(), "[source]", source_line, document);
        return alone.into_iter().collect();
    }
    let mut lines: HashMap<String, u32> = HashMap::new();
    let mut devices = Vec::new();
    for block in blocks {
        block.only_known(document);
        let name = block.optional_string("name", document);
        match &name {
            None if block.has("name") => document.problem(
                block.line_of("name", document),
                "[[device]] needs a name that is not empty, such as name = \"anna\"",
            ),
            None => document.problem(
                Some(block.line),
                "[[device]] has no name; write one, such as name = \"anna\"",
            ),
            Some(name) => {
                if let Some(first) = lines.insert(name.clone(), block.line) {
                    document.problem(
                        block.line_of("name", document),
                        format!("device \"{name}\" is there already in line {first}; give each device its own name"),
                    );
                }
            }
        }
        let shared = Shared::read(&block, document).or(&source);
        let former_phones = block.phones("former_phones", document).unwrap_or_default();
        let from = block.date("from", document);
        let until = block.date("until", document);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            document.problem(
                block.line_of("until", document),
                format!("until {until} is not after from {from}; until is the first day that is left out"),
            );
        }
        let label = match &name {
            Some(name) => format!("device \"{name}\""),
            None => "[[device]]".to_owned(),
        };
        let device = shared.device(name.unwrap_or_default(), &label, Some(block.line), document);
        devices.extend(device.map(|device| Device {
            former_phones,
            from,
            until,
            ..device
        }));
    }
    devices
}

/// Files, folders, globs, and places in object storage.
fn archives(section: &Section<'_>, document: &mut Document<'_>) -> Option<Vec<String>> {
    let texts = section.strings("archives", document)?;
    for (line, text) in &texts {
        if let Err(problem) = check_place(text) {
            // A place may contain a secret, and is not repeated.
            document.problem(Some(*line), format!("a place in archives: {problem}"));
        }
    }
    Some(texts.into_iter().map(|(_, text)| text).collect())
}

fn timezone(text: &str) -> Result<Tz, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(
            "timezone is empty; write the zone of the phone, such as \"Europe/Berlin\"".to_owned(),
        );
    }
    text.parse().map_err(
        |_| match nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(near) => format!("timezone \"{text}\" is not known; did you mean \"{near}\"?"),
            None => format!(
                "timezone \"{text}\" is not known; write an IANA zone, such as \"Europe/Berlin\""
            ),
        },
    )
}

/// Whether these comments ask to check a zone. Those of `chatferry init` contain the zone that it wrote: another one was
/// chosen by a person.
fn is_default(zone: Tz, comments: &[&str]) -> bool {
    let asking = comments.iter().find(|comment| comment.contains(CHECK));
    asking.is_some_and(|comment| {
        let words = comment.split_whitespace();
        let zones = words.filter_map(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.contains('/').then(|| word.parse::<Tz>().ok())?
        });
        zones.into_iter().all(|written| written == zone)
    })
}

fn user_id(text: &str) -> Result<Option<UserId>, String> {
    match text.trim() {
        "" => Ok(None),
        id if id
            .strip_prefix("user_")
            .is_some_and(|rest| !rest.is_empty()) =>
        {
            Ok(Some(id.into()))
        }
        _ => Err("user_id is no user of Close; it must begin with \"user_\"".to_owned()),
    }
}
