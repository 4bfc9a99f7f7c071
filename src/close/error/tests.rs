//! What each failure says, and what it must not.

use super::*;
use crate::close::field_error::{decode, wording};

fn fields(body: &str) -> Vec<String> {
    let decoded = decode(body.as_bytes());
    decoded.iter().map(ToString::to_string).collect()
}

#[test]
fn every_shape_of_body() {
    let cases: [(&str, &[&str]); 9] = [
        (r#"{"error": "Unauthorized"}"#, &["Unauthorized"]),
        (
            r#"{"error": {"message": "Slow down", "rate_reset": 1}}"#,
            &["Slow down"],
        ),
        (
            r#"{"errors": ["One", "Two"], "field-errors": {}}"#,
            &["One", "Two"],
        ),
        (
            r#"{"errors": [], "field-errors": {"contact_id": "Field required", "direction": "Input should be 'incoming' or 'outgoing'"}}"#,
            &[
                "contact_id: Field required",
                "direction: Input should be 'incoming' or 'outgoing'",
            ],
        ),
        (
            r#"{"errors": [], "field-errors": {"contacts": {"errors": {"0": {"errors": [], "field-errors": {"phones": {"errors": {"1": "Bad"}}}}}}}}"#,
            &["contacts.0.phones.1: Bad"],
        ),
        (
            r#"{"field-errors": {"attachments.0.url": "Field required"}}"#,
            &["attachments.0.url: Field required"],
        ),
        (
            r#"{"field-errors": {"attachments": {"0": {"url": ["A", "B"]}}}}"#,
            &["attachments.0.url: A", "attachments.0.url: B"],
        ),
        (
            "<html>somebody's proxy</html>",
            &["the response is not in Close's format"],
        ),
        ("", &[]),
    ];
    for (body, expected) in cases {
        assert_eq!(fields(body), expected, "{body}");
    }
    assert!(fields("[1]").len() == 1 && fields("{}").is_empty());
}

#[test]
fn known_wordings_survive() {
    for text in [
        "Field required",
        "Extra inputs are not permitted",
        "Input should be 'incoming' or 'outgoing'",
        "Object does not exist.",
        "Value must be of str type.",
        "Chunked Transfer-Encoding is not supported.",
        "Please send valid JSON with a 'Content-Type: application/json' header.",
        "The skip you set is larger than the maximum skip for this resource (max_skip = 35000).",
    ] {
        assert_eq!(wording(text), text);
    }
}

#[test]
fn echoed_values_do_not() {
    for text in [
        "Value 'my secret words' is bad",
        "Value \"my 'secret' words\" is bad",
        "Value 'it's my secret",
        "Invalid phone number: +49 1511 2345678 secret",
        "No user secret@example.org here",
        "https://example.org/secret is no file",
        "lead_kfvj1Q1T6pQYFWTLWUDbzz0B8nePca9 of secret: x",
        "Not a name: secret",
        "sécret is bad",
        "Call +353 86 123 4567 now",
    ] {
        let cut = wording(text);
        for piece in [
            "secret'", "my", "sécret", "2345678", "4567", "kfvj", "@", "example",
        ] {
            assert!(!cut.contains(piece), "{text} -> {cut}");
        }
    }
    assert_eq!(wording(&"x ".repeat(500)).chars().count(), 120);
    assert_eq!(wording("Bad value 'one' here"), "Bad value … here");
}

#[test]
fn signature_and_code_do_not_depend_on_order_or_position() {
    let one = Failure::rejected(
        "POST /x/",
        400,
        br#"{"field-errors": {"url": "x", "contacts.0.phones": "y"}}"#,
    );
    let two = Failure::rejected(
        "POST /x/",
        400,
        br#"{"field-errors": {"contacts.7.phones": "z", "url": "x"}}"#,
    );
    assert_eq!(one.signature(), "400 contacts.phones,url");
    assert_eq!(one.signature(), two.signature());
    assert_eq!(one.code(), "close_400_contacts_phones_url");
    let contact = Failure::rejected("POST /x/", 400, br#"{"field-errors": {"contact_id": "x"}}"#);
    assert_eq!(contact.code(), "close_400_contact_id");
    assert_eq!(Failure::rejected("GET /x/", 404, b"").signature(), "404");
}

#[test]
fn unknown_field_names_are_replaced() {
    let body = br#"{"field-errors": {"secret": "x", "contacts": {"errors": {"0": {"field-errors": {"Ben Cooper": "y"}}}}, "phones.353861234501": "z", "lead_id.secret": "v", "": "w"}}"#;
    let failure = Failure::rejected("POST /x/", 400, body);
    assert_eq!(failure.code(), "close_400_field_contacts_field");
    assert_eq!(failure.signature(), "400 [field],contacts.[field]");
    assert_eq!(
        fields(std::str::from_utf8(body).unwrap()),
        [
            "[field]: w",
            "contacts.0.[field]: y",
            "[field]: v",
            "[field]: z",
            "[field]: x"
        ]
    );
}

#[test]
fn texts_say_what_where_and_what_to_do() {
    let text = [
        Failure::Unknown {
            endpoint: "POST /a/",
            last: Trouble::Status(502),
        },
        Failure::rejected(
            "POST /a/",
            400,
            br#"{"field-errors": {"contact_id": "Field required"}}"#,
        ),
        Failure::Denied {
            endpoint: "GET /me/",
            status: 401,
        },
        Failure::Denied {
            endpoint: "POST /a/",
            status: 403,
        },
        Failure::Exhausted {
            endpoint: "GET /a/",
            attempts: 6,
            last: Trouble::NotSent,
        },
        Failure::Storage {
            trouble: Trouble::Status(403),
            code: Some("AccessDenied".into()),
            again: true,
        },
        Failure::Body {
            kind: std::io::ErrorKind::UnexpectedEof,
        },
        Failure::UnexpectedOrder {
            endpoint: "GET /a/",
        },
        Failure::Internal {
            endpoint: "GET /a/{id}/",
            what: "malformed id",
        },
    ]
    .map(|f| f.to_string())
    .join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn header_in_a_wording_is_no_field() {
    let body = br#"{"error": "Send it as 'Content-Type: application/json'"}"#;
    let failure = Failure::rejected("POST /x/", 415, body);
    assert_eq!(failure.code(), "close_415");
}

#[test]
fn text_limit_is_the_number_that_close_calls_the_most() {
    for (wording, limit) in [
        (
            "Ensure this value has at most 4096 characters (it has 5000).",
            Some(4096),
        ),
        ("must be at most 65,536 characters", Some(65_536)),
        ("The maximum length is 65536.", Some(65_536)),
        ("Text is too long.", None),
    ] {
        assert_eq!(limit_in(&wording.to_lowercase()), limit, "{wording}");
    }
}
