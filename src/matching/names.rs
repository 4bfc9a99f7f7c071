//! Names of people in two sources that are one person according to the pairs found so far.
//!
//! Here belongs which names exclude each other; never which pairs prove a name ([`super::plausible`]), nor
//! names that two sources share ([`super::people`]).

use std::collections::BTreeMap;

/// The author in the new timeline and the author in the old one, with the number of pairs that prove them
/// to be one person.
#[derive(Debug, Default)]
pub(super) struct Names {
    of_new: BTreeMap<(u32, u32), usize>,
    of_old: BTreeMap<(u32, u32), usize>,
}

impl Names {
    pub(super) fn add(&mut self, (new, old): (u32, u32)) {
        *self.of_new.entry((new, old)).or_default() += 1;
        *self.of_old.entry((old, new)).or_default() += 1;
    }

    pub(super) fn remove(&mut self, (new, old): (u32, u32)) {
        less(&mut self.of_new, (new, old));
        less(&mut self.of_old, (old, new));
    }

    /// Whether more pairs prove that one of the two is another person.
    pub(super) fn exclude(&self, (new, old): (u32, u32)) -> bool {
        let proofs = self.of_new.get(&(new, old)).copied().unwrap_or(0);
        most(&self.of_new, new) > proofs || most(&self.of_old, old) > proofs
    }
}

fn less(names: &mut BTreeMap<(u32, u32), usize>, pair: (u32, u32)) {
    if let Some(count) = names.get_mut(&pair) {
        *count -= 1;
        if *count == 0 {
            names.remove(&pair);
        }
    }
}

/// The number of pairs that prove the most probable name of a person.
fn most(names: &BTreeMap<(u32, u32), usize>, of: u32) -> usize {
    let all = names.range((of, 0)..=(of, u32::MAX));
    all.map(|(_, count)| *count).max().unwrap_or(0)
}
