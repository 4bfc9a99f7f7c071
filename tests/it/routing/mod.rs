//! Routing: which archives are imported, under which user and lead, and which are held.

mod corrected_handover;
mod handover;
mod keys_user;
mod left_out_copy;
mod model;
mod one_phone;
mod owner_names;
mod second_copy;
mod whose;

use std::fs;

use chatferry::sandbox::{Seed, StoredMessage};

use crate::kit::World;

/// The phone of one owner.
pub(super) struct Phone {
    /// The device, also the folder of its archives unless `archives` differs.
    pub(super) device: &'static str,
    /// The owner's name; empty: not configured.
    pub(super) owner: &'static str,
    pub(super) number: &'static str,
    pub(super) user: &'static str,
    /// More lines of its block.
    pub(super) more: &'static str,
}

pub(super) const ANNA: Phone = Phone {
    device: "anna",
    owner: "Anna Keller",
    number: "+4915111111112",
    user: "user_anna",
    more: "",
};

pub(super) const BEN: Phone = Phone {
    device: "ben",
    owner: "Ben Ortiz",
    number: "+4915111111113",
    user: "user_ben",
    more: "",
};

/// A lead for which contacts.csv has no row.
const OTHER_LEAD: &str = ",Other,Other,contact,+12025550160,lead_other,cont_other,,,\n";

/// A migration of these phones. `exports` are folder, chat and transcript; `rows` are those of contacts.csv
/// below `device,chat,participant,role,phone,lead_id,contact_id,user_id,import,chat_key`.
pub(super) fn migration(
    phones: &[Phone],
    import: &str,
    exports: &[(&str, &str, &str)],
    rows: &str,
) -> World {
    let dir = crate::kit::folder();
    let mut config = String::new();
    for phone in phones {
        let Phone {
            device,
            owner,
            number,
            user,
            more,
        } = phone;
        let archives = match more.contains("archives =") {
            true => String::new(),
            false => format!("archives = [\"{device}\"]\n"),
        };
        let owner = match *owner {
            "" => String::new(),
            owner => format!("owner = [\"{owner}\"]\n"),
        };
        config.push_str(&format!(
            "[[device]]\nname = \"{device}\"\n{archives}timezone = \"Europe/Berlin\"\n{owner}\
             local_phone = \"{number}\"\nuser_id = \"{user}\"\ndate_order = \"dmy\"\n{more}\n"
        ));
        fs::create_dir_all(dir.path().join(device)).expect("made");
    }
    config.push_str(&format!(
        "[import]\ncontacts = \"contacts.csv\"\n{import}\n[limits]\nsettle_seconds = 0.0\nrequests_per_second = 1000.0\n"
    ));
    fs::write(dir.path().join("chatferry.toml"), config).expect("written");
    for (folder, chat, transcript) in exports {
        let path = dir.path().join(folder);
        fs::create_dir_all(&path).expect("made");
        let name = format!("WhatsApp Chat with {chat}.txt");
        fs::write(path.join(name), transcript).expect("written");
    }
    let head = "device,chat,participant,role,phone,lead_id,contact_id,user_id,import,chat_key\n";
    let contacts = format!("{head}{rows}");
    fs::write(dir.path().join("contacts.csv"), &contacts).expect("written");
    let users = phones.iter().map(|phone| {
        format!(
            "{},*,{},me,,,,{},,\n",
            phone.device, phone.owner, phone.user
        )
    });
    let users: String = users.collect();
    let leads = OTHER_LEAD;
    let seed = Seed::from_contacts_csv(&format!("{contacts}{users}{leads}")).expect("a seed");
    World::of_folder(dir, seed)
}

/// A transcript of these senders and texts, a minute apart from this date on.
pub(super) fn transcript(date: &str, lines: &[(&str, &str)]) -> String {
    let lines = lines.iter().enumerate();
    let lines = lines
        .map(|(minute, (sender, text))| format!("{date}, 09:{minute:02} - {sender}: {text}\n"));
    lines.collect()
}

/// The users and texts in Close, by time.
pub(super) fn in_close(world: &World) -> Vec<(String, String)> {
    let mut messages: Vec<StoredMessage> = world.server.state.messages();
    messages.sort_by_key(|message| message.activity_at);
    let shown = messages.into_iter();
    shown
        .map(|message| (message.user_id.unwrap_or_default(), message.markdown))
        .collect()
}
