//! What was read of objects in this run: blocks in a private temporary file, so that no byte is downloaded twice.
//!
//! Never here: requests; the caller passes a function that reads a range.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::StorageProblem;

/// Size of a block in bytes. A request reads whole blocks.
pub(super) const BLOCK: u64 = 256 << 10;
/// The largest number of blocks of one request: 8 MiB.
const LONGEST: u64 = 32;
/// The largest number of blocks in the file: 1 GiB.
const SLOTS: u32 = 4096;
/// An object up to this size in bytes is read by one request.
const SMALL: u64 = 1 << 20;

/// Blocks of objects. Readers of one block wait for one request. If the file is full, the blocks that were not used for
/// the longest time make space: first those that were to be read once, then the others.
#[derive(Debug)]
pub(super) struct Cache {
    state: Mutex<State>,
    arrived: Condvar,
    slots: u32,
}

#[derive(Debug, Default)]
struct State {
    /// Without a name in the file system, so that it ends with the process in any case.
    file: Option<File>,
    blocks: HashMap<Key, Block>,
    free: Vec<u32>,
    /// Slots of the file that were ever used.
    used: u32,
    tick: u64,
}

/// Object and number of the block in it.
type Key = (u64, u64);

#[derive(Debug, Clone, Copy)]
enum Block {
    /// A thread has sent a request for it.
    Requested,
    Here(Slot),
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    number: u32,
    last_use: u64,
    again: bool,
}

/// A read of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// The object's number.
    pub(super) object: u64,
    /// Its size in bytes.
    pub(super) size: u64,
    /// The end of the bytes that the reader needs, as far as it is known.
    pub(super) until: u64,
    /// Whether they will be read again in this run.
    pub(super) again: bool,
}

impl Default for Cache {
    fn default() -> Self {
        Cache::with_slots(SLOTS)
    }
}

impl Cache {
    fn with_slots(slots: u32) -> Self {
        Cache {
            state: Mutex::default(),
            arrived: Condvar::new(),
            slots,
        }
    }

    /// Reads bytes at `at`, at most up to the end of their block; 0 at the end of the object. `request` reads a range of
    /// the object from the storage.
    ///
    /// # Errors
    ///
    /// Those of `request`; [`StorageProblem::Temporary`].
    pub(super) fn read(
        &self,
        wanted: Wanted,
        at: u64,
        buffer: &mut [u8],
        request: &dyn Fn(Range<u64>) -> Result<Bytes, StorageProblem>,
    ) -> Result<usize, StorageProblem> {
        if at >= wanted.size || buffer.is_empty() {
            return Ok(0);
        }
        let block = at / BLOCK;
        let mut state = self.lock();
        loop {
            match state.blocks.get(&(wanted.object, block)) {
                Some(Block::Here(_)) => {
                    let end = ((block + 1) * BLOCK).min(wanted.size);
                    let length = (end - at).min(buffer.len() as u64);
                    let buffer = buffer.get_mut(..length as usize).unwrap_or_default();
                    return state.copy(wanted, at, buffer).map_err(temporary);
                }
                Some(Block::Requested) => {
                    state = (self.arrived.wait(state)).unwrap_or_else(PoisonError::into_inner);
                }
                None => {
                    let run = state.run(wanted, at, buffer.len() as u64);
                    state.mark(wanted.object, &run);
                    drop(state);
                    let end = (run.end * BLOCK).min(wanted.size);
                    let read = request(run.start * BLOCK..end);
                    state = self.lock();
                    state.unmark(wanted.object, &run);
                    self.arrived.notify_all();
                    let stored = state.store(wanted, run, &read?, self.slots);
                    stored.map_err(temporary)?;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn temporary(error: io::Error) -> StorageProblem {
    StorageProblem::Temporary(error.kind().to_string())
}

impl State {
    /// The blocks to request, from that of `at` up to the first one that is here or requested.
    fn run(&self, wanted: Wanted, at: u64, length: u64) -> Range<u64> {
        let all = wanted.size.div_ceil(BLOCK);
        let is_here = |block: u64| self.blocks.contains_key(&(wanted.object, block));
        if wanted.size <= SMALL && !(0..all).any(is_here) {
            return 0..all;
        }
        let first = at / BLOCK;
        let end = wanted.until.max(at.saturating_add(length));
        let end = end.div_ceil(BLOCK).min(all).min(first + LONGEST);
        let next = (first + 1..end).find(|block| is_here(*block));
        first..next.unwrap_or(end)
    }

    fn mark(&mut self, object: u64, run: &Range<u64>) {
        let blocks = run.clone().map(|block| ((object, block), Block::Requested));
        self.blocks.extend(blocks);
    }

    fn unmark(&mut self, object: u64, run: &Range<u64>) {
        for block in run.clone() {
            self.blocks.remove(&(object, block));
        }
    }

    fn copy(&mut self, wanted: Wanted, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.tick += 1;
        let block = self.blocks.get_mut(&(wanted.object, at / BLOCK));
        let (Some(Block::Here(slot)), Some(file)) = (block, &mut self.file) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        slot.last_use = self.tick;
        slot.again |= wanted.again;
        file.seek(SeekFrom::Start(u64::from(slot.number) * BLOCK + at % BLOCK))?;
        file.read_exact(buffer)?;
        Ok(buffer.len())
    }

    fn store(
        &mut self,
        wanted: Wanted,
        run: Range<u64>,
        bytes: &Bytes,
        slots: u32,
    ) -> io::Result<()> {
        for (block, bytes) in run.zip(bytes.chunks(BLOCK as usize)) {
            if self.file.is_none() {
                self.file = Some(tempfile::tempfile()?);
            }
            let number = self.slot(slots);
            let Some(file) = &mut self.file else {
                return Err(io::ErrorKind::NotFound.into());
            };
            let at = file.seek(SeekFrom::Start(u64::from(number) * BLOCK));
            if let Err(error) = at.and_then(|_| file.write_all(bytes)) {
                self.free.push(number);
                return Err(error);
            }
            self.tick += 1;
            let slot = Slot {
                number,
                last_use: self.tick,
                again: wanted.again,
            };
            let key = (wanted.object, block);
            self.blocks.insert(key, Block::Here(slot));
        }
        Ok(())
    }

    /// A free slot of the file.
    fn slot(&mut self, slots: u32) -> u32 {
        if let Some(number) = self.free.pop() {
            return number;
        }
        if self.used < slots {
            self.used += 1;
            return self.used - 1;
        }
        let mut here: Vec<(bool, u64, Key, u32)> = (self.blocks.iter())
            .filter_map(|(key, block)| match block {
                Block::Here(slot) => Some((slot.again, slot.last_use, *key, slot.number)),
                Block::Requested => None,
            })
            .collect();
        here.sort_unstable();
        // Several at once, so that a full file is not sorted for every block.
        for (_, _, key, number) in here.into_iter().take((slots / 16).max(1) as usize) {
            self.blocks.remove(&key);
            self.free.push(number);
        }
        // Every slot is in `blocks` or `free`, since they change under one lock.
        self.free.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn byte(at: u64) -> u8 {
        (at % 251) as u8
    }

    fn served(range: Range<u64>) -> Bytes {
        range.map(byte).collect()
    }

    fn wanted(object: u64, size: u64) -> Wanted {
        Wanted {
            object,
            size,
            until: 0,
            again: false,
        }
    }

    /// Reads a range in pieces of 64 KiB and checks its bytes.
    fn read(cache: &Cache, wanted: Wanted, range: Range<u64>, sent: &Mutex<Vec<Range<u64>>>) {
        let request = |range: Range<u64>| {
            sent.lock().unwrap().push(range.clone());
            Ok(served(range))
        };
        let mut at = range.start;
        while at < range.end {
            let mut buffer = vec![0; (range.end - at).min(64 << 10) as usize];
            let count = cache.read(wanted, at, &mut buffer, &request).unwrap();
            assert!(count > 0, "{at}");
            let expected: Vec<u8> = (at..at + count as u64).map(byte).collect();
            assert_eq!(buffer[..count], expected);
            at += count as u64;
        }
    }

    fn taken(sent: &Mutex<Vec<Range<u64>>>) -> Vec<Range<u64>> {
        std::mem::take(&mut sent.lock().unwrap())
    }

    #[test]
    fn every_byte_is_requested_once() {
        let (cache, sent) = (Cache::default(), Mutex::default());
        let size = 40 * BLOCK + 17;
        let entry = Wanted {
            until: 3 * BLOCK + 5,
            ..wanted(1, size)
        };
        read(&cache, entry, BLOCK + 9..3 * BLOCK + 5, &sent);
        assert_eq!(taken(&sent), [BLOCK..4 * BLOCK]);
        let all = Wanted {
            until: size,
            ..wanted(1, size)
        };
        read(&cache, all, 0..size, &sent);
        assert_eq!(
            taken(&sent),
            [0..BLOCK, 4 * BLOCK..36 * BLOCK, 36 * BLOCK..size]
        );
        read(&cache, all, 0..size, &sent);
        assert_eq!(taken(&sent), []);
        read(&cache, wanted(2, size), 5..6, &sent);
        assert_eq!(taken(&sent), std::slice::from_ref(&(0..BLOCK)));
    }

    #[test]
    fn small_object_is_one_request() {
        let (cache, sent) = (Cache::default(), Mutex::default());
        let small = wanted(1, SMALL);
        read(&cache, small, SMALL - 22..SMALL, &sent);
        read(&cache, small, 0..SMALL, &sent);
        assert_eq!(taken(&sent), std::slice::from_ref(&(0..SMALL)));
        let mut buffer = [0; 8];
        let none = |_: Range<u64>| -> Result<Bytes, StorageProblem> { panic!("no request") };
        assert_eq!(cache.read(small, SMALL, &mut buffer, &none), Ok(0));
    }

    #[test]
    fn readers_of_a_block_wait_for_one_request() {
        let (cache, sent) = (Cache::default(), Mutex::default());
        let size = 8 * BLOCK;
        let all = Wanted {
            until: size,
            ..wanted(1, size)
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| read(&cache, all, 0..size, &sent));
            }
        });
        let mut ranges = taken(&sent);
        ranges.sort_by_key(|range| range.start);
        let total: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        assert_eq!(total, size, "{ranges:?}");
    }

    #[test]
    fn failed_request_is_repeated_by_the_next_reader() {
        let (cache, sent) = (Cache::default(), Mutex::default());
        let tries = AtomicU64::new(0);
        let fail = |_: Range<u64>| {
            tries.fetch_add(1, Ordering::Relaxed);
            Err(StorageProblem::Unreachable("reset".to_owned()))
        };
        let mut buffer = [0; 8];
        let failed = cache.read(wanted(1, 4 * BLOCK), 0, &mut buffer, &fail);
        assert!(matches!(failed, Err(StorageProblem::Unreachable(_))));
        read(&cache, wanted(1, 4 * BLOCK), 0..10, &sent);
        assert_eq!((tries.into_inner(), taken(&sent).len()), (1, 1));
    }

    #[test]
    fn full_file_keeps_what_is_read_again() {
        let (cache, sent) = (Cache::with_slots(16), Mutex::default());
        let transcript = Wanted {
            again: true,
            until: 8 * BLOCK,
            ..wanted(1, 8 * BLOCK)
        };
        read(&cache, transcript, 0..8 * BLOCK, &sent);
        let media = Wanted {
            until: 60 * BLOCK,
            ..wanted(2, 60 * BLOCK)
        };
        read(&cache, media, 0..60 * BLOCK, &sent);
        taken(&sent);
        read(&cache, transcript, 0..8 * BLOCK, &sent);
        assert_eq!(taken(&sent), []);
        let state = cache.lock();
        let length = state.file.as_ref().unwrap().metadata().unwrap().len();
        assert!(length <= 16 * BLOCK, "{length}");
    }
}
