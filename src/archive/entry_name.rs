//! Names of entries, as they are written and as they are meant.
//!
//! They are for matching and for people's eyes only and never become paths, so a name may say
//! what it likes (`../../x`, `/etc/x`, 60,000 bytes): it is a text.

use std::collections::HashSet;

use super::code_page;

/// A name of an entry.
pub(super) struct Name {
    /// With its folders, `/` between them.
    pub(super) name: String,
    /// What else the same bytes may mean, where they are not Unicode.
    pub(super) others: Vec<String>,
}

impl Name {
    /// True for a folder's own entry.
    pub(super) fn is_folder(&self) -> bool {
        self.name.is_empty() || self.name.ends_with('/')
    }
}

/// The names of an archive.
pub(super) struct Naming {
    /// In the order in which they were given.
    pub(super) names: Vec<Name>,
    /// How many are not in Unicode, and the code page they were read in.
    pub(super) old: Option<(u64, &'static str)>,
}

/// Reads the names of one archive. UTF-8 is taken as it is, whatever an entry's flag says: many
/// programs write it without saying so. A name that the Unicode Path field gives
/// (APPNOTE.TXT 4.6.9) is in `raw` already.
pub(super) fn read(raw: &[&[u8]]) -> Naming {
    let Naming { mut names, old } = decode(raw);
    let turn = backslashes_are_folders(&names);
    for name in &mut names {
        if turn {
            name.name = name.name.replace('\\', "/");
            for other in &mut name.others {
                *other = other.replace('\\', "/");
            }
        }
        tidy(&mut name.name);
    }
    Naming { names, old }
}

/// The names of the files of a folder on disk. A backslash is part of a name there. Files stay apart:
/// of two that read alike, one in UTF-8 and one in a code page, the second has its other bytes as
/// `\xE9`.
pub(super) fn of_files(raw: &[&[u8]]) -> Vec<Name> {
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

/// Each name in Unicode; nothing else is changed.
fn decode(raw: &[&[u8]]) -> Naming {
    let old: Vec<&[u8]> = raw
        .iter()
        .filter(|raw| str::from_utf8(raw).is_err())
        .copied()
        .collect();
    let reading = (!old.is_empty()).then(|| code_page::read(&old));
    let page = reading.as_ref().map(|reading| reading.page);
    let mut readings = reading.into_iter().flat_map(|reading| reading.names);
    let names = raw.iter().map(|raw| match str::from_utf8(raw) {
        Ok(name) => Name {
            name: name.to_owned(),
            others: Vec::new(),
        },
        Err(_) => {
            let name = readings.next().unwrap_or_default();
            let others = code_page::others(raw, &name);
            Name { name, others }
        }
    });
    Naming {
        names: names.collect(),
        old: page.map(|page| (old.len() as u64, page)),
    }
}

/// Some programs for Windows write folders with a backslash, and then every name of the archive
/// has one (or its folder is the Web export's `media`). A single `AC\DC.pdf` is a document's own
/// name.
fn backslashes_are_folders(names: &[Name]) -> bool {
    let has = |name: &Name| name.name.contains('\\');
    names.iter().any(has)
        && !names.iter().any(|name| name.name.contains('/'))
        && (names.iter().all(has)
            || names
                .iter()
                .filter(|name| has(name))
                .all(|name| name.name.starts_with("media\\")))
}

/// `./a` and `//a` are `a`; `..` stays what it is, the name of some folder.
fn tidy(name: &mut String) {
    let untidy = name.starts_with('/')
        || name.starts_with("./")
        || name.contains("//")
        || name.contains("/./");
    if !untidy {
        return;
    }
    let folder = name.ends_with('/');
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let mut tidied = parts.join("/");
    if folder && !tidied.is_empty() {
        tidied.push('/');
    }
    *name = tidied;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(raw: &[&str]) -> Vec<String> {
        let raw: Vec<&[u8]> = raw.iter().map(|name| name.as_bytes()).collect();
        read(&raw).names.into_iter().map(|n| n.name).collect()
    }

    #[test]
    fn folders_are_tidied_and_never_resolved() {
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
    fn files_whose_names_read_alike_stay_apart() {
        let names = of_files(&["Ren\u{e9}.txt".as_bytes(), b"Ren\xe9.txt", b"AC\\DC.txt"]);
        let names: Vec<_> = names.into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["Ren\u{e9}.txt", "Ren\\xe9.txt", "AC\\DC.txt"]);
    }

    #[test]
    fn backslashes_are_folders_only_where_all_names_have_them() {
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
