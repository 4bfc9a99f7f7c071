//! What a person should know of an archive that opened all the same.

/// Something about the entries of an archive that changes what is read of it. It names no entry:
/// names are people's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// Symbolic links, which are left out: they point to something that is not in the archive.
    Links(u64),
    /// Files that are there twice, byte for byte the same; one of each is left out.
    Twins(u64),
    /// Files of one name whose bytes differ. Which one a message means cannot be known, so none
    /// is taken.
    SameName(u64),
    /// Files behind a password.
    Encrypted(u64),
    /// Files that share bytes of the zip with another one, which no phone writes; none of them is
    /// read.
    Overlapping(u64),
    /// Files that are packed by a method this program does not read.
    Method(u64),
    /// Files whose names are in a code page of before Unicode, and the page they were read by.
    OldNames(u64, &'static str),
}

impl Remark {
    /// A stable word for reports.
    pub fn code(self) -> &'static str {
        match self {
            Remark::Links(_) => "archive_links",
            Remark::Twins(_) => "archive_twins",
            Remark::SameName(_) => "archive_same_name",
            Remark::Encrypted(_) => "archive_encrypted",
            Remark::Overlapping(_) => "archive_overlapping",
            Remark::Method(_) => "archive_method",
            Remark::OldNames(..) => "archive_old_names",
        }
    }

    /// What it is and what to do, for people.
    pub fn describe(self) -> String {
        match self {
            Remark::Links(count) => format!(
                "{} a symbolic link, which is left out: its target is not in the archive",
                are(count)
            ),
            Remark::Twins(count) => format!(
                "{} in the archive twice, byte for byte the same; one of each is taken",
                are(count)
            ),
            Remark::SameName(count) => format!(
                "{} a name with another one of other bytes, and none is taken for the one that a message names: unpack the archive and keep the right one",
                verb(count, "shares", "share")
            ),
            Remark::Encrypted(count) => format!(
                "{} encrypted and cannot be read: unpack the archive with its password and name the folder",
                are(count)
            ),
            Remark::Overlapping(count) => format!(
                "{} bytes of the zip with another one, which no phone writes, and cannot be read: export the chat again",
                verb(count, "shares", "share")
            ),
            Remark::Method(count) => format!(
                "{} packed by a method that is not read here: unpack the archive and name the folder",
                are(count)
            ),
            Remark::OldNames(count, page) => format!(
                "{} a name that is not in Unicode, read as {page}: if it looks wrong, unpack the archive and name the folder",
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
