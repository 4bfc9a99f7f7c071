//! A zip with one file of any size in it that takes no room on disk: the records by hand, since a
//! zip writer would have to be given every byte.
//!
//! The transcript comes first, as phones write it. The large file is stored, its bytes are a hole
//! of the file system, and its CRC is not that of as many zeros: nothing may read it.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// The version of the format that knows 64-bit sizes (APPNOTE.TXT 4.4.3.2).
const ZIP64: u16 = 45;
/// Names are UTF-8 (APPNOTE.TXT 4.4.4, bit 11).
const UTF8: u16 = 1 << 11;
/// 2024-03-13, as the directory writes days.
const DAY: u16 = (2024 - 1980) << 9 | 3 << 5 | 13;

struct Stored<'a> {
    name: &'a str,
    size: u64,
    crc: u32,
    at: u64,
}

impl Stored<'_> {
    /// What the local header and the directory say in the same order, from the version on.
    fn fields(&self, extra: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Version, flags, method 0 (stored), time, day.
        for field in [ZIP64, UTF8, 0, 0, DAY] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(self.crc.to_le_bytes());
        // Both sizes are in the extra field.
        bytes.extend([0xff; 8]);
        let name = u16::try_from(self.name.len()).expect("a short name");
        bytes.extend(name.to_le_bytes());
        bytes.extend(extra.to_le_bytes());
        bytes
    }

    /// The extra field of 64-bit numbers (APPNOTE.TXT 4.5.3).
    fn extra(numbers: &[u64]) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        let length = u16::try_from(numbers.len() * 8).expect("a few");
        bytes.extend(length.to_le_bytes());
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    }

    fn local(&self) -> Vec<u8> {
        let extra = Stored::extra(&[self.size, self.size]);
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(self.fields(20));
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }

    fn central(&self) -> Vec<u8> {
        let extra = Stored::extra(&[self.size, self.size, self.at]);
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend(ZIP64.to_le_bytes());
        bytes.extend(self.fields(28));
        // No comment, disk 0, no attributes; the place is in the extra field.
        bytes.extend([0; 10]);
        bytes.extend([0xff; 4]);
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }
}

/// Writes a zip of a transcript and of one file of `size` bytes that are not there.
pub(crate) fn write(path: &Path, transcript: (&str, &str), media: (&str, u64)) {
    write_or_error(path, transcript, media).expect("a zip");
}

fn write_or_error(
    path: &Path,
    (transcript, text): (&str, &str),
    (media, size): (&str, u64),
) -> io::Result<()> {
    let mut file = File::create(path)?;
    let transcript = Stored {
        name: transcript,
        size: text.len() as u64,
        crc: crc32fast::hash(text.as_bytes()),
        at: 0,
    };
    file.write_all(&transcript.local())?;
    file.write_all(text.as_bytes())?;
    let media = Stored {
        name: media,
        size,
        crc: 0x5a5a_5a5a,
        at: file.stream_position()?,
    };
    file.write_all(&media.local())?;
    let directory = file.stream_position()? + size;
    file.seek(SeekFrom::Start(directory))?;
    file.write_all(&transcript.central())?;
    file.write_all(&media.central())?;
    let end = file.stream_position()?;
    // The 64-bit end (APPNOTE.TXT 4.3.14), its locator (4.3.15), and the end that points to them.
    file.write_all(b"PK\x06\x06")?;
    file.write_all(&44u64.to_le_bytes())?;
    file.write_all(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
    for number in [2, 2, end - directory, directory] {
        file.write_all(&number.to_le_bytes())?;
    }
    file.write_all(b"PK\x06\x07\0\0\0\0")?;
    file.write_all(&end.to_le_bytes())?;
    file.write_all(&1u32.to_le_bytes())?;
    file.write_all(b"PK\x05\x06\0\0\0\0")?;
    file.write_all(&[0xff; 12])?;
    file.write_all(&[0; 2])
}
