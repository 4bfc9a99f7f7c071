//! JSON types of the exporter's formats, deserialised leniently.
//!
//! Every version contains an id, a direction, a time and a text (observed). A value of an unexpected type counts as
//! absent, so that it does not make a chat unreadable.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct ExportedChat {
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) media_base: Option<String>,
    /// By row number in the database.
    #[serde(default, deserialize_with = "pairs")]
    pub(super) messages: Vec<(String, Option<ExportedMessage>)>,
}

#[derive(Default, Deserialize)]
pub(super) struct ExportedMessage {
    #[serde(default, deserialize_with = "truth")]
    pub(super) from_me: bool,
    #[serde(default, deserialize_with = "number")]
    pub(super) timestamp: Option<f64>,
    #[serde(default, deserialize_with = "truth")]
    pub(super) media: bool,
    /// A string; a number if the exporter generated it.
    #[serde(default)]
    pub(super) key_id: Value,
    #[serde(default, deserialize_with = "truth")]
    pub(super) meta: bool,
    #[serde(default, deserialize_with = "text")]
    pub(super) data: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) sender: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) mime: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) message_type: Option<f64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) reply: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) quoted_data: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) caption: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    pub(super) sticker: bool,
    #[serde(default, deserialize_with = "pairs")]
    pub(super) reactions: Vec<(String, Value)>,
}

#[derive(Deserialize)]
pub(super) struct TelegramChat {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) messages: Vec<TelegramMessage>,
}

#[derive(Deserialize)]
pub(super) struct TelegramMessage {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub(super) date_unixtime: Option<f64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) from: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) from_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) reply_to_message_id: Option<String>,
    #[serde(default)]
    pub(super) text: Value,
}

/// A string; a number as its digits; `None` for everything else.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A number, also if it is a string.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// True for `true` and for a number other than 0.
fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(is) => is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => false,
    })
}

/// The key-value pairs of an object in their order; empty for a value of another type.
fn pairs<'de, D, V>(from: D) -> Result<Vec<(String, V)>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct Pairs<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
        type Value = Vec<(String, V)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Vec::new())
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }

    from.deserialize_any(Pairs(PhantomData))
}

/// The chats of a file, in its order.
pub(super) fn chats(bytes: &[u8]) -> serde_json::Result<Vec<(String, ExportedChat)>> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct All(#[serde(deserialize_with = "pairs")] Vec<(String, ExportedChat)>);
    Ok(serde_json::from_slice::<All>(bytes)?.0)
}
