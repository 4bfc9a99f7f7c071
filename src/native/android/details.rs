//! Data of messages in further tables of `msgstore.db`, by message row. Each table is read once, since backups have no
//! indexes.

use std::collections::HashMap;

use super::super::card::card_text;
use super::super::normalize::has_visible_text;
use super::super::parts::{choice, items, list_texts, price, with_parts};
use super::super::people::{event_text, location_text, poll_text};
use super::super::sqlite::{Database, number, real, text};
use super::super::{Error, NativeMessage, Reaction};
use super::Reading;
use crate::chat::Kind;

/// Data of messages by message row.
#[derive(Default)]
pub(super) struct Details {
    cards: HashMap<i64, Vec<String>>,
    places: HashMap<i64, Place>,
    options: HashMap<i64, Vec<String>>,
    reactions: HashMap<i64, Vec<Reaction>>,
    /// Texts that follow the text of the message.
    parts: HashMap<i64, Vec<String>>,
    /// Texts of messages that have no other.
    substitutes: HashMap<i64, String>,
}

/// A location.
pub(super) struct Place {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
    pub(super) url: Option<String>,
    /// Latitude and longitude, in degrees.
    pub(super) at: Option<(f64, f64)>,
}

impl Place {
    /// Its text, with the words that the sender added.
    fn text(self, words: &str) -> String {
        let is_known = |part: &Option<String>| part.as_deref().is_some_and(|p| p.contains(words));
        let words = (has_visible_text(words) && !is_known(&self.name) && !is_known(&self.address))
            .then(|| words.to_owned());
        location_text(&[self.name, self.address, words], self.url, self.at)
    }
}

impl Details {
    pub(super) fn read(database: &Database, reading: &Reading) -> Result<Details, Error> {
        let mut details = Details::default();
        details.read_cards(database)?;
        details.read_places(database)?;
        details.read_options(database)?;
        details.read_reactions(database, reading)?;
        details.read_templates(database)?;
        details.read_lists(database)?;
        details.read_sales(database)?;
        details.read_invites(database)?;
        Ok(details)
    }

    /// Adds what further tables contain of a message.
    pub(super) fn fill(&mut self, id: i64, message: &mut NativeMessage) {
        if let Some(cards) = self.cards.remove(&id) {
            message.text = cards.join("\n");
            message.has_vcards = true;
        }
        if let Some(place) = self.places.remove(&id) {
            let words = message.text.trim().to_owned();
            // The placeholder in Close for a live location has no room for words.
            if message.kind == Kind::LiveLocation && has_visible_text(&words) {
                message.kind = Kind::Location;
            }
            message.text = place.text(&words);
        }
        let options = self.options.remove(&id).unwrap_or_default();
        match message.kind {
            Kind::Poll => message.text = poll_text(&message.text, &options),
            Kind::Event => message.text = event_text(&message.text),
            Kind::Text | Kind::Media | Kind::MediaOmitted | Kind::Unsupported => {
                let parts = self.parts.remove(&id).unwrap_or_default();
                with_parts(&mut message.text, parts);
                if message.text.trim().is_empty()
                    && let Some(text) = self.substitutes.remove(&id)
                {
                    message.text = text;
                }
            }
            _ => {}
        }
        message.reactions = self.reactions.remove(&id).unwrap_or_default();
    }

    /// Adds the location of a row, unless a table of locations has it.
    pub(super) fn add_place(&mut self, id: i64, place: Place) {
        self.places.entry(id).or_insert(place);
    }

    fn add_parts(&mut self, id: i64, parts: impl IntoIterator<Item = String>) {
        self.parts.entry(id).or_default().extend(parts);
    }

    fn read_cards(&mut self, database: &Database) -> Result<(), Error> {
        // The second is of the schema before 2021.
        for table in ["message_vcard", "messages_vcards"] {
            if !database.has_column(table, "vcard") {
                continue;
            }
            let sql = format!("SELECT message_row_id, vcard FROM {table} ORDER BY rowid");
            database.each(&sql, |row| {
                if let (Some(id), Some(vcard)) = (number(row, 0)?, text(row, 1)?) {
                    self.cards.entry(id).or_default().push(card_text(&vcard));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn read_places(&mut self, database: &Database) -> Result<(), Error> {
        if !database.has_column("message_location", "latitude") {
            return Ok(());
        }
        let of = |column| database.column("message_location", "l", column);
        let sql = format!(
            "SELECT l.message_row_id, l.latitude, l.longitude, {}, {}, {} FROM message_location l",
            of("place_name"),
            of("place_address"),
            of("url")
        );
        database.each(&sql, |row| {
            if let Some(id) = number(row, 0)? {
                let place = Place {
                    name: text(row, 3)?,
                    address: text(row, 4)?,
                    url: text(row, 5)?,
                    at: real(row, 1)?.zip(real(row, 2)?),
                };
                self.places.insert(id, place);
            }
            Ok(())
        })
    }

    fn read_options(&mut self, database: &Database) -> Result<(), Error> {
        if !database.has_column("message_poll_option", "option_name") {
            return Ok(());
        }
        let sql = "SELECT message_row_id, option_name FROM message_poll_option ORDER BY _id";
        database.each(sql, |row| {
            if let (Some(id), Some(option)) = (number(row, 0)?, text(row, 1)?) {
                self.options.entry(id).or_default().push(option);
            }
            Ok(())
        })
    }

    fn read_reactions(&mut self, database: &Database, reading: &Reading) -> Result<(), Error> {
        if !database.has_column("message_add_on", "parent_message_row_id")
            || !database.has_column("message_add_on_reaction", "reaction")
        {
            return Ok(());
        }
        let sql = "SELECT a.parent_message_row_id, a.from_me, r.reaction, j.raw_string \
                   FROM message_add_on a JOIN message_add_on_reaction r ON r.message_add_on_row_id = a._id \
                   LEFT JOIN jid j ON j._id = a.sender_jid_row_id ORDER BY a._id";
        database.each(sql, |row| {
            let (Some(id), Some(sign)) = (number(row, 0)?, text(row, 2)?) else {
                return Ok(());
            };
            let by = match number(row, 1)? {
                Some(1) => String::new(),
                _ => text(row, 3)?
                    .map(|raw| reading.people.reaction_sender(&raw))
                    .unwrap_or_default(),
            };
            let all = self.reactions.entry(id).or_default();
            // A new reaction replaces the previous one of the same person, and an empty one removes it.
            all.retain(|reaction| reaction.by != by);
            if !sign.is_empty() {
                all.push(Reaction { by, sign });
            }
            Ok(())
        })
    }

    fn read_templates(&mut self, database: &Database) -> Result<(), Error> {
        if database.has_column("message_template", "content_text_data") {
            let footer = database.column("message_template", "t", "footer_text_data");
            let sql = format!(
                "SELECT t.message_row_id, t.content_text_data, {footer} FROM message_template t"
            );
            database.each(&sql, |row| {
                if let Some(id) = number(row, 0)? {
                    let parts = [text(row, 1)?, text(row, 2)?];
                    self.add_parts(id, parts.into_iter().flatten());
                }
                Ok(())
            })?;
        }
        if database.has_column("message_template_button", "text_data") {
            let sql = "SELECT message_row_id, text_data FROM message_template_button ORDER BY _id";
            database.each(sql, |row| {
                if let (Some(id), Some(label)) = (number(row, 0)?, text(row, 1)?) {
                    self.add_parts(id, [choice(&label)]);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn read_lists(&mut self, database: &Database) -> Result<(), Error> {
        if database.has_column("message_ui_elements", "element_content") {
            let sql =
                "SELECT message_row_id, element_content FROM message_ui_elements ORDER BY _id";
            database.each(sql, |row| {
                if let (Some(id), Some(content)) = (number(row, 0)?, text(row, 1)?) {
                    self.add_parts(id, list_texts(&content));
                }
                Ok(())
            })?;
        }
        if database.has_column("message_ui_elements_reply", "reply_description") {
            let sql = "SELECT message_row_id, reply_description FROM message_ui_elements_reply ORDER BY _id";
            database.each(sql, |row| {
                if let (Some(id), Some(text)) = (number(row, 0)?, text(row, 1)?) {
                    self.substitutes.insert(id, text);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Orders and products.
    fn read_sales(&mut self, database: &Database) -> Result<(), Error> {
        if database.has_column("message_order", "message_row_id") {
            let of = |column| database.column("message_order", "o", column);
            let sql = format!(
                "SELECT o.message_row_id, {}, {}, {}, {}, {} FROM message_order o",
                of("order_title"),
                of("message"),
                of("item_count"),
                of("total_amount_1000"),
                of("currency_code"),
            );
            database.each(&sql, |row| {
                if let Some(id) = number(row, 0)? {
                    let price = price(number(row, 4)?, text(row, 5)?.as_deref());
                    let parts = [
                        text(row, 1)?,
                        text(row, 2)?,
                        number(row, 3)?.and_then(items),
                        price,
                    ];
                    self.add_parts(id, parts.into_iter().flatten());
                }
                Ok(())
            })?;
        }
        if database.has_column("message_product", "message_row_id") {
            let of = |column| database.column("message_product", "p", column);
            let sql = format!(
                "SELECT p.message_row_id, {}, {}, {}, {}, {}, {} FROM message_product p",
                of("title"),
                of("description"),
                of("amount_1000"),
                of("currency_code"),
                of("body"),
                of("footer"),
            );
            database.each(&sql, |row| {
                if let Some(id) = number(row, 0)? {
                    let price = price(number(row, 3)?, text(row, 4)?.as_deref());
                    let parts = [
                        text(row, 1)?,
                        text(row, 2)?,
                        price,
                        text(row, 5)?,
                        text(row, 6)?,
                    ];
                    self.add_parts(id, parts.into_iter().flatten());
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn read_invites(&mut self, database: &Database) -> Result<(), Error> {
        if !database.has_column("message_group_invite", "group_name") {
            return Ok(());
        }
        let sql = "SELECT message_row_id, group_name FROM message_group_invite";
        database.each(sql, |row| {
            if let (Some(id), Some(name)) = (number(row, 0)?, text(row, 1)?) {
                self.add_parts(id, [name]);
            }
            Ok(())
        })
    }
}
