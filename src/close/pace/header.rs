//! Rate limit information in headers and bodies, parsed leniently.
//!
//! Pure: the only clock is the one passed in for HTTP dates. Invalid values count as absent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Maximum wait that is accepted from a server: a broken header must not stop a run.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The server's budget for one endpoint group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Budget {
    /// The number of requests per window; `None` if the header lacks it.
    pub(crate) limit: Option<u64>,
    /// The number of requests left in this window.
    pub(crate) remaining: u64,
    /// The time from the response to the end of the window.
    pub(crate) reset: Duration,
}

/// All rate limit information in one response.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Signals {
    /// The budget of the `RateLimit` header; `None` if it is absent or unusable.
    pub(crate) budget: Option<Budget>,
    /// The reset of a `RateLimit` header, even when the rest of it is missing.
    pub(crate) rate_limit_reset: Option<Duration>,
    /// The wait of `Retry-After`, given in seconds or as an HTTP date.
    pub(crate) retry_after: Option<Duration>,
    /// `error.rate_reset` or `rate_reset` in the body (older responses).
    pub(crate) body_reset: Option<Duration>,
    /// `RateLimit-Reset`, else `X-Rate-Limit-Reset` (even older).
    pub(crate) old_reset: Option<Duration>,
}

impl Signals {
    /// Parses headers and, of a 429, the body. `now` is for an HTTP date in `Retry-After`.
    pub(crate) fn read(headers: &HeaderMap, body: Option<&[u8]>, now: DateTime<Utc>) -> Signals {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let (budget, rate_limit_reset) = text("ratelimit").map_or((None, None), rate_limit);
        let retry_after = headers
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| seconds(v).or_else(|| http_date(v, now)));
        let body_reset = body.and_then(rate_reset);
        let old_reset = text("ratelimit-reset")
            .or_else(|| text("x-rate-limit-reset"))
            .and_then(seconds);
        Signals {
            budget,
            rate_limit_reset,
            retry_after,
            body_reset,
            old_reset,
        }
    }

    /// The wait after a 429, by order of precedence; `None` if the response requests none.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.rate_limit_reset
            .or(self.retry_after)
            .or(self.body_reset)
            .or(self.old_reset)
    }
}

/// Parses `limit=100, remaining=50, reset=5`, also with `;`, decimals and in any order.
fn rate_limit(text: &str) -> (Option<Budget>, Option<Duration>) {
    let (mut limit, mut remaining, mut reset) = (None, None, None);
    for part in text.split([',', ';']) {
        let Some((key, value)) = part.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match key.trim().to_ascii_lowercase().as_str() {
            "limit" => limit = count(value),
            "remaining" => remaining = count(value),
            "reset" => reset = seconds(value),
            _ => {}
        }
    }
    let budget = remaining
        .zip(reset)
        .filter(|_| limit != Some(0))
        .map(|(remaining, reset)| Budget {
            limit,
            remaining,
            reset,
        });
    (budget, reset)
}

/// A number of requests; `49.0` is 49, and a negative number is 0.
fn count(text: &str) -> Option<u64> {
    let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite())?;
    // Saturating by definition of `as`: negative becomes 0.
    Some(number.floor().min(1e9) as u64)
}

/// Decimal seconds, limited. (Close's official client reads `0.87` as 0 and does not wait.)
fn seconds(text: &str) -> Option<Duration> {
    let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite())?;
    Some(Duration::from_secs_f64(
        number.clamp(0.0, LONGEST_WAIT.as_secs_f64()),
    ))
}

fn http_date(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let until = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    let wait = (until.with_timezone(&Utc) - now)
        .to_std()
        .unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

fn rate_reset(body: &[u8]) -> Option<Duration> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let found = value
        .get("error")
        .and_then(|e| e.get("rate_reset"))
        .or(value.get("rate_reset"))?;
    match found {
        Value::Number(number) => seconds(&number.to_string()),
        Value::String(text) => seconds(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "1994-11-06T08:49:30Z".parse().unwrap()
    }

    fn read(headers: &[(&'static str, &str)], body: &str) -> Signals {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Signals::read(&map, Some(body.as_bytes()), now())
    }

    #[test]
    fn rate_limit_in_every_dress() {
        for (text, limit, remaining, reset) in [
            ("limit=100, remaining=50, reset=5", Some(100), 50, 5.0),
            ("limit=160; remaining=159; reset=8", Some(160), 159, 8.0),
            ("reset=0.870663,remaining=0,limit=40", Some(40), 0, 0.870663),
            (
                " Limit = 20 , REMAINING=3.0 ;reset=\"1.5\", more=x",
                Some(20),
                3,
                1.5,
            ),
            ("remaining=7, reset=2", None, 7, 2.0),
            ("limit=5, remaining=-1, reset=2", Some(5), 0, 2.0),
            ("limit=5, remaining=1, reset=1e30", Some(5), 1, 300.0),
        ] {
            let budget = read(&[("ratelimit", text)], "").budget.unwrap();
            assert_eq!(
                (budget.limit, budget.remaining),
                (limit, remaining),
                "{text}"
            );
            assert!((budget.reset.as_secs_f64() - reset).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn what_is_no_budget_is_none() {
        for text in [
            "",
            "100",
            "limit=5",
            "limit=5, remaining=x, reset=1",
            "limit=0,remaining=0,reset=1",
            "remaining=NaN, reset=inf",
        ] {
            assert_eq!(read(&[("ratelimit", text)], "").budget, None, "{text}");
        }
    }

    #[test]
    fn the_wait_keeps_its_order() {
        let body = r#"{"error": {"message": "m", "rate_reset": 0.87}}"#;
        let wait = |headers: &[(&'static str, &str)], body| {
            read(headers, body).wait().map(|w| w.as_secs_f64())
        };
        let all = [
            ("ratelimit", "reset=1.5"),
            ("retry-after", "2"),
            ("ratelimit-reset", "4"),
        ];
        assert_eq!(wait(&all, body), Some(1.5));
        assert_eq!(wait(&all[1..], body), Some(2.0));
        assert_eq!(wait(&all[2..], body), Some(0.87));
        assert_eq!(wait(&[], r#"{"rate_reset": "3"}"#), Some(3.0));
        assert_eq!(
            wait(&all[2..], r#"{"error": "Too many requests"}"#),
            Some(4.0)
        );
        assert_eq!(wait(&[("x-rate-limit-reset", "9")], "<html>"), Some(9.0));
        assert_eq!(wait(&[], "<html>"), None);
    }

    #[test]
    fn retry_after_as_a_date() {
        let wait = |v| read(&[("retry-after", v)], "").retry_after;
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(7))
        );
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("Mon, 06 Nov 2034 08:49:00 GMT"), Some(LONGEST_WAIT));
        assert_eq!(wait("soon"), None);
    }
}
