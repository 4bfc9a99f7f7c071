//! Every command makes the decision of the contract's table: random contacts.csv, never.txt and two devices,
//! compared with a second implementation that is written from the contract alone.
//!
//! The contract: the more exact row wins: device and chat, then chat, then `*`. never.txt wins over all rows. A chat
//! without lead, contact and phone is held; `no` is left out; `private` is counted and named nowhere, and so is every
//! other name of its number.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{ANNA, BEN, migration, transcript};
use crate::kit::Output;
use crate::kit::setting::{is_thorough, setting};

/// Names of customers, on both phones. The last is another name of the first one's number.
const PEOPLE: [(&str, &str); 5] = [
    ("Nina Vogt", "+12025550141"),
    ("Omar Diaz", "+12025550142"),
    ("Pia Lind", "+12025550143"),
    ("Rita Sol", "+12025550144"),
    (ALIAS, "+12025550141"),
];

/// The other name of the first person's number.
const ALIAS: &str = "Aunt N.";

/// A row of contacts.csv.
#[derive(Debug, Clone, Default)]
struct Row {
    device: &'static str,
    chat: &'static str,
    phone: &'static str,
    lead: Option<u32>,
    import: &'static str,
}

impl Row {
    fn csv(&self) -> String {
        let (lead, contact) = match self.lead {
            Some(number) => (format!("lead_{number}"), format!("cont_{number}")),
            None => (String::new(), String::new()),
        };
        let Row {
            device,
            chat,
            phone,
            import,
            ..
        } = self;
        format!("{device},{chat},{chat},contact,{phone},{lead},{contact},,{import},\n")
    }

    /// How exact the row is for a chat; `None` if it is about another one.
    fn rank(&self, device: &str, chat: &str) -> Option<u8> {
        let fits_device = self.device.is_empty() || self.device == device;
        let rank = match self.chat {
            "*" => 0,
            own if own == chat => 1,
            _ => return None,
        };
        fits_device.then_some(rank + u8::from(!self.device.is_empty()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    Ready(u32),
    Held,
    No,
    Private,
}

/// The value of `import` by the most exact row of the chat that has one.
fn choice(rows: &[Row], device: &str, chat: &str) -> Option<&'static str> {
    (rows.iter())
        .filter(|row| !row.import.is_empty())
        .filter_map(|row| Some((row.rank(device, chat)?, row.import)))
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, import)| import)
}

/// The decision by the contract.
fn expected(rows: &[Row], never: &[&str], device: &str, chat: &str) -> Expected {
    let mut own: Vec<(u8, &Row)> = (rows.iter())
        .filter_map(|row| Some((row.rank(device, chat)?, row)))
        .collect();
    own.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    let first =
        |value: &dyn Fn(&Row) -> bool| own.iter().map(|(_, row)| *row).find(|row| value(row));
    // A row for a device that is open, as `init` writes it, is not filled by rows for every device.
    let is_open = |row: &Row| row.phone.is_empty() && row.lead.is_none();
    let of_device: Vec<&Row> = own
        .iter()
        .filter(|(rank, _)| *rank == 2)
        .map(|(_, row)| *row)
        .collect();
    let only_device = !of_device.is_empty() && of_device.iter().all(|row| is_open(row));
    let counts = |row: &Row| !only_device || !row.device.is_empty();
    let phone = first(&|row| counts(row) && !row.phone.is_empty()).map(|row| row.phone);
    let lead = first(&|row| counts(row) && row.lead.is_some()).and_then(|row| row.lead);
    // A person on never.txt is meant under every name and number that a row gives.
    let numbers: Vec<&str> = (rows.iter())
        .filter(|row| row.rank(device, chat).is_some() && !row.phone.is_empty())
        .map(|row| row.phone)
        .collect();
    let named: Vec<&str> = (rows.iter())
        .filter(|row| never.contains(&row.chat) && !row.phone.is_empty())
        .map(|row| row.phone)
        .collect();
    let is_never = never.contains(&chat)
        || numbers
            .iter()
            .any(|number| never.contains(number) || named.contains(number));
    // "A number that a row makes private is private whatever the chat is called" (docs/design/privacy.md): a row of
    // another name with this number, of a chat that is private on this phone.
    let is_private_elsewhere = rows.iter().any(|row| {
        row.chat != chat
            && numbers.contains(&row.phone)
            && row.rank(device, row.chat).is_some()
            && choice(rows, device, row.chat) == Some("private")
    });
    match choice(rows, device, chat) {
        _ if is_never || is_private_elsewhere => Expected::Private,
        Some("private") => Expected::Private,
        Some("no") => Expected::No,
        _ => match (phone, lead) {
            (Some(_), Some(lead)) => Expected::Ready(lead),
            _ => Expected::Held,
        },
    }
}

/// Rows that do not contradict each other: for each chat at most one per device and one for every device, and at most one
/// for every chat.
fn rows(random: &mut Rng) -> Vec<Row> {
    let mut rows = Vec::new();
    // A row for every chat decides where no other one does.
    if random.f32() < 0.4 {
        rows.push(Row {
            chat: "*",
            import: ["no", "yes"][random.usize(..2)],
            ..Row::default()
        });
    }
    for (number, (chat, phone)) in (1u32..).zip(PEOPLE) {
        for device in ["", "anna", "ben"] {
            if random.f32() < 0.45 {
                continue;
            }
            rows.push(Row {
                device,
                chat,
                phone: if random.f32() < 0.7 { phone } else { "" },
                lead: (random.f32() < 0.7).then_some(number),
                import: ["", "", "", "yes", "no", "private"][random.usize(..6)],
            });
        }
    }
    rows
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    ready: u64,
    held: u64,
    no: u64,
    private: u64,
}

fn names_nobody(output: &Output, private: &[&str], command: &str, seed: u64) {
    for name in private {
        let shown = output.stdout.contains(name) || output.stderr.contains(name);
        assert!(
            !shown,
            "seed {seed}: {command} names {name}\n{}",
            output.stderr
        );
    }
}

#[test]
fn every_command_decides_as_the_contract_does() {
    let usual = if is_thorough() { 12 } else { 5 };
    let cases: u64 =
        setting("CHATFERRY_ROUTING").map_or(usual, |cases| cases.parse().expect("a number"));
    for seed in 0..cases {
        let mut random = Rng::with_seed(seed);
        let rows = rows(&mut random);
        let candidates = ["Nina Vogt", "Omar Diaz", "+12025550143", "+12025550144"];
        let never: Vec<&str> = candidates
            .into_iter()
            .filter(|_| random.f32() < 0.15)
            .collect();
        let mut exports = Vec::new();
        for (device, owner) in [("anna", ANNA.owner), ("ben", BEN.owner)] {
            for (chat, _) in PEOPLE {
                // Two open chats of one number on one phone are one chat, or contradict each other: not of this table.
                let has_first = exports
                    .iter()
                    .any(|(of, name, _)| *of == device && *name == PEOPLE[0].0);
                let may_be = chat != ALIAS
                    || !has_first
                    || expected(&rows, &never, device, PEOPLE[0].0) == Expected::Private;
                if random.f32() < 0.6 && may_be {
                    let lines = [(chat, device), (owner, chat)];
                    exports.push((device, chat, transcript("13/03/2023", &lines)));
                }
            }
        }
        let archives: Vec<(&str, &str, &str)> = (exports.iter())
            .map(|(device, chat, text)| (*device, *chat, text.as_str()))
            .collect();
        let table: String = rows.iter().map(Row::csv).collect();
        let world = migration(&[ANNA, BEN], "", &archives, &table);
        if !never.is_empty() {
            world.write("never.txt", &format!("{}\n", never.join("\n")));
        }
        let mut decided: BTreeMap<(&str, &str), Expected> = BTreeMap::new();
        for (device, chat, _) in &archives {
            decided.insert((device, chat), expected(&rows, &never, device, chat));
        }
        let mut counts = Counts::default();
        for decision in decided.values() {
            match decision {
                Expected::Ready(_) => counts.ready += 1,
                Expected::Held => counts.held += 1,
                Expected::No => counts.no += 1,
                Expected::Private => counts.private += 1,
            }
        }
        // A name that is private in all its chats and in no other one appears nowhere.
        let is_private = |name: &str| {
            let mut own = decided
                .iter()
                .filter(|((_, chat), _)| *chat == name)
                .peekable();
            own.peek().is_some() && own.all(|(_, decision)| *decision == Expected::Private)
        };
        let private: Vec<&str> = PEOPLE
            .map(|(name, _)| name)
            .into_iter()
            .filter(|name| is_private(name))
            .collect();

        let plan = world.run(&["plan", "--offline", "--json"]).exits(0);
        let shown = ["created", "held", "skipped"].map(|name| plan.number(name));
        let of = [
            counts.ready * 2,
            counts.held * 2,
            (counts.no + counts.private) * 2,
        ];
        assert_eq!(
            shown, of,
            "seed {seed}: {rows:?} {never:?}\n{}",
            plan.stderr
        );
        names_nobody(&plan, &private, "plan", seed);

        let status = world.run(&["status", "--json"]).exits(0);
        let value: serde_json::Value = serde_json::from_str(status.stdout.trim()).expect("JSON");
        let of_status = |name: &str| value["chats"][name].as_u64().unwrap_or_default();
        let shown = Counts {
            ready: of_status("ready"),
            held: of_status("held") + of_status("to_decide"),
            no: of_status("excluded"),
            private: of_status("private"),
        };
        assert_eq!(
            shown, counts,
            "seed {seed}: {rows:?} {never:?}\n{}",
            status.stdout
        );
        names_nobody(&status, &private, "status", seed);

        for command in [&["doctor"][..], &["match", "--dry-run"], &["plan"]] {
            let output = world.run(command);
            names_nobody(&output, &private, command[0], seed);
        }

        let import = world.import();
        let import = import.exits(0);
        assert_eq!(import.number("created"), counts.ready * 2, "seed {seed}");
        names_nobody(&import, &private, "import", seed);
        for message in world.server.state.messages() {
            let user = message.user_id.as_deref();
            let device = if user == Some(ANNA.user) {
                "anna"
            } else {
                "ben"
            };
            let number = PEOPLE.iter().position(|(name, _)| {
                message.markdown == *name
                    || message.markdown == device
                        && message.lead_id == lead_of(&decided, device, name)
            });
            let chat = PEOPLE[number.expect("one of them")].0;
            assert_eq!(
                message.lead_id,
                lead_of(&decided, device, chat),
                "seed {seed}"
            );
        }
    }
}

fn lead_of(decided: &BTreeMap<(&str, &str), Expected>, device: &str, chat: &str) -> String {
    match decided.get(&(device, chat)) {
        Some(Expected::Ready(number)) => format!("lead_{number}"),
        _ => String::new(),
    }
}
