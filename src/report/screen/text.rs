//! Text of a screen: words, some of which show a state.

use std::borrow::Cow;

use super::shorten::with_short_names;
use crate::display_text;

/// The state that a text shows by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Red: bad, failed, or more than is safe.
    Bad,
    /// Yellow: waits for a person.
    Waiting,
    /// Green: done, and as it should be.
    Done,
}

impl State {
    const ALL: [State; 3] = [State::Bad, State::Waiting, State::Done];

    /// The SGR parameters of the colour.
    fn colour(self) -> &'static str {
        match self {
            State::Bad => "31",
            State::Waiting => "33",
            State::Done => "32",
        }
    }

    /// The mark before a word of this state while it is laid out: of no width, and in no text from outside.
    fn mark(self) -> char {
        match self {
            State::Bad => '\u{2061}',
            State::Waiting => '\u{2062}',
            State::Done => '\u{2063}',
        }
    }
}

/// The mark after a word with a state.
const END: char = '\u{2064}';

/// A text, parts of which show a state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text(Vec<(Option<State>, String)>);

impl Text {
    /// A text with nothing in it.
    pub(crate) fn new() -> Text {
        Text::default()
    }

    /// A text that shows a state.
    pub(crate) fn state(state: State, text: impl Into<String>) -> Text {
        Text::new().and(state, text)
    }

    /// This text, then one that shows a state.
    #[must_use]
    pub(crate) fn and(mut self, state: State, text: impl Into<String>) -> Text {
        self.0.push((Some(state), text.into()));
        self
    }

    /// This text, then a plain one.
    #[must_use]
    pub(crate) fn then(mut self, text: impl Into<String>) -> Text {
        self.0.push((None, text.into()));
        self
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, part)| part.is_empty())
    }

    /// One line without controls, each part changed by `filter`, each name of at most `longest` columns, each word of a state
    /// between marks.
    pub(super) fn marked(&self, filter: &dyn Fn(&str) -> String, longest: Option<usize>) -> String {
        let mut marked = String::new();
        for (state, part) in &self.0 {
            let part = filter(part);
            let part = with_short_names(&without_marks(&display_text::line(&part)), longest);
            let Some(state) = state else {
                marked.push_str(&part);
                continue;
            };
            // Word by word: a line may end, and another cell begin, between two of them.
            for (index, word) in part.split(' ').enumerate() {
                if index > 0 {
                    marked.push(' ');
                }
                if !word.is_empty() {
                    marked.push(state.mark());
                    marked.push_str(word);
                    marked.push(END);
                }
            }
        }
        marked
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::new().then(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::new().then(text)
    }
}

fn is_mark(c: char) -> bool {
    ('\u{2061}'..=END).contains(&c)
}

fn without_marks(text: &str) -> Cow<'_, str> {
    match text.contains(is_mark) {
        true => text.replace(is_mark, "").into(),
        false => text.into(),
    }
}

/// The text with the marks of states as colours, or without them.
pub(super) fn painted(marked: &str, has_colours: bool) -> String {
    if !has_colours {
        return without_marks(marked).into_owned();
    }
    let mut painted = String::with_capacity(marked.len() + 16);
    let mut open: Option<State> = None;
    let mut rest = marked;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if let Some(state) = State::ALL.into_iter().find(|state| state.mark() == c) {
            painted.push_str("\u{1b}[1;");
            painted.push_str(state.colour());
            painted.push('m');
            open = Some(state);
        } else if c == END {
            // Words of one state in one line have one pair of codes, so that they can be searched.
            let next = rest.strip_prefix(' ').zip(open);
            match next.and_then(|(next, state)| next.strip_prefix(state.mark())) {
                Some(next) => {
                    painted.push(' ');
                    rest = next;
                }
                None => {
                    painted.push_str("\u{1b}[0m");
                    open = None;
                }
            }
        } else {
            painted.push(c);
        }
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_state_have_its_colour() {
        let text = Text::from("Plan: ")
            .and(State::Waiting, "2 chats")
            .then(" wait");
        let marked = text.marked(&str::to_owned, None);
        assert_eq!(painted(&marked, false), "Plan: 2 chats wait");
        assert_eq!(
            painted(&marked, true),
            "Plan: \u{1b}[1;33m2 chats\u{1b}[0m wait"
        );
    }

    #[test]
    fn name_can_neither_colour_nor_control() {
        let text = Text::from("Mia\u{2061}red\u{2064} \u{1b}[31m\u{202e}x\ny");
        let marked = text.marked(&str::to_owned, None);
        assert_eq!(painted(&marked, true), "Miared [31mx y");
    }
}
