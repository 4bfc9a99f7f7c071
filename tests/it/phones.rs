//! Archives in the folder of another phone: what `init`, `inspect` and `doctor` report first.

use std::fs;
use std::path::Path;

use chatferry::sandbox::Seed;

use crate::kit::{World, folder};
use crate::samples::copy;

/// The samples in a world of their own.
fn samples() -> World {
    let dir = folder();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    copy(&own, dir.path());
    let contacts = fs::read_to_string(own.join("contacts.csv")).expect("a table");
    World::of_folder(dir, Seed::from_contacts_csv(&contacts).expect("a seed"))
}

/// The samples with one of Ben's archives in Anna's folder, and a row for it.
fn samples_with_a_moved_archive() -> World {
    let world = samples();
    let name = "WhatsApp Chat - Rita Sol.zip";
    let zip = |folder: &str| world.path().join(folder).join(name);
    fs::copy(zip("ben"), zip("anna")).expect("copied");
    let table = fs::read_to_string(world.path().join("contacts.csv")).expect("a table");
    let row = table.lines().find(|line| line.starts_with("ben,Rita Sol"));
    let row = row.expect("a row").replacen("ben", "anna", 1);
    world.write("contacts.csv", &format!("{table}{row}\n"));
    world
}

/// What the plan, too, prints of that archive.
const MOVED: &str =
    "written by Ben Ortiz, the owner of ben, not of anna: move the file to the archives of ben";

#[test]
fn doctor_reports_an_archive_of_another_phone_first() {
    let world = samples_with_a_moved_archive();
    let doctor = world.run(&["doctor"]).exits(3);
    let first = doctor.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(&format!("BAD  phones        anna: Rita Sol: {MOVED}")),
        "{}",
        doctor.stdout
    );
    world.run(&["plan", "--offline"]).exits(0).says(MOVED);
    assert_eq!(world.server.writes(), 0);
}

#[test]
fn doctor_of_correct_folders_reports_no_phone() {
    let doctor = samples().run(&["doctor"]);
    assert!(!doctor.stdout.contains("phones"), "{}", doctor.stdout);
}

#[test]
fn inspect_reports_an_archive_of_another_phone_first() {
    let world = samples_with_a_moved_archive();
    let inspect = world.run(&["inspect", ".", "--details"]).exits(0);
    let first = inspect.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(&format!("LOOK  anna: Rita Sol: {MOVED}")),
        "{}",
        inspect.stdout
    );
    let json = world.run(&["inspect", ".", "--json"]).exits(0).stdout;
    let view: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(view["phones"][0]["code"], "not_of_this_device");
}

#[test]
fn inspect_of_one_folder_names_the_writer_who_is_not_its_owner() {
    let world = samples_with_a_moved_archive();
    let inspect = world.run(&["inspect", "anna", "--details"]).exits(0);
    let first = inspect.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("LOOK  Ben Ortiz writes in 1 archive of anna and is not its owner: "),
        "{}",
        inspect.stdout
    );
}

#[test]
fn inspect_of_correct_folders_reports_no_phone() {
    let inspect = samples().run(&["inspect", ".", "--details"]).exits(0);
    assert!(
        inspect.stdout.starts_with("Theo, first try"),
        "{}",
        inspect.stdout
    );
}

#[test]
fn inspect_never_merges_chats_of_two_phones() {
    let inspect = samples().run(&["inspect", ".", "--details"]).exits(0);
    assert!(
        !inspect.stdout.contains("3 archives of this chat"),
        "{}",
        inspect.stdout
    );
    // Anna's two archives of one chat.
    inspect.says(
        "  chat          Theo Marsh\n  folder        anna\n                2 archives of this chat",
    );
    inspect.says("  chat          Theo Marsh\n  folder        ben\n  kind");
}

/// An export of a chat as text, with a line of the contact and one of the owner.
fn export(world: &World, folder: &str, contact: &str, owner: &str) {
    let folder = world.path().join(folder);
    fs::create_dir_all(&folder).expect("made");
    let text = format!(
        "13/03/2024, 10:00 - {contact}: hello {owner}\n13/03/2024, 10:01 - {owner}: hello {contact}\n"
    );
    let name = format!("WhatsApp Chat with {contact}.txt");
    fs::write(folder.join(name), text).expect("written");
}

/// A world without configuration.
fn fresh() -> World {
    let world = World::new(Vec::new());
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("the kit's own");
    }
    world
}

fn read(world: &World, name: &str) -> String {
    fs::read_to_string(world.path().join(name)).expect(name)
}

#[test]
fn init_reports_an_archive_of_another_phone_first() {
    let world = samples_with_a_moved_archive();
    fs::create_dir(world.path().join("made")).expect("made");
    for arguments in [
        &["init", ".", "--update"][..],
        &["init", "anna", "ben", "--dir", "made"],
    ] {
        let init = world.run(arguments).exits(0);
        let first = init.stderr.lines().next().unwrap_or_default();
        let wanted = format!("warning: anna: Rita Sol: {MOVED}");
        assert!(first.starts_with(&wanted), "{}", init.stderr);
    }
}

/// One archive of another phone in a folder does not make its owner unknown, to neither command.
#[test]
fn init_and_inspect_agree_on_the_owner_of_a_folder_with_another_phones_archive() {
    let world = fresh();
    for (folder, contact, owner) in [
        ("emily", "Theo Marsh", "Emily Carter"),
        ("emily", "Rita Sol", "Emily Carter"),
        ("jonas", "Ines Kappel", "Jonas Weber"),
        ("jonas", "Nina Vogt", "Jonas Weber"),
        ("jonas", "Omar Diaz", "Jonas Weber"),
        ("jonas", "Pia Lind", "Emily Carter"),
    ] {
        export(&world, folder, contact, owner);
    }
    let inspect = world.run(&["inspect", "emily", "jonas"]).exits(0);
    inspect.says("jonas: Android, owner Jonas Weber");
    let init = world.run(&["init", "emily", "jonas"]).exits(0);
    assert!(
        !init.stderr.contains("The owner of the phone"),
        "{}",
        init.stderr
    );
    let config = read(&world, "chatferry.toml");
    assert!(config.contains("owner = [\"Jonas Weber\"]"), "{config}");
}

/// Three phones in one folder: Emily's, Jonas's and Bruna's.
fn flat() -> World {
    let world = fresh();
    for (contact, owner) in [
        ("Theo Marsh", "Emily Carter"),
        ("Rita Sol", "Emily Carter"),
        ("Jonas Weber", "Emily Carter"),
        ("Ines Kappel", "Jonas Weber"),
        ("Nina Vogt", "Jonas Weber"),
        ("Maria Oliveira", "Bruna Lima"),
    ] {
        export(&world, "exports", contact, owner);
    }
    world
}

#[test]
fn init_of_several_phones_in_one_folder_names_the_owners_with_counts() {
    let init = flat().run(&["init", "exports"]).exits(0);
    let first = init.stderr.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(
            "warning: exports: 3 owners write here: Emily Carter (3 archives), Jonas Weber (2), Bruna Lima (1)"
        ),
        "{}",
        init.stderr
    );
}

#[test]
fn init_of_several_phones_in_one_folder_writes_a_device_for_each_owner() {
    let world = flat();
    world.run(&["init", "exports"]).exits(0);
    let config = read(&world, "chatferry.toml");
    for (name, owner, archive) in [
        ("emily", "Emily Carter", "Theo Marsh"),
        ("jonas", "Jonas Weber", "Nina Vogt"),
        ("bruna", "Bruna Lima", "Maria Oliveira"),
    ] {
        let block = config
            .split("[[device]]\n")
            .find(|block| block.starts_with(&format!("name = \"{name}\"\n")));
        let block = block.unwrap_or_else(|| panic!("no device {name}:\n{config}"));
        assert!(block.contains(&format!("owner = [\"{owner}\"]")), "{block}");
        assert!(
            block.contains(&format!("exports/WhatsApp Chat with {archive}.txt")),
            "{block}"
        );
    }
    let table = read(&world, "contacts.csv");
    for row in [
        "emily,*,Emily Carter,me",
        "emily,Theo Marsh,Theo Marsh,contact",
        "jonas,Nina Vogt,Nina Vogt,contact",
        "bruna,Maria Oliveira,Maria Oliveira,contact",
    ] {
        assert!(table.contains(row), "{table}");
    }
    // The program reads what it wrote, and nothing is of another phone.
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("jonas: Nina Vogt");
    assert!(!plan.stdout.contains("written by"), "{}", plan.stdout);
}

#[test]
fn archive_without_an_owner_gets_no_device() {
    let world = flat();
    let text = "13/03/2024, 10:00 - Zoe Hart: hello\n";
    fs::write(
        world.exports().join("WhatsApp Chat with Zoe Hart.txt"),
        text,
    )
    .expect("written");
    let init = world.run(&["init", "exports"]).exits(0);
    init.says("could not be determined, and they got no row");
    assert!(!read(&world, "contacts.csv").contains("Zoe Hart"));
}

#[test]
fn inspect_of_several_phones_in_one_folder_names_the_owners_once() {
    let inspect = flat().run(&["inspect", "exports", "--details"]).exits(0);
    let look: Vec<&str> = (inspect.stdout.lines())
        .take_while(|line| line.starts_with("LOOK"))
        .collect();
    assert_eq!(
        look,
        [
            "LOOK  exports: 3 owners write here: Emily Carter (3 archives), Jonas Weber (2), Bruna Lima (1); `chatferry init` with the same paths writes a [[device]] block for each phone, or put the archives of each phone in a folder of its own"
        ]
    );
}

/// Three configured phones, and a fourth one's folder that the configuration does not name.
fn fourth() -> World {
    let world = fresh();
    export(&world, "exports/emily", "Theo Marsh", "Emily Carter");
    export(&world, "exports/jonas", "Ines Kappel", "Jonas Weber");
    export(&world, "exports/bruna", "Maria Oliveira", "Bruna Lima");
    world.run(&["init", "exports"]).exits(0);
    export(&world, "exports/carla", "Gino Bo", "Carla Rossi");
    export(&world, "exports/carla", "Zoe Hart", "Carla Rossi");
    let text = "13/03/2024, 10:00 - Ada Quist: hello\n";
    let silent = "exports/carla/WhatsApp Chat with Ada Quist.txt";
    world.write(silent, text);
    world
}

#[test]
fn update_with_a_new_phone_prints_its_whole_device_block() {
    let world = fourth();
    let config = read(&world, "chatferry.toml");
    let update = world.run(&["init", "exports", "--update"]).exits(0);
    let block = update.stdout.split("[[device]]\n").nth(1);
    let block = block.unwrap_or_else(|| panic!("no block:\n{}", update.stdout));
    for line in [
        "name = \"carla\"\n",
        "archives = [\"exports/carla\"]\n",
        "timezone = ",
        "owner = [\"Carla Rossi\"]\n",
        "local_phone = \"\"\n",
    ] {
        assert!(block.contains(line), "{line} is not in\n{block}");
    }
    assert!(
        !update.stderr.contains("add to the archives"),
        "{}",
        update.stderr
    );
    assert_eq!(read(&world, "chatferry.toml"), config);
    // The block is complete: with it, the plan reads all four phones.
    let (_, added) = update.stdout.split_once("[[device]]\n").expect("a block");
    let end = added.find("user_id = \"\"\n").expect("its last key") + 13;
    let added = format!("[[device]]\n{}", &added[..end]);
    world.write("chatferry.toml", &format!("{config}\n{added}"));
    let plan = world.run(&["plan", "--offline"]).exits(0);
    plan.says("carla: Gino Bo");
}

#[test]
fn update_with_a_new_phone_adds_rows_with_its_device() {
    let world = fourth();
    let table = read(&world, "contacts.csv");
    world.run(&["init", "exports", "--update"]).exits(0);
    assert_eq!(
        read(&world, "contacts.csv"),
        format!(
            "{table}carla,*,Carla Rossi,me,,,,,\n\
         carla,Ada Quist,Ada Quist,contact,,,,,\ncarla,Gino Bo,Gino Bo,contact,,,,,\ncarla,Zoe Hart,Zoe Hart,contact,,,,,\n"
        )
    );
}

#[test]
fn update_with_a_new_archive_of_a_known_owner_names_its_device() {
    let world = fourth();
    fs::remove_dir_all(world.exports().join("carla")).expect("removed");
    export(&world, "exports/more", "Rita Sol", "Jonas Weber");
    let update = world.run(&["init", "exports", "--update"]).exits(0);
    update.says("add to the archives of jonas: [\"exports/more/WhatsApp Chat with Rita Sol.txt\"]");
    assert!(read(&world, "contacts.csv").ends_with("jonas,Rita Sol,Rita Sol,contact,,,,,\n"));
}

/// One configured phone, Emily's, and a folder of Carla's. `archives`: those of the configuration.
fn second(archives: &str) -> World {
    let world = fresh();
    export(&world, "exports/emily", "Theo Marsh", "Emily Carter");
    export(&world, "exports/emily", "Rita Sol", "Emily Carter");
    world.run(&["init", archives]).exits(0);
    export(&world, "exports/carla", "Gino Bo", "Carla Rossi");
    export(&world, "exports/carla", "Zoe Hart", "Carla Rossi");
    world
}

#[test]
fn update_of_one_phone_with_a_second_owner_prints_whole_device_blocks() {
    for archives in ["exports/emily", "exports"] {
        let world = second(archives);
        let config = read(&world, "chatferry.toml");
        let update = world.run(&["init", "exports", "--update"]).exits(0);
        update.says("exports/carla: the owner of the phone is \"Carla Rossi\"");
        let blocks: Vec<&str> = update.stdout.split("[[device]]\n").skip(1).collect();
        let [emily, carla] = blocks[..] else {
            panic!("{}", update.stdout);
        };
        for (block, name, owner) in [
            (emily, "emily", "Emily Carter"),
            (carla, "carla", "Carla Rossi"),
        ] {
            for line in [
                &format!("name = \"{name}\"\n"),
                &format!("archives = [\"exports/{name}\"]\n"),
                "timezone = ",
                &format!("owner = [\"{owner}\"]\n"),
                "local_phone = \"\"\n",
                "user_id = \"\"\n",
            ] {
                assert!(block.contains(line), "{line} is not in\n{block}");
            }
        }
        assert_eq!(read(&world, "chatferry.toml"), config);
        // In place of [source], the blocks are a configuration of both phones.
        let (_, printed) = update
            .stdout
            .split_once("check the values:\n")
            .expect("blocks");
        let (before, rest) = config.split_once("[source]").expect("a section");
        let (_, after) = rest.split_once("[import]").expect("a section");
        world.write(
            "chatferry.toml",
            &format!("{before}{printed}\n[import]{after}"),
        );
        world.run(&["init", "exports", "--update"]).exits(0);
        let table = read(&world, "contacts.csv");
        assert!(table.contains("carla,Gino Bo,Gino Bo,contact"), "{table}");
        let plan = world.run(&["plan", "--offline"]).exits(0);
        plan.says("carla: Gino Bo").says("emily: Theo Marsh");
        assert!(!plan.stdout.contains("writes in"), "{}", plan.stdout);
    }
}

#[test]
fn doctor_of_one_phone_with_a_second_owner_names_the_command_for_device_blocks() {
    let doctor = second("exports").run(&["doctor"]).exits(3);
    let first = doctor.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with(
            "BAD  phones        Carla Rossi writes in 2 archives of default and is not its owner: "
        ),
        "{}",
        doctor.stdout
    );
    for words in [
        "add the name to `owner` in [source]",
        "`chatferry init PATHS --update`, which prints a complete [[device]] block",
    ] {
        assert!(first.contains(words), "{first}");
    }
}

/// The archives of both phones of the samples in one folder; those of Ben are added after `init`.
fn mixed_after_init() -> World {
    let world = samples();
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("removed");
    }
    fs::rename(world.path().join("anna"), world.exports()).expect("moved");
    world.run(&["init", "exports"]).exits(0);
    add_folder(&world, "ben");
    world
}

/// Moves the archives of a folder into `exports`.
fn add_folder(world: &World, folder: &str) {
    let folder = world.path().join(folder);
    for entry in fs::read_dir(&folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = world.exports().join(entry.file_name());
        fs::rename(entry.path(), to).expect("moved");
    }
    fs::remove_dir(folder).expect("empty");
}

/// The advice of `plan` and `init --update`, followed to the letter, ends in a plan without misplaced archives.
#[test]
fn second_phone_in_the_folder_of_the_first_gets_its_own_block() {
    let world = mixed_after_init();
    (world.run(&["plan", "--offline"]).exits(0)).says("run `chatferry init PATHS --update`");
    let update = world.run(&["init", "exports", "--update"]).exits(0);
    let (_, blocks) = (update
        .stdout
        .split_once("Another phone: replace the section [source]"))
    .and_then(|(_, rest)| rest.split_once('\n'))
    .expect("blocks");
    let config = read(&world, "chatferry.toml");
    let (head, rest) = config.split_once("[source]").expect("a section");
    let (_, tail) = rest.split_once("[import]").expect("a section");
    world.write("chatferry.toml", &format!("{head}{blocks}[import]{tail}"));
    let table = read(&world, "contacts.csv").replace("\n,", "\nanna,");
    world.write("contacts.csv", &table);
    let second = world.run(&["init", "exports", "--update"]).exits(0);
    assert!(
        !second.stdout.contains("Another phone"),
        "{}",
        second.stdout
    );
    let table = read(&world, "contacts.csv");
    for row in [
        "ben,*,Ben Ortiz,me",
        "ben,Rita Sol,Rita Sol,contact",
        "anna,Theo Marsh,",
    ] {
        assert!(table.contains(row), "{row}: {table}");
    }
    let plan = world.run(&["plan", "--offline", "--details"]).exits(0);
    for wrong in [
        "is not its owner",
        "written by",
        "of no device",
        "several chats are called",
    ] {
        let output = format!("{}{}", plan.stdout, plan.stderr);
        assert!(!output.contains(wrong), "{wrong}: {output}");
    }
    plan.says("ben: Rita Sol (25 messages)")
        .says("anna: Theo Marsh (44 messages)");
}

/// A group in which both owners write is of the phone whose other archives are of its platform.
#[test]
fn group_of_two_owners_gets_the_phone_of_its_platform() {
    let world = mixed_after_init();
    for name in ["chatferry.toml", "contacts.csv"] {
        fs::remove_file(world.path().join(name)).expect("removed");
    }
    let inspect = world.run(&["inspect", "exports"]).exits(0);
    inspect.says("`chatferry init` with the same paths writes a [[device]] block for each phone");
    let init = world.run(&["init", "exports"]).exits(0);
    assert!(
        !init.stderr.contains("could not be determined"),
        "{}",
        init.stderr
    );
    let table = read(&world, "contacts.csv");
    for row in [
        "ben,Harbour Walks,*,contact",
        "anna,Harbour Walks,*,contact",
    ] {
        assert!(table.contains(row), "{table}");
    }
    let plan = world.run(&["plan", "--offline"]).exits(0);
    assert!(!plan.stderr.contains("of no device"), "{}", plan.stderr);
}

/// In the folder of a migration, `init --update` needs no path, and its notes follow the configuration.
#[test]
fn update_without_paths_reads_the_configured_folders() {
    let world = samples();
    let rows = |text: String| -> String {
        let is_kept =
            |line: &&str| !line.starts_with("ben,Rita") && !line.starts_with("ben,Harbour");
        let kept = text.lines().filter(is_kept);
        kept.map(|line| format!("{line}\n")).collect()
    };
    world.write("contacts.csv", &rows(read(&world, "contacts.csv")));
    let update = world.run(&["init", "--update"]).exits(0);
    update.says("Added 3 chats to contacts.csv: Harbour Walks, Marisol Vega, Rita Sol");
    assert!(
        !update.stderr.contains("Groups are left out"),
        "{}",
        update.stderr
    );
    update.says("Groups are imported (groups = \"anchor\")");
    assert!(read(&world, "contacts.csv").contains("ben,Rita Sol,Rita Sol,contact"));
    world.run(&["init"]).exits(2);
}

/// The owner of another device is no contact whom Close lacks.
#[test]
fn match_does_not_look_for_a_colleague() {
    let world = samples();
    let looked_up = world.run(&["match", "--dry-run"]).exits(0);
    looked_up.says("0 not found in Close");
    let table = read(&world, "contacts.csv")
        .replace("Ben Ortiz,contact,+12025550123", "Ben Ortiz,contact,");
    world.write("contacts.csv", &table);
    (world.run(&["match", "--dry-run"]).exits(0)).says("0 not found in Close");
}
