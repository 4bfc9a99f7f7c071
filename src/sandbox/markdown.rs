//! Renders WhatsApp's formatting as HTML and as plain text.
//!
//! Assumed throughout: which subset Close renders is not documented; only `<p>test</p>` is known. No test
//! outside this module may depend on the tags.

/// Both renderings of one message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rendered {
    pub(super) html: String,
    pub(super) text: String,
}

/// Renders a whole message: one `<p>` per paragraph, `<br>` between its lines.
pub(super) fn render(markdown: &str) -> Rendered {
    let mut out = Rendered::default();
    for (index, paragraph) in markdown.split("\n\n").enumerate() {
        if index > 0 {
            out.text.push_str("\n\n");
        }
        out.html.push_str("<p>");
        for (index, line) in paragraph.split('\n').enumerate() {
            if index > 0 {
                out.html.push_str("<br>");
                out.text.push('\n');
            }
            inline(line, &mut out, 0);
        }
        out.html.push_str("</p>");
    }
    out
}

/// Maximum nesting: each of the four kinds of formatting once.
const DEPTH: u8 = 4;

fn inline(line: &str, out: &mut Rendered, depth: u8) {
    let mut rest = line;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        if let Some((tag, inner, length)) = marked(rest, before).filter(|_| depth < DEPTH) {
            out.html.push_str(&format!("<{tag}>"));
            if tag == "code" {
                plain(inner, out);
            } else {
                inline(inner, out, depth + 1);
            }
            out.html.push_str(&format!("</{tag}>"));
            rest = &rest[length..];
            before = Some('*');
        } else {
            plain(&rest[..c.len_utf8()], out);
            rest = &rest[c.len_utf8()..];
            before = Some(c);
        }
    }
}

/// The formatted run at the start of `rest`: its tag, its content, and its total length in bytes.
fn marked(rest: &str, before: Option<char>) -> Option<(&'static str, &str, usize)> {
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let (mark, tag) = if rest.starts_with("```") {
        ("```", "code")
    } else {
        match rest.as_bytes().first()? {
            b'*' => ("*", "strong"),
            b'_' => ("_", "em"),
            b'~' => ("~", "s"),
            b'`' => ("`", "code"),
            _ => return None,
        }
    };
    let body = &rest[mark.len()..];
    let end = body.match_indices(mark).map(|(at, _)| at).find(|at| {
        let after = body[at + mark.len()..].chars().next();
        !after.is_some_and(char::is_alphanumeric)
    })?;
    let inner = &body[..end];
    let tight = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
    tight.then_some((tag, inner, mark.len() * 2 + end))
}

fn plain(text: &str, out: &mut Rendered) {
    out.text.push_str(text);
    for c in text.chars() {
        match c {
            '&' => out.html.push_str("&amp;"),
            '<' => out.html.push_str("&lt;"),
            '>' => out.html.push_str("&gt;"),
            '"' => out.html.push_str("&quot;"),
            c => out.html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_becomes_tags_and_is_removed_from_text() {
        let cases = [
            ("test", "<p>test</p>", "test"),
            (
                "Here is the *signed* copy",
                "<p>Here is the <strong>signed</strong> copy</p>",
                "Here is the signed copy",
            ),
            ("*_both_*", "<p><strong><em>both</em></strong></p>", "both"),
            (
                "snake_case_name 2*3*4",
                "<p>snake_case_name 2*3*4</p>",
                "snake_case_name 2*3*4",
            ),
            (
                "a\nb\n\n<c>",
                "<p>a<br>b</p><p>&lt;c&gt;</p>",
                "a\nb\n\n<c>",
            ),
            ("```x *y*```", "<p><code>x *y*</code></p>", "x *y*"),
            ("* not a mark *", "<p>* not a mark *</p>", "* not a mark *"),
            ("~é~ *open", "<p><s>é</s> *open</p>", "é *open"),
        ];
        for (markdown, html, text) in cases {
            let rendered = render(markdown);
            assert_eq!(
                (rendered.html.as_str(), rendered.text.as_str()),
                (html, text),
                "{markdown:?}"
            );
        }
    }
}
