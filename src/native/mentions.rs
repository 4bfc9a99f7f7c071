//! Mentions: databases hold the number of whom a text mentions, and people see a name. An export of
//! the chat has the name too, so that both say the same.

use std::ops::Range;

/// The text with names for the numbers that `name_of` knows (digits without `+`, or a hidden id), and
/// where those names stand; `None` where it mentions nobody who is known.
pub(super) fn named(
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
        // As long as numbers are, and hidden ids (`native-sources.md` 7).
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
    fn whoever_is_known_is_mentioned_by_name() {
        let name_of = |digits: &str| (digits == "353861234777").then(|| "Dora Dean".to_owned());
        let (text, mentions) = named("ask @353861234777, and @15550001001 too", name_of).unwrap();
        assert_eq!(text, "ask @Dora Dean, and @15550001001 too");
        let range = mentions[0].start as usize..mentions[0].end as usize;
        assert_eq!(&text[range], "Dora Dean");
        assert_eq!(named("mail me@example.org or @7", name_of), None);
        assert_eq!(named("at @3538612347770", name_of), None);
    }
}
