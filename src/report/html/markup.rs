//! WhatsApp's markdown as spans of text for a template: bold, italic, struck out, monospaced, quoted lines.
//!
//! The result borrows the text and contains no HTML. Linear in the length of a line.

use std::borrow::Cow;

use crate::display_text;

/// A line of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// A quotation.
    pub(super) is_quoted: bool,
    /// Its text.
    pub(super) spans: Vec<Span<'t>>,
}

/// Text of one format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span<'t> {
    /// Without controls.
    pub(super) text: Cow<'t, str>,
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Format {
    strong: bool,
    em: bool,
    strike: bool,
    code: bool,
}

impl Span<'_> {
    /// Whether it has no format.
    pub(super) fn is_plain(&self) -> bool {
        self.format == Format::default()
    }

    /// Its classes in the style sheet.
    pub(super) fn class(&self) -> String {
        let Format {
            strong,
            em,
            strike,
            code,
        } = self.format;
        let classes = [
            (strong, "strong"),
            (em, "em"),
            (strike, "strike"),
            (code, "code"),
        ];
        let classes: Vec<&str> = (classes.into_iter())
            .filter_map(|(is, class)| is.then_some(class))
            .collect();
        classes.join(" ")
    }
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let lines = text.split('\n').map(|line| {
        let quoted = line.strip_prefix("> ");
        let mut spans = Vec::new();
        inline(quoted.unwrap_or(line), Format::default(), &mut spans);
        Line {
            is_quoted: quoted.is_some(),
            spans,
        }
    });
    lines.collect()
}

const MARKS: [&str; 5] = ["```", "*", "_", "~", "`"];

fn inline<'t>(line: &'t str, format: Format, spans: &mut Vec<Span<'t>>) {
    // Marks without an end in the rest of the line: they have none further on either.
    let mut open = [false; MARKS.len()];
    let mut plain = 0;
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(c) = line[at..].chars().next() {
        let mark = MARKS.iter().position(|mark| line[at..].starts_with(mark));
        let run = mark
            .filter(|mark| !open[*mark] && !before.is_some_and(char::is_alphanumeric))
            .filter(|mark| with(format, *mark) != format);
        if let Some(mark) = run {
            let from = at + MARKS[mark].len();
            let begins = line[from..].chars().next();
            if begins.is_some_and(|c| !c.is_whitespace()) {
                if let Some(length) = end(&line[from..], MARKS[mark]) {
                    push(&line[plain..at], format, spans);
                    let inner = &line[from..from + length];
                    let format = with(format, mark);
                    match format.code {
                        true => push(inner, format, spans),
                        false => inline(inner, format, spans),
                    }
                    at = from + length + MARKS[mark].len();
                    plain = at;
                    before = Some('*');
                    continue;
                }
                open[mark] = true;
            }
        }
        at += c.len_utf8();
        before = Some(c);
    }
    push(&line[plain..], format, spans);
}

fn push<'t>(text: &'t str, format: Format, spans: &mut Vec<Span<'t>>) {
    if !text.is_empty() {
        let text = display_text::line(text);
        spans.push(Span { text, format });
    }
}

/// The length of the text before a mark that ends a format.
fn end(text: &str, mark: &str) -> Option<usize> {
    let ends = text.match_indices(mark).map(|(at, _)| at);
    ends.skip_while(|at| *at == 0).find(|at| {
        let last = text[..*at].chars().next_back();
        let next = text[at + mark.len()..].chars().next();
        last.is_some_and(|c| !c.is_whitespace()) && !next.is_some_and(char::is_alphanumeric)
    })
}

fn with(format: Format, mark: usize) -> Format {
    let mut format = format;
    match MARKS[mark] {
        "*" => format.strong = true,
        "_" => format.em = true,
        "~" => format.strike = true,
        _ => format.code = true,
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let line = |line: Line<'_>| {
            let spans = line.spans.iter().map(|span| match span.is_plain() {
                true => span.text.clone().into_owned(),
                false => format!("[{}:{}]", span.class(), span.text),
            });
            let spans: String = spans.collect();
            match line.is_quoted {
                true => format!("|{spans}"),
                false => spans,
            }
        };
        let lines: Vec<String> = lines(text).into_iter().map(line).collect();
        lines.join("\n")
    }

    #[test]
    fn formats_are_spans() {
        for (text, spans) in [
            ("the *signed* copy", "the [strong:signed] copy"),
            ("*_both_*", "[strong em:both]"),
            ("*a _b_ c*", "[strong:a ][strong em:b][strong: c]"),
            ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
            ("```x *y*```", "[code:x *y*]"),
            ("* no mark *", "* no mark *"),
            ("~é~ *open", "[strike:é] *open"),
            ("> quoted\nplain", "|quoted\nplain"),
            ("**", "**"),
            ("", ""),
        ] {
            assert_eq!(shown(text), spans, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_lost(text in "[a *_~`é\n]{0,40}") {
            let marks = |text: &str| text.replace(['*', '_', '~', '`'], "");
            let all: Vec<String> = (lines(&text).iter())
                .map(|line| line.spans.iter().map(|span| span.text.as_ref()).collect())
                .collect();
            proptest::prop_assert_eq!(marks(&all.join("\n")), marks(&text));
        }
    }
}
