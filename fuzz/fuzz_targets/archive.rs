//! Any bytes as a zip: opening, listing and reading end within their limits and do not panic, and
//! what is given out whole is what the directory says.

#![no_main]

use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use chatferry::internals::archive::{Container, Limits};
use chatferry::internals::intake;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Small, so that an input that inflates a thousandfold ends in no time.
const LIMITS: Limits = Limits {
    entries: 64,
    bytes: 64 * 1024 * 1024,
    transcript: 256 * 1024,
    ratio: 500,
};

/// Where the bytes become a file. One for the process: a new folder for each input would be most
/// of the work.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(|data: &[u8]| {
    let path = FOLDER.path().join("WhatsApp Chat with Theo Marsh.zip");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(data).expect("written");
    drop(file);
    container(&path);
    let intake = intake::open(std::slice::from_ref(&path), &LIMITS);
    for opened in &intake.opened {
        assert!(opened.transcript.text().len() as u64 <= 3 * LIMITS.transcript);
    }
    for chat in intake::parse(&intake.opened, |_| None, |_| 0)
        .iter()
        .flatten()
    {
        let lines = chat.lines;
        assert_eq!(
            lines.total,
            lines.headers + lines.continuations + lines.oddities
        );
    }
});

fn container(path: &Path) {
    let Ok(container) = Container::open_zip(path, &LIMITS) else {
        return;
    };
    assert!(container.entries().len() as u64 <= LIMITS.entries);
    for (number, entry) in (0u32..).zip(container.entries()) {
        // None of them may panic, whatever the name and the day are.
        let _ = (entry.folder(), entry.file_name(), entry.is_litter());
        let _ = container.written_on(number);
        if let Ok(head) = container.head(number, 100) {
            assert!(head.len() <= 100);
        }
        if let Ok(bytes) = container.read(number) {
            assert!(bytes.len() as u64 <= LIMITS.transcript);
        }
        streamed(&container, number);
    }
    assert!(container.head(u32::MAX, 1).is_err());
}

/// An entry that was given out whole has the directory's size and CRC.
fn streamed(container: &Container, number: u32) {
    let Some(entry) = container.entry(number) else {
        return;
    };
    let mut crc = crc32fast::Hasher::new();
    let mut total = 0;
    let mut whole = true;
    let end = container.stream(number, &mut |piece| {
        assert!(piece.len() <= 64 * 1024);
        crc.update(&piece);
        total += piece.len() as u64;
        whole = total <= LIMITS.transcript;
        whole
    });
    assert!(total <= entry.size, "no more than the directory says");
    if end.is_ok() && whole {
        assert_eq!(total, entry.size);
        assert_eq!(Some(crc.finalize()), entry.crc);
    }
}
