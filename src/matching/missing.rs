//! Messages that one timeline lacks, and the events that explain it.
//!
//! Belongs here: where a timeline begins and ends. Never here: which pairs there are.

/// One message of one timeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Its position in its timeline.
    pub(super) rank: usize,
    /// The events that it is a witness of without a partner.
    pub(super) events: u32,
    /// The other timeline may begin later than it.
    pub(super) is_older: bool,
    /// The other timeline may end earlier than it.
    pub(super) is_newer: bool,
    /// The other timeline is a record of an import, which lacks deletion notices.
    pub(super) is_left_out: bool,
    /// It stands for so many messages.
    pub(super) count: u32,
}

/// Where a timeline begins and ends to have pairs.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The positions of the first and the last pair of all.
    pub(super) pairs: Option<(usize, usize)>,
    /// Messages without a partner before the first pair or behind the last one.
    pub(super) alone: Vec<Member>,
}

/// Messages without a partner: whether they are before the first pair, or behind the last one, and
/// how many they are.
pub(super) type Alone = Vec<(bool, bool, u32)>;

impl Ends {
    /// True for a message that the other timeline lacks whatever pairs there are: it stands between
    /// two pairs, or is too late and too early for either end.
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
    pub(super) fn without_partner(&self, members: impl Iterator<Item = (Member, bool)>) -> Alone {
        let (mut first, mut last) = self.pairs.unwrap_or((usize::MAX, 0));
        let mut has_pairs = self.pairs.is_some();
        let mut alone = self.alone.clone();
        for (member, is_paired) in members {
            if is_paired {
                (first, last) = (first.min(member.rank), last.max(member.rank));
                has_pairs = true;
            } else {
                alone.push(member);
            }
        }
        (alone.into_iter())
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

/// True for a message that the other timeline lacks between these pairs, and whatever further ones there
/// are.
pub(super) fn is_between(pairs: Option<(usize, usize)>, member: &Member) -> bool {
    let (is_behind_first, is_before_last) = match pairs {
        Some((first, last)) => (member.rank > first, member.rank < last),
        None => (false, false),
    };
    let is_before = member.is_older && !is_behind_first;
    let is_behind = member.is_newer && !is_before_last;
    !member.is_left_out && !is_before && !is_behind
}

/// How many of these are missing in the other timeline, if that may begin later or end earlier.
pub(super) fn count(alone: &Alone, may_begin_later: bool, may_end_earlier: bool) -> u32 {
    let is_missing = |(is_before, is_behind, _): &&(bool, bool, u32)| {
        let is_excused = (may_begin_later && *is_before) || (may_end_earlier && *is_behind);
        !is_excused
    };
    let missing = alone.iter().filter(is_missing);
    missing.map(|(.., count)| count).sum()
}
