//! Conversations that several areas use.

use super::Chat;
use super::Side::{Me, Notice, They};
use super::archive::jpeg;

const ENCRYPTED: &str = "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them. Tap to learn more.";

/// Texts, a reply to a reply, a reply to a message of the same minute, several lines, two equal
/// messages in one minute.
pub(crate) fn ben() -> Chat {
    Chat::android("Ben Cooper", 1)
        .say("2024-03-13 10:15", Notice, ENCRYPTED)
        .say("2024-03-13 10:15", They, "Good morning, secret-alpha")
        .say("2024-03-13 10:16", Me, "Which day suits you?\nAny is fine.")
        .answer("2024-03-13 10:17", They, 2, "Monday")
        .answer("2024-03-13 10:17", Me, 3, "Agreed")
        .say("2024-03-13 10:20", They, "ok")
        .say("2024-03-13 10:20", They, "ok")
}

/// Photos with and without words, a voice message, seconds in the stamps.
pub(crate) fn cleo() -> Chat {
    Chat::ios("Cleo Marsh", 2)
        .say("2024-05-20 18:00:01", Notice, ENCRYPTED)
        .say("2024-05-20 18:00:02", They, "Look, secret-bravo")
        .send(
            "2024-05-20 18:00:05",
            They,
            "00000002-PHOTO-2024-05-20-18-00-05.jpg",
            jpeg(9_000, 1),
        )
        .send(
            "2024-05-20 18:01:00",
            Me,
            "00000003-PHOTO-2024-05-20-18-01-00.jpg",
            jpeg(70_000, 2),
        )
        .caption("Mine")
        .answer("2024-05-20 18:02:00", They, 1, "Nice")
}

/// Photos as Android sends them.
pub(crate) fn dora() -> Chat {
    Chat::android("Dora Quist", 3)
        .send(
            "2024-06-21 08:00",
            Me,
            "IMG-20240621-WA0001.jpg",
            jpeg(400, 3),
        )
        .caption("The gate, secret-charlie")
        .say("2024-06-21 08:01", They, "Thanks")
        .send(
            "2024-06-21 08:02",
            They,
            "IMG-20240621-WA0002.jpg",
            jpeg(130_000, 4),
        )
        .answer("2024-06-21 08:03", Me, 1, "Welcome")
}

/// All three.
pub(crate) fn rich() -> Vec<Chat> {
    vec![ben(), cleo(), dora()]
}

/// A chat of plain texts.
pub(crate) fn plain(name: &str, number: u32, count: u32) -> Chat {
    Chat::android(name, number).chatter("2024-02-14 09:00", count, &format!("word{number}"))
}
