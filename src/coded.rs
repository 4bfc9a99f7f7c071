//! Errors with a stable code and, where they concern one file, its path.
//!
//! Code, place, cause and remedy are data: no caller parses the text of an error.

use std::fmt;
use std::path::Path;

/// An error with a stable code, and the path of its file if it has one.
pub(crate) trait Coded: std::error::Error {
    /// The stable code of the error (docs/guide/troubleshooting.md).
    fn code(&self) -> &str;

    /// The file that the error concerns; `None` if it concerns none.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// The line in that file, from 1; 0 for the file as a whole; `None` if the error has no line.
    fn line(&self) -> Option<usize> {
        None
    }

    /// What happened and what to do, without the place.
    fn explanation(&self) -> Explanation;
}

/// Writes an error as `path:line: cause; remedy`.
pub(crate) fn fmt(error: &impl Coded, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(path) = error.path() {
        write!(f, "{}", path.display())?;
        if let Some(line) = error.line() {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
    }
    write!(f, "{}", error.explanation())
}

/// The cause of an error and its remedy, each without a full stop. Displayed as `cause; remedy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, without the place.
    pub reason: String,
    /// What a person can do; `None` if nothing can be done.
    pub remedy: Option<String>,
}

impl Explanation {
    /// A cause with its remedy.
    pub fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Explanation {
            reason: reason.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// A cause without a remedy.
    pub fn without_remedy(reason: impl Into<String>) -> Self {
        Explanation {
            reason: reason.into(),
            remedy: None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    struct Damaged {
        path: PathBuf,
    }

    impl fmt::Display for Damaged {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            super::fmt(self, f)
        }
    }

    impl Coded for Damaged {
        fn code(&self) -> &str {
            "damaged"
        }

        fn path(&self) -> Option<&Path> {
            Some(&self.path)
        }

        fn line(&self) -> Option<usize> {
            Some(3)
        }

        fn explanation(&self) -> Explanation {
            Explanation::new("is damaged: by water", "dry it")
        }
    }

    #[test]
    fn place_precedes_cause_and_remedy() {
        let damaged = Damaged {
            path: "a: b/c.zip".into(),
        };
        assert_eq!(
            damaged.to_string(),
            "a: b/c.zip:3: is damaged: by water; dry it"
        );
        assert_eq!(Explanation::without_remedy("gone").to_string(), "gone");
    }
}
