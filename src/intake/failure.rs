//! Archives that could not be read, and why.

use std::path::{Path, PathBuf};

use crate::coded::{Coded, Explanation};
use crate::parser::NotATranscript;
use crate::{archive, native};

/// An archive that could not be read.
#[derive(Debug)]
pub struct Failure {
    /// The archive's name in every output: that of the file or folder.
    pub label: String,
    /// The cause and the remedy.
    pub error: Error,
}

/// Why an archive could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The zip, folder or object could not be opened, or an entry of it could not be read.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A database, backup, JSON file or webhook log could not be read.
    #[error(transparent)]
    Native(#[from] native::Error),
    /// The text of an archive is not a transcript of WhatsApp.
    #[error("{path}: {reason}")]
    NotATranscript {
        /// The path of the text file, or of its archive.
        path: PathBuf,
        /// What the file contains instead.
        reason: NotATranscript,
    },
    /// The archive has other content than when it was first read in this run.
    #[error("{}: {}", path.display(), changed())]
    Changed {
        /// The archive.
        path: PathBuf,
    },
    /// A zip or folder without a transcript.
    #[error("{}: {}", path.display(), no_transcript(*texts))]
    NoTranscript {
        /// The zip or folder.
        path: PathBuf,
        /// The number of text files that were checked.
        texts: usize,
        /// Its text files, if it is a folder.
        files: Vec<PathBuf>,
    },
}

impl Failure {
    /// What was found in place of an archive, if nothing else is wrong with it: files next to archives do not
    /// make their folder one.
    pub fn ignored_text(&self) -> String {
        match &self.error {
            Error::NoTranscript { files, .. } if files.len() == 1 => {
                let file = files
                    .first()
                    .map_or_else(String::new, |f| f.display().to_string());
                format!("{file}: not a WhatsApp chat, left alone")
            }
            Error::NoTranscript { path, texts, .. } if *texts > 1 => format!(
                "{}: {texts} text files are not WhatsApp chats, left alone",
                path.display()
            ),
            Error::Archive(archive::Error::ForeignFile { path }) => {
                format!("{}: JSON of another program, left alone", path.display())
            }
            Error::Archive(archive::Error::ForeignJson { path, count }) => format!(
                "{}: {} more of other programs, left alone",
                path.display(),
                crate::quantity::count(*count, "JSON file")
            ),
            error => format!("{error}; it is ignored"),
        }
    }
}

impl Failure {
    /// One failure for each text file of a folder without a transcript, since the folder may contain archives. Of very
    /// many files the rest is one failure.
    pub(super) fn of_each_file(self) -> Vec<Failure> {
        let Error::NoTranscript { path, files, .. } = &self.error else {
            return vec![self];
        };
        if files.len() < 2 {
            return vec![self];
        }
        let (shown, rest) = files.split_at(files.len().min(MOST_SHOWN));
        let each = shown.iter().map(std::slice::from_ref);
        let parts = each.chain((!rest.is_empty()).then_some(rest));
        let failure = |files: &[PathBuf]| Failure {
            label: self.label.clone(),
            error: Error::NoTranscript {
                path: path.clone(),
                texts: files.len(),
                files: files.to_vec(),
            },
        };
        parts.map(failure).collect()
    }
}

/// The number of text files of a folder that are reported one by one.
const MOST_SHOWN: usize = 20;

fn changed() -> Explanation {
    Explanation::new(
        "was changed while chatferry read it",
        "run the command again",
    )
}

fn no_transcript(texts: usize) -> Explanation {
    Explanation::new(
        format!("contains no WhatsApp transcript (text files checked: {texts})"),
        "pass an export of a chat",
    )
}

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::Archive(error) => error.code(),
            Error::Native(error) => error.code(),
            Error::NotATranscript { .. } => "not_a_transcript",
            Error::Changed { .. } => "changed",
            Error::NoTranscript { .. } => "no_transcript",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::Archive(error) => error.path(),
            Error::Native(error) => error.path(),
            Error::NotATranscript { path, .. } | Error::Changed { path } => Some(path),
            Error::NoTranscript { path, files, .. } => match files.as_slice() {
                [file] => Some(file),
                _ => Some(path),
            },
        }
    }

    fn line(&self) -> Option<usize> {
        match self {
            Error::Archive(error) => error.line(),
            Error::Native(error) => error.line(),
            _ => None,
        }
    }

    fn explanation(&self) -> Explanation {
        match self {
            Error::Archive(error) => error.explanation(),
            Error::Native(error) => error.explanation(),
            Error::NotATranscript { reason, .. } => Explanation::without_remedy(reason.to_string()),
            Error::Changed { .. } => changed(),
            Error::NoTranscript { texts, .. } => no_transcript(*texts),
        }
    }
}
