//! Pseudo-random faults, equal for equal seeds: a bad network and a bad day of Close.
//!
//! The fault of a request depends on the seed, the number of the request and the moment only. Nothing is
//! carried out that a real Close would not carry out: a fault before handling is one of the request's way,
//! a fault after it one of the response's.

use super::options::{Fault, Observer, Seen};

/// Injects a fault into a percentage of requests, at each of the two moments.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    seed: u64,
    percent: u8,
}

/// The moment of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Before,
    After,
}

impl Schedule {
    /// `percent` (0 to 100) of the requests fail before they are carried out, and as many after it; equal seeds give equal
    /// faults.
    pub fn new(seed: u64, percent: u8) -> Schedule {
        Schedule {
            seed,
            percent: percent.min(100),
        }
    }

    fn fault(&self, seen: &Seen, moment: Moment) -> Fault {
        let mixed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ seen
                .number
                .wrapping_mul(2)
                .wrapping_add(u64::from(moment == Moment::After));
        let mut chance = fastrand::Rng::with_seed(mixed);
        // The first draws of similar seeds are similar.
        chance.u64(..);
        if chance.u8(0..100) >= self.percent {
            return Fault::None;
        }
        if seen.path.starts_with("/_storage/") {
            return storage(&mut chance);
        }
        let moments = std::time::Duration::from_millis(chance.u64(1..30));
        match chance.u8(0..10) {
            0 | 1 => Fault::Drop,
            2 if moment == Moment::After => Fault::Cut,
            2 => Fault::Status(502, "<html><h1>502 Bad Gateway</h1></html>".to_owned()),
            3 => Fault::Status(503, "<html>upstream connect error</html>".to_owned()),
            4 => Fault::Status(504, String::new()),
            5 => Fault::Status(500, r#"{"error": "Internal server error"}"#.to_owned()),
            // A 429 means that nothing was done, so it occurs only before handling.
            6 if moment == Moment::Before => Fault::Status(
                429,
                r#"{"error": {"rate_reset": 0.02, "message": "Too many requests"}}"#.to_owned(),
            ),
            6 => Fault::Drop,
            7 => Fault::Limited(moments),
            8 => Fault::Stall(moments),
            _ => Fault::Delay(moments),
        }
    }
}

/// A fault of the storage, an expired form included.
fn storage(chance: &mut fastrand::Rng) -> Fault {
    let xml = |status: u16, code: &str| {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>x</Message></Error>"
        );
        Fault::Status(status, body)
    };
    match chance.u8(0..6) {
        0 => xml(403, "AccessDenied"),
        1 => xml(503, "SlowDown"),
        2 => xml(400, "RequestTimeout"),
        3 => xml(500, "InternalError"),
        4 => Fault::Stall(std::time::Duration::from_millis(chance.u64(1..30))),
        _ => Fault::Drop,
    }
}

impl Observer for Schedule {
    fn received(&self, request: &Seen) -> Fault {
        self.fault(request, Moment::Before)
    }

    fn processed(&self, request: &Seen, _status: u16) -> Fault {
        self.fault(request, Moment::After)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(number: u64) -> Seen {
        Seen {
            number,
            method: "POST".to_owned(),
            path: "/api/v1/activity/whatsapp_message/".to_owned(),
            query: String::new(),
        }
    }

    #[test]
    fn equal_seeds_give_equal_faults_at_the_requested_rate() {
        let faults = |seed: u64| -> Vec<Fault> {
            let schedule = Schedule::new(seed, 20);
            (1..2000)
                .map(|number| schedule.received(&seen(number)))
                .collect()
        };
        let first = faults(1);
        assert_eq!(first, faults(1));
        assert_ne!(first, faults(2));
        let broken = first.iter().filter(|fault| **fault != Fault::None).count();
        assert!((300..500).contains(&broken), "{broken}");
    }

    #[test]
    fn no_fault_denies_a_request_that_was_carried_out() {
        let schedule = Schedule::new(3, 100);
        for number in 1..1000 {
            let fault = schedule.processed(&seen(number), 200);
            assert!(
                !matches!(fault, Fault::Status(status, _) if status < 500),
                "{fault:?}"
            );
        }
    }
}
