//! Texts over Close's limit: posted up to the last word that fits, with the whole text as a file.
//!
//! In scope: the form of such a text, and how a listed activity is recognised as one. Out of scope: the
//! upload of the file ([`crate::execute`]) and its download ([`crate::survey`]).

/// The maximum length of a text, in characters (assumption A12; Close documents none).
pub const MAX_TEXT: usize = 65_536;

/// What a text that was cut ends with. Texts in Close hold it: never change it.
const ENDING: &str = "… (full text attached)";

/// The name of the file with the whole text. Activities in Close hold it: never change it.
pub const FILE_NAME: &str = "full-text.txt";

/// The text to post in place of one over `limit` characters; `None` for one that fits.
pub fn cut(text: &str, limit: usize) -> Option<String> {
    // The number of bytes is a bound of the number of characters.
    if text.len() <= limit || text.chars().count() <= limit {
        return None;
    }
    let room = limit.saturating_sub(ENDING.chars().count());
    let end = text
        .char_indices()
        .nth(room)
        .map_or(text.len(), |(at, _)| at);
    let fits = &text[..end];
    let is_word_end = text[end..].starts_with(char::is_whitespace);
    let word_end = match is_word_end {
        true => Some(end),
        false => fits.rfind(char::is_whitespace),
    };
    // A text without spaces is cut within its one word.
    let kept = word_end.map_or(fits, |at| fits[..at].trim_end());
    let kept = if kept.is_empty() { fits } else { kept };
    Some(format!("{kept}{ENDING}"))
}

/// Whether a listed activity is a text that was cut, by its text and the name of its last file.
pub fn is_cut(text: &str, last_file: Option<&str>) -> bool {
    text.ends_with(ENDING) && last_file == Some(FILE_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_after_the_last_word_that_fits() {
        let limit = ENDING.chars().count() + 9;
        let words = |text: &str| cut(&format!("{text}{}", " more".repeat(20)), limit);
        assert_eq!(words("one two three"), Some(format!("one two{ENDING}")));
        assert_eq!(words("one twöth"), Some(format!("one twöth{ENDING}")));
        let one = "x".repeat(limit + 1);
        assert_eq!(cut(&one, limit), Some(format!("{}{ENDING}", &one[..9])));
        assert_eq!(cut(&one[..limit], limit), None);
        assert_eq!(cut(&"ö".repeat(limit), limit), None);
        let cut = cut(&one, limit).expect("cut");
        assert_eq!(cut.chars().count(), limit);
        assert!(is_cut(&cut, Some(FILE_NAME)));
        assert!(!is_cut(&cut, None));
    }
}
