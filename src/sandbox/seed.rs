//! The initial contents of a sandbox: leads, contacts and users, optionally from a contacts.csv, and
//! messages of another sandbox.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::ids;
use super::stored::StoredMessage;

/// What a sandbox contains at its start. Ids are kept as given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// The leads.
    pub leads: Vec<SeedLead>,
    /// The contacts; their leads must be among [`Seed::leads`].
    pub contacts: Vec<SeedContact>,
    /// Users in addition to that of the key.
    pub users: Vec<SeedUser>,
    /// The messages, in order of creation, as [`State::messages`](super::State::messages) of another sandbox returns them. Ids,
    /// dates and file addresses are kept; the user of the key becomes their creator, no event is logged for
    /// them, and the bytes of their files are not kept.
    pub messages: Vec<StoredMessage>,
}

/// A lead to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedLead {
    /// The lead's id, `lead_…`.
    pub id: String,
    /// The lead's name.
    pub name: String,
}

/// A contact to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedContact {
    /// The contact's id, `cont_…`.
    pub id: String,
    /// The lead of the contact, `lead_…`; must be among [`Seed::leads`].
    pub lead_id: String,
    /// The contact's name.
    pub name: String,
    /// The contact's numbers, E.164.
    pub phones: Vec<String>,
}

/// A user to start with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedUser {
    /// The user's id, `user_…`.
    pub id: String,
    /// The user's first name.
    pub first_name: String,
    /// The user's last name.
    pub last_name: String,
    /// The user's mail address.
    pub email: String,
    /// The user's own numbers, E.164.
    pub phones: Vec<String>,
}

impl std::fmt::Debug for SeedUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeedUser")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Seed {
    /// Adds an active user with this id, named after it; nothing if it exists.
    pub fn add_user(&mut self, id: &str) -> &mut SeedUser {
        let index = self
            .users
            .iter()
            .position(|user| user.id == id)
            .unwrap_or_else(|| {
                let number = self.users.len() + 2;
                self.users.push(SeedUser {
                    id: id.to_owned(),
                    first_name: UNNAMED.to_owned(),
                    last_name: number.to_string(),
                    email: format!("user{number}@example.org"),
                    phones: Vec::new(),
                });
                self.users.len() - 1
            });
        &mut self.users[index]
    }

    /// The leads, contacts and users that a contacts.csv names: `me` rows name a user, `contact` rows a
    /// lead and a contact on it with its number. Rows of other roles, and `contact` rows without ids, add
    /// nothing. The participant of a `me` row is the user's name; a row without `user_id` adds a user of
    /// that name unless another row has an id for it, so that a look-up by name can be rehearsed.
    ///
    /// # Errors
    /// The header lacks a column, a row cannot be read, a contact has no lead or two of them; the text
    /// names the line.
    pub fn from_contacts_csv(text: &str) -> Result<Seed, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let header = text.lines().next().unwrap_or_default();
        let semicolons = header.matches(';').count() > header.matches(',').count();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if semicolons { b';' } else { b',' })
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let columns = Columns::find(reader.headers().map_err(|error| error.to_string())?)?;
        let mut seed = Seed::default();
        let mut earlier = EarlierRows::default();
        let records: Result<Vec<_>, _> = reader.records().collect();
        let records = records.map_err(|error| error.to_string())?;
        // A contact that a group goes to has its own name where a row has one, wherever the group's row is.
        let (groups, others): (Vec<_>, Vec<_>) =
            (records.iter()).partition(|record| columns.row(record).is_group());
        for record in others.into_iter().chain(groups) {
            let line = record.position().map_or(0, csv::Position::line);
            earlier
                .add(&columns.row(record), &mut seed)
                .map_err(|error| format!("contacts.csv, line {line}: {error}"))?;
        }
        earlier.add_users_without_id(&mut seed);
        Ok(seed)
    }
}

const NAMES: [&str; 7] = [
    "chat",
    "participant",
    "role",
    "phone",
    "lead_id",
    "contact_id",
    "user_id",
];

/// Indexes of the seven columns in the file.
struct Columns([usize; 7]);

/// One row, by column.
struct Row<'r> {
    chat: &'r str,
    participant: &'r str,
    role: &'r str,
    phone: &'r str,
    lead_id: &'r str,
    contact_id: &'r str,
    user_id: &'r str,
}

impl Row<'_> {
    /// Whether it maps a group as a whole.
    fn is_group(&self) -> bool {
        self.role.eq_ignore_ascii_case("contact") && self.participant == "*"
    }
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Columns, String> {
        let mut indexes = [0; 7];
        for (index, name) in indexes.iter_mut().zip(NAMES) {
            *index = header
                .iter()
                .position(|column| column.trim().eq_ignore_ascii_case(name))
                .ok_or_else(|| format!("contacts.csv: the header has no column `{name}`"))?;
        }
        Ok(Columns(indexes))
    }

    fn row<'r>(&self, record: &'r csv::StringRecord) -> Row<'r> {
        let [chat, participant, role, phone, lead_id, contact_id, user_id] =
            self.0.map(|index| record.get(index).unwrap_or_default());
        Row {
            chat,
            participant,
            role,
            phone,
            lead_id,
            contact_id,
            user_id,
        }
    }
}

/// Indexes of the objects that earlier rows named.
#[derive(Default)]
struct EarlierRows {
    leads: BTreeMap<String, usize>,
    contacts: HashMap<String, usize>,
    /// Names and numbers of `me` rows without an id, in order.
    users_without_id: Vec<(String, String)>,
}

impl EarlierRows {
    fn add(&mut self, row: &Row<'_>, seed: &mut Seed) -> Result<(), String> {
        let is_me = row.role.eq_ignore_ascii_case("me");
        if !row.user_id.is_empty() {
            let user = seed.add_user(row.user_id);
            if is_me {
                user.set_name(row.participant);
                add(&mut user.phones, row.phone);
            }
        } else if is_me && is_name(row.participant) {
            let user = (row.participant.to_owned(), row.phone.to_owned());
            self.users_without_id.push(user);
        }
        if !row.role.eq_ignore_ascii_case("contact") {
            return Ok(());
        }
        let named = [row.participant, row.chat]
            .into_iter()
            .find(|name| !matches!(*name, "" | "*"));
        let name = named.unwrap_or("Contact");
        if row.lead_id.is_empty() {
            if row.contact_id.is_empty() {
                return Ok(());
            }
            return Err(format!("contact {} has no lead_id", row.contact_id));
        }
        if !self.leads.contains_key(row.lead_id) {
            let lead_name = if matches!(row.chat, "" | "*") {
                name
            } else {
                row.chat
            };
            self.leads.insert(row.lead_id.to_owned(), seed.leads.len());
            seed.leads.push(SeedLead {
                id: row.lead_id.to_owned(),
                name: lead_name.to_owned(),
            });
        }
        if row.contact_id.is_empty() {
            return Ok(());
        }
        let index = *self
            .contacts
            .entry(row.contact_id.to_owned())
            .or_insert_with(|| {
                seed.contacts.push(SeedContact {
                    id: row.contact_id.to_owned(),
                    lead_id: row.lead_id.to_owned(),
                    name: name.to_owned(),
                    phones: Vec::new(),
                });
                seed.contacts.len() - 1
            });
        let contact = &mut seed.contacts[index];
        if contact.lead_id != row.lead_id {
            return Err(format!(
                "contact {} is on lead {} and on lead {}",
                contact.id, contact.lead_id, row.lead_id
            ));
        }
        add(&mut contact.phones, row.phone);
        Ok(())
    }

    /// Adds a user for each name that no user has: two of one name could not be distinguished by it.
    fn add_users_without_id(self, seed: &mut Seed) {
        for (name, phone) in self.users_without_id {
            let known =
                (seed.users.iter()).position(|user| user.name().eq_ignore_ascii_case(&name));
            let user = match known {
                Some(index) => &mut seed.users[index],
                None => {
                    let user = seed.add_user(&ids::fixed("user", &name));
                    user.set_name(&name);
                    user
                }
            };
            add(&mut user.phones, &phone);
        }
    }
}

impl SeedUser {
    /// First and last name.
    pub(super) fn name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        name.trim().to_owned()
    }

    /// Takes the name of a participant; the first name found stays.
    fn set_name(&mut self, participant: &str) {
        if self.first_name == UNNAMED && is_name(participant) {
            let (first, last) = participant.rsplit_once(' ').unwrap_or((participant, ""));
            first.trim_end().clone_into(&mut self.first_name);
            last.clone_into(&mut self.last_name);
        }
    }
}

/// The first name of a user without a name in the table.
const UNNAMED: &str = "User";

/// Whether the cell of a participant names one.
fn is_name(participant: &str) -> bool {
    !matches!(participant, "" | "*")
}

fn add(phones: &mut Vec<String>, phone: &str) {
    if !phone.is_empty() && !phones.iter().any(|known| known == phone) {
        phones.push(phone.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_csv_becomes_a_seed() {
        let text = "\u{feff}Note;chat;participant;role;phone;lead_id;contact_id;user_id\n\
            x;*;Anna;me;+4915112345678;;;user_anna\n\
            ;Bob;Bob;contact;+353861234567;lead_1;cont_1;\n\
            ;Team;*;contact;+353861234568;lead_2;cont_2;\n\
            ;Bob;Bob work;contact;+353861234569;lead_1;cont_1;\n\
            ;Eve;Eve;contact;;;;\n\
            ;Spam;Spam;ignore;;lead_9;cont_9;\n";
        let seed = Seed::from_contacts_csv(text).unwrap();
        let leads: Vec<_> = seed
            .leads
            .iter()
            .map(|lead| (lead.id.as_str(), lead.name.as_str()))
            .collect();
        assert_eq!(leads, [("lead_1", "Bob"), ("lead_2", "Team")]);
        assert_eq!(seed.contacts.len(), 2);
        assert_eq!(seed.contacts[0].phones, ["+353861234567", "+353861234569"]);
        assert_eq!(seed.contacts[1].name, "Team");
        assert_eq!(
            (seed.users[0].id.as_str(), seed.users[0].phones.len()),
            ("user_anna", 1)
        );
    }

    #[test]
    fn contact_of_a_group_has_its_own_name() {
        let text = "chat,participant,role,phone,lead_id,contact_id,user_id\n\
            Roof repair,*,contact,+353861234567,lead_1,cont_1,\n\
            Bob Hill,Bob Hill,contact,+353861234567,lead_1,cont_1,\n";
        let seed = Seed::from_contacts_csv(text).unwrap();
        assert_eq!(seed.contacts.len(), 1);
        assert_eq!(seed.contacts[0].name, "Bob Hill");
        assert_eq!(seed.leads[0].name, "Bob Hill");
    }

    #[test]
    fn users_have_the_names_of_me_rows() {
        let text = "chat,participant,role,phone,lead_id,contact_id,user_id\n\
            Bob,Bob,contact,,lead_1,cont_1,user_emily\n\
            *,Jonas Weber,me,+4915112345670,,,\n\
            *,Emily Jane Carter,me,+4915112345671,,,user_emily\n\
            Team,emily jane carter,me,+4915112345672,,,\n\
            *,Jonas Weber,me,+4915112345673,,,\n\
            *,Mia,me,,,,user_mia\n\
            *,*,me,,,,user_other\n";
        let seed = Seed::from_contacts_csv(text).unwrap();
        let users: Vec<_> = (seed.users.iter())
            .map(|user| (user.name(), user.phones.len()))
            .collect();
        let users: Vec<_> = users.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        assert_eq!(
            users,
            [
                ("Emily Jane Carter", 2),
                ("Mia", 0),
                ("User 4", 0),
                ("Jonas Weber", 2)
            ]
        );
        assert_eq!(seed.users[0].first_name, "Emily Jane");
    }

    #[test]
    fn contradiction_error_names_the_line() {
        let head = "chat,participant,role,phone,lead_id,contact_id,user_id\n";
        let two = format!("{head}A,A,contact,,lead_1,cont_1,\nB,B,contact,,lead_2,cont_1,\n");
        assert!(
            Seed::from_contacts_csv(&two)
                .unwrap_err()
                .contains("line 3")
        );
        let none = format!("{head}A,A,contact,,,cont_1,\n");
        assert!(
            Seed::from_contacts_csv(&none)
                .unwrap_err()
                .contains("no lead_id")
        );
        assert!(
            Seed::from_contacts_csv("a,b\n")
                .unwrap_err()
                .contains("`chat`")
        );
    }
}
