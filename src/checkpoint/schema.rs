//! The format of the file: its versions and the migrations between them.
//!
//! In scope: reading older files, rejecting newer ones, and recognising a checkpoint. `application_id`
//! identifies a chatferry checkpoint, `user_version` its format. A released migration is never changed.
//!
//! | file             | result                                          |
//! |------------------|-------------------------------------------------|
//! | none, or empty   | `import` creates it; `plan` sees nothing recorded |
//! | format 1 to 8    | `import` migrates it to format 9                |
//! | format 9         | used as it is                                   |
//! | format 10 …       | rejected: `checkpoint.newer`                    |
//! | anything else    | rejected: `checkpoint.not_ours`                 |

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::error::{Error, Fault};

/// `cfry`: marks a database as a chatferry checkpoint.
pub(super) const APPLICATION_ID: i64 = 0x6366_7279;

/// A migration: the SQL that makes format n of format n - 1.
pub(super) type Step = &'static str;

/// Every migration in order; their number is the format that this program writes.
pub(super) const STEPS: &[Step] = &[
    include_str!("v1.sql"),
    include_str!("v2.sql"),
    include_str!("v3.sql"),
    include_str!("v4.sql"),
    include_str!("v5.sql"),
    include_str!("v6.sql"),
    include_str!("v7.sql"),
    include_str!("v8.sql"),
    include_str!("v9.sql"),
];

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    /// The file is empty.
    Empty,
    /// A checkpoint of this format, which is at least 1 and at most the newest known one.
    Format(usize),
}

/// Determines the format of the file at `path` without changing it.
///
/// # Errors
/// [`Error::NotOurs`], [`Error::Newer`], [`Error::Damaged`].
pub(super) fn detect(
    connection: &Connection,
    path: &Path,
    steps: &[Step],
) -> Result<FileFormat, Error> {
    let ask = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(|error| Error::sqlite(path, error))
    };
    let application = ask("PRAGMA application_id")?;
    let version = ask("PRAGMA user_version")?;
    if application == 0 && version == 0 && ask("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(FileFormat::Empty);
    }
    if application != APPLICATION_ID {
        return Err(Error::NotOurs {
            path: path.to_owned(),
        });
    }
    match usize::try_from(version) {
        Ok(format) if (1..=steps.len()).contains(&format) => Ok(FileFormat::Format(format)),
        Ok(format) if format > steps.len() => Err(Error::Newer {
            path: path.to_owned(),
            what: "format",
            found: version,
            known: i64::try_from(steps.len()).unwrap_or(i64::MAX),
        }),
        _ => Err(Error::Damaged {
            path: path.to_owned(),
            detail: format!("its format is {version}"),
        }),
    }
}

/// Migrates a file from format `from` (0: empty) to the newest, inside the caller's transaction.
pub(super) fn migrate(
    transaction: &Transaction<'_>,
    from: usize,
    steps: &[Step],
) -> Result<(), Fault> {
    for step in &steps[from..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(steps.len()).unwrap_or(0),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_formats_do_not_change() {
        let digest = blake3::hash(STEPS[0].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_1", digest.as_str());
        let digest = blake3::hash(STEPS[1].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_2", digest.as_str());
        let digest = blake3::hash(STEPS[2].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_3", digest.as_str());
        let digest = blake3::hash(STEPS[3].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_4", digest.as_str());
        let digest = blake3::hash(STEPS[4].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_5", digest.as_str());
        let digest = blake3::hash(STEPS[5].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_6", digest.as_str());
        let digest = blake3::hash(STEPS[6].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_7", digest.as_str());
        let digest = blake3::hash(STEPS[7].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_8", digest.as_str());
        let digest = blake3::hash(STEPS[8].replace("\r\n", "\n").as_bytes()).to_hex();
        insta::assert_snapshot!("format_9", digest.as_str());
    }

    #[test]
    fn kinds_of_files_are_distinguished() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("a.db");
        assert_eq!(detect(&connection, path, STEPS).unwrap(), FileFormat::Empty);

        let transaction = connection.transaction().unwrap();
        migrate(&transaction, 0, STEPS).unwrap();
        transaction.commit().unwrap();
        assert_eq!(
            detect(&connection, path, STEPS).unwrap(),
            FileFormat::Format(9)
        );

        connection.pragma_update(None, "user_version", 10).unwrap();
        assert_eq!(
            detect(&connection, path, STEPS).unwrap_err().code(),
            "checkpoint.newer"
        );
        connection.pragma_update(None, "user_version", 0).unwrap();
        assert_eq!(
            detect(&connection, path, STEPS).unwrap_err().code(),
            "checkpoint.damaged"
        );
        connection.pragma_update(None, "application_id", 7).unwrap();
        assert_eq!(
            detect(&connection, path, STEPS).unwrap_err().code(),
            "checkpoint.not_ours"
        );
    }
}
