//! The parts around a body: sender's name, quotation, reactions. The inverse of
//! [`crate::transform::render`].

/// The number of lines tried at each end of a quotation: a text that consists of quotations would otherwise
/// have as many readings as lines.
const LINES_AT_EACH_END: usize = 4;

/// Sender and rest. A line in bold at the start of a group's message is the sender's name, or the first
/// line of an owner's message.
pub(super) fn senders(text: &str) -> Vec<(Option<&str>, &str)> {
    let named = text.split_once('\n').and_then(|(line, rest)| {
        let name = line.strip_prefix('*')?.strip_suffix('*')?;
        let is_name = !name.is_empty() && name.trim() == name && !name.contains(['*', '\r']);
        is_name.then_some((Some(name), rest))
    });
    named.into_iter().chain([(None, text)]).collect()
}

/// Quotation and rest: each number of lines behind `> ` that can be one.
pub(super) fn quotations(text: &str) -> Vec<(Option<&str>, &str)> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(line) = text[at..]
        .strip_prefix("> ")
        .and_then(|rest| rest.split_once('\n'))
        .map(|(line, _)| line)
    {
        at += "> ".len() + line.len() + "\n".len();
        // The text of a quotation has no trailing blanks.
        if !line.is_empty() && line.trim_end() == line {
            ends.push(at);
        }
    }
    let read = |end: &usize| (Some(&text[..end - 1]), &text[*end..]);
    let none = (None, text);
    let mut readings: Vec<(Option<&str>, &str)> = counts(ends.len(), LINES_AT_EACH_END)
        .into_iter()
        .map(|count| match count.checked_sub(1) {
            Some(last) => read(&ends[last]),
            None => none,
        })
        .collect();
    // A message that consists of a quotation was typed.
    if readings.len() > 1 && readings[0].1.trim().is_empty() {
        readings.remove(readings.iter().position(|one| *one == none).unwrap_or(0));
        readings.insert(0, none);
    }
    readings
}

/// The possible numbers of items of a part out of `all`: all, none, then those between, from both ends.
pub(super) fn counts(all: usize, at_each_end: usize) -> Vec<usize> {
    let mut counts = vec![all];
    for step in 0..at_each_end {
        for count in [Some(step), all.checked_sub(step + 1)] {
            let count = count.filter(|count| *count <= all);
            // Counted from above, `all` itself is one of those at that end.
            let is_within = step + 1 < at_each_end || count == Some(step);
            counts.extend(count.filter(|count| is_within && !counts.contains(count)));
        }
    }
    counts
}

/// Body and reactions: a last paragraph of one line that starts with an emoji may be either.
pub(super) fn reactions(text: &str) -> Vec<(&str, Option<&str>)> {
    let none = (text, None);
    let Some((at, last)) = text.rfind("\n\n").map(|at| (at, &text[at + 2..])) else {
        return vec![none];
    };
    if last.contains('\n') || !begins_with_sign(last) {
        return vec![none];
    }
    let read = (&text[..at], Some(last));
    // An emoji without a name is more often typed than a reaction.
    let is_named = last
        .split(", ")
        .all(|one| begins_with_sign(one) && one.contains(' '));
    match is_named {
        true => vec![read, none],
        false => vec![none, read],
    }
}

/// Whether a text is like `👍` or `👍 Rita`.
fn begins_with_sign(text: &str) -> bool {
    let end = text.find([' ', ',']).unwrap_or(text.len());
    let sign = &text[..end];
    // Letters of a word are no emoji, except those that Unicode counts as letters.
    let is_of_sign = |c: char| is_emoji(c) || !c.is_alphabetic();
    sign.chars().any(is_emoji) && sign.chars().all(is_of_sign)
}

/// Whether a character is one of which every emoji has one (Unicode, emoji-data.txt); digits, `#` and `*`
/// are emoji with a keycap.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{20e3}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_ordered_from_both_ends() {
        assert_eq!(counts(0, 4), [0]);
        assert_eq!(counts(1, 4), [1, 0]);
        assert_eq!(counts(3, 4), [3, 0, 2, 1]);
        assert_eq!(counts(7, 4), [7, 0, 6, 1, 5, 2, 4, 3]);
        assert_eq!(counts(20, 2), [20, 0, 19, 1]);
    }

    #[test]
    fn emojis_are_recognized_and_words_are_not() {
        for sign in [
            "\u{1f44d}",
            "\u{2764}\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f170}\u{fe0f}",
            "\u{1f1e9}\u{1f1ea}",
            "\u{2139}\u{fe0f}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f466} Rita Sol",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}, \u{1f44d}",
        ] {
            assert!(begins_with_sign(sign), "{sign}");
        }
        for word in [
            "",
            "yes",
            "12",
            "- one",
            "caf\u{e9} \u{1f44d}",
            "ok\u{1f44d}",
            " \u{1f44d}",
        ] {
            assert!(!begins_with_sign(word), "{word}");
        }
    }
}
