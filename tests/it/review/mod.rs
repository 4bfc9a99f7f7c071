//! The local page: who may open it, and what each page does.

mod documents;
mod during_a_run;
mod groups;
mod kept_results;
mod look_up;
mod people;
mod readings;
mod same_number;
mod security;
mod setup;
mod shown;
mod steps;
mod tables;
mod words;

use crate::kit::Chat;
use crate::kit::Side::{Me, They};

/// These texts of the contact, all in one minute, between two others.
fn in_one_minute(texts: &[&str]) -> Chat {
    let first = Chat::android("Ben Cooper", 1).say("2024-03-13 10:10", They, "before");
    let all = texts.iter();
    let all = all.fold(first, |chat, text| chat.say("2024-03-13 10:20", They, text));
    all.say("2024-03-13 10:30", Me, "after")
}
