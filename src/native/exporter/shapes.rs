//! JSON types of the exporter's formats, deserialised leniently.
//!
//! Every version contains an id, a direction, a time and a text (observed). A value of an unexpected type counts as
//! absent, so that it does not make a chat unreadable.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
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
    #[serde(default, deserialize_with = "rows")]
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
    #[serde(default, deserialize_with = "lenient")]
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
    #[serde(default, deserialize_with = "rows")]
    pub(super) messages: Vec<(String, Option<TelegramMessage>)>,
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

/// JSON of one type, which other values are no example of.
trait Shape<'de>: Default {
    /// From an object.
    fn of_object<A: MapAccess<'de>>(fields: A) -> Result<Self, A::Error>;

    /// From a list; the default for a type that is never one.
    fn of_list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// A value of this shape; the default for every other value.
fn lenient<'de, D: Deserializer<'de>, S: Shape<'de>>(from: D) -> Result<S, D::Error> {
    struct Any<S>(PhantomData<S>);

    impl<'de, S: Shape<'de>> Visitor<'de> for Any<S> {
        type Value = S;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<S, A::Error> {
            S::of_object(map)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<S, A::Error> {
            S::of_list(seq)
        }

        fn visit_unit<E: de::Error>(self) -> Result<S, E> {
            Ok(S::default())
        }

        fn visit_u64<E: de::Error>(self, _: u64) -> Result<S, E> {
            Ok(S::default())
        }

        fn visit_i64<E: de::Error>(self, _: i64) -> Result<S, E> {
            Ok(S::default())
        }

        fn visit_f64<E: de::Error>(self, _: f64) -> Result<S, E> {
            Ok(S::default())
        }

        fn visit_bool<E: de::Error>(self, _: bool) -> Result<S, E> {
            Ok(S::default())
        }

        fn visit_str<E: de::Error>(self, _: &str) -> Result<S, E> {
            Ok(S::default())
        }
    }

    from.deserialize_any(Any(PhantomData))
}

/// A type that is read from an object; `None` for a value of another type.
struct Object<T>(Option<T>);

impl<T> Default for Object<T> {
    fn default() -> Object<T> {
        Object(None)
    }
}

impl<'de, T: Deserialize<'de>> Shape<'de> for Object<T> {
    fn of_object<A: MapAccess<'de>>(fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(|value| Object(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Object<T>, D::Error> {
        lenient(from)
    }
}

/// The key-value pairs of an object in their order.
impl<'de, V: Deserialize<'de>> Shape<'de> for Vec<(String, V)> {
    fn of_object<A: MapAccess<'de>>(mut fields: A) -> Result<Vec<(String, V)>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = fields.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// Messages by row number, or by their place in a list.
struct Rows<T>(Vec<(String, Option<T>)>);

impl<T> Default for Rows<T> {
    fn default() -> Rows<T> {
        Rows(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Shape<'de> for Rows<T> {
    fn of_object<A: MapAccess<'de>>(mut fields: A) -> Result<Rows<T>, A::Error> {
        let mut rows = Vec::new();
        while let Some((row, Object(message))) = fields.next_entry::<String, Object<T>>()? {
            rows.push((row, message));
        }
        Ok(Rows(rows))
    }

    fn of_list<A: SeqAccess<'de>>(mut items: A) -> Result<Rows<T>, A::Error> {
        let mut rows = Vec::new();
        while let Some(Object(message)) = items.next_element::<Object<T>>()? {
            rows.push((rows.len().to_string(), message));
        }
        Ok(Rows(rows))
    }
}

/// The messages of a chat by row; `None` for a row that is no object.
fn rows<'de, D, T>(from: D) -> Result<Vec<(String, Option<T>)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    lenient::<D, Rows<T>>(from).map(|rows| rows.0)
}

/// The chats of a file, in its order; `None` for what is no object.
pub(super) fn chats(bytes: &[u8]) -> serde_json::Result<Vec<(String, Option<ExportedChat>)>> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let chats: Vec<(String, Object<ExportedChat>)> = lenient(&mut from)?;
    from.end()?;
    Ok(chats.into_iter().map(|(jid, chat)| (jid, chat.0)).collect())
}
