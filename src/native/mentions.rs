//! Mentions: replaces the numbers that databases contain with the names that people see, as text exports do.

use std::ops::Range;

/// The text with names in place of numbers that `name_of` knows (digits without `+`, or a hidden id), and the byte
/// ranges of these names; `None` if it mentions no known number.
pub(super) fn with_names(
    text: &str,
    name_of: impl Fn(&str) -> Option<String>,
) -> Option<(String, Vec<Range<u32>>)> {
    let mut shown = String::new();
    let mut mentions = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        shown.push_str(before);
        shown.push('@');
        let end = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let digits = &after[..end];
        // Length of telephone numbers and hidden ids, in digits (observed).
        let name = (7..=15).contains(&end).then(|| name_of(digits)).flatten();
        match name {
            Some(name) => {
                let place = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
                let from = place(shown.len());
                shown.push_str(&name);
                mentions.push(from..place(shown.len()));
            }
            None => shown.push_str(digits),
        }
        rest = &after[end..];
    }
    shown.push_str(rest);
    (!mentions.is_empty()).then_some((shown, mentions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_number_is_replaced_with_name() {
        let name_of = |digits: &str| (digits == "353861234777").then(|| "Dora Dean".to_owned());
        let (text, mentions) =
            with_names("ask @353861234777, and @15550001001 too", name_of).unwrap();
        assert_eq!(text, "ask @Dora Dean, and @15550001001 too");
        let range = mentions[0].start as usize..mentions[0].end as usize;
        assert_eq!(&text[range], "Dora Dean");
        assert_eq!(with_names("mail me@example.org or @7", name_of), None);
        assert_eq!(with_names("at @3538612347770", name_of), None);
    }
}
