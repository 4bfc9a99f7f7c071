//! Rollback journal of SQLite: puts the pages of an unfinished transaction back into an image of its database.
//!
//! The format is documented at <https://www.sqlite.org/fileformat2.html#the_rollback_journal>. What counts is what
//! SQLite itself rolls back after a crash (`pager_playback` of its source): segments up to the first one without a
//! header, and their pages up to the first one whose checksum does not agree. Memory holds one page.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write as _};

use super::image::{be32, is_page_size};

/// How each segment begins, and how the name of a super-journal ends.
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Size of the fields of a segment's header, in bytes; zeros up to the end of the sector follow.
const HEADER: usize = 28;
/// Size below which SQLite takes a journal for one that was never synced, in bytes: the usual sector.
const SHORTEST: u64 = 512;
/// Number of records of a journal that was written without syncing: as many as follow.
const UNCOUNTED: u32 = u32::MAX;
/// Offset of the page of a database that is never written, in bytes.
const PENDING_BYTE: u32 = 0x4000_0000;
/// The largest sector that SQLite accepts, in bytes.
const MAX_SECTOR: u32 = 0x1_0000;
/// The longest name of a super-journal that SQLite accepts on Unix, in bytes.
const MAX_NAME: u32 = 512;

/// Rolls back in `image` what `journal` can roll back; `page_size` is that of the database.
///
/// # Errors
///
/// What reading and writing fail with.
pub(super) fn roll_back(
    journal: &mut (impl Read + Seek),
    image: &mut File,
    page_size: u32,
) -> io::Result<()> {
    let mut journal = Journal {
        length: journal.seek(SeekFrom::End(0))?,
        file: journal,
    };
    // A transaction over several databases is committed when its super-journal is gone or empty.
    if let Some(name) = journal.super_journal()?
        && !fs::metadata(name).is_ok_and(|data| data.len() > 0)
    {
        return Ok(());
    }
    let mut header = [0; HEADER];
    if journal.length < SHORTEST || !journal.read(0, &mut header)? || header[..8] != MAGIC {
        return Ok(());
    }
    let (pages, sector) = (be32(&header, 16), be32(&header, 20));
    let page_size = match be32(&header, 24) {
        // SQLite before 3.5.8.
        0 => page_size,
        size => size,
    };
    let is_sector = sector.is_power_of_two() && (32..=MAX_SECTOR).contains(&sector);
    if !is_sector || !is_page_size(page_size) {
        return Ok(());
    }
    image.set_len(u64::from(pages) * u64::from(page_size))?;
    let (sector, record) = (u64::from(sector), u64::from(page_size) + 8);
    let mut bytes = vec![0; record as usize];
    let mut at = 0;
    while at + sector <= journal.length && journal.read(at, &mut header)? && header[..8] == MAGIC {
        at += sector;
        let count = match be32(&header, 8) {
            UNCOUNTED => (journal.length - sector) / record,
            count => u64::from(count),
        };
        for _ in 0..count {
            if !journal.read(at, &mut bytes)? {
                return Ok(());
            }
            at += record;
            let (page, content) = (be32(&bytes, 0), &bytes[4..bytes.len() - 4]);
            if page == 0 || page == PENDING_BYTE / page_size + 1 {
                return Ok(());
            }
            if page > pages {
                continue;
            }
            if checksum(be32(&header, 12), content) != be32(&bytes, bytes.len() - 4) {
                return Ok(());
            }
            image.seek(SeekFrom::Start(u64::from(page - 1) * u64::from(page_size)))?;
            image.write_all(content)?;
        }
        at = at.next_multiple_of(sector);
    }
    Ok(())
}

/// Every 200th byte of a page from its end, and a random number.
fn checksum(random: u32, page: &[u8]) -> u32 {
    let bytes = page.iter().rev().skip(199).step_by(200);
    bytes.fold(random, |sum, byte| sum.wrapping_add(u32::from(*byte)))
}

struct Journal<'j, J> {
    file: &'j mut J,
    length: u64,
}

impl<J: Read + Seek> Journal<'_, J> {
    /// Fills `buffer` from `offset`; `false` where the journal ends before.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<bool> {
        if offset + buffer.len() as u64 > self.length {
            return Ok(false);
        }
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(buffer)?;
        Ok(true)
    }

    /// Path of the super-journal that the end of the journal names, where it names one.
    fn super_journal(&mut self) -> io::Result<Option<String>> {
        let mut end = [0; 16];
        let Some(at) = self.length.checked_sub(16) else {
            return Ok(None);
        };
        if !self.read(at, &mut end)? || end[8..] != MAGIC {
            return Ok(None);
        }
        let length = be32(&end, 0);
        if length == 0 || length > MAX_NAME || u64::from(length) > at {
            return Ok(None);
        }
        let mut name = vec![0; length as usize];
        self.read(at - u64::from(length), &mut name)?;
        // Bytes are signed in this sum.
        let add = |sum: u32, byte: &u8| sum.wrapping_add_signed(i32::from(*byte as i8));
        if name.iter().fold(0, add) != be32(&end, 4) {
            return Ok(None);
        }
        Ok(String::from_utf8(name)
            .ok()
            .filter(|name| is_super_journal(name)))
    }
}

/// Whether a name ends in `-mj`, six digits, `9` and two digits, all of them hexadecimal.
fn is_super_journal(name: &str) -> bool {
    let Some(at) = name.len().checked_sub(12) else {
        return false;
    };
    let end = &name.as_bytes()[at..];
    end.starts_with(b"-mj") && end[9] == b'9' && end[3..].iter().all(u8::is_ascii_hexdigit)
}
