//! Archives and lines, the first few of many: `Ben.zip:4, Ben.zip:9 and 3 more`.

use serde::Serialize;

use crate::quantity::number;

/// The number of locations, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Places {
    count: u64,
    first: Vec<String>,
}

impl Places {
    /// Counts a location, and keeps it if there are fewer than `limit`.
    pub(super) fn add(&mut self, limit: usize, location: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < limit {
            self.first.push(location());
        }
    }

    /// All locations counted, the first `limit` of them kept.
    pub(super) fn of(limit: usize, locations: impl Iterator<Item = String>) -> Places {
        let mut places = Places::default();
        for location in locations {
            places.add(limit, || location);
        }
        places
    }

    /// The number of locations.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The locations for display.
    pub(super) fn text(&self) -> String {
        self.first(self.first.len())
    }

    /// The first locations, at most `shown`, for display.
    pub(super) fn first(&self, shown: usize) -> String {
        let shown = shown.min(self.first.len());
        let text = self.first[..shown].join(", ");
        match self.count - shown as u64 {
            0 => text,
            more => format!("{text} and {} more", number(more)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn locations_beyond_the_limit_are_counted() {
        let places = |number: u32| Places::of(2, (1..=number).map(|line| format!("a.zip:{line}")));
        assert_eq!(places(1).text(), "a.zip:1");
        assert_eq!(places(2).text(), "a.zip:1, a.zip:2");
        assert_eq!(places(5).text(), "a.zip:1, a.zip:2 and 3 more");
        assert_eq!(places(5).first(1), "a.zip:1 and 4 more");
        assert_eq!(places(5).count(), 5);
    }
}
