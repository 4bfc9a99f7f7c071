//! Typed access to the values of a [`Section`].

use chrono::NaiveDate;
use toml::de::DeValue;

use super::keys::Kind;
use super::reader::{Document, Section, type_word};
use super::word::Word;
use crate::chat::MediaKind;
use crate::name::nearest;
use crate::phone::Phone;

impl<'t> Section<'t> {
    fn value(&self, key: &str, document: &Document<'_>) -> Option<(u32, &DeValue<'t>)> {
        let value = self.table.get(key)?;
        Some((document.line(value), value.get_ref()))
    }

    fn wrong_type(
        &self,
        key: &str,
        value: &DeValue<'_>,
        line: u32,
        write: &str,
        document: &mut Document<'_>,
    ) {
        let word = type_word(value);
        document.problem(
            Some(line),
            format!("{key} in {} is {word}; write {write}", self.label),
        );
    }

    /// A text that `check` accepts; its error is the message.
    pub(super) fn checked<T>(
        &self,
        key: &str,
        document: &mut Document<'_>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (line, value) = self.value(key, document)?;
        let Some(text) = value.as_str() else {
            self.wrong_type(key, value, line, &format!("{key} = \"…\""), document);
            return None;
        };
        check(text)
            .map_err(|text| document.problem(Some(line), text))
            .ok()
    }

    /// A text; an empty one is `None`.
    pub(super) fn optional_string(&self, key: &str, document: &mut Document<'_>) -> Option<String> {
        self.checked(key, document, |text| Ok(text.trim().to_owned()))
            .filter(|text| !text.is_empty())
    }

    /// A word of an enumeration.
    pub(super) fn word<W: Word>(&self, key: &str, document: &mut Document<'_>, to: &mut W) {
        let found = self.checked(key, document, |text| {
            let names = match self.kind(key) {
                Some(Kind::Word(names)) => names(),
                _ => Vec::new(),
            };
            W::of_word(text).ok_or_else(|| bad_word(key, text, &names))
        });
        if let Some(found) = found {
            *to = found;
        }
    }

    pub(super) fn boolean(&self, key: &str, document: &mut Document<'_>) -> Option<bool> {
        let (line, value) = self.value(key, document)?;
        if value.as_bool().is_none() {
            self.wrong_type(
                key,
                value,
                line,
                &format!("{key} = true or {key} = false, without quotes"),
                document,
            );
        }
        value.as_bool()
    }

    pub(super) fn number(&self, key: &str, document: &mut Document<'_>, to: &mut f64) {
        let (Some((line, value)), Some(Kind::Number(low, high))) =
            (self.value(key, document), self.kind(key))
        else {
            return;
        };
        let number: Option<f64> = match value {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) => whole(number).map(|number| number as f64),
            other => {
                let write = format!("a number without quotes, from {low} to {high}");
                return self.wrong_type(key, other, line, &write, document);
            }
        };
        match number.filter(|number| (low..=high).contains(number)) {
            Some(number) => *to = number,
            None => document.problem(Some(line), format!("{key} must be from {low} to {high}")),
        }
    }

    pub(super) fn count<N: TryFrom<u64>>(
        &self,
        key: &str,
        document: &mut Document<'_>,
        to: &mut N,
    ) {
        let (Some((line, value)), Some(Kind::Count(low, high))) =
            (self.value(key, document), self.kind(key))
        else {
            return;
        };
        let DeValue::Integer(number) = value else {
            let write = format!("a whole number without quotes, from {low} to {high}");
            return self.wrong_type(key, value, line, &write, document);
        };
        let number = whole(number).and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| (low..=high).contains(number));
        match number.and_then(|number| N::try_from(number).ok()) {
            Some(number) => *to = number,
            None => document.problem(Some(line), format!("{key} must be from {low} to {high}")),
        }
    }

    /// A list of texts, each with its line, without empty ones.
    pub(super) fn strings(
        &self,
        key: &str,
        document: &mut Document<'_>,
    ) -> Option<Vec<(u32, String)>> {
        let (line, value) = self.value(key, document)?;
        let Some(items) = value.as_array() else {
            self.wrong_type(key, value, line, &format!("{key} = [\"…\"]"), document);
            return None;
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            let line = document.line(item);
            match item.get_ref().as_str().map(str::trim) {
                Some("") => {
                    document.problem(Some(line), format!("{key} holds an empty text; remove it"))
                }
                Some(text) => texts.push((line, text.to_owned())),
                None => {
                    let word = type_word(item.get_ref());
                    let text = format!(
                        "{key} in {} holds {word}; write only texts, {key} = [\"…\"]",
                        self.label
                    );
                    document.problem(Some(line), text);
                }
            }
        }
        Some(texts)
    }

    pub(super) fn media(&self, document: &mut Document<'_>, to: &mut Vec<MediaKind>) {
        use MediaKind::{Audio, Contact, Document as File, Gif, Image, Sticker, Video, Voice};
        let kinds = [Image, Video, Voice, Audio, File, Sticker, Gif, Contact];
        let Some(texts) = self.strings("media", document) else {
            return;
        };
        to.clear();
        for (line, text) in texts {
            match kinds.iter().find(|kind| kind.word() == text) {
                Some(kind) if !to.contains(kind) => to.push(*kind),
                Some(_) => {}
                None => document.problem(
                    Some(line),
                    bad_word("media", &text, &kinds.map(MediaKind::word)),
                ),
            }
        }
    }

    /// A phone number; `Some(None)` for an empty text.
    pub(super) fn phone(&self, key: &str, document: &mut Document<'_>) -> Option<Option<Phone>> {
        self.checked(key, document, |text| match text.trim() {
            "" => Ok(None),
            text => phone(key, text).map(Some),
        })
    }

    pub(super) fn phones(&self, key: &str, document: &mut Document<'_>) -> Option<Vec<Phone>> {
        let mut phones = Vec::new();
        for (line, text) in self.strings(key, document)? {
            match phone(key, &text) {
                Ok(phone) => phones.push(phone),
                Err(text) => document.problem(Some(line), text),
            }
        }
        Some(phones)
    }

    /// A local date, as a text or as TOML's own; an empty text is `None`.
    pub(super) fn date(&self, key: &str, document: &mut Document<'_>) -> Option<NaiveDate> {
        let (line, value) = self.value(key, document)?;
        let text = match value {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Datetime(date) => date.to_string(),
            other => {
                self.wrong_type(
                    key,
                    other,
                    line,
                    &format!("{key} = \"2024-12-31\""),
                    document,
                );
                return None;
            }
        };
        if text.is_empty() {
            return None;
        }
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 10);
        if date.is_none() {
            let text =
                format!("{key} is no date; write year, month and day, such as \"2024-12-31\"");
            document.problem(Some(line), text);
        }
        date
    }
}

fn whole(number: &toml::de::DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn phone(key: &str, text: &str) -> Result<Phone, String> {
    Phone::parse(text).ok_or_else(|| {
        format!("{key} is no international number; write + and the country code first, such as \"+4915112345678\"")
    })
}

fn bad_word(key: &str, text: &str, words: &[&str]) -> String {
    match nearest(text, words.iter().copied()) {
        Some(near) => format!("{key} cannot be \"{text}\"; did you mean \"{near}\"?"),
        None => format!(
            "{key} cannot be \"{text}\"; write one of {}",
            words.join(", ")
        ),
    }
}
