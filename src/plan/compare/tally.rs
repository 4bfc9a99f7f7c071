//! Findings and their totals.

use super::super::NotAddingUp;

/// The result of comparing one message with Close, the most harmful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Several activities of its lead have its external id.
    Double,
    /// It is not in Close, and not recorded as removed.
    Missing,
    /// It is in Close, on another lead than it should be.
    Elsewhere,
    /// A field differs from what was sent and from what Close returned then.
    Drifted,
    /// A run of this checkpoint deleted it, and the archives want it.
    RemovedByUs,
    /// It is younger than the time for which a list may lack it, and not in the list.
    Pending,
    /// It could not be compared.
    NotChecked,
    /// It is recorded as removed in Close.
    Removed,
    /// An activity of the lead that is no message of the migration.
    Foreign,
    /// It is in Close, once and as expected.
    Same,
}

impl Finding {
    /// Every finding, the most harmful first.
    pub const ALL: [Finding; 10] = [
        Finding::Double,
        Finding::Missing,
        Finding::Elsewhere,
        Finding::Drifted,
        Finding::RemovedByUs,
        Finding::Pending,
        Finding::NotChecked,
        Finding::Removed,
        Finding::Foreign,
        Finding::Same,
    ];

    /// The finding's stable word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Finding::Double => "double",
            Finding::Missing => "missing",
            Finding::Elsewhere => "elsewhere",
            Finding::Drifted => "drifted",
            Finding::RemovedByUs => "removed_by_us",
            Finding::Pending => "pending",
            Finding::NotChecked => "not_checked",
            Finding::Removed => "removed",
            Finding::Foreign => "foreign",
            Finding::Same => "same",
        }
    }

    /// How much it matters: `error`, `warning` or `note`. Only a note leaves the exit status at 0.
    pub fn severity(self) -> &'static str {
        match self {
            Finding::Double | Finding::Missing | Finding::Elsewhere | Finding::Drifted => "error",
            Finding::RemovedByUs | Finding::Pending | Finding::NotChecked => "warning",
            Finding::Removed | Finding::Foreign | Finding::Same => "note",
        }
    }

    /// Whether it is information only.
    pub fn is_information(self) -> bool {
        self.severity() == "note"
    }
}

/// The totals of a comparison. A message counts once, under its most harmful finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of messages that were to be compared.
    pub planned: u64,
    /// The number of activities that the lists of their leads contain.
    pub listed: u64,
    /// The number of activities of messages with the finding [`Finding::Double`].
    pub double_copies: u64,
    /// The number of listed activities whose messages are not selected.
    pub not_selected: u64,
    /// The number of listed activities of messages with the finding [`Finding::NotChecked`].
    pub unread: u64,
    /// The number of listed activities of messages with the finding [`Finding::Elsewhere`], on the
    /// lead where they are.
    pub elsewhere: u64,
    counts: [u64; Finding::ALL.len()],
}

impl Tally {
    /// Totals that begin with a list of this many activities.
    pub fn of_list(listed: u64) -> Tally {
        Tally {
            listed,
            ..Tally::default()
        }
    }

    /// The number of messages whose most harmful finding is this one; of [`Finding::Foreign`], the
    /// number of activities.
    pub fn of(&self, finding: Finding) -> u64 {
        self.counts[finding as usize]
    }

    /// Adds messages with a finding.
    pub fn add(&mut self, finding: Finding, number: u64) {
        self.counts[finding as usize] += number;
    }

    /// Moves messages from one finding to another.
    pub fn replace(&mut self, from: Finding, to: Finding, number: u64) {
        self.counts[from as usize] = self.of(from).saturating_sub(number);
        self.add(to, number);
    }

    /// Counts activities on other leads as copies of a message. `is_known`: the message's own activities count already.
    pub fn copies_elsewhere(&mut self, copies: u64, is_known: bool) {
        let foreign = &mut self.counts[Finding::Foreign as usize];
        *foreign = foreign.saturating_sub(copies);
        self.double_copies += copies + u64::from(!is_known);
    }

    /// Counts activities on other leads as the messages that should be elsewhere.
    pub fn found_elsewhere(&mut self, activities: u64) {
        let foreign = &mut self.counts[Finding::Foreign as usize];
        *foreign = foreign.saturating_sub(activities);
        self.elsewhere += activities;
    }

    /// The number of messages whose finding is more than information.
    pub fn differing(&self) -> u64 {
        let worse = Finding::ALL.into_iter();
        worse
            .filter(|finding| !finding.is_information())
            .map(|finding| self.of(finding))
            .sum()
    }

    /// Adds the totals of another part.
    pub fn join(&mut self, other: &Tally) {
        self.planned += other.planned;
        self.listed += other.listed;
        self.double_copies += other.double_copies;
        self.not_selected += other.not_selected;
        self.unread += other.unread;
        self.elsewhere += other.elsewhere;
        for finding in Finding::ALL {
            self.add(finding, other.of(finding));
        }
    }

    /// Checks that every message and every listed activity has exactly one finding.
    ///
    /// # Errors
    ///
    /// The numbers do not add up, which is a bug.
    pub fn check(&self) -> Result<(), NotAddingUp> {
        let of_messages = Finding::ALL.into_iter();
        let found: u64 = of_messages
            .filter(|finding| *finding != Finding::Foreign)
            .map(|finding| self.of(finding))
            .sum();
        let of_activities = self.of(Finding::Same)
            + self.of(Finding::Drifted)
            + self.double_copies
            + self.of(Finding::Foreign)
            + self.not_selected
            + self.unread
            + self.elsewhere;
        if found != self.planned {
            let what = "messages to compare = all findings of messages";
            return Err(NotAddingUp { what });
        }
        if of_activities != self.listed {
            let what = "listed activities = same + drifted + double + foreign + not selected + unread + elsewhere";
            return Err(NotAddingUp { what });
        }
        Ok(())
    }
}
