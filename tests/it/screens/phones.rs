//! A migration of three phones with 18 archives: shared, private and unknown chats, groups, names of several scripts.

use std::fs;

use chatferry::sandbox::Seed;
use chrono::{NaiveDateTime, TimeDelta};

use crate::kit::archive::{jpeg, zip_of};
use crate::kit::chat::at;
use crate::kit::{World, folder};

/// A phone: folder, owner, style, zone, number, user.
const PHONES: [(&str, &str, &str, &str, &str); 3] = [
    (
        "emily",
        "Emily Carter",
        "Europe/London",
        "+447700900101",
        "user_emily",
    ),
    (
        "jonas",
        "Jonas Weber",
        "Europe/Berlin",
        "+4915112345678",
        "user_jonas",
    ),
    (
        "bruna",
        "Bruna Lima",
        "America/Sao_Paulo",
        "+5511912345678",
        "user_bruna",
    ),
];

/// An archive: phone, name of the chat, first message, number of messages, number of files, further senders of a group.
struct Archive {
    phone: usize,
    chat: &'static str,
    file: &'static str,
    from: &'static str,
    messages: u32,
    files: u32,
    others: &'static [&'static str],
}

const fn archive(
    phone: usize,
    chat: &'static str,
    from: &'static str,
    messages: u32,
    files: u32,
) -> Archive {
    Archive {
        phone,
        chat,
        file: chat,
        from,
        messages,
        files,
        others: &[],
    }
}

/// The archives, without the one of exactly 40,000 messages.
fn archives() -> Vec<Archive> {
    let group = |phone, chat, others| Archive {
        others,
        ..archive(phone, chat, "2024-02-01 09:00", 24, 0)
    };
    vec![
        archive(0, "Theo Marsh", "2024-01-09 10:00", 160, 3),
        archive(0, "Rita Sol", "2024-03-04 08:10", 45, 0),
        archive(0, "Chris Hill", "2023-11-02 11:00", 120, 0),
        Archive {
            file: "Chris Hill (1)",
            ..archive(0, "Chris Hill", "2023-11-02 11:00", 180, 2)
        },
        archive(0, "Mum", "2024-01-01 09:00", 27, 0),
        archive(0, "+44 7700 900107", "2024-05-06 10:00", 4, 0),
        group(0, "Roof repair", &["Rita Sol", "Sam Fox"]),
        archive(1, "Theo Marsh", "2024-02-10 10:00", 60, 0),
        archive(1, "Ines Kappel", "2024-02-12 10:00", 33, 1),
        archive(1, "陳大文", "2024-02-13 10:00", 18, 0),
        archive(1, "Chris Hill", "2024-04-01 10:00", 31, 0),
        archive(1, "Nina Vogt", "2024-04-03 10:00", 19, 0),
        group(1, "Baustelle Hamburg", &["Ines Kappel", "Ole Brandt"]),
        archive(2, "João da Silva", "2024-01-15 12:00", 75, 2),
        archive(2, "דנה כהן", "2024-01-16 12:00", 22, 0),
        archive(2, "ليلى حداد", "2024-01-17 12:00", 14, 0),
        archive(2, "Emily Carter", "2024-01-18 12:00", 12, 0),
    ]
}

/// Rows of contacts.csv: device, chat, number, lead.
const ROWS: [(&str, &str, &str, &str); 11] = [
    ("emily", "Theo Marsh", "+447700900103", "theo"),
    ("emily", "Rita Sol", "+447700900104", "rita"),
    ("emily", "Chris Hill", "+447700900105", "chris"),
    ("emily", "Priya Nair", "+447700900106", "priya"),
    ("jonas", "Theo Marsh", "+447700900103", "theo"),
    ("jonas", "Ines Kappel", "+4915112345001", "ines"),
    ("jonas", "陳大文", "+4915112345002", "chen"),
    ("jonas", "Chris Hill", "+4915112345003", "chris2"),
    ("bruna", "João da Silva", "+5511912345001", "joao"),
    ("bruna", "דנה כהן", "+5511912345002", "dana"),
    ("bruna", "ليلى حداد", "+5511912345003", "layla"),
];

fn time(style: usize, at: NaiveDateTime) -> String {
    match style {
        1 => at.format("[%d.%m.%y, %H:%M:%S] ").to_string(),
        _ => at.format("%d/%m/%Y, %H:%M - ").to_string(),
    }
}

/// The transcript, and the names of its files.
fn transcript(archive: &Archive) -> (String, Vec<String>) {
    let (_, owner, ..) = PHONES[archive.phone];
    let mut writers = vec![owner];
    match archive.others {
        [] => writers.push(archive.chat),
        others => writers.extend(others),
    }
    let (mut text, mut files) = (String::new(), Vec::new());
    let mut when = at(archive.from);
    for number in 0..archive.messages {
        let writer = writers[number as usize % writers.len()];
        let header = time(archive.phone, when);
        let body = match number {
            number if number < archive.files => {
                let name = format!("IMG-20240110-WA{number:04}.jpg");
                let body = match archive.phone {
                    1 => format!("\u{200e}<attached: {name}>"),
                    _ => format!("{name} (file attached)"),
                };
                files.push(name);
                body
            }
            number => format!("message {number} of {}", archive.from),
        };
        text.push_str(&format!("{header}{writer}: {body}\n"));
        when += TimeDelta::hours(4);
    }
    (text, files)
}

/// Two messages more in each chat but the large one, exported again.
pub(super) fn export_again(world: &World) {
    for mut archive in archives() {
        archive.messages += 2;
        write(world.path(), &archive);
    }
}

/// Gives the chat with Rita Sol on the first phone another name, in its archive and in its row.
pub(super) fn rename_rita(world: &World, name: &'static str) {
    let rita = "Rita Sol";
    let path = world.path().join("exports/emily");
    fs::remove_file(path.join(format!("WhatsApp Chat with {rita}.zip"))).expect("removed");
    let archives = archives();
    let own = archives
        .into_iter()
        .find(|one| one.phone == 0 && one.chat == rita);
    let own = own.expect("an archive");
    let renamed = Archive {
        chat: name,
        file: name,
        ..own
    };
    write(world.path(), &renamed);
    let path = world.path().join("contacts.csv");
    let table = fs::read_to_string(&path).expect("a table");
    let (from, to) = (
        format!("emily,{rita},{rita},"),
        format!("emily,{name},{name},"),
    );
    assert!(table.contains(&from), "{table}");
    fs::write(&path, table.replace(&from, &to)).expect("written");
}

/// The folder of the migration with its archives.
fn write(dir: &std::path::Path, archive: &Archive) {
    let (text, files) = transcript(archive);
    let name = match archive.phone {
        1 => format!("WhatsApp Chat - {}", archive.file),
        _ => format!("WhatsApp Chat with {}", archive.file),
    };
    let inner = match archive.phone {
        1 => "_chat.txt".to_owned(),
        _ => format!("WhatsApp Chat with {}.txt", archive.chat),
    };
    let mut entries = vec![(inner, text)];
    let picture = String::from_utf8_lossy(&jpeg(300, 1)).into_owned();
    entries.extend(files.into_iter().map(|file| (file, picture.clone())));
    let folder = dir.join("exports").join(PHONES[archive.phone].0);
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join(format!("{name}.zip")), zip_of(&entries)).expect("written");
}

fn contacts() -> String {
    let mut table =
        "device,chat,participant,role,phone,lead_id,contact_id,user_id,import\n".to_owned();
    for (device, owner, _, phone, user) in PHONES {
        table.push_str(&format!("{device},*,{owner},me,{phone},,,{user},\n"));
    }
    for (device, chat, phone, lead) in ROWS {
        table.push_str(&format!(
            "{device},{chat},{chat},contact,{phone},lead_{lead},cont_{lead},,\n"
        ));
    }
    table.push_str("emily,Mum,Mum,contact,,,,,private\n");
    table.push_str("emily,+44 7700 900107,+44 7700 900107,contact,+447700900107,,,,\n");
    table.push_str("jonas,Nina Vogt,Nina Vogt,contact,+4915112345004,,,,\n");
    table.push_str("bruna,Emily Carter,Emily Carter,ignore,,,,,no\n");
    table
}

/// The migration of 18 archives over three phones. Without `is_large`, the chat of 40,000 messages is missing.
pub(super) fn world(is_large: bool) -> World {
    let dir = folder();
    for archive in archives() {
        write(dir.path(), &archive);
    }
    if is_large {
        let mut priya = archive(0, "Priya Nair", "2004-02-18 10:00", 40_000, 0);
        priya.from = "2004-02-18 10:00";
        write(dir.path(), &priya);
    }
    let mut config = "[import]\ncontacts = \"contacts.csv\"\n[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\nconcurrency = 1\n".to_owned();
    for (device, owner, zone, ..) in PHONES {
        config.push_str(&format!(
            "[[device]]\nname = \"{device}\"\narchives = [\"exports/{device}\"]\ntimezone = \"{zone}\"\ndate_order = \"dmy\"\nowner = [\"{owner}\"]\n"
        ));
    }
    let table = contacts();
    fs::write(dir.path().join("chatferry.toml"), config).expect("written");
    fs::write(dir.path().join("contacts.csv"), &table).expect("written");
    World::of_folder(dir, Seed::from_contacts_csv(&table).expect("a seed"))
}
