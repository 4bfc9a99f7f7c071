//! Decoding and normalisation of entry names.
//!
//! Names are for matching and display and never become paths, so a name may contain anything
//! (`../../x`, `/etc/x`, 60,000 bytes).

use std::collections::HashSet;

use super::code_page;

/// A decoded entry name.
pub(super) struct Name {
    /// With its folders, `/` as separator.
    pub(super) name: String,
    /// Other decodings of the same bytes, if they are not valid UTF-8.
    pub(super) others: Vec<String>,
}

impl Name {
    /// Whether the entry is a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.name.is_empty() || self.name.ends_with('/')
    }
}

/// The decoded names of an archive.
pub(super) struct EntryNames {
    /// In the order of the input.
    pub(super) names: Vec<Name>,
    /// The number of names that are not valid UTF-8, and the code page that they were decoded with.
    pub(super) legacy: Option<(u64, &'static str)>,
}

/// Decodes the names of one archive. Valid UTF-8 is used whatever the entry's flag is: many programs write
/// UTF-8 without setting the flag. `raw` already contains the name of the Unicode Path field
/// (APPNOTE.TXT 4.6.9).
pub(super) fn read(raw: &[&[u8]]) -> EntryNames {
    let EntryNames { mut names, legacy } = decode(raw);
    let turn = has_backslash_separators(&names);
    for name in &mut names {
        if turn {
            name.name = name.name.replace('\\', "/");
            for other in &mut name.others {
                *other = other.replace('\\', "/");
            }
        }
        remove_empty_parts(&mut name.name);
    }
    EntryNames { names, legacy }
}

/// Decodes the names of files in a folder on disk, where a backslash is part of a name. Names stay
/// distinct: of two that decode to the same text, the one that is not UTF-8 has its other bytes as
/// `\xe9`.
pub(super) fn from_files(raw: &[&[u8]]) -> Vec<Name> {
    let mut names = decode(raw).names;
    let mut taken: HashSet<String> = (raw.iter())
        .filter_map(|raw| str::from_utf8(raw).ok())
        .map(str::to_owned)
        .collect();
    for (name, raw) in names.iter_mut().zip(raw) {
        if str::from_utf8(raw).is_err() && !taken.insert(name.name.clone()) {
            name.name = raw.escape_ascii().to_string();
        }
    }
    names
}

/// Decodes each name; changes nothing else.
fn decode(raw: &[&[u8]]) -> EntryNames {
    let legacy: Vec<&[u8]> = raw
        .iter()
        .filter(|raw| str::from_utf8(raw).is_err())
        .copied()
        .collect();
    let decoded = (!legacy.is_empty()).then(|| code_page::decode(&legacy));
    let page = decoded.as_ref().map(|decoded| decoded.page);
    let mut decoded_names = decoded.into_iter().flat_map(|decoded| decoded.names);
    let names = raw.iter().map(|raw| match str::from_utf8(raw) {
        Ok(name) => Name {
            name: name.to_owned(),
            others: Vec::new(),
        },
        Err(_) => {
            let name = decoded_names.next().unwrap_or_default();
            let others = code_page::other_decodings(raw, &name);
            Name { name, others }
        }
    });
    EntryNames {
        names: names.collect(),
        legacy: page.map(|page| (legacy.len() as u64, page)),
    }
}

/// Whether backslashes separate folders: some Windows programs write them so, and then every name of the
/// archive has one (or its folder is `media`, the Web export's). A single `AC\DC.pdf` is the name of a
/// document.
fn has_backslash_separators(names: &[Name]) -> bool {
    let has = |name: &Name| name.name.contains('\\');
    names.iter().any(has)
        && !names.iter().any(|name| name.name.contains('/'))
        && (names.iter().all(has)
            || names
                .iter()
                .filter(|name| has(name))
                .all(|name| name.name.starts_with("media\\")))
}

/// Removes empty and `.` parts: `./a` and `//a` become `a`. `..` is kept as the name of a folder.
fn remove_empty_parts(name: &mut String) {
    let has_empty_parts = name.starts_with('/')
        || name.starts_with("./")
        || name.contains("//")
        || name.contains("/./");
    if !has_empty_parts {
        return;
    }
    let folder = name.ends_with('/');
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let mut path = parts.join("/");
    if folder && !path.is_empty() {
        path.push('/');
    }
    *name = path;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(raw: &[&str]) -> Vec<String> {
        let raw: Vec<&[u8]> = raw.iter().map(|name| name.as_bytes()).collect();
        read(&raw).names.into_iter().map(|n| n.name).collect()
    }

    #[test]
    fn empty_path_parts_are_removed_and_parents_kept() {
        assert_eq!(
            names(&[
                "./_chat.txt",
                "//a.jpg",
                "../../b.jpg",
                "x/",
                "./",
                "x//./c.jpg"
            ]),
            ["_chat.txt", "a.jpg", "../../b.jpg", "x/", "", "x/c.jpg"]
        );
    }

    #[test]
    fn files_whose_names_decode_alike_stay_distinct() {
        let names = from_files(&["Ren\u{e9}.txt".as_bytes(), b"Ren\xe9.txt", b"AC\\DC.txt"]);
        let names: Vec<_> = names.into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["Ren\u{e9}.txt", "Ren\\xe9.txt", "AC\\DC.txt"]);
    }

    #[test]
    fn backslashes_separate_folders_only_if_all_names_have_them() {
        assert_eq!(
            names(&["x\\_chat.txt", "x\\a.jpg"]),
            ["x/_chat.txt", "x/a.jpg"]
        );
        assert_eq!(
            names(&["chat.txt", "media\\a.jpg"]),
            ["chat.txt", "media/a.jpg"]
        );
        assert_eq!(
            names(&["_chat.txt", "AC\\DC.pdf"]),
            ["_chat.txt", "AC\\DC.pdf"]
        );
        assert_eq!(
            names(&["x/_chat.txt", "x\\a.jpg"]),
            ["x/_chat.txt", "x\\a.jpg"]
        );
    }
}
