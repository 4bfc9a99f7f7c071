//! Errors with a stable code and, where they concern one file, its path.
//!
//! Both are data: no caller parses the text of an error.

use std::path::Path;

/// An error with a stable code, and the path of its file if it has one.
pub(crate) trait Coded: std::error::Error {
    /// A stable identifier.
    fn code(&self) -> &str;

    /// The file that the error is about.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// The text without the place (`path: ` or `path:line: `) that it begins with.
    fn detail(&self) -> String {
        let text = self.to_string();
        let Some(path) = self.path() else {
            return text;
        };
        let path = path.display().to_string();
        let rest = text.strip_prefix(&*path);
        let rest = rest.and_then(|rest| rest.split_once(": "));
        rest.map_or(text.clone(), |(_, detail)| detail.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{path}:3: is damaged: by water")]
    struct Damaged {
        path: PathBuf,
    }

    impl Coded for Damaged {
        fn code(&self) -> &str {
            "damaged"
        }

        fn path(&self) -> Option<&Path> {
            Some(&self.path)
        }
    }

    #[test]
    fn detail_has_no_place() {
        let damaged = Damaged {
            path: "a: b/c.zip".into(),
        };
        assert_eq!(damaged.detail(), "is damaged: by water");
    }
}
