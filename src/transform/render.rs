//! Renders an activity's text: the body with sender's name, quotation and reactions.
//!
//! The sender's name (in groups) and the quotation of the reply target come before the body, the reactions
//! after it. [`super::markdown`] renders the body, [`super::split`] is the inverse of both. A change here
//! changes texts in Close: `split` must still read those of earlier versions.

use std::borrow::Cow;

use super::printable;

/// The parts of an activity's text.
#[derive(Debug, Default)]
pub(super) struct Parts<'p> {
    /// The line of [`name_line`] with the sender's name, or empty.
    pub(super) name_line: &'p str,
    /// The text of the reply target, if it is quoted; else empty.
    pub(super) quotation: &'p str,
    /// The body.
    pub(super) body: String,
    /// The paragraph of [`reactions`], or empty.
    pub(super) reactions: &'p str,
}

/// An activity's text, and the lengths of what is not its body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    /// WhatsApp markdown.
    pub(super) markdown: String,
    /// Length in bytes of the text before the body.
    pub(super) prefix_len: usize,
    /// Length in bytes of the text after the body.
    pub(super) suffix_len: usize,
}

/// Joins the parts, without control characters.
pub(super) fn render(parts: Parts<'_>) -> Rendered {
    let name_line = printable::text(parts.name_line);
    let reactions = printable::text(parts.reactions);
    let body = match printable::text(&parts.body) {
        Cow::Owned(clean) => clean,
        Cow::Borrowed(_) => parts.body,
    };
    let quotation = quotation(&printable::text(parts.quotation));
    let prefix_len = name_line.len() + quotation.len();
    let markdown = match (prefix_len, &*reactions) {
        (0, "") => body,
        _ => format!("{name_line}{quotation}{body}{reactions}"),
    };
    Rendered {
        markdown,
        prefix_len,
        suffix_len: reactions.len(),
    }
}

/// A sender's name in bold, on a line of its own: a list or a quotation may follow, which have to start a
/// line. Empty for a name that consists of formatting characters.
pub(super) fn name_line(name: &str) -> String {
    let plain: String = name
        .trim_start_matches(['~', ' '])
        .chars()
        .filter(|c| !matches!(c, '*' | '`' | '~' | '\n' | '\r'))
        .collect();
    match plain.trim() {
        "" => String::new(),
        plain => format!("*{plain}*\n"),
    }
}

/// The reactions, each with the name or number of the person and the emoji, as a paragraph after the body;
/// empty if there are none.
pub(super) fn reactions<'r>(all: impl IntoIterator<Item = (&'r str, &'r str)>) -> String {
    let each = all.into_iter().map(|(by, sign)| match by {
        // A WhatsApp id of a person is not a name.
        by if by.is_empty() || by.contains('@') => sign.to_owned(),
        by => format!("{sign} {by}"),
    });
    let all: Vec<String> = each.collect();
    match all.as_slice() {
        [] => String::new(),
        all => format!("\n\n{}", all.join(", ")),
    }
}

/// A text as a quotation: each line after `> `.
fn quotation(text: &str) -> String {
    let lines = text.trim_end().lines();
    lines.map(|line| format!("> {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_in_a_name_are_removed() {
        assert_eq!(name_line("~ Rita *Sol*"), "*Rita Sol*\n");
        assert_eq!(name_line("***"), "");
    }

    #[test]
    fn parts_are_joined_in_order() {
        let reactions = reactions([
            ("Theo", "\u{1f44d}"),
            ("", "\u{2764}"),
            ("1@lid", "\u{1f389}"),
        ]);
        let rendered = render(Parts {
            name_line: "*Rita*\n",
            quotation: "one\r\n\ntwo\n",
            body: "yes".to_owned(),
            reactions: &reactions,
        });
        assert_eq!(
            rendered.markdown,
            "*Rita*\n> one\n> \n> two\nyes\n\n\u{1f44d} Theo, \u{2764}, \u{1f389}"
        );
        let body = rendered.markdown.len() - rendered.suffix_len;
        assert_eq!(&rendered.markdown[rendered.prefix_len..body], "yes");
    }
}
