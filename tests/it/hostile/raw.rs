//! Zips byte by byte, with every field open to lies (APPNOTE.TXT 4.3).

/// Says how a field of an entry differs from what is true.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) name: Vec<u8>,
    /// The bytes as they lie in the zip.
    pub(super) packed: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc: u32,
    /// The size that the directory says.
    pub(super) size: u32,
    /// The size that the header beside the data says, where it says another one.
    pub(super) local_size: Option<u32>,
    /// The name that the header beside the data says, where it says another one.
    pub(super) local_name: Option<Vec<u8>>,
    pub(super) extra: Vec<u8>,
    /// Unix mode and type, as in `0o120_777` for a link.
    pub(super) mode: u32,
    /// Where the directory says the entry is, instead of where it is; nothing is written for it
    /// then.
    pub(super) at: Option<u32>,
    /// Sizes and checksum follow the data, as phones write them (observed).
    pub(super) descriptor: bool,
}

impl Part {
    /// A true entry that is not packed.
    pub(super) fn stored(name: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Part {
        let bytes = bytes.as_ref();
        Part {
            name: name.as_ref().to_vec(),
            packed: bytes.to_vec(),
            crc: crc32(bytes),
            size: u32::try_from(bytes.len()).expect("small"),
            ..Part::default()
        }
    }

    fn packed_size(&self) -> u32 {
        u32::try_from(self.packed.len()).expect("small")
    }
}

/// The zip of these entries.
pub(super) fn zip(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let at = part.at.unwrap_or(bytes.len() as u32);
        if part.at.is_none() {
            local(part, &mut bytes);
        }
        central(part, at, &mut directory);
    }
    let start = bytes.len() as u32;
    let size = directory.len() as u32;
    bytes.extend(directory);
    bytes.extend(end(parts.len() as u16, size, start));
    bytes
}

/// The record at the end: entries, bytes and place of the directory.
pub(super) fn end(count: u16, size: u32, start: u32) -> Vec<u8> {
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    put16(&mut end, &[count, count]);
    put32(&mut end, &[size, start]);
    put16(&mut end, &[0]);
    end
}

fn flags(part: &Part) -> u16 {
    part.flags | if part.descriptor { 8 } else { 0 }
}

fn local(part: &Part, to: &mut Vec<u8>) {
    let name = part.local_name.as_ref().unwrap_or(&part.name);
    to.extend(b"PK\x03\x04");
    put16(to, &[20, flags(part), part.method, 0, 0x2161]);
    let size = part.local_size.unwrap_or(part.size);
    if part.descriptor {
        put32(to, &[0, 0, 0]);
    } else {
        put32(to, &[part.crc, part.packed_size(), size]);
    }
    put16(to, &[name.len() as u16, part.extra.len() as u16]);
    to.extend(name);
    to.extend(&part.extra);
    to.extend(&part.packed);
    if part.descriptor {
        to.extend(b"PK\x07\x08");
        put32(to, &[part.crc, part.packed_size(), size]);
    }
}

fn central(part: &Part, at: u32, to: &mut Vec<u8>) {
    to.extend(b"PK\x01\x02");
    // Made by Unix, so that the mode counts.
    put16(to, &[0x031e, 20, flags(part), part.method, 0, 0x2161]);
    put32(to, &[part.crc, part.packed_size(), part.size]);
    put16(
        to,
        &[part.name.len() as u16, part.extra.len() as u16, 0, 0, 0],
    );
    put32(to, &[part.mode << 16, at]);
    to.extend(&part.name);
    to.extend(&part.extra);
}

fn put16(to: &mut Vec<u8>, values: &[u16]) {
    to.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn put32(to: &mut Vec<u8>, values: &[u32]) {
    to.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

/// The checksum of zips.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}
