//! What each failure says, and what it must not.

use super::*;
use crate::close::field_error::decode;

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
            &["[wording]", "[wording]"],
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
            &["contacts.0.phones.1: [wording]"],
        ),
        (
            r#"{"field-errors": {"attachments.0.url": "Field required"}}"#,
            &["attachments.0.url: Field required"],
        ),
        (
            r#"{"field-errors": {"attachments": {"0": {"url": ["Field required", "B"]}}}}"#,
            &[
                "attachments.0.url: Field required",
                "attachments.0.url: [wording]",
            ],
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
            "[field]: [wording]",
            "contacts.0.[field]: [wording]",
            "[field]: [wording]",
            "[field]: [wording]",
            "[field]: [wording]"
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
fn text_limit_is_recognised_in_a_text_that_is_not_shown() {
    let body = br#"{"field-errors": {"message_markdown": "my secret has at most 300 characters"}}"#;
    let failure = Failure::rejected("POST /x/", 400, body);
    assert_eq!(failure.text_limit(), Some(Some(300)));
    assert!(!failure.to_string().contains("secret"), "{failure}");
}
