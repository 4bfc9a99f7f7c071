//! Write-ahead log of SQLite: copies the committed pages of a log into an image of its database.
//!
//! The format is documented at <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>. What counts is what
//! SQLite itself recovers after a crash: frames up to the first one whose salt or checksum does not agree, and of
//! these the ones up to the last commit. A log without a valid header has no frames. Memory holds one page.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write as _};

use super::image::{be32, is_page_size};

/// Sizes of the two headers, in bytes.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Magic number of a log whose checksums read words in little endian; plus one: in big endian.
const MAGIC: u32 = 0x377f_0682;
/// The only format version that SQLite has written so far.
const VERSION: u32 = 3_007_000;

/// Writes every page that the log has committed into `image`, and gives the image its size of the last commit.
///
/// # Errors
///
/// What reading and writing fail with; `InvalidData` for an unknown version, for pages of another size than those of
/// the image, and for a log that changes while it is read.
pub(super) fn apply(
    log: &mut (impl Read + Seek),
    image: &mut File,
    page_size: u32,
) -> io::Result<()> {
    let mut committed = None;
    if let Some(mut frames) = Frames::start(log)? {
        let mut read: u64 = 0;
        while let Some(frame) = frames.next()? {
            read += 1;
            if frame.pages != 0 {
                committed = Some((read, frame.pages, frames.page_size()));
            }
        }
    }
    let Some((count, pages, log_page_size)) = committed else {
        return Ok(());
    };
    if log_page_size != page_size {
        return Err(invalid("the log belongs to another database"));
    }
    let changed = || invalid("the log changed while it was read");
    log.rewind()?;
    let mut frames = Frames::start(log)?.ok_or_else(changed)?;
    for _ in 0..count {
        let frame = frames.next()?.ok_or_else(changed)?;
        image.seek(SeekFrom::Start(
            u64::from(frame.page - 1) * u64::from(page_size),
        ))?;
        image.write_all(&frames.page)?;
    }
    image.set_len(u64::from(pages) * u64::from(page_size))
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Header of a valid frame.
struct Frame {
    /// Number of the page in the database, from 1.
    page: u32,
    /// Size of the database in pages after this commit; 0 where the frame does not end a transaction.
    pages: u32,
}

/// The valid frames of a log, in order.
struct Frames<'l, L> {
    log: BufReader<&'l mut L>,
    salt: [u8; 8],
    sum: Sum,
    /// Content of the frame read last.
    page: Vec<u8>,
}

impl<'l, L: Read> Frames<'l, L> {
    /// Reads the header of the log; `None` where it is not valid.
    fn start(log: &'l mut L) -> io::Result<Option<Frames<'l, L>>> {
        let mut log = BufReader::new(log);
        let mut header = [0; HEADER];
        if !filled(&mut log, &mut header)? {
            return Ok(None);
        }
        let (magic, page_size) = (be32(&header, 0), be32(&header, 8));
        let mut sum = Sum {
            big_endian: magic & 1 == 1,
            first: 0,
            second: 0,
        };
        sum.add(&header[..24]);
        if magic & !1 != MAGIC || !is_page_size(page_size) || !sum.is(&header[24..]) {
            return Ok(None);
        }
        if be32(&header, 4) != VERSION {
            return Err(invalid("the log has a version that is not known"));
        }
        let mut salt = [0; 8];
        salt.copy_from_slice(&header[16..24]);
        Ok(Some(Frames {
            log,
            salt,
            sum,
            page: vec![0; page_size as usize],
        }))
    }

    fn page_size(&self) -> u32 {
        self.page.len() as u32
    }

    /// Reads the next frame; `None` at the first one that is not valid.
    fn next(&mut self) -> io::Result<Option<Frame>> {
        let mut header = [0; FRAME_HEADER];
        if !filled(&mut self.log, &mut header)? || !filled(&mut self.log, &mut self.page)? {
            return Ok(None);
        }
        self.sum.add(&header[..8]);
        self.sum.add(&self.page);
        let frame = Frame {
            page: be32(&header, 0),
            pages: be32(&header, 4),
        };
        let is_valid = header[8..16] == self.salt && self.sum.is(&header[16..]) && frame.page != 0;
        Ok(is_valid.then_some(frame))
    }
}

/// Checksum over everything before it, of two 32-bit halves.
struct Sum {
    big_endian: bool,
    first: u32,
    second: u32,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word: fn([u8; 4]) -> u32 = match self.big_endian {
            true => u32::from_be_bytes,
            false => u32::from_le_bytes,
        };
        let (pairs, _) = bytes.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in pairs {
            let (left, right) = (word([*a, *b, *c, *d]), word([*e, *f, *g, *h]));
            self.first = self.first.wrapping_add(left).wrapping_add(self.second);
            self.second = self.second.wrapping_add(right).wrapping_add(self.first);
        }
    }

    fn is(&self, stored: &[u8]) -> bool {
        (self.first, self.second) == (be32(stored, 0), be32(stored, 4))
    }
}

/// Fills `buffer`; `false` where the input ends before.
fn filled(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
