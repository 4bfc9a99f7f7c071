//! Remarks: conditions of an archive that opened but cannot be read in full.
//!
//! Never here: names of entries, which are content.

/// A condition of an archive's entries that changes what is read. It names no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The number of symbolic links, which are ignored: their targets are not in the archive.
    SymbolicLinks(u64),
    /// The number of exact duplicates of another file; one of each is ignored.
    Duplicates(u64),
    /// The number of files with the same name as another one and different bytes. Which one a
    /// message names is ambiguous, so none is attached.
    SameName(u64),
    /// The number of encrypted files, which cannot be read.
    Encrypted(u64),
    /// The number of files whose bytes overlap those of another file, which WhatsApp never writes;
    /// none of them is read.
    Overlapping(u64),
    /// The number of files with an unsupported compression method, which cannot be read.
    UnsupportedMethod(u64),
    /// The number of files whose names are not UTF-8, and the code page that they were decoded
    /// with.
    LegacyNames(u64, &'static str),
}

impl Remark {
    /// The stable code for reports (docs/reference/rules.md).
    pub fn code(self) -> &'static str {
        match self {
            Remark::SymbolicLinks(_) => "archive_links",
            Remark::Duplicates(_) => "archive_twins",
            Remark::SameName(_) => "archive_same_name",
            Remark::Encrypted(_) => "archive_encrypted",
            Remark::Overlapping(_) => "archive_overlapping",
            Remark::UnsupportedMethod(_) => "archive_method",
            Remark::LegacyNames(..) => "archive_old_names",
        }
    }

    /// Description and remedy, for people.
    pub fn describe(self) -> String {
        match self {
            Remark::SymbolicLinks(count) => format!(
                "{} a symbolic link and is ignored: the target is not in the archive",
                are(count)
            ),
            Remark::Duplicates(count) => format!(
                "{} another file of the archive byte for byte; one copy of each is used",
                verb(count, "duplicates", "duplicate")
            ),
            Remark::SameName(count) => format!(
                "{} a name with a file of different content, so a message that names it gets no attachment: unpack the archive and keep the right file",
                verb(count, "shares", "share")
            ),
            Remark::Encrypted(count) => format!(
                "{} encrypted and cannot be read: unpack the archive with its password and pass the folder instead",
                are(count)
            ),
            Remark::Overlapping(count) => format!(
                "{} bytes with another file of the zip, which WhatsApp never writes, and cannot be read: export the chat again",
                verb(count, "shares", "share")
            ),
            Remark::UnsupportedMethod(count) => format!(
                "{} compressed with an unsupported method: unpack the archive and pass the folder instead",
                are(count)
            ),
            Remark::LegacyNames(count, page) => format!(
                "{} a name that is not valid UTF-8, decoded as {page}: if it looks wrong, unpack the archive and pass the folder instead",
                verb(count, "has", "have")
            ),
        }
    }
}

fn are(count: u64) -> String {
    verb(count, "is", "are")
}

fn verb(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 file {one}"),
        count => format!("{count} files {many}"),
    }
}
