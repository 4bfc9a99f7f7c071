use super::fixture::{AT, comparison, destination, expected, fingerprint, in_close, message, sent};
use super::*;

/// The fields in which `change` makes the message differ: with its archive, and without.
fn differing(change: impl Fn(&mut InClose)) -> (Vec<Field>, Vec<Field>) {
    let (message, to, hash) = (message("The gate"), destination(), fingerprint());
    let mut changed = in_close("The gate");
    change(&mut changed);
    let expected = expected(&message, &to);
    let with = differences(&expected, &changed, &comparison(&hash));
    let recorded = Expected {
        wanted: None,
        ..expected
    };
    (with, differences(&recorded, &changed, &comparison(&hash)))
}

#[test]
fn equal_message_has_no_difference() {
    assert_eq!(differing(|_| ()), (Vec::new(), Vec::new()));
}

#[test]
fn each_field_is_compared_with_its_archive() {
    let other = |field: Field, change: &dyn Fn(&mut InClose)| {
        assert_eq!(differing(change).0, [field], "{field:?}");
    };
    other(Field::Text, &|m| m.text = Some("The door".to_owned()));
    other(Field::Time, &|m| m.at = Some(AT + 60_000));
    other(Field::Time, &|m| m.at = None);
    other(Field::Direction, &|m| m.outgoing = Some(false));
    other(Field::Contact, &|m| {
        m.people.contact_id = Some("cont_2".into())
    });
    other(Field::Contact, &|m| m.people.contact_id = None);
    other(Field::User, &|m| m.people.user_id = Some("user_2".into()));
    other(Field::LocalPhone, &|m| {
        m.people.local_phone = Some("+4915112345679".to_owned());
    });
    other(Field::RemotePhone, &|m| {
        m.people.remote_phone = Some("+353861234502".to_owned());
    });
    other(Field::Link, &|m| m.link = None);
    other(Field::Link, &|m| m.link = Some("acti_other".into()));
    other(Field::FileNames, &|m| {
        m.files[0].name = "door.jpg".to_owned()
    });
    other(Field::FileNames, &|m| m.files.clear());
    other(Field::FileSizes, &|m| m.files[0].size = Some(401));
}

#[test]
fn record_alone_shows_each_difference_but_not_whose() {
    let other = |field: Field, change: &dyn Fn(&mut InClose)| {
        assert_eq!(differing(change).1, [field], "{field:?}");
    };
    other(Field::Text, &|m| m.text = Some("The door".to_owned()));
    other(Field::Time, &|m| m.at = Some(AT + 60_000));
    other(Field::Direction, &|m| m.outgoing = Some(false));
    other(Field::People, &|m| {
        m.people.contact_id = Some("cont_2".into())
    });
    other(Field::People, &|m| m.people.user_id = Some("user_2".into()));
    other(Field::People, &|m| {
        m.people.remote_phone = Some("+353861234502".to_owned());
    });
    other(Field::Link, &|m| m.link = None);
    other(Field::FileNames, &|m| m.files.clear());
    other(Field::FileSizes, &|m| m.files[0].size = Some(401));
}

#[test]
fn record_with_a_message_of_the_chat_shows_whose() {
    let hash = fingerprint();
    let to = destination();
    let recorded = Expected {
        sent: Some(sent("x")),
        ..Expected::default()
    };
    let mut changed = in_close("x");
    changed.people.user_id = Some("user_2".into());
    let with_reference = Comparison {
        reference: Some(&to),
        ..comparison(&hash)
    };
    assert_eq!(
        differences(&recorded, &changed, &with_reference),
        [Field::User]
    );
}

#[test]
fn two_differences_are_two_fields() {
    let both = differing(|m| {
        m.text = Some("The door".to_owned());
        m.link = None;
    });
    assert_eq!(both.0, [Field::Text, Field::Link]);
}

#[test]
fn numbers_are_compared_as_numbers() {
    let formatted = differing(|m| {
        m.people.local_phone = Some("4915112345678".to_owned());
        m.people.remote_phone = Some("+353 86 123 4501".to_owned());
    });
    assert_eq!(formatted, (Vec::new(), Vec::new()));
}

#[test]
fn value_that_close_does_not_return_is_not_compared() {
    let absent = differing(|m| {
        m.people.local_phone = None;
        m.people.remote_phone = None;
        m.files[0].size = None;
        m.text = None;
    });
    assert_eq!(absent.0, []);
}

#[test]
fn fraction_of_a_second_is_no_difference() {
    assert_eq!(differing(|m| m.at = Some(AT - 999)).0, []);
}

#[test]
fn what_close_answered_is_no_difference() {
    let (message, to, hash) = (message("The gate"), destination(), fingerprint());
    let mut expected = expected(&message, &to);
    expected.answered = Answered {
        text: Some((hash.0)("answer-text", "**The gate**")),
        numbers: Some((hash.0)(
            "answer-numbers",
            &numbers_answered(Some("a"), Some("b")),
        )),
        files: Some((hash.0)("answer-files", "5:a.jpg:9")),
        at: Some(AT + 7_000),
    };
    let mut stored = in_close("**The gate**");
    stored.at = Some(AT + 7_000);
    stored.people.local_phone = Some("a".to_owned());
    stored.people.remote_phone = Some("b".to_owned());
    stored.files = vec![FileInClose {
        name: "a.jpg".to_owned(),
        size: Some(9),
    }];
    assert_eq!(differences(&expected, &stored, &comparison(&hash)), []);
}

#[test]
fn what_was_sent_before_a_newer_archive_is_no_difference() {
    let (message, to, hash) = (message("The gate, painted"), destination(), fingerprint());
    let mut expected = expected(&message, &to);
    expected.sent = Some(Sent {
        at: AT - 3_600_000,
        outgoing: Some(false),
        files: 0,
        sizes: None,
        ..sent("The gate")
    });
    let mut stored = in_close("The gate");
    stored.at = Some(AT - 3_600_000);
    stored.outgoing = Some(false);
    stored.files.clear();
    assert_eq!(differences(&expected, &stored, &comparison(&hash)), []);
}

#[test]
fn names_of_files_follow_the_archive_without_an_answer() {
    let (message, to, hash) = (message("The gate"), destination(), fingerprint());
    let expected = Expected {
        answered: Answered::default(),
        ..expected(&message, &to)
    };
    let mut stored = in_close("The gate");
    stored.files[0].name = "IMG-1.jpg".to_owned();
    assert_eq!(differences(&expected, &stored, &comparison(&hash)), []);
    stored.files[0].size = Some(9);
    assert_ne!(differences(&expected, &stored, &comparison(&hash)), []);
}

#[test]
fn name_of_a_sender_is_no_part_of_the_text() {
    let (message, to, hash) = (message("*Rita Quist*\nyes"), destination(), fingerprint());
    let expected = Expected {
        sent: Some(sent("yes")),
        ..expected(&message, &to)
    };
    let group = Comparison {
        is_group: true,
        ..comparison(&hash)
    };
    assert_eq!(differences(&expected, &in_close("*Rita*\nyes"), &group), []);
    assert_eq!(
        differences(&expected, &in_close("*Rita*\nno"), &group),
        [Field::Text]
    );
}

#[test]
fn pilot_compares_without_a_checkpoint() {
    let (message, to) = (message("The gate"), destination());
    let wanted = Expected {
        sent: None,
        answered: Answered::default(),
        ..expected(&message, &to)
    };
    let plain = Comparison {
        fingerprint: None,
        instead: None,
        is_group: false,
        reference: None,
    };
    assert_eq!(differences(&wanted, &in_close("The gate"), &plain), []);
    let mut changed = in_close("The door");
    changed.files[0].name = "door.jpg".to_owned();
    assert_eq!(
        differences(&wanted, &changed, &plain),
        [Field::Text, Field::FileNames]
    );
}

/// A text that was sent as `sent` at the instant `at`, and the text and the instant that Close has.
fn shown(sent: [u8; 16], at: i64, held: (&str, i64), answer: (bool, Answered)) -> Shown {
    let expected = Expected {
        sent: Some(Sent {
            body: sent,
            at,
            ..Sent::default()
        }),
        answered: answer.1,
        ..Expected::default()
    };
    let in_close = InClose {
        text: Some(held.0.to_owned()),
        at: Some(held.1),
        ..InClose::default()
    };
    Shown::of(&expected, &in_close, answer.0)
}

/// Messages of unknown answers, each with its own text in Close and `shift` of it.
fn forms_of(count: u8, shift: impl Fn(u8) -> i64) -> Forms {
    let mut forms = Forms::default();
    for n in 0..count {
        let held = (format!("*{n}*"), shift(n));
        let one = shown(
            [n; 16],
            0,
            (held.0.as_str(), held.1),
            (false, Answered::default()),
        );
        forms.add(&[Field::Text, Field::Time, Field::Contact], &one);
    }
    forms
}

#[test]
fn form_of_close_is_a_difference_of_all_of_many() {
    assert_eq!(forms_of(19, |_| 60_000).of_all(true), []);
    // Another contact is no form of it.
    let all = [(Field::Text, 20), (Field::Time, 20)];
    assert_eq!(forms_of(20, |_| 60_000).of_all(true), all);
    // What is not selected may not have it.
    assert_eq!(forms_of(20, |_| 60_000).of_all(false), []);
    let mut halves = forms_of(10, |_| 60_000);
    halves.join(&forms_of(10, |_| 60_000));
    assert_eq!(halves.of_all(true), all);
    let mut forms = forms_of(20, |_| 60_000);
    let same = shown([99; 16], 0, ("99", 0), (false, Answered::default()));
    forms.add(&[], &same);
    assert_eq!(forms.of_all(true), []);
}

#[test]
fn form_moves_all_times_alike_and_keeps_texts_apart() {
    let differing = forms_of(20, |n| 60_000 * i64::from(n + 1));
    assert_eq!(differing.of_all(true), [(Field::Text, 20)]);
    let mut joined = forms_of(10, |_| 60_000);
    joined.join(&forms_of(10, |_| 120_000));
    assert_eq!(joined.of_all(true), [(Field::Text, 20)]);
    let mut forms = Forms::default();
    for n in 0..20 {
        let one = shown([n; 16], 0, ("gone", 0), (false, Answered::default()));
        forms.add(&[Field::Text], &one);
    }
    assert_eq!(forms.of_all(true), []);
}

#[test]
fn known_answer_shows_whether_there_is_a_form() {
    // Close answered what was sent.
    let mut forms = forms_of(20, |_| 60_000);
    let plain = shown([99; 16], 0, ("99", 0), (true, Answered::default()));
    forms.add(&[], &plain);
    assert_eq!(forms.of_all(true), []);
    // Close answered the form, and has it.
    let answered = Answered {
        text: Some([1; 16]),
        at: Some(60_000),
        ..Answered::default()
    };
    let as_answered = shown([99; 16], 0, ("*99*", 60_000), (true, answered));
    let mut forms = forms_of(20, |_| 60_000);
    forms.add(&[], &as_answered);
    assert_eq!(forms.of_all(true), [(Field::Text, 20), (Field::Time, 20)]);
    // Somebody changed it since.
    forms.add(&[Field::Text], &as_answered);
    assert_eq!(forms.of_all(true), [(Field::Time, 20)]);
}
