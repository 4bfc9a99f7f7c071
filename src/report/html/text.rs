//! Texts and numbers as a report shows them.

use crate::display_text;
use crate::settings::Device;

/// The name of a device; the only device of a migration has none.
pub(super) fn phone(name: &str) -> String {
    match name {
        Device::ALONE => "of this migration".to_owned(),
        name => clean(name),
    }
}

/// A text on one line, without controls.
pub(super) fn clean(text: &str) -> String {
    display_text::line(text).into_owned()
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: `1 message`, `12,402 messages`.
pub(super) fn counted(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", grouped(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (40_797, "40,797"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "chat"), "1 chat");
        assert_eq!(counted(40_797, "message"), "40,797 messages");
    }
}
