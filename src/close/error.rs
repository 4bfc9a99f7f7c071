//! Errors of the Close client, without content.
//!
//! [`Error`] concerns settings, [`Failure`] a request. Both state what happened, where (method and path template, never
//! an id, a query or a body) and the remedy. Texts of Close's error bodies are reduced to known wordings
//! ([`FieldError`]) before they get in here.

use super::field_error::{self, FieldError, listed, names};

use crate::ids::UserId;

/// Why a client could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL cannot be used. The text contains the cause, but not the URL, which may contain a secret.
    #[error(
        "close_base_url: the base URL {0}; set close.base_url like https://api.close.com/api/v1"
    )]
    BaseUrl(&'static str),
    /// Plain http to another machine, which would send the key unencrypted.
    #[error(
        "close_plain_http: plain http is only for this machine (127.0.0.0/8, ::1, localhost); use https in close.base_url"
    )]
    PlainHttp,
    /// The key or token is empty or contains white space.
    #[error(
        "close_credential: the key or token is empty or contains white space; set it again on one line"
    )]
    Credential,
    /// A number in the settings is out of range.
    #[error("close_settings: {0} is out of range; correct it in [limits]")]
    OutOfRange(&'static str),
    /// The HTTP or TLS layer could not be set up.
    #[error(
        "close_http: HTTP with TLS could not be set up on this machine; check its certificate store, and the file that SSL_CERT_FILE names"
    )]
    Http(#[source] reqwest::Error),
}

/// The last event of a request without a usable response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection: refused, DNS, TLS. Nothing was sent.
    NotSent,
    /// No connection to a server on this machine, and none before.
    NotListening,
    /// Time-out, reset, or a truncated response.
    Lost,
    /// A success whose body does not have the expected shape.
    Unreadable,
    /// Repeated status 429.
    Limited,
    /// The storage has received different bytes, according to its entity tag.
    Damaged,
    /// A status of the server, usually 5xx.
    Status(u16),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::NotSent => f.write_str("no connection"),
            Trouble::NotListening => f.write_str("nothing listening at this address"),
            Trouble::Lost => f.write_str("no response"),
            Trouble::Unreadable => f.write_str("an unreadable response"),
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
    /// Only for a create: it may or may not have been carried out. Look it up with
    /// [`find_message`](super::Client::find_message), or for a lead with
    /// [`contacts_with_phone`](super::Client::contacts_with_phone); never resend it before its outcome is known.
    Unknown {
        /// Method and path template.
        endpoint: &'static str,
        /// How the last attempt ended.
        last: Trouble,
    },
    /// The same request will fail again: 400, 402, 404 and the like.
    Rejected {
        /// Method and path template.
        endpoint: &'static str,
        /// The HTTP status of the response.
        status: u16,
        /// What Close rejects, in its order.
        fields: Vec<FieldError>,
        /// Stable code: `close_<status>` and the names of the fields, as in `close_400_contact_id`.
        code: String,
    },
    /// Status 401 or 403: the credential is not accepted or lacks a permission; the run stops.
    Denied {
        /// Method and path template.
        endpoint: &'static str,
        /// The HTTP status of the response, 401 or 403.
        status: u16,
    },
    /// Status 403 for a message in another user's name: the run stops.
    DeniedForUser {
        /// Method and path template.
        endpoint: &'static str,
        /// The user in whose name the message was to be created.
        user: UserId,
    },
    /// Every attempt failed. For a create this means that *none* was carried out: it was never sent, or the response
    /// was 429.
    Exhausted {
        /// Method and path template.
        endpoint: &'static str,
        /// The number of attempts that were made.
        attempts: u32,
        /// How the last attempt ended.
        last: Trouble,
    },
    /// A create that every attempt left without an answer, and that was not carried out.
    NeverDone {
        /// Method and path template.
        endpoint: &'static str,
        /// The number of attempts that were made.
        attempts: u32,
        /// How the last attempt ended.
        last: Trouble,
    },
    /// The server's certificate is not signed by a trusted authority for its name: nothing was sent.
    Untrusted {
        /// Method and path template.
        endpoint: &'static str,
    },
    /// The session that permits this run to write has ended: the request was not sent.
    Fenced {
        /// Method and path template.
        endpoint: &'static str,
    },
    /// Close has been unreachable for too long, and this request was not sent.
    Out {
        /// Length of the outage when the run gave up, in seconds.
        seconds: u64,
    },
    /// The file storage did not accept a file.
    Storage {
        /// How the upload ended.
        trouble: Trouble,
        /// The storage's error code, such as `AccessDenied`; `None` if the response has none.
        code: Option<String>,
        /// Whether the upload may succeed with a new ticket and the body sent again.
        again: bool,
    },
    /// The file could not be read during the upload, or does not have the announced size.
    Body {
        /// The kind of the I/O error.
        kind: std::io::ErrorKind,
    },
    /// A list is not sorted newest first (assumption A28), so it cannot be read without gaps.
    UnexpectedOrder {
        /// Method and path template.
        endpoint: &'static str,
    },
    /// A response that must not be relied on.
    UnexpectedAnswer {
        /// Method and path template.
        endpoint: &'static str,
        /// What was unexpected, in fixed words.
        what: &'static str,
    },
    /// A bug of chatferry: the request could not be built.
    Internal {
        /// Method and path template.
        endpoint: &'static str,
        /// What could not be built, in fixed words.
        what: &'static str,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.reason(), self.remedy())
    }
}

/// The name of Close's field that holds the external id of a message (docs/reference/close-api.md,
/// "External ids").
pub const EXTERNAL_ID: &str = "external_whatsapp_message_id";

impl Failure {
    /// What happened, and to which request.
    pub fn reason(&self) -> String {
        match self {
            Failure::Unknown { endpoint, last } => {
                format!("{endpoint} ended with {last}, so it may or may not have been carried out")
            }
            Failure::Rejected {
                endpoint,
                status,
                fields,
                ..
            } => format!(
                "{endpoint} was refused with status {status}{}",
                listed(fields)
            ),
            Failure::Denied { status: 401, .. } => "Close does not know this key (401)".to_owned(),
            Failure::Denied { endpoint, status } => {
                format!("{endpoint} was refused with status {status}")
            }
            Failure::DeniedForUser { endpoint, user } => format!(
                "{endpoint} was refused with status 403 for a message with `user_id` {user}: the user of this key may not log activities in another user's name"
            ),
            Failure::NeverDone {
                endpoint,
                attempts,
                last,
            } => format!(
                "{endpoint} ended {attempts} times without a result, the last with {last}, and Close does not have it"
            ),
            Failure::Exhausted {
                endpoint,
                attempts,
                last,
            } => match attempts {
                1 => format!("{endpoint} failed with {last}"),
                _ => format!("{endpoint} failed in {attempts} attempts, the last with {last}"),
            },
            Failure::Untrusted { endpoint } => format!(
                "{endpoint} was not sent: the server's TLS certificate is not trusted (a proxy may be inspecting traffic)"
            ),
            Failure::Fenced { endpoint } => format!(
                "{endpoint} was not sent: the connection to the shared checkpoint ended or does not respond, so that another machine may have taken over"
            ),
            Failure::Out { seconds } => format!("Close could not be reached for {seconds} s"),
            Failure::Storage { trouble, code, .. } => {
                let code = code.as_deref().map(|code| format!(", {code}"));
                let code = code.unwrap_or_default();
                format!("the file storage did not take a file ({trouble}{code})")
            }
            Failure::Body { kind } => {
                format!("the file could not be read while it was uploaded ({kind})")
            }
            Failure::UnexpectedOrder { endpoint } => format!(
                "{endpoint} did not list newest first, so the list cannot be read without gaps"
            ),
            Failure::UnexpectedAnswer { endpoint, what } => {
                format!("{endpoint} {what}; nothing was done with it")
            }
            Failure::Internal { endpoint, what } => {
                format!("{endpoint} could not be built ({what})")
            }
        }
    }

    /// What to do, or what chatferry does next.
    pub fn remedy(&self) -> &'static str {
        match self {
            Failure::Unknown { .. } => "it is looked up before anything else happens to it",
            Failure::Rejected { .. } => "correct what it names and run again",
            Failure::Denied { status, .. } => advice(*status),
            Failure::DeniedForUser { .. } => {
                "use the key of a user whose role has that right (`manage_organization`), or leave `user_id` empty in contacts.csv and the configuration"
            }
            Failure::NeverDone { .. } => {
                "run `chatferry import --retry-failed` later, and report it to Close if that fails again"
            }
            Failure::Exhausted {
                last: Trouble::NotListening,
                ..
            } => "start the server (`chatferry sandbox`), or correct the base URL",
            Failure::Exhausted { .. } | Failure::Out { .. } => {
                "check the network and Close's status page, then run again"
            }
            Failure::Untrusted { .. } => {
                "add the proxy's CA certificate to this machine, or run where there is no such proxy"
            }
            Failure::Fenced { .. } => "check the database of `checkpoint`, then run again",
            Failure::Storage { again: true, .. } => "it is retried with the file read again",
            Failure::Storage { again: false, .. } => "it will not take this file",
            Failure::Body { .. } => "check the archive",
            Failure::UnexpectedOrder { .. }
            | Failure::UnexpectedAnswer { .. }
            | Failure::Internal { .. } => "report this",
        }
    }

    /// This failure of a create after its last attempt, once a look-up showed that it was not carried out.
    pub fn never_done(&self, attempts: u32) -> Failure {
        match self {
            Failure::Unknown { endpoint, last } => Failure::NeverDone {
                endpoint,
                attempts,
                last: *last,
            },
            other => other.clone(),
        }
    }

    /// Whether Close rejects the text of a message for its length, with the limit in characters that it names:
    /// `Some(None)` where it names none.
    pub fn text_limit(&self) -> Option<Option<usize>> {
        let Failure::Rejected { fields, .. } = self else {
            return None;
        };
        let about_text = |entry: &&FieldError| entry.field == "message_markdown";
        fields.iter().find(about_text)?.length_limit()
    }

    /// Whether Close does not accept the credential, or it lacks a permission: the run stops.
    pub fn is_denied(&self) -> bool {
        matches!(self, Failure::Denied { .. } | Failure::DeniedForUser { .. })
    }

    /// Whether Close rejects a request because of one of its fields.
    pub fn concerns_field(&self, field: &str) -> bool {
        matches!(self, Failure::Rejected { fields, .. } if names(fields).contains(field))
    }

    /// Whether Close rejects a new message for its external id alone, as one that another activity has: it names this
    /// field and no other, or none with status 409.
    pub fn is_id_taken(&self) -> bool {
        let Failure::Rejected { fields, status, .. } = self else {
            return false;
        };
        match fields.is_empty() {
            true => *status == 409,
            false => names(fields).iter().all(|name| name == EXTERNAL_ID),
        }
    }

    /// Status and sorted field names: equal for requests that were rejected for the same reason, so that repeated
    /// rejections can be recognised as one cause.
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
            Failure::NeverDone { last, .. } => match last {
                Trouble::Status(status) => format!("close_{status}"),
                Trouble::Unreadable => "close_unreadable_answer".into(),
                _ => "close_no_answer".into(),
            },
            Failure::Rejected { code, .. } => code.clone(),
            Failure::Denied { status, .. } => format!("close_{status}"),
            Failure::DeniedForUser { .. } => "close_403_user_id".into(),
            Failure::Exhausted {
                last: Trouble::Status(status),
                ..
            } => format!("close_{status}"),
            Failure::Exhausted { .. } => "close_exhausted".into(),
            Failure::Untrusted { .. } => "close_untrusted".into(),
            Failure::Fenced { .. } => "checkpoint.store_lost".into(),
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

    /// Whether the network or the servers are the cause, not the request: the run stops and can be resumed.
    pub fn is_network(&self) -> bool {
        matches!(
            self,
            Failure::Exhausted { .. }
                | Failure::Untrusted { .. }
                | Failure::Out { .. }
                | Failure::Fenced { .. }
                | Failure::Storage { again: true, .. }
        )
    }

    /// Whether Close answers this one request with 5xx, or with what cannot be read, on every attempt, while it answers others:
    /// during an outage requests wait, and end with [`Failure::Out`].
    pub fn is_of_one_request(&self) -> bool {
        matches!(
            self,
            Failure::Exhausted {
                last: Trouble::Status(500..=599) | Trouble::Unreadable,
                ..
            }
        )
    }

    /// Whether the same upload may be retried, with its body read again. All other failures have exhausted their
    /// retries.
    pub fn is_retryable_upload(&self) -> bool {
        matches!(self, Failure::Storage { again: true, .. })
    }

    /// Whether the storage is available but repeatedly rejects this one file, or receives different bytes than were
    /// sent, as from a scanner that rewrites it. This is not a network failure: if the run stopped, one file would
    /// block all others.
    pub fn is_specific_to_file(&self) -> bool {
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

    /// The status of the response by Close or the storage, if that is the cause.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failure::Rejected { status, .. } | Failure::Denied { status, .. } => Some(*status),
            Failure::DeniedForUser { .. } => Some(403),
            Failure::Unknown {
                last: Trouble::Status(status),
                ..
            }
            | Failure::Exhausted {
                last: Trouble::Status(status),
                ..
            }
            | Failure::NeverDone {
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

    /// The failure with which Close would reject an external id that another activity has, for a
    /// caller that knows it beforehand.
    pub fn id_in_use() -> Failure {
        Failure::Rejected {
            endpoint: "POST /activity/whatsapp_message/",
            status: 400,
            fields: vec![FieldError::of(
                EXTERNAL_ID,
                "is in use on another lead, and Close keeps ids unique in the organisation",
            )],
            code: format!("close_400_{EXTERNAL_ID}"),
        }
    }

    /// Makes a [`Failure::Rejected`] from an error body.
    pub(crate) fn rejected(endpoint: &'static str, status: u16, body: &[u8]) -> Failure {
        let fields = field_error::decode(body);
        let mut code = format!("close_{status}");
        for name in names(&fields).iter().take(3) {
            code.push('_');
            code.push_str(&name.replace('.', "_").replace(['[', ']'], ""));
        }
        Failure::Rejected {
            endpoint,
            status,
            fields,
            code,
        }
    }
}

fn advice(status: u16) -> &'static str {
    if status == 401 {
        "make or copy one in Close under Settings → Developer → API Keys (it looks like api_….…), and set CLOSE_API_KEY or the file of `--api-key-file`; an access token may have expired"
    } else {
        "the key's user lacks the permission; give its role access to these leads and to logging activities"
    }
}

#[cfg(test)]
mod tests;
