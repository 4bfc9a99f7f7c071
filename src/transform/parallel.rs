//! Parallel work on the messages of a chat, with results in order.
//!
//! For work that needs one message at a time: all cores process a block of messages ahead of the consumer.

use rayon::prelude::*;

/// Messages per block.
const BLOCK: usize = 1 << 16;

/// The minimum number of messages per core.
const MIN_PER_CORE: usize = 1 << 10;

/// The results of `make` for each index below `count`, in order. Its buffer is reused between calls.
pub(super) fn each<T: Send>(
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> T + Sync,
) -> impl Iterator<Item = T> {
    (0..count).step_by(BLOCK).flat_map(move |first| {
        let piece = first..count.min(first + BLOCK);
        let made: Vec<T> = (piece.into_par_iter().with_min_len(MIN_PER_CORE))
            .map_init(Vec::new, |bytes, index| make(index, bytes))
            .collect();
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for count in [0, 1, MIN_PER_CORE + 1, BLOCK, 2 * BLOCK + 3] {
            let indexes: Vec<usize> = each(count, |index, _| index).collect();
            assert_eq!(indexes, (0..count).collect::<Vec<_>>());
        }
    }
}
