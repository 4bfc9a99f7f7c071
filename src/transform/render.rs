//! The text of an activity: what a person wrote, and what stands around it.
//!
//! In front of the body stand the sender's name (in groups) and a quotation of the message that it
//! answers, behind it the reactions. [`super::markdown`] makes the body, [`super::split`] is the
//! inverse of both. A change here changes what Close holds: `split` must still read what earlier
//! versions wrote.

/// What an activity's text is made of.
#[derive(Debug, Default)]
pub(super) struct Parts<'p> {
    /// The line with the sender's name, of [`name_line`], or nothing.
    pub(super) name_line: &'p str,
    /// The text of the message that is answered, where it is quoted; else empty.
    pub(super) quotation: &'p str,
    /// The body.
    pub(super) body: String,
    /// The reactions, of [`reactions`], or nothing.
    pub(super) reactions: &'p str,
}

/// An activity's text, and how much of it is not the body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    /// WhatsApp markdown.
    pub(super) markdown: String,
    /// Bytes in front of the body.
    pub(super) prefix_len: usize,
    /// Bytes behind the body.
    pub(super) suffix_len: usize,
}

/// Puts the parts together.
pub(super) fn render(parts: Parts<'_>) -> Rendered {
    let Parts {
        name_line,
        body,
        reactions,
        ..
    } = parts;
    let quotation = quotation(parts.quotation);
    let prefix_len = name_line.len() + quotation.len();
    let markdown = match (prefix_len, reactions) {
        (0, "") => body,
        _ => format!("{name_line}{quotation}{body}{reactions}"),
    };
    Rendered {
        markdown,
        prefix_len,
        suffix_len: reactions.len(),
    }
}

/// A sender's name in bold, on a line of its own: what follows may be a list or a quotation, which
/// have to begin a line. Nothing for a name that consists of marks.
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

/// The reactions, each with the name or number of who reacted and the sign, as a paragraph behind
/// the body; nothing where there are none.
pub(super) fn reactions<'r>(all: impl IntoIterator<Item = (&'r str, &'r str)>) -> String {
    let each = all.into_iter().map(|(by, sign)| match by {
        // WhatsApp's own id of a person is not a name.
        by if by.is_empty() || by.contains('@') => sign.to_owned(),
        by => format!("{sign} {by}"),
    });
    let all: Vec<String> = each.collect();
    match all.as_slice() {
        [] => String::new(),
        all => format!("\n\n{}", all.join(", ")),
    }
}

/// A text as a quotation: each line behind `> `.
fn quotation(text: &str) -> String {
    let lines = text.trim_end().lines();
    lines.map(|line| format!("> {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_in_a_name_do_not_break_the_bold() {
        assert_eq!(name_line("~ Rita *Sol*"), "*Rita Sol*\n");
        assert_eq!(name_line("***"), "");
    }

    #[test]
    fn a_body_stands_between_name_and_quotation_and_reactions() {
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
