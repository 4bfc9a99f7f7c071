//! Classification of responses by Close and its storage: one table, one pure function.
//!
//! Decides whether a request may be sent again. No I/O, no waiting, no counting.
//!
//! See docs/reference/close-api.md, "Retries".

use std::time::Duration;

use super::pace::Signals;

/// Kind of a request with regard to sending it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Changes nothing.
    Read,
    /// Sending it twice has the effect of once: PUT, DELETE, an upload ticket (an unused one expires).
    Idempotent,
    /// Sending it twice may create two: Close has no idempotency key.
    Create,
    /// A file to the storage: a retry always needs another ticket and starts from the beginning.
    Storage,
}

/// The unclassified result of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    /// A response arrived: at least a status line and headers.
    Answer {
        /// The HTTP status code.
        status: u16,
        /// The rate limit information in headers and body.
        signals: Signals,
        /// Whether the body is complete and has the expected shape. Matters for status 2xx only.
        readable: bool,
    },
    /// Nothing was sent: no connection (refused, DNS, TLS).
    NotSent,
    /// Nothing was sent: the server's certificate is not trusted.
    Untrusted,
    /// Something may have been sent, without a usable response: time-out, reset, truncated response.
    Lost,
    /// The storage waited too long for the body: 400 with the code `RequestTimeout`.
    Slow,
}

/// The classified result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Outcome {
    /// The request was carried out.
    Ok,
    /// Not carried out; retry after `wait`.
    Limited {
        /// The minimum wait that the server requests.
        wait: Duration,
    },
    /// Not carried out, or harmless if it was: safe to send again after a pause.
    Again,
    /// May or may not have been carried out: look it up, never resend.
    Unknown,
    /// Failed permanently: the same request will fail again.
    Rejected,
    /// The credential lacks the permission: the run stops.
    Denied,
    /// Nothing was sent and nothing will be: the run stops.
    Untrusted,
}

/// Wait after a 429 without one (the default of Close's official client).
const UNNAMED_WAIT: Duration = Duration::from_secs(2);

/// Classifies one exchange.
pub(crate) fn classify(kind: RequestKind, raw: &Raw) -> Outcome {
    let in_doubt = match kind {
        RequestKind::Create => Outcome::Unknown,
        RequestKind::Read | RequestKind::Idempotent | RequestKind::Storage => Outcome::Again,
    };
    match raw {
        Raw::NotSent | Raw::Slow => Outcome::Again,
        // The certificate will be the same the next time.
        Raw::Untrusted => Outcome::Untrusted,
        Raw::Lost => in_doubt,
        Raw::Answer { status, .. } if kind == RequestKind::Storage => match status {
            200 | 201 | 204 => Outcome::Ok,
            // Expired, changed or damaged: a new ticket resolves all three, and the caller counts attempts.
            403 | 408 | 429 | 500..=599 => Outcome::Again,
            _ => Outcome::Rejected,
        },
        Raw::Answer {
            status,
            signals,
            readable,
        } => match status {
            200..=299 if *readable => Outcome::Ok,
            200..=299 => in_doubt,
            401 | 403 => Outcome::Denied,
            429 => Outcome::Limited {
                wait: signals.wait().unwrap_or(UNNAMED_WAIT),
            },
            // A proxy or server stopped waiting for the request, which may have been read completely.
            408 => in_doubt,
            // Redirects are not followed, so a 3xx is as final as a 4xx. Any other 4xx is assumed to be a
            // rejection of the request itself.
            300..=499 => Outcome::Rejected,
            // All of 5xx, including Cloudflare's 52x, and invalid statuses.
            _ => in_doubt,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn answer(status: u16, readable: bool) -> Raw {
        Raw::Answer {
            status,
            signals: Signals::default(),
            readable,
        }
    }

    /// Every status in every kind, runs of equal outcomes condensed.
    #[test]
    fn every_kind_and_status_has_its_outcome() {
        let mut table = String::new();
        for kind in [
            RequestKind::Read,
            RequestKind::Idempotent,
            RequestKind::Create,
            RequestKind::Storage,
        ] {
            writeln!(table, "{kind:?}").unwrap();
            writeln!(table, "  not sent: {:?}", classify(kind, &Raw::NotSent)).unwrap();
            writeln!(table, "  untrusted: {:?}", classify(kind, &Raw::Untrusted)).unwrap();
            writeln!(table, "  lost: {:?}", classify(kind, &Raw::Lost)).unwrap();
            writeln!(table, "  slow: {:?}", classify(kind, &Raw::Slow)).unwrap();
            for readable in [true, false] {
                let word = if readable { "readable" } else { "unreadable" };
                let (mut first, mut current) = (100, classify(kind, &answer(100, readable)));
                for status in 101..=600 {
                    let next = classify(kind, &answer(status, readable));
                    if next != current || status == 600 {
                        let last = status - 1;
                        writeln!(table, "  {first}..={last} {word}: {current:?}").unwrap();
                        (first, current) = (status, next);
                    }
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_create_is_sent_again_only_when_it_was_not_carried_out() {
        for status in 100..600 {
            for readable in [true, false] {
                let outcome = classify(RequestKind::Create, &answer(status, readable));
                assert_ne!(outcome, Outcome::Again, "{status}");
            }
        }
        assert_eq!(classify(RequestKind::Create, &Raw::NotSent), Outcome::Again);
    }
}
