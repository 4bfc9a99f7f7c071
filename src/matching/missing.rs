//! Messages that one timeline lacks, and the events that explain it.
//!
//! Here belongs where a timeline starts and ends; never which pairs there are.

/// One message of one timeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Its position in its timeline.
    pub(super) rank: usize,
    /// The number of events it needs without a partner.
    pub(super) events: u32,
    /// Whether the other timeline may start later than it.
    pub(super) is_older: bool,
    /// Whether the other timeline may end earlier than it.
    pub(super) is_newer: bool,
    /// Whether the other timeline is a record of an import, which lacks deletion notices.
    pub(super) is_left_out: bool,
    /// The number of messages that it represents.
    pub(super) count: u32,
}

/// The first and last pairs of a timeline.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The positions of the first and the last pair of all.
    pub(super) pairs: Option<(usize, usize)>,
    /// Messages without a partner before the first pair or after the last one.
    pub(super) unpaired: Vec<Member>,
}

/// Messages without a partner: whether they are before the first pair, whether after the last one, and
/// their number.
pub(super) type Unpaired = Vec<(bool, bool, u32)>;

impl Ends {
    /// Whether the other timeline lacks the message whatever pairs there are: it is between two pairs, or
    /// too late and too early for either end.
    pub(super) fn is_within(&self, member: &Member) -> bool {
        is_between(self.pairs, member)
    }

    /// The first and the last pair, with those of members of these positions.
    pub(super) fn with(&self, ranks: impl Iterator<Item = usize>) -> Option<(usize, usize)> {
        ranks.fold(self.pairs, |pairs, rank| {
            let (first, last) = pairs.unwrap_or((rank, rank));
            Some((first.min(rank), last.max(rank)))
        })
    }

    /// The messages without a partner, with those of a unit.
    pub(super) fn without_partner(
        &self,
        members: impl Iterator<Item = (Member, bool)>,
    ) -> Unpaired {
        let (mut first, mut last) = self.pairs.unwrap_or((usize::MAX, 0));
        let mut has_pairs = self.pairs.is_some();
        let mut unpaired = self.unpaired.clone();
        for (member, is_paired) in members {
            if is_paired {
                (first, last) = (first.min(member.rank), last.max(member.rank));
                has_pairs = true;
            } else {
                unpaired.push(member);
            }
        }
        (unpaired.into_iter())
            .filter(|member| !member.is_left_out)
            .map(|member| {
                let is_before = !has_pairs || member.rank < first;
                let is_behind = !has_pairs || member.rank > last;
                let is_before = is_before && member.is_older;
                (is_before, is_behind && member.is_newer, member.count)
            })
            .collect()
    }
}

/// Whether the other timeline lacks the message, given these pairs and any further ones.
pub(super) fn is_between(pairs: Option<(usize, usize)>, member: &Member) -> bool {
    let (is_behind_first, is_before_last) = match pairs {
        Some((first, last)) => (member.rank > first, member.rank < last),
        None => (false, false),
    };
    let is_before = member.is_older && !is_behind_first;
    let is_behind = member.is_newer && !is_before_last;
    !member.is_left_out && !is_before && !is_behind
}

/// The number of these that are missing in the other timeline, if that may start later or end earlier.
pub(super) fn count(unpaired: &Unpaired, may_begin_later: bool, may_end_earlier: bool) -> u32 {
    let is_missing = |(is_before, is_behind, _): &&(bool, bool, u32)| {
        let is_excused = (may_begin_later && *is_before) || (may_end_earlier && *is_behind);
        !is_excused
    };
    let missing = unpaired.iter().filter(is_missing);
    missing.map(|(.., count)| count).sum()
}
