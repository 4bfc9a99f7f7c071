//! Evidence from one reading of a listed activity, for [`crate::matching`].
//!
//! Here belong class and content of one [`Reading`], in the terms of [`super::observe`]; never a
//! comparison, or the choice between several readings.

use super::observe::{self, class};
use super::split::{Body, Reading, canonical_body};
use crate::canonical;
use crate::matching::Class;
use crate::matching::sequence::Key;

/// The class of a reading; `None` for a placeholder of a deletion.
pub fn class_of(reading: &Reading<'_>) -> Option<Class> {
    class(reading.body.kind())
}

/// The hash of the canonical body of a reading; `None` for content without one.
pub fn content(reading: &Reading<'_>) -> Option<Key> {
    let kind = reading.body.kind();
    let body = match class(kind)? {
        Class::File => return None,
        Class::Location => match reading.body {
            Body::Location(text) => return observe::location(text),
            _ => return None,
        },
        Class::Text | Class::Poll | Class::Notice => canonical_body(reading),
        // Close shows the numbers of some cards only.
        Class::Card => return None,
        Class::Other | Class::NoFile => {
            let text = match &reading.body {
                Body::Call(text) => text,
                Body::Unsupported(Some(text)) => text,
                _ => return None,
            };
            format!("{}:{}", kind.word(), canonical::text(text))
        }
    };
    Some(canonical::key(&body))
}

/// The part of `text` that is the body in a reading: without the sender's name, the quotation and the
/// reactions.
pub fn body<'t>(text: &'t str, reading: &Reading<'_>) -> &'t str {
    let sender = (reading.sender).map_or(0, |name| "*".len() + name.len() + "*\n".len());
    let quotation = (reading.quotation).map_or(0, |text| text.len() + "\n".len());
    let behind = (reading.reactions).map_or(0, |text| "\n\n".len() + text.len());
    let to = text.len().saturating_sub(behind);
    text.get(sender + quotation..to).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::split::{Context, split};

    #[test]
    fn body_excludes_name_quotation_and_reactions() {
        let text = "*Rita*\n> one\n> two\nyes\n\n\u{1f44d} Theo";
        let context = Context {
            is_group: true,
            files: 0,
        };
        let readings = split(text, context);
        let bodies: Vec<&str> = readings.iter().map(|reading| body(text, reading)).collect();
        assert_eq!(bodies[0], "yes");
        assert!(bodies.contains(&text));
    }

    #[test]
    fn text_has_the_content_of_its_canonical_body() {
        let readings = split("see  you", Context::default());
        assert_eq!(class_of(&readings[0]), Some(Class::Text));
        assert_eq!(content(&readings[0]), Some(canonical::key("text:see you")));
    }
}
