//! Work on each message of a chat that needs nothing of the others: on all cores, a piece of the chat
//! ahead of whoever takes the results in order.

use rayon::prelude::*;

/// So many messages are ahead.
const PIECE: usize = 1 << 16;

/// One core takes so many messages at least.
const LEAST: usize = 1 << 10;

/// What `make` gives for each place below `count`, in order. The bytes that it gets are kept for their
/// room.
pub(super) fn each<T: Send>(
    count: usize,
    make: impl Fn(usize, &mut Vec<u8>) -> T + Sync,
) -> impl Iterator<Item = T> {
    (0..count).step_by(PIECE).flat_map(move |first| {
        let piece = first..count.min(first + PIECE);
        let made: Vec<T> = (piece.into_par_iter().with_min_len(LEAST))
            .map_init(Vec::new, |bytes, place| make(place, bytes))
            .collect();
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_kept() {
        for count in [0, 1, LEAST + 1, PIECE, 2 * PIECE + 3] {
            let places: Vec<usize> = each(count, |place, _| place).collect();
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }
}
