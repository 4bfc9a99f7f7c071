//! Encrypted Android backups with the 64-digit key (`native-sources.md` 2.7).
//!
//! Decrypted in memory and never written anywhere. The key comes from a file beside the backup and
//! is never an argument, never printed, and wiped when it is not needed any more.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aes_gcm::aead::array::typenum::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{AesGcm, aes::Aes256};
use flate2::read::ZlibDecoder;
use hkdf::Hkdf;
use md5::Digest as _;
use sha2::Sha256;

use super::Error;
use super::apple::fields::{self, Value};

/// WhatsApp's own name of a key file, which holds a Java object whose last 32 bytes are the key.
const KEY_FILE: &str = "encrypted_backup.key";
/// The most that a database may come to when it is unpacked.
const MOST: u64 = 64 << 30;

/// The bytes of the database.
pub(super) fn decrypt(path: &Path) -> Result<Vec<u8>, Error> {
    let name = path.to_string_lossy().to_lowercase();
    if !name.ends_with(".crypt15") {
        return Err(Error::OldBackup {
            path: path.to_owned(),
        });
    }
    let file = fs::read(path).map_err(|error| Error::io(path, error))?;
    let header = header(&file).ok_or_else(|| Error::NotWhole {
        path: path.to_owned(),
    })?;
    if header.is_by_password {
        return Err(Error::Password {
            path: path.to_owned(),
        });
    }
    let Some(nonce) = header.nonce else {
        return Err(Error::OldBackup {
            path: path.to_owned(),
        });
    };
    let body = &file[header.end..];
    if body.len() < 32 {
        return Err(Error::NotWhole {
            path: path.to_owned(),
        });
    }
    // The checksum covers everything before it. Backups in several files have none.
    let cut = body.len() - 16;
    let has_checksum = md5::Md5::digest(&file[..file.len() - 16])[..] == body[cut..];
    let root = key(path)?;
    let wrong = || Error::WrongKey {
        path: path.to_owned(),
    };
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &root)
        .expand(b"backup encryption", &mut key)
        .map_err(|_| wrong())?;
    let cipher = AesGcm::<Aes256, U16>::new(&key.into());
    let data = if has_checksum { &body[..cut] } else { body };
    let packed = cipher.decrypt(&nonce.into(), data).map_err(|_| wrong())?;
    unpack(packed, path)
}

fn unpack(packed: Vec<u8>, path: &Path) -> Result<Vec<u8>, Error> {
    if packed.starts_with(b"SQLite format 3\0") {
        return Ok(packed);
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed.as_slice())
        .take(MOST)
        .read_to_end(&mut bytes)
        .map_err(|_| Error::NotWhole {
            path: path.to_owned(),
        })?;
    Ok(bytes)
}

/// What stands before the encrypted part.
pub(super) struct Header {
    /// Where the encrypted part begins.
    pub(super) end: usize,
    /// `None` for a backup of another kind.
    pub(super) nonce: Option<[u8; 16]>,
    pub(super) is_by_password: bool,
}

/// Reads the header: a length, and a protobuf of that length.
pub(super) fn header(file: &[u8]) -> Option<Header> {
    let (length, used) = fields::varint(file)?;
    let end = used.checked_add(usize::try_from(length).ok()?)?;
    let bytes = file.get(used..end)?;
    let mut header = Header {
        end,
        nonce: None,
        is_by_password: false,
    };
    for (field, value) in fields::Fields::new(bytes) {
        match (field, value) {
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
    Some(header)
}

/// The root key, from the file beside the backup.
fn key(path: &Path) -> Result<[u8; 32], Error> {
    let mut own = path.as_os_str().to_owned();
    own.push(".key");
    let own = PathBuf::from(own);
    let folder = path.parent().unwrap_or(Path::new("."));
    for file in [own.clone(), folder.join(KEY_FILE)] {
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io(&file, error)),
        };
        return key_in(&bytes).ok_or(Error::BadKey { path: file });
    }
    Err(Error::NoKey {
        path: path.to_owned(),
        key: own
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    })
}

/// The key that a file holds: 64 digits, with blanks between them as the app shows them, or what
/// WhatsApp itself keeps.
fn key_in(bytes: &[u8]) -> Option<[u8; 32]> {
    // A Java object begins so.
    if bytes.starts_with(&[0xAC, 0xED]) {
        return bytes.last_chunk::<32>().copied();
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let digits: String = (text.trim_start_matches('\u{feff}').chars())
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_digits_however_they_are_grouped() {
        let digits = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";
        let plain = key_in(digits.as_bytes()).unwrap();
        let grouped: String = (digits.as_bytes().chunks(4))
            .map(|four| format!("{} ", std::str::from_utf8(four).unwrap().to_uppercase()))
            .collect();
        assert_eq!(
            key_in(format!("\u{feff}{grouped}\r\n").as_bytes()),
            Some(plain)
        );
        assert_eq!(key_in(b"0011"), None);
        assert_eq!(key_in("x".repeat(64).as_bytes()), None);
    }

    #[test]
    fn a_header_of_nothing_is_none() {
        assert!(header(&[]).is_none());
        assert!(header(&[0xff; 40]).is_none());
        assert!(header(&[5, 1, 2]).is_none());
    }
}
