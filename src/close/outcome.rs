//! What an answer means, Close's and its storage's: one table, one pure function.
//!
//! The whole of "may this be sent again?" is here (`close-api.md` 5.5 and the design's table
//! "Outcomes of a request"). No I/O, no waiting, no counting.

use std::time::Duration;

use super::pace::Signals;

/// What kind of request it was, as far as sending it twice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Changes nothing.
    Read,
    /// Sent twice it has the effect of once: PUT, DELETE, an upload ticket (an unused one simply
    /// lapses).
    Idempotent,
    /// Sent twice it may exist twice: Close has no idempotency key (`close-api.md` 1.8).
    Create,
    /// A file to the storage: again always means with another ticket and from its beginning
    /// (`close-api.md` 2.3).
    Storage,
}

/// What came back, before it is judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    /// A status line and headers arrived.
    Answer {
        /// The status code.
        status: u16,
        /// What headers and body say about pace.
        signals: Signals,
        /// Whether the body arrived whole and has the shape that was asked for. Matters for 2xx.
        readable: bool,
    },
    /// Nothing was sent: no connection (refused, DNS, TLS).
    NotSent,
    /// Nothing was sent: whoever answered could not show that he is Close.
    Untrusted,
    /// Something may have been sent and no usable answer came: time-out, reset, broken answer.
    Lost,
    /// The storage waited too long for the body: 400 with the code `RequestTimeout`.
    Slow,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Outcome {
    /// Done.
    Ok,
    /// Not carried out; come back after `wait`.
    Limited {
        /// How long the server wants to be left alone, at least.
        wait: Duration,
    },
    /// Safe to send again after a pause.
    Again,
    /// May or may not have been carried out: ask, never resend.
    Unknown,
    /// Failed for good: the same request will fail again.
    Rejected,
    /// The credential is not good for this: the run stops.
    Denied,
    /// Nothing was sent and nothing will be: the run stops.
    Untrusted,
}

/// The wait after a 429 that names none (the official client's default, `close-api.md` 7.1).
const UNNAMED_WAIT: Duration = Duration::from_secs(2);

/// Judges one exchange.
pub(crate) fn classify(kind: RequestKind, raw: &Raw) -> Outcome {
    let in_doubt = match kind {
        RequestKind::Create => Outcome::Unknown,
        RequestKind::Read | RequestKind::Idempotent | RequestKind::Storage => Outcome::Again,
    };
    match raw {
        Raw::NotSent | Raw::Slow => Outcome::Again,
        // It will be no other certificate the next time.
        Raw::Untrusted => Outcome::Untrusted,
        Raw::Lost => in_doubt,
        Raw::Answer { status, .. } if kind == RequestKind::Storage => match status {
            200 | 201 | 204 => Outcome::Ok,
            // Expired, changed or damaged: a new ticket cures all three, and the caller counts.
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
            // A proxy or server gave up waiting for the request: it may have been read whole.
            408 => in_doubt,
            // Redirects are not followed, so a 3xx is as final as a 4xx. Any other 4xx is
            // assumed to be a refusal of the request itself.
            300..=499 => Outcome::Rejected,
            // All of 5xx, also Cloudflare's 52x, and anything that is no final status at all.
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
