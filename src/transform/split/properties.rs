//! `split` returns what `render` was given.

use proptest::prelude::*;

use super::generated::{given, lines};
use super::*;
use crate::parser::text::sent_name;
use crate::random_cases::cases;
use crate::transform::markdown;
use crate::transform::render::{self, Parts};

proptest! {
    #![proptest_config(cases(4_096))]

    /// One of the readings of a rendered message has its parts, and its canonical body.
    #[test]
    fn rendered_text_is_split_into_its_parts(given in given()) {
        let message = given.message();
        let name_line = given.group.iter().flatten().map(|name| render::name_line(name));
        let name_line: String = name_line.collect();
        let pairs = given.reactions.iter().map(|(by, sign)| (by.as_str(), sign.as_str()));
        let reactions = render::reactions(pairs);
        let body = markdown::markdown(&message, &given.fates());
        let rendered = render::render(Parts {
            name_line: &name_line,
            quotation: &given.quotation,
            body: body.clone(),
            reactions: &reactions,
        });
        let mut text = rendered.markdown;
        for file in given.damaged() {
            let line = markdown::damaged_line(file.media, sent_name(&file.name));
            text = markdown::add_line(&text, line);
        }
        let quoted = given.quotation.trim_end().lines().map(|line| format!("> {line}"));
        let quoted = quoted.collect::<Vec<_>>().join("\n");
        let wanted = Reading {
            sender: name_line.strip_prefix('*').and_then(|line| line.strip_suffix("*\n")),
            quotation: Some(quoted.as_str()).filter(|quoted| !quoted.is_empty()),
            body: given.body(&body),
            reactions: reactions.strip_prefix("\n\n"),
            damaged: given.damaged().map(|file| Absent {
                media: file.media,
                why: Why::Damaged,
                name: Some(sent_name(&file.name)),
            }).collect(),
        };
        let readings = split(&text, given.context());
        prop_assert!(readings.len() <= MAX_READINGS);
        prop_assert!(
            readings.contains(&wanted),
            "{text:?}\nwanted {wanted:#?}\nread {readings:#?}"
        );
        prop_assert_eq!(canonical_body(&wanted), canonical::body(&message));
    }

    /// Every text has readings, each once.
    #[test]
    fn every_text_has_readings(text in lines(12), is_group: bool, files in 0usize..4) {
        let readings = split(&text, Context { is_group, files });
        prop_assert!((1..=MAX_READINGS).contains(&readings.len()));
        for (at, reading) in readings.iter().enumerate() {
            prop_assert!(!readings[..at].contains(reading), "{reading:?}");
            prop_assert!(!canonical_body(reading).is_empty());
        }
    }
}

#[test]
fn ambiguous_text_has_a_bounded_number_of_readings() {
    let group = Context {
        is_group: true,
        files: 0,
    };
    let quotations = "> a\n".repeat(15_000);
    assert!(split(&quotations, group).len() < 20);
    let absent = "[image missing in the export: a]\n[image damaged in the archive: b]\n";
    let text = format!("*A*\n{}{}", "> a\n".repeat(20), absent.repeat(20));
    assert!(split(text.trim_end(), group).len() <= MAX_READINGS);
}
