//! Known wordings of Close's errors. A text of an error body may repeat what people wrote, with or without quotes, so
//! only a text that is one of these as a whole is shown; any other is replaced.
//!
//! Belongs here: the list, and what is recognised in a text that is not shown. Never here: shapes of bodies
//! ([`super::field_error`]).
//!
//! See docs/reference/close-api.md, "Errors".

use std::sync::LazyLock;

use regex::Regex;

/// What is shown in place of a wording that is not in [`KNOWN`].
pub(super) const OTHER: &str = "[wording]";

/// Maximum number of digits of a number that is shown: a longer one may be a telephone number.
const DIGITS: usize = 6;

/// Wordings of Close: of both generations of its validation (observed; those of the newer one are Pydantic's), of its
/// open code, and of the statuses. `#` is a number. A text after `…` is not shown. A full stop at the end and the case
/// make no difference.
const KNOWN: &[&str] = &[
    "_params must be a dict",
    "A message with this ID exists already",
    "Bad request",
    "Cannot sort by …",
    "Chunked Transfer-Encoding is not supported",
    "Empty query…",
    "Ensure this value has at least # character",
    "Ensure this value has at least # characters",
    "Ensure this value has at most # characters",
    "Ensure this value has at most # characters (it has #)",
    "Extra inputs are not permitted",
    "Field required",
    "Filtering on activity_at requires _order_by=-activity_at",
    "Filtering on date_created requires _order_by=-date_created",
    "Forbidden",
    "Input should be 'incoming' or 'outgoing'",
    "Input should be a valid boolean",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be a valid date",
    "Input should be a valid datetime",
    "Input should be a valid datetime or date",
    "Input should be a valid datetime or date, …",
    "Input should be a valid datetime, …",
    "Input should be a valid dictionary",
    "Input should be a valid integer",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid list",
    "Input should be a valid number",
    "Input should be a valid string",
    "Input should be a valid URL",
    "Input should be a valid URL, …",
    "Input should be greater than #",
    "Input should be greater than or equal to #",
    "Input should be less than #",
    "Input should be less than or equal to #",
    "Internal server error",
    "Invalid cursor",
    "Invalid phone number",
    "Invalid phone number: …",
    "JSON data must be a dict",
    "List is too long",
    "List should have at most # items after validation, not #",
    "must be at most # characters",
    "Not found",
    "Object does not exist",
    "Payment required",
    "Please send valid JSON with a 'Content-Type: application/json' header",
    "Slow down",
    "Sorting on activity_at requires one lead_id",
    "String should have at least # character",
    "String should have at least # characters",
    "String should have at most # characters",
    "Text is too long",
    "The attachments together are larger than # bytes",
    "The contact does not belong to the lead",
    "The file does not exist",
    "The file was not uploaded",
    "The file was uploaded more than # hours ago",
    "The maximum length is #",
    "The message is incomplete",
    "The method is not allowed for the requested URL",
    "The query string cannot be read",
    "The request body could not be read",
    "The request contains invalid JSON",
    "The requested URL was not found on the server. …",
    "The skip you set is larger than the maximum skip for this resource (max_skip = #)",
    "This combination of filters is not supported",
    "This field is required",
    "This filter requires lead_id",
    "Too many requests",
    "Unauthorized",
    "Unsupported media type",
    "URL scheme should be 'http' or 'https'",
    "URL should have at most # characters",
    "Value cannot be changed",
    "Value must be of bool type",
    "Value must be of datetime type",
    "Value must be of dict type",
    "Value must be of int type",
    "Value must be of list type",
    "Value must be of str type",
];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let one = |known: &&str| {
        let (start, has_tail) = match known.split_once('…') {
            Some((start, _)) => (start.trim_end(), true),
            None => (*known, false),
        };
        let parts: Vec<String> = start.split('#').map(regex::escape).collect();
        let start = parts.join("[0-9](?:[0-9,.]*[0-9])?");
        match has_tail {
            true => format!("(?:{start})(?<tail>.+)"),
            false => start,
        }
    };
    // Names of groups are unique in a pattern, so each tail has a number.
    let all = KNOWN.iter().enumerate();
    let all = all.map(|(place, known)| one(known).replace("<tail>", &format!("<tail{place}>")));
    let all: Vec<String> = all.collect();
    Regex::new(&format!(r"(?is)^(?:{})\.?$", all.join("|"))).ok()
});

static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("[0-9](?:[0-9,.]*[0-9])?").ok());

/// A message of Close if it is a known wording, in one line; else [`OTHER`]. Empty for an empty text.
pub(super) fn wording(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return line;
    }
    let (Some(pattern), Some(number)) = (PATTERN.as_ref(), NUMBER.as_ref()) else {
        return OTHER.to_owned();
    };
    let Some(found) = pattern.captures(&line) else {
        return OTHER.to_owned();
    };
    let tail = found.iter().skip(1).flatten().next();
    let shown = match tail {
        Some(tail) => format!("{}…", line[..tail.start()].trim_end_matches(' ')),
        None => line.clone(),
    };
    let short = |found: &regex::Captures<'_>| {
        let digits = found[0].chars().filter(char::is_ascii_digit).count();
        match digits <= DIGITS {
            true => found[0].to_owned(),
            false => "…".to_owned(),
        }
    };
    number.replace_all(&shown, short).into_owned()
}

/// Whether a text rejects a length, with the limit that it names; of any text, since nothing of it is shown. Values that
/// it quotes or that follow a colon are not read.
pub(super) fn length_limit(text: &str) -> Option<Option<usize>> {
    let text = cut_quotes(text).to_lowercase();
    let text = text.split(':').next().unwrap_or_default();
    let is_length = ["at most", "too long", "max"]
        .iter()
        .any(|word| text.contains(word));
    is_length.then(|| limit_in(text))
}

/// Replaces everything from the first opening quote to the last quote by `…`: a value may contain quotes itself, so
/// pairing them would be a guess.
fn cut_quotes(text: &str) -> String {
    let is_quote = |c: char| matches!(c, '\'' | '"' | '`' | '“' | '”' | '‘' | '’' | '«' | '»');
    let mut before = ' ';
    let first = text.char_indices().find(|&(_, c)| {
        // An apostrophe inside a word is not an opening quote.
        let opens = is_quote(c) && !before.is_alphanumeric();
        before = c;
        opens
    });
    let Some((start, _)) = first else {
        return text.to_owned();
    };
    // The last closing quote; one before a letter is an apostrophe inside the value.
    let mut after = ' ';
    let last = text.char_indices().rev().find(|&(_, c)| {
        let closes = is_quote(c) && !after.is_alphanumeric();
        after = c;
        closes
    });
    let end = match last {
        Some((last, c)) if last > start => last + c.len_utf8(),
        _ => text.len(),
    };
    format!("{}…{}", &text[..start], &text[end..])
}

/// The limit in characters that a wording names: the number after "at most" or "max", as in `at most 65,536
/// characters (it has 70000)`.
fn limit_in(wording: &str) -> Option<usize> {
    let start = ["at most", "max"]
        .iter()
        .find_map(|word| wording.find(word));
    let rest = wording[start?..].trim_start_matches(|c: char| !c.is_ascii_digit());
    let number = rest
        .split(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.'))
        .next()?;
    // A full stop or comma may follow the number.
    let number = number.trim_end_matches([',', '.']);
    number.replace([',', '.'], "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_wordings_survive() {
        for text in [
            "Field required",
            "Extra inputs are not permitted",
            "Input should be 'incoming' or 'outgoing'",
            "Object does not exist.",
            "Value must be of str type.",
            "Chunked Transfer-Encoding is not supported.",
            "Please send valid JSON with a 'Content-Type: application/json' header.",
            "The skip you set is larger than the maximum skip for this resource (max_skip = 35000).",
            "Ensure this value has at most 4096 characters (it has 5000).",
            "must be at most 65,536 characters",
        ] {
            assert_eq!(wording(text), text);
        }
        for known in KNOWN {
            let text = known.replace('#', "12");
            assert_ne!(wording(&text), OTHER, "{known}");
        }
    }

    #[test]
    fn unknown_wording_is_replaced() {
        for text in [
            "my secret words",
            "my secret words is not valid",
            "Invalid text my secret words",
            "Value (my secret words) is not allowed",
            "Value 'my secret words' is bad",
            "Value \"my 'secret' words\" is bad",
            "Field required my secret words",
            "my secret words. Field required",
            "my secret words\nField required",
            "No user secret@example.org here",
            "https://example.org/secret is no file",
            "lead_kfvj1Q1T6pQYFWTLWUDbzz0B8nePca9 of secret: x",
            "Not a name: secret",
            "sécret is bad",
            "Call +353 86 123 4567 now",
            "Field required\u{202e}",
        ] {
            assert_eq!(wording(text), OTHER, "{text}");
        }
        assert_eq!(wording(" \n"), "");
    }

    #[test]
    fn tail_of_a_known_wording_is_not_shown() {
        for (text, shown) in [
            (
                "Invalid phone number: +49 1511 2345678 secret",
                "Invalid phone number:…",
            ),
            (
                "Input should be a valid URL, secret",
                "Input should be a valid URL,…",
            ),
            (
                "Empty query: Lead.objects(id='lead_secret')",
                "Empty query…",
            ),
            (
                "Input should be less than or equal to 353861234501",
                "Input should be less than or equal to …",
            ),
        ] {
            assert_eq!(wording(text), shown);
        }
    }

    #[test]
    fn text_limit_is_the_number_that_close_calls_the_most() {
        for (wording, limit) in [
            (
                "Ensure this value has at most 4096 characters (it has 5000).",
                Some(Some(4096)),
            ),
            ("must be at most 65,536 characters", Some(Some(65_536))),
            ("The maximum length is 65536.", Some(Some(65_536))),
            ("Text is too long.", Some(None)),
            // Also of a text that is not shown.
            (
                "'my secret words' has at most 70 characters",
                Some(Some(70)),
            ),
            ("Value 'it is at most 3' is bad", None),
            ("Not allowed: at most 3", None),
            ("Field required", None),
        ] {
            assert_eq!(length_limit(wording), limit, "{wording}");
        }
    }
}
