//! Decryption of Android backups (`.crypt15`) with the 64-digit key.
//!
//! The decrypted database is held in memory and never written to disk. The key comes from a file in the same directory
//! or from [`Keys`]. It is never a command-line argument, never printed, and wiped after use.
//!
//! See docs/reference/native-sources.md, "Encrypted backups".

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aes_gcm::aead::array::typenum::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{AesGcm, aes::Aes256};
use flate2::read::{DeflateDecoder, ZlibDecoder};
use hkdf::Hkdf;
use md5::Digest as _;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use super::apple::fields::{self, Value};
use super::reader::{Candidate, Format, NamesInFile, Reader, Reading};
use super::{Error, KeyPrompt, Keys, android, sniff, sqlite};
use crate::regular_file;

/// WhatsApp's name for a key file, a serialised Java object whose last 32 bytes are the key.
const KEY_FILE: &str = "encrypted_backup.key";
/// Maximum size of an unpacked database, in bytes.
const MAX_UNPACKED: u64 = 64 << 30;
/// Size of the checksum at the end, and of the authentication tag before it, in bytes.
const CHECKSUM_SIZE: usize = 16;

/// Reads an encrypted backup of an Android phone.
pub(super) struct Crypt15;

impl Reader for Crypt15 {
    fn format(&self) -> Format {
        Format {
            word: "crypt15",
            description: "an encrypted backup of an Android phone",
        }
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        // Some programs decrypt a backup and keep its name.
        let is_plain = || (candidate.head()).is_some_and(|head| head.starts_with(sqlite::MAGIC));
        let is_backup = android::is_backup(candidate) && !is_plain();
        is_backup.then(|| candidate.path.to_owned())
    }

    fn read(&self, archive: &Path, keys: &dyn Keys) -> Vec<Reading> {
        let database = decrypt(archive, keys).and_then(|bytes| sqlite::from_bytes(bytes, archive));
        let store = database.and_then(|database| android::read(&database, archive));
        vec![Reading::of_file(archive, store)]
    }

    fn names_in(&self, _: &str) -> Option<NamesInFile> {
        None
    }
}

/// Returns the bytes of the decrypted database.
fn decrypt(path: &Path, keys: &dyn Keys) -> Result<Vec<u8>, Error> {
    let own = || path.to_owned();
    let name = path.to_string_lossy().to_lowercase();
    if !name.ends_with(".crypt15") {
        return Err(Error::OldBackup { path: own() });
    }
    let file = regular_file::read(path).map_err(|error| Error::io(path, error))?;
    let header = header(&file).ok_or_else(|| Error::NoBackup {
        path: own(),
        looks_like: sniff::describe(file.get(..512).unwrap_or(&file)),
    })?;
    if header.is_by_password {
        return Err(Error::Password { path: own() });
    }
    let Some(nonce) = header.nonce else {
        return Err(Error::OldBackup { path: own() });
    };
    let body = &file[header.end..];
    if body.len() < 2 * CHECKSUM_SIZE {
        return Err(Error::NotWhole { path: own() });
    }
    // The checksum covers everything before it. Backups in several files have none.
    let (before, checksum) = file.split_at(file.len() - CHECKSUM_SIZE);
    let is_complete = md5::Md5::digest(before)[..] == *checksum;
    let data = match is_complete {
        true => &body[..body.len() - CHECKSUM_SIZE],
        false => body,
    };
    let root = key(path, keys)?;
    let packed = open(&root, nonce, data).ok_or_else(|| match is_complete {
        true => Error::WrongKey { path: own() },
        false => Error::NotWhole { path: own() },
    })?;
    let bytes = unpack(packed).map_err(|_| Error::NotWhole { path: own() })?;
    match bytes.starts_with(sqlite::MAGIC) {
        true => Ok(bytes),
        false => Err(Error::Payload {
            path: own(),
            looks_like: sniff::describe(bytes.get(..512).unwrap_or(&bytes)),
        }),
    }
}

/// Decrypts the payload; `None` if authentication with this key fails.
fn open(root: &[u8; 32], nonce: [u8; 16], data: &[u8]) -> Option<Vec<u8>> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, root)
        .expand(b"backup encryption", key.as_mut_slice())
        .ok()?;
    let cipher = AesGcm::<Aes256, U16>::new_from_slice(key.as_slice()).ok()?;
    cipher.decrypt(&nonce.into(), data).ok()
}

/// Decompresses the payload: usually zlib, sometimes uncompressed or in a zip.
fn unpack(packed: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if packed.starts_with(sqlite::MAGIC) {
        return Ok(packed);
    } else if let Some((is_deflated, data)) = first_of_zip(&packed) {
        match is_deflated {
            true => DeflateDecoder::new(data)
                .take(MAX_UNPACKED)
                .read_to_end(&mut bytes)?,
            false => data.take(MAX_UNPACKED).read_to_end(&mut bytes)?,
        };
    } else {
        let mut unpacked = ZlibDecoder::new(packed.as_slice()).take(MAX_UNPACKED);
        unpacked.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The first entry of a zip, which is the database: whether it is deflated, and the bytes from its start on. Its
/// end need not be known: deflate data and a database contain their own length.
fn first_of_zip(bytes: &[u8]) -> Option<(bool, &[u8])> {
    let number = |at: usize| {
        let two = bytes.get(at..at + 2)?;
        Some(usize::from(u16::from_le_bytes([two[0], two[1]])))
    };
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let is_deflated = match number(8)? {
        0 => false,
        8 => true,
        _ => return None,
    };
    // After the fixed header come the name and the extra field.
    let start = 30 + number(26)? + number(28)?;
    Some((is_deflated, bytes.get(start..)?))
}

/// The unencrypted header of a backup.
pub(super) struct Header {
    /// Offset of the encrypted part, in bytes.
    pub(super) end: usize,
    /// `None` for another kind of backup.
    pub(super) nonce: Option<[u8; 16]>,
    pub(super) is_by_password: bool,
}

/// Parses the header: a length and a protobuf of that length. `None` if it is not one.
pub(super) fn header(file: &[u8]) -> Option<Header> {
    let (length, used) = fields::varint(file)?;
    let end = used.checked_add(usize::try_from(length).ok()?)?;
    let bytes = file.get(used..end)?;
    let mut header = Header {
        end,
        nonce: None,
        is_by_password: false,
    };
    let mut is_old = false;
    let mut fields = fields::Fields::new(bytes);
    for (field, value) in fields.by_ref() {
        match (field, value) {
            (2, Value::Bytes(_)) => is_old = true,
            (3, Value::Bytes(inner)) => {
                let nonce = fields::Fields::new(inner).find_map(|(field, value)| match value {
                    Value::Bytes(nonce) if field == 1 => nonce.try_into().ok(),
                    _ => None,
                });
                header.nonce = nonce;
            }
            (5, Value::Bytes(_)) => header.is_by_password = true,
            _ => {}
        }
    }
    let is_one = is_old || header.nonce.is_some() || header.is_by_password;
    (fields.is_complete() && is_one).then_some(header)
}

/// The root key, from a file in the same directory, else from [`Keys`].
fn key(path: &Path, keys: &dyn Keys) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut own = path.as_os_str().to_owned();
    own.push(".key");
    let own = PathBuf::from(own);
    let folder = path.parent().unwrap_or(Path::new("."));
    // Backups of several days usually have one key.
    let newest = folder.join("msgstore.db.crypt15.key");
    for file in [own.clone(), folder.join(KEY_FILE), newest] {
        let bytes = match regular_file::read(&file) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io(&file, error)),
        };
        return parse_key(&bytes).ok_or(Error::BadKey { path: file });
    }
    let path = path.to_owned();
    let name = own.file_name().unwrap_or_default().to_string_lossy();
    let key = name.into_owned();
    match keys.prompt(&path) {
        KeyPrompt::Unavailable => Err(Error::NoKey { path, key }),
        KeyPrompt::Typed(digits) => {
            parse_key(digits.expose_secret().as_bytes()).ok_or(Error::BadDigits { path, key })
        }
    }
}

/// Parses a key file: 64 hexadecimal digits, optionally grouped by blanks as in the app, or WhatsApp's own key
/// file.
fn parse_key(bytes: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    // Magic number of a serialised Java object.
    if bytes.starts_with(&[0xAC, 0xED]) {
        return bytes.last_chunk::<32>().copied().map(Zeroizing::new);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let digits: Zeroizing<String> = Zeroizing::new(
        (text.trim_start_matches('\u{feff}').chars())
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect(),
    );
    let mut key = Zeroizing::new([0; 32]);
    if digits.len() != 2 * key.len() {
        return None;
    }
    data_encoding::HEXLOWER_PERMISSIVE
        .decode_mut(digits.as_bytes(), key.as_mut_slice())
        .ok()?;
    Some(key)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;
    use crate::coded::Coded;

    pub(in crate::native) const DIGITS: &str =
        "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";

    /// A person who types this.
    struct Types(&'static str);

    impl Keys for Types {
        fn prompt(&self, _: &Path) -> KeyPrompt {
            match self.0 {
                "" => KeyPrompt::Unavailable,
                digits => KeyPrompt::Typed(digits.into()),
            }
        }
    }

    /// A backup with this payload; without a checksum if it is one of several files.
    pub(in crate::native) fn backup(payload: &[u8], has_sum: bool) -> Vec<u8> {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, parse_key(DIGITS.as_bytes()).unwrap().as_slice())
            .expand(b"backup encryption", &mut key)
            .unwrap();
        let cipher = AesGcm::<Aes256, U16>::new(&key.into());
        let mut file = vec![22, 0x08, 0x01, 0x1a, 18, 0x0a, 16];
        file.extend([7; 16]);
        file.extend(cipher.encrypt(&[7; 16].into(), payload).unwrap());
        if has_sum {
            let checksum = md5::Md5::digest(&file);
            file.extend_from_slice(&checksum);
        }
        file
    }

    fn opened(file: &[u8], keys: &dyn Keys) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("msgstore.db.crypt15");
        fs::write(&path, file).unwrap();
        decrypt(&path, keys).map_err(|error| error.code().to_owned())
    }

    /// A damaged file, a wrong key and a file that is not a backup have different errors.
    #[test]
    fn damage_wrong_key_and_other_files_are_distinguished() {
        let database = [sqlite::MAGIC, &[7; 900]].concat();
        let (right, other) = (Types(DIGITS), Types(&"11".repeat(32).leak()[..]));
        for has_sum in [true, false] {
            let file = backup(&database, has_sum);
            assert_eq!(opened(&file, &right).as_deref(), Ok(&database[..]));
        }
        let file = backup(&database, true);
        assert_eq!(opened(&file, &other), Err("backup_key_wrong".to_owned()));
        assert_eq!(
            opened(&backup(&database, false), &other),
            Err("backup_not_whole".to_owned())
        );
        let mut damaged = file.clone();
        damaged[200] ^= 1;
        assert_eq!(opened(&damaged, &right), Err("backup_not_whole".to_owned()));
        assert_eq!(
            opened(&file[..file.len() / 2], &right),
            Err("backup_not_whole".to_owned())
        );
        assert_eq!(opened(&[0xA7; 4000], &right), Err("no_backup".to_owned()));
        assert_eq!(opened(b"just a text", &right), Err("no_backup".to_owned()));
        assert_eq!(opened(b"", &right), Err("no_backup".to_owned()));
        let text = backup(b"\x78no zlib at all", true);
        assert_eq!(opened(&text, &right), Err("backup_not_whole".to_owned()));
    }

    #[test]
    fn key_is_prompted_for_if_no_file_has_it() {
        let database = [sqlite::MAGIC, &[7; 900]].concat();
        let file = backup(&database, true);
        assert!(opened(&file, &Types(DIGITS)).is_ok());
        assert_eq!(
            opened(&file, &Types("0011")),
            Err("backup_key_unreadable".to_owned())
        );
        assert_eq!(
            opened(&file, &Types("")),
            Err("backup_key_missing".to_owned())
        );
    }

    #[test]
    fn key_is_64_digits_in_any_grouping() {
        let digits = DIGITS;
        let plain = parse_key(digits.as_bytes()).unwrap();
        let grouped: String = (digits.as_bytes().chunks(4))
            .map(|four| format!("{} ", std::str::from_utf8(four).unwrap().to_uppercase()))
            .collect();
        assert_eq!(
            parse_key(format!("\u{feff}{grouped}\r\n").as_bytes()),
            Some(plain)
        );
        assert_eq!(parse_key(b"0011"), None);
        assert_eq!(parse_key("x".repeat(64).as_bytes()), None);
    }

    /// The payload may be uncompressed, in zlib format or in a zip.
    #[test]
    fn payload_is_unpacked_in_every_format() {
        use std::io::Write as _;
        let database = [sqlite::MAGIC, &[7; 4000]].concat();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&database).unwrap();
        for payload in [database.clone(), zlib.finish().unwrap()] {
            assert_eq!(unpack(payload).unwrap(), database);
        }
        for method in [
            zip::CompressionMethod::Stored,
            zip::CompressionMethod::Deflated,
        ] {
            let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default().compression_method(method);
            zip.start_file("msgstore.db", options).unwrap();
            zip.write_all(&database).unwrap();
            let packed = zip.finish().unwrap().into_inner();
            assert!(unpack(packed).unwrap().starts_with(&database));
        }
    }

    #[test]
    fn invalid_header_is_none() {
        // One field too few, and one that is not a field.
        assert!(header(&[2, 0x08, 1]).is_none());
        assert!(header(&[3, 0x2a, 0, 0x0f]).is_none());
        assert!(header(&[2, 0x2a, 0]).is_some_and(|header| header.is_by_password));
        assert!(header(&[]).is_none());
        assert!(header(&[0xff; 40]).is_none());
        assert!(header(&[5, 1, 2]).is_none());
    }
}
