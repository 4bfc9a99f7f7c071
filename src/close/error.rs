//! What can go wrong, in words that hold no content.
//!
//! [`Error`] is about settings, [`Failure`] about a request. Both say what happened, where
//! (method and path template, never an id, a query or a body) and what to do. What Close wrote
//! in an error body is cut to its fixed wording before it gets in here.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL cannot be used; the text says why, without the URL (it may hold a secret).
    #[error(
        "close_base_url: the base URL {0}; set close.base_url like https://api.close.com/api/v1"
    )]
    BaseUrl(&'static str),
    /// Plain http to a host that is not this machine would send the key in the open.
    #[error(
        "close_plain_http: plain http is only for this machine (127.0.0.0/8, ::1, localhost); use https in close.base_url"
    )]
    PlainHttp,
    /// The key or token is empty or holds white space.
    #[error(
        "close_credential: the key or token is empty or holds white space; set it again, whole and on one line"
    )]
    Credential,
    /// A number among the settings makes no sense.
    #[error("close_settings: {0} is out of range; correct it in [limits]")]
    OutOfRange(&'static str),
    /// The HTTP or TLS layer could not be set up.
    #[error(
        "close_http: HTTP with TLS could not be set up on this machine; check its certificate store"
    )]
    Http(#[source] reqwest::Error),
}

/// The last thing that was seen of a request without a usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection: refused, DNS, TLS. Nothing was sent.
    NotSent,
    /// Time-out, reset, or an answer that broke off.
    Lost,
    /// A success whose body is not what was asked for.
    Unreadable,
    /// 429 again and again.
    Limited,
    /// The storage has other bytes than were sent, as its entity tag says.
    Damaged,
    /// A status of the server, mostly 5xx.
    Status(u16),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::NotSent => f.write_str("no connection"),
            Trouble::Lost => f.write_str("no answer"),
            Trouble::Unreadable => f.write_str("an unreadable answer"),
            Trouble::Limited => f.write_str("status 429"),
            Trouble::Damaged => f.write_str("other bytes than were sent"),
            Trouble::Status(status) => write!(f, "status {status}"),
        }
    }
}

/// A request that did not succeed. `endpoint` is always method and path template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Only for a create: it may or may not have been carried out (`close-api.md` 1.8). Ask with
    /// [`find_message`](super::Client::find_message), or for a lead with
    /// [`contacts_with_phone`](super::Client::contacts_with_phone); never resend before that is
    /// settled.
    #[error(
        "{endpoint} ended with {last}, so it may or may not have been carried out; it is looked up before anything else happens to it"
    )]
    Unknown {
        /// Method and path template.
        endpoint: &'static str,
        /// What was seen.
        last: Trouble,
    },
    /// The same request will fail again: 400, 402, 404 and the like.
    #[error(
        "{endpoint} was refused with status {status}{}; correct what it names and run again",
        listed(fields)
    )]
    Rejected {
        /// Method and path template.
        endpoint: &'static str,
        /// The status.
        status: u16,
        /// `field: wording` or just wording, in Close's order, each at most 120 characters and
        /// without echoed values.
        fields: Vec<String>,
        /// Stable: `close_<status>`, and the names of the fields, as in `close_400_contact_id`.
        code: String,
    },
    /// 401 or 403: the run stops.
    #[error("{endpoint} was refused with status {status}; {}", advice(*status))]
    Denied {
        /// Method and path template.
        endpoint: &'static str,
        /// 401 or 403.
        status: u16,
    },
    /// Every attempt failed. For a create this means that *none* was carried out: it was never
    /// sent, or answered 429.
    #[error(
        "{endpoint} failed in {attempts} attempts, the last with {last}; check the network and Close's status page, then run again"
    )]
    Exhausted {
        /// Method and path template.
        endpoint: &'static str,
        /// Attempts made.
        attempts: u32,
        /// What the last one saw.
        last: Trouble,
    },
    /// The server's certificate is not one for its name that anybody trusted has signed: nothing was
    /// sent.
    #[error(
        "{endpoint} was not sent, since the server's certificate is not to be trusted: something between here and there answers in its place, as a proxy that inspects the traffic does; run where it does not, or let your administrator add its certificate to this machine's"
    )]
    Untrusted {
        /// Method and path template.
        endpoint: &'static str,
    },
    /// Close has been out of reach for too long, and this was not sent.
    #[error(
        "Close could not be reached for {seconds} s; check the network and Close's status page, then run again"
    )]
    Out {
        /// How long that was borne.
        seconds: u64,
    },
    /// The file storage did not take a file (`close-api.md` 2.3).
    #[error("the file storage did not take a file ({}{}); {}", trouble, code.as_deref().map(|c| format!(", {c}")).unwrap_or_default(), if *again { "it is tried again with the file read anew" } else { "it will not take this file" })]
    Storage {
        /// What was seen.
        trouble: Trouble,
        /// The storage's error code, as in `AccessDenied`.
        code: Option<String>,
        /// Whether it may work with a new ticket and the body sent anew.
        again: bool,
    },
    /// The file could not be read while it was sent, or has not the size that was announced.
    #[error("the file could not be read while it was uploaded ({kind}); check the archive")]
    Body {
        /// What kind of trouble.
        kind: std::io::ErrorKind,
    },
    /// A list did not come newest first (assumption A28): it cannot be walked without gaps.
    #[error(
        "{endpoint} did not answer newest first, so the list cannot be read without gaps; report this"
    )]
    UnexpectedOrder {
        /// Method and path template.
        endpoint: &'static str,
    },
    /// Close answered in a way that must not be relied on.
    #[error("{endpoint} {what}; nothing was done with it; report this")]
    UnexpectedAnswer {
        /// Method and path template.
        endpoint: &'static str,
        /// What is wrong, fixed wording.
        what: &'static str,
    },
    /// A bug on our side: the request could not be built.
    #[error("{endpoint} could not be built ({what}); report this")]
    Internal {
        /// Method and path template.
        endpoint: &'static str,
        /// What is wrong, fixed wording.
        what: &'static str,
    },
}

impl Failure {
    /// True where Close rejects a request for what one field of it says.
    pub fn is_about(&self, field: &str) -> bool {
        matches!(self, Failure::Rejected { fields, .. } if names(fields).contains(field))
    }

    /// Status and sorted field names: equal for requests refused for the same reason, so that
    /// many of them in a row can be seen as one cause.
    pub fn signature(&self) -> String {
        match self {
            Failure::Rejected { status, fields, .. } => {
                let names: Vec<String> = names(fields).into_iter().collect();
                format!("{status} {}", names.join(","))
                    .trim_end()
                    .to_owned()
            }
            other => other.code(),
        }
    }

    /// A stable code for reports: `close_400_contact_id`, `close_unknown`, `close_401`, …
    pub fn code(&self) -> String {
        match self {
            Failure::Unknown { .. } => "close_unknown".into(),
            Failure::Rejected { code, .. } => code.clone(),
            Failure::Denied { status, .. } => format!("close_{status}"),
            Failure::Exhausted { .. } => "close_exhausted".into(),
            Failure::Untrusted { .. } => "close_untrusted".into(),
            Failure::Out { .. } => "close_out".into(),
            Failure::Storage {
                code: Some(code), ..
            } => format!("close_storage_{code}"),
            Failure::Storage { .. } => "close_storage".into(),
            Failure::Body { .. } => "close_body".into(),
            Failure::UnexpectedOrder { .. } => "close_unexpected_order".into(),
            Failure::UnexpectedAnswer { .. } => "close_unexpected_answer".into(),
            Failure::Internal { .. } => "close_internal".into(),
        }
    }

    /// Whether the network or the servers are the reason, not the request: a run that sees this
    /// stops and can be resumed.
    pub fn is_network(&self) -> bool {
        matches!(
            self,
            Failure::Exhausted { .. }
                | Failure::Untrusted { .. }
                | Failure::Out { .. }
                | Failure::Storage { again: true, .. }
        )
    }

    /// Whether the same upload may be tried again, with its body made anew. Everything else was
    /// already tried as often as makes sense.
    pub fn may_try_again(&self) -> bool {
        matches!(self, Failure::Storage { again: true, .. })
    }

    /// Whether the storage is there and does not take this one file, ticket after ticket, or gets
    /// other bytes than were sent, as from a scanner on the way that rewrites it. That is no
    /// network trouble: stopping for it would let one file keep all others from ever arriving.
    pub fn is_of_this_file(&self) -> bool {
        match self {
            Failure::Storage {
                trouble: Trouble::Damaged,
                ..
            } => true,
            Failure::Storage {
                trouble: Trouble::Status(status),
                ..
            } => (400..500).contains(status) && !matches!(status, 408 | 429),
            _ => false,
        }
    }

    /// The status that Close or the storage answered with, if one is the reason.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Rejected { status, .. } | Failure::Denied { status, .. } => Some(*status),
            Failure::Unknown {
                last: Trouble::Status(status),
                ..
            }
            | Failure::Exhausted {
                last: Trouble::Status(status),
                ..
            }
            | Failure::Storage {
                trouble: Trouble::Status(status),
                ..
            } => Some(*status),
            _ => None,
        }
    }

    /// Makes a [`Failure::Rejected`] of an error body (`close-api.md` 5.2).
    pub(crate) fn rejected(endpoint: &'static str, status: u16, body: &[u8]) -> Failure {
        let fields = decode(body);
        let mut code = format!("close_{status}");
        for name in names(&fields).iter().take(3) {
            code.push('_');
            code.push_str(&name.replace(['.', '-'], "_"));
        }
        Failure::Rejected {
            endpoint,
            status,
            fields,
            code,
        }
    }
}

fn listed(fields: &[String]) -> String {
    if fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", fields.join("; "))
    }
}

fn advice(status: u16) -> &'static str {
    if status == 401 {
        "check that CLOSE_API_KEY holds the whole key (api_…, with the dot and what follows it) or that CLOSE_ACCESS_TOKEN has not expired"
    } else {
        "the key's user lacks the permission; give its role access to these leads and to logging activities"
    }
}

/// The field names in `fields`, sorted, each once, without positions in lists.
fn names(fields: &[String]) -> BTreeSet<String> {
    fields
        .iter()
        .filter_map(|entry| entry.split_once(": "))
        .map(|(path, _)| {
            let steps: Vec<&str> = path
                .split('.')
                .filter(|s| !s.bytes().all(|b| b.is_ascii_digit()))
                .collect();
            steps.join(".")
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// The most entries kept of one error body.
const MOST: usize = 20;
/// The most characters kept of one entry's wording.
const LONGEST: usize = 120;

/// Reads an error body of any of the shapes of `close-api.md` 5.2.
fn decode(body: &[u8]) -> Vec<String> {
    let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(body) else {
        // Possibly a proxy's HTML, possibly anything: none of it is shown.
        return match body {
            [] => Vec::new(),
            _ => vec!["the answer is not in Close's format".into()],
        };
    };
    let mut found = Vec::new();
    match object.get("error") {
        Some(Value::String(text)) => found.push(wording(text)),
        Some(Value::Object(inner)) => {
            if let Some(Value::String(text)) = inner.get("message") {
                found.push(wording(text));
            }
        }
        _ => {}
    }
    flatten("", &Value::Object(object), &mut found, 0);
    found.retain(|entry| !entry.is_empty());
    found.truncate(MOST);
    found
}

/// Goes down `errors` and `field-errors`, which may nest in each other, to `path: wording`.
fn flatten(path: &str, value: &Value, found: &mut Vec<String>, depth: usize) {
    if depth > 8 || found.len() >= MOST {
        return;
    }
    let join = |key: &str| {
        let key = name(key);
        if path.is_empty() {
            key
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::String(text) if path.is_empty() => found.push(wording(text)),
        Value::String(text) => found.push(format!("{path}: {}", wording(text))),
        Value::Array(items) => {
            items
                .iter()
                .for_each(|item| flatten(path, item, found, depth + 1));
        }
        Value::Object(object) => {
            let mut wrapped = false;
            match object.get("errors") {
                // List fields: {"errors": {"0": ...}}; the index is a step of the path.
                Some(Value::Object(by_index)) => {
                    wrapped = true;
                    for (index, inner) in by_index {
                        flatten(&join(index), inner, found, depth + 1);
                    }
                }
                Some(list @ Value::Array(_)) => {
                    wrapped = true;
                    flatten(path, list, found, depth + 1);
                }
                _ => {}
            }
            if let Some(Value::Object(fields)) = object.get("field-errors") {
                wrapped = true;
                for (key, inner) in fields {
                    flatten(&join(key), inner, found, depth + 1);
                }
            }
            // Below the top an object without the envelope is taken for nested field names.
            if !wrapped && !path.is_empty() {
                for (key, inner) in object {
                    flatten(&join(key), inner, found, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// A field's name as Close wrote it, cut to what a name can be.
fn name(key: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = key.chars().filter(kept).take(60).collect();
    if name.is_empty() {
        "unnamed".into()
    } else {
        name
    }
}

/// Quoted words of Close's own that may stay: everything else in quotes may be our content.
const OWN_WORDS: &str = "incoming|outgoing|activity_at|contact_id|lead_id|user_id|direction|external_whatsapp_message_id|local_phone|remote_phone|message_markdown|attachments|url|filename|content_type|integration_link|response_to_id|contact|lead|Content-Type: application/json";

static OWN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("['\"`]({OWN_WORDS})['\"`]")).ok());
/// What may be somebody's: numbers as phones are written, addresses, links, ids, and any word
/// with a letter outside ASCII (Close's own texts are English).
static THEIRS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\+?\d[\d ().\-/]{4,}\d|\+\d[\d ().\-/]*|\S*@\S*|\S*://\S*|\b[a-z]{2,8}_[A-Za-z0-9]{15,}\b|\S*[^\x00-\x7F…‹›]\S*").ok()
});

/// Cuts a message of Close to its fixed wording: no quoted value that is not Close's own word, no
/// numbers, addresses, links or ids, nothing after a colon, one line, at most 120 characters.
fn wording(text: &str) -> String {
    let (Some(own), Some(theirs)) = (OWN.as_ref(), THEIRS.as_ref()) else {
        return String::new();
    };
    // The marks for words that stay must not come from outside.
    let text = text.replace(['‹', '›'], "\"");
    let kept = own.replace_all(&text, "‹$1›").into_owned();
    let kept = theirs.replace_all(&cut_quotes(&kept), "…").into_owned();
    let kept = cut_after_colon(&kept).replace(['‹', '›'], "'");
    let line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

/// Replaces everything from the first opening quote to the last quote by `…`: a value may hold
/// quotes itself, so that pairing them would be a guess.
fn cut_quotes(text: &str) -> String {
    let is_quote = |c: char| matches!(c, '\'' | '"' | '`' | '“' | '”' | '‘' | '’' | '«' | '»');
    let mut before = ' ';
    let first = text.char_indices().find(|&(_, c)| {
        // An apostrophe inside a word opens nothing.
        let opens = is_quote(c) && !before.is_alphanumeric();
        before = c;
        opens
    });
    let Some((start, _)) = first else {
        return text.to_owned();
    };
    // The last quote that closes: one before a letter is an apostrophe inside the value.
    let mut after = ' ';
    let last = text.char_indices().rev().find(|&(_, c)| {
        let closes = is_quote(c) && !after.is_alphanumeric();
        after = c;
        closes
    });
    let end = match last {
        Some((last, c)) if last > start => last + c.len_utf8(),
        _ => text.len(),
    };
    format!("{}…{}", &text[..start], &text[end..])
}

/// What follows a colon is mostly the offending value; a colon inside a kept word is none.
fn cut_after_colon(text: &str) -> &str {
    let mut kept_word = false;
    let colon = text.char_indices().find(|&(_, c)| {
        match c {
            '‹' => kept_word = true,
            '›' => kept_word = false,
            _ => {}
        }
        c == ':' && !kept_word
    });
    colon.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests;
