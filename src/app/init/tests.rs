use std::fs;

use insta::{assert_snapshot, with_settings};
use tempfile::TempDir;

use super::*;
use crate::config::load;
use crate::name::name_key;
use crate::people::contacts::{Contacts, Role};
use crate::settings::{CloseSettings, ImportSettings, Limits};

const BERLIN: Option<Tz> = Some(chrono_tz::Europe::Berlin);

fn samples(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(folder)
}

fn run_with(paths: &[PathBuf], dir: &Path, update: bool, zone: Option<Tz>) -> Result<Report> {
    init(&Request {
        paths,
        dir,
        config: None,
        update,
        zone,
        known: known::Known::default(),
        limits: &|limits| limits,
        keys: &crate::native::NoKeys,
    })
}

fn fresh(paths: &[PathBuf]) -> (TempDir, Report) {
    let dir = tempfile::tempdir().unwrap();
    let report = run_with(paths, dir.path(), false, BERLIN).unwrap();
    (dir, report)
}

fn text_of(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

fn contacts_of(dir: &Path) -> Contacts {
    Contacts::from_bytes(text_of(dir, CONTACTS_FILE).as_bytes(), CONTACTS_FILE).unwrap()
}

/// An unpacked export under `dir`.
fn export(dir: &Path, name: &str, lines: &str) -> PathBuf {
    let folder = dir.join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("_chat.txt"), lines).unwrap();
    folder
}

const HELLO: &str = "14/01/2025, 09:02 - Zoe Lark: Hello\n14/01/2025, 09:03 - Anna Keller: Hi\n";

#[test]
fn the_two_files_of_a_sample() {
    let (dir, report) = fresh(&[samples("anna")]);
    let anna = samples("anna").canonicalize().unwrap();
    let folder = dir.path().to_str().unwrap().to_owned();
    with_settings!({filters => vec![(anna.to_str().unwrap(), "[ANNA]"), (folder.as_str(), "[DIR]")]}, {
        assert_snapshot!("chatferry_toml", text_of(dir.path(), DEFAULT_FILE));
        assert_snapshot!("contacts_csv", text_of(dir.path(), CONTACTS_FILE));
        assert_snapshot!("what_it_says", [report.done, report.notes].concat().join("\n"));
    });
    assert_eq!(report.failures, [""; 0]);
}

#[test]
fn the_program_reads_what_it_wrote() {
    let (dir, _) = fresh(&[samples("ben")]);
    let settings = load(&dir.path().join(DEFAULT_FILE)).unwrap();
    assert_eq!(settings.close, CloseSettings::default());
    assert_eq!(settings.limits, Limits::default());
    let mut import = ImportSettings::with_contacts(dir.path().join(CONTACTS_FILE));
    import.checkpoint = (&dir.path().join(ImportSettings::CHECKPOINT)).into();
    assert_eq!(settings.import, import);
    let [device] = settings.devices.as_slice() else {
        panic!("one phone")
    };
    assert_eq!(device.timezone, chrono_tz::Europe::Berlin);
    assert_eq!(device.owner, ["Ben Ortiz"]);
    assert_eq!(
        (device.date_order, &device.local_phone, &device.user_id),
        (None, &None, &None)
    );
    let archives: Vec<(&str, &[String])> = vec![(device.name.as_str(), device.archives.as_slice())];
    let opened =
        crate::intake::open_devices(&archives, &settings.dir, &crate::archive::Limits::default())
            .unwrap();
    assert_eq!(opened.archives.len(), 7);

    let contacts = contacts_of(dir.path());
    assert!(contacts.warnings().is_empty());
    assert_eq!(contacts.me_names("default", "Rita Sol"), ["Ben Ortiz"]);
    let number = contacts
        .contact_for("default", "+353 20 910 0142", &[])
        .unwrap();
    assert_eq!(number.phone.unwrap().e164(), "+353209100142");
}

#[test]
fn every_key_that_the_reader_knows_is_in_the_file() {
    let (dir, _) = fresh(&[samples("anna")]);
    let text = text_of(dir.path(), DEFAULT_FILE);
    let keys = |text: &str| -> Vec<String> {
        let table: toml::Table = toml::from_str(text).unwrap();
        let sections = table.iter().filter(|(name, _)| *name != "device");
        sections
            .flat_map(|(name, keys)| {
                keys.as_table()
                    .unwrap()
                    .keys()
                    .map(move |key| format!("{name}.{key}"))
            })
            .collect()
    };
    // A key that is written as a comment counts: its absence has a meaning of its own.
    let text = text.replace("\n# requests_per_second", "\nrequests_per_second");
    assert_eq!(
        keys(&text),
        keys(include_str!("../../config/tests/contract.toml"))
    );
}

#[test]
fn written_configuration_does_not_pace_rehearsals() {
    let (dir, _) = fresh(&[samples("anna")]);
    let text = text_of(dir.path(), DEFAULT_FILE);
    let table: toml::Table = toml::from_str(&text).unwrap();
    assert!(table["limits"].get("requests_per_second").is_none());
}

#[test]
fn archives_in_the_folder_are_named_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let exports = dir.path().join("exports");
    export(&exports, "WhatsApp Chat with Zoe Lark", HELLO);
    let report = run_with(&[exports.clone(), exports], dir.path(), false, BERLIN).unwrap();
    assert!(text_of(dir.path(), DEFAULT_FILE).contains("archives = [\"exports\"]\n"));
    assert!(report.done[1].starts_with("Wrote"), "{report:?}");
    let settings = load(&dir.path().join(DEFAULT_FILE)).unwrap();
    assert_eq!(settings.devices[0].owner, ["Anna Keller"]);
}

#[test]
fn update_of_one_phone_takes_new_archives_as_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let exports = dir.path().join("exports");
    export(&exports, "WhatsApp Chat with Zoe Lark", HELLO);
    let paths = [exports.clone()];
    run_with(&paths, dir.path(), false, BERLIN).unwrap();
    let old = text_of(dir.path(), CONTACTS_FILE);
    // Only the owner writes, whom this chat alone would not tell.
    let lines = "15/01/2025, 09:02 - Anna Keller: Hello?\n";
    export(&exports, "WhatsApp Chat with Max Reed", lines);
    let report = run_with(&paths, dir.path(), true, BERLIN).unwrap();
    assert_eq!(
        text_of(dir.path(), CONTACTS_FILE),
        format!("{old},Max Reed,Max Reed,contact,,,,,\n")
    );
    assert_eq!(report.notes, [""; 0]);
}

#[test]
fn what_is_there_is_never_written_over() {
    for name in [DEFAULT_FILE, CONTACTS_FILE] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), "mine").unwrap();
        let error = run_with(&[samples("anna")], dir.path(), false, BERLIN).unwrap_err();
        assert_eq!(error.exit, crate::app::Exit::Usage);
        assert!(error.to_string().contains("--update"), "{error}");
        assert_eq!(text_of(dir.path(), name), "mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[test]
fn update_adds_rows_and_keeps_every_byte() {
    let (dir, _) = fresh(&[samples("anna")]);
    let config = text_of(dir.path(), DEFAULT_FILE);
    for old in [
        "\u{feff}Chat;participant;ROLE;phone;lead_id;contact_id;user_id;note\r\nTheo Marsh;*;contact;;;;;\"a;\r\nb\"\r\n",
        "chat,participant,role,phone,lead_id,contact_id,user_id\nTheo Marsh,*,ignore,,,,",
    ] {
        fs::write(dir.path().join(CONTACTS_FILE), old).unwrap();
        run_with(&[samples("anna")], dir.path(), true, BERLIN).unwrap();
        let new = text_of(dir.path(), CONTACTS_FILE);
        let (end, row) = if old.contains(';') {
            (
                "\r\n",
                "Ben Ortiz;Ben Ortiz;contact;;;;;\r\nHarbour Walks;*;contact;;;;;\r\nInes Kappel;Ines Kappel;contact;;;;;\r\n",
            )
        } else {
            (
                "\n",
                "Ben Ortiz,Ben Ortiz,contact,,,,\nHarbour Walks,*,contact,,,,\nInes Kappel,Ines Kappel,contact,,,,\n",
            )
        };
        assert_eq!(
            new,
            format!("{}{end}{row}", old.trim_end_matches(['\r', '\n']))
        );
        let again = run_with(&[samples("anna")], dir.path(), true, BERLIN).unwrap();
        assert!(again.done[0].contains("nothing was changed"), "{again:?}");
        assert_eq!(text_of(dir.path(), CONTACTS_FILE), new);
    }
    assert_eq!(text_of(dir.path(), DEFAULT_FILE), config);
}

#[test]
fn update_refuses_a_file_that_it_cannot_read_or_extend() {
    let (dir, _) = fresh(&[samples("anna")]);
    let header = "chat,participant,role,phone,lead_id,contact_id,user_id,note\n";
    for (rows, says) in [
        ("A,*,boss,,,,\n", "role"),
        ("A,*,contact,,,,,\"\n", "unclosed"),
    ] {
        let old = format!("{header}{rows}");
        fs::write(dir.path().join(CONTACTS_FILE), &old).unwrap();
        let error = run_with(&[samples("anna")], dir.path(), true, BERLIN).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(text_of(dir.path(), CONTACTS_FILE), old);
    }
}

#[test]
fn update_knows_the_devices_and_says_what_to_add() {
    let dir = tempfile::tempdir().unwrap();
    export(&dir.path().join("a"), "WhatsApp Chat with Zoe Lark", HELLO);
    export(
        &dir.path().join("b"),
        "WhatsApp Chat with Zoe Lark",
        &HELLO.replace("Anna Keller", "Ben Ortiz"),
    );
    let other = export(
        dir.path(),
        "WhatsApp Chat with Max Reed",
        &HELLO.replace("Zoe Lark", "Max Reed"),
    );
    let config = "[[device]]\nname = \"a\"\narchives = [\"a\"]\ntimezone = \"Europe/Berlin\"\n[[device]]\nname = \"b\"\narchives = [\"b/*\"]\ntimezone = \"Europe/Berlin\"\n[import]\ncontacts = \"people.csv\"\n";
    fs::write(dir.path().join(DEFAULT_FILE), config).unwrap();
    let old =
        "device,chat,participant,role,phone,lead_id,contact_id,user_id\na,Zoe Lark,*,contact,,,,\n";
    fs::write(dir.path().join("people.csv"), old).unwrap();
    let paths = [dir.path().join("a"), dir.path().join("b"), other];
    let report = run_with(&paths, dir.path(), true, BERLIN).unwrap();
    assert_eq!(
        text_of(dir.path(), "people.csv"),
        // The owner of b has no `me` row.
        format!(
            "{old}b,*,Ben Ortiz,me,,,,\na,Max Reed,Max Reed,contact,,,,\nb,Zoe Lark,Zoe Lark,contact,,,,\n"
        )
    );
    assert_eq!(text_of(dir.path(), DEFAULT_FILE), config);
    let hint = report
        .notes
        .iter()
        .find(|note| note.contains("add to the archives of a: "))
        .unwrap();
    assert!(
        hint.ends_with("[\"WhatsApp Chat with Max Reed\"]"),
        "{hint}"
    );
}

#[test]
fn failing_archive_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.zip");
    fs::write(&bad, "no zip").unwrap();
    let report = run_with(&[bad.clone(), samples("anna")], dir.path(), false, BERLIN).unwrap();
    assert_eq!(report.failures.len(), 1);
    assert!(dir.path().join(CONTACTS_FILE).exists());

    let empty = tempfile::tempdir().unwrap();
    let report = run_with(
        &[bad, empty.path().join("nowhere")],
        empty.path(),
        false,
        BERLIN,
    )
    .unwrap();
    assert_eq!((report.failures.len(), report.done.len()), (2, 0));
    let error = run_with(&[empty.path().to_owned()], empty.path(), false, BERLIN).unwrap_err();
    assert!(
        error.to_string().contains("contains no exported chat"),
        "{error}"
    );
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn unknown_zone_is_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let report = run_with(&[samples("anna")], dir.path(), false, None).unwrap();
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("set timezone"))
    );
    let problems = load(&dir.path().join(DEFAULT_FILE)).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].text.starts_with("timezone is empty"));
}

#[test]
fn ambiguous_date_order_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let folder = export(
        dir.path(),
        "WhatsApp Chat with Zoe Lark",
        &HELLO.replace("14/01", "04/01"),
    );
    let report = run_with(&[folder], dir.path(), false, BERLIN).unwrap();
    assert!(
        report.notes.iter().any(|note| note.contains("date_order")),
        "{report:?}"
    );
    let text = text_of(dir.path(), DEFAULT_FILE);
    assert!(text.contains(
        "the date order of \"Zoe Lark\" could not be determined; it is held until then.\ndate_order = \"auto\"\n"
    ));
    load(&dir.path().join(DEFAULT_FILE)).unwrap();
}

#[cfg(unix)]
#[test]
fn names_from_archives_are_escaped() {
    let dir = tempfile::tempdir().unwrap();
    let name = "Zoe \"Lark\"]\n[close]\nbase_url = 1 {zone}, \\";
    let lines = HELLO
        .replace("14/01", "04/01")
        .replace("Zoe Lark", "Zoe \"L\", {zone}");
    let folder = export(
        &dir.path().join("in [x] \"{owner}\""),
        &format!("WhatsApp Chat with {name}"),
        &lines,
    );
    export(dir.path(), "WhatsApp Chat with *", HELLO);
    let paths = [folder, dir.path().join("WhatsApp Chat with *")];
    let report = run_with(&paths, dir.path(), false, BERLIN).unwrap();
    let settings = load(&dir.path().join(DEFAULT_FILE)).unwrap();
    assert_eq!(settings.close, CloseSettings::default());
    assert!(paths.iter().all(|path| {
        settings.devices[0]
            .archives
            .iter()
            .any(|a| path.ends_with(a))
    }));
    let contacts = contacts_of(dir.path());
    let rows: Vec<_> = contacts
        .rows()
        .iter()
        .filter(|row| row.role == Role::Contact)
        .collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].chat.key(), Some(name_key(name).as_str()));
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.starts_with("\"*\" cannot be the name")),
        "{report:?}"
    );
}
