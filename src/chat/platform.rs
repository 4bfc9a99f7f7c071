//! The programs and services that write archives. What their archives contain belongs to the readers.

use std::fmt;

use serde::{Serialize, Serializer};

/// The program that wrote an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// `date, time - Name: text`, minutes only.
    Android,
    /// `[date, time] Name: text`, with seconds; also the Mac app.
    Ios,
    /// WhatsApp Web and Windows: a zip with `chat.txt` and `chat.md`.
    Web,
    /// The program or service behind a native archive.
    Native(NativePlatform),
}

/// A program or service whose archives contain instants and identify the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NativePlatform {
    /// The stable identifier for machines, such as `msgstore`.
    pub word: &'static str,
    /// The name for people, in output.
    pub name: &'static str,
    /// See [`Platform::marks_edits`].
    pub marks_edits: bool,
    /// See [`Platform::splits_chats`].
    pub splits_chats: bool,
}

impl Platform {
    /// Whether the archive contains instants and identifies the owner.
    pub fn is_native(self) -> bool {
        matches!(self, Platform::Native(_))
    }

    /// Whether the archive marks edited messages as edited; others contain the last wording only.
    pub fn marks_edits(self) -> bool {
        match self {
            Platform::Android | Platform::Ios => true,
            Platform::Web => false,
            Platform::Native(platform) => platform.marks_edits,
        }
    }

    /// Whether each archive holds a part of a chat, such as one day or one event. Which messages of a device are in
    /// several of its archives is determined by the reader, by id or as [`Copies`](super::Copies).
    pub fn splits_chats(self) -> bool {
        matches!(self, Platform::Native(platform) if platform.splits_chats)
    }

    /// Stable identifier for machines.
    fn word(self) -> &'static str {
        match self {
            Platform::Android => "android",
            Platform::Ios => "ios",
            Platform::Web => "web",
            Platform::Native(platform) => platform.word,
        }
    }
}

impl Serialize for Platform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Android => "Android",
            Platform::Ios => "iPhone",
            Platform::Web => "Web",
            Platform::Native(platform) => platform.name,
        })
    }
}
