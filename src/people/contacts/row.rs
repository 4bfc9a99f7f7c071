//! Validates a record as a [`Row`], and rows against each other.

use std::collections::HashMap;

use super::read::{Columns, Problems};
use super::{ImportChoice, Name, Role, Row};
use crate::ids::{ContactId, LeadId, UserId};
use crate::name::{name_key, nearest};
use crate::phone::Phone;
use crate::settings::Problem;
use crate::table_cell;

/// Reads one record as a [`Row`].
pub(super) struct RowReader<'r> {
    pub(super) columns: &'r Columns,
    pub(super) record: &'r csv::StringRecord,
    pub(super) line: u32,
}

impl RowReader<'_> {
    fn cell(&self, column: &str) -> Option<&str> {
        let cell = table_cell::read(self.raw(column)?).trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The cell with its mark of text.
    fn raw(&self, column: &str) -> Option<&str> {
        let place = *self.columns.places.get(column)?;
        self.record.get(place).map(str::trim)
    }

    /// `None` if it is invalid; the problems contain why.
    pub(super) fn read(
        &self,
        problems: &mut Problems<'_>,
        warnings: &mut Vec<Problem>,
    ) -> Option<Row> {
        let before = problems.found.len();
        let line = self.line;
        let chat = self.name("chat");
        if chat.is_none() {
            problems.add(line, "chat is empty; copy the chat's name from `chatferry inspect`, or write * for every chat");
        }
        let participant = self.name("participant");
        let word = self.cell("role").map(str::to_lowercase);
        let role = word.as_deref().and_then(Role::of);
        if role.is_none() {
            let words = ["me", "contact", "ignore"];
            problems.add(line, word_problem("role", word.as_deref(), &words));
        }
        let import = match self.cell("import").map(str::to_lowercase).as_deref() {
            None => None,
            Some("yes") => Some(ImportChoice::Yes),
            Some("no") => Some(ImportChoice::No),
            Some("private") => Some(ImportChoice::Private),
            Some("create") => Some(ImportChoice::Create),
            other => {
                let words = ["yes", "no", "private", "create"];
                problems.add(line, word_problem("import", other, &words));
                None
            }
        };
        let phone = self.cell("phone").and_then(|cell| {
            let phone = Phone::parse(strip_text_marks(cell));
            if phone.is_some() {
                return phone;
            }
            let mended = Phone::parse_without_plus(strip_text_marks(cell));
            match mended {
                Some(_) => warnings.push(Problem {
                    file: problems.file.to_owned(),
                    line: Some(line),
                    text: "phone has no +; its digits are a complete number with country code and are read as one".to_owned(),
                }),
                None => problems.add(line, phone_problem(strip_text_marks(cell))),
            }
            mended
        });
        let lead_id = self.id("lead_id", "lead_", problems);
        let contact_id = self.id("contact_id", "cont_", problems);
        let user_id = self.id("user_id", "user_", problems);
        let chat_key = self.cell("chat_key").map(str::to_owned);
        if chat_key.is_some() && chat.as_ref().is_some_and(Name::is_any) {
            problems.add(
                line,
                "chat_key requires a chat; with * all chats would be merged into one",
            );
        }
        if role == Some(Role::Ignore) && participant.is_none() {
            problems.add(
                line,
                "participant is empty; write the name of the participant to leave out, or * for all",
            );
        }
        self.unused(role?, problems.file, warnings);
        if problems.found.len() > before {
            return None;
        }
        Some(Row {
            line,
            device: self.cell("device").map(str::to_owned),
            chat: chat?,
            participant: participant.unwrap_or(Name::Any),
            role: role?,
            phone,
            lead_id: lead_id.map(LeadId::from),
            contact_id: contact_id.map(ContactId::from),
            user_id: user_id.map(UserId::from),
            chat_key,
            import,
        })
    }

    fn name(&self, column: &str) -> Option<Name> {
        let text = self.cell(column)?;
        if text == "*" {
            return Some(Name::Any);
        }
        let key = name_key(text);
        let marked_key = self.raw(column).filter(|raw| *raw != text).map(name_key);
        (!key.is_empty()).then(|| Name::Is {
            text: text.to_owned(),
            key,
            marked_key,
        })
    }

    fn id(&self, column: &str, prefix: &str, problems: &mut Problems<'_>) -> Option<String> {
        let cell = self.cell(column)?;
        let rest = cell.strip_prefix(prefix).unwrap_or_default();
        if rest.is_empty()
            || !rest
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        {
            problems.add(
                self.line,
                format!("{column} is not an id of Close; it must begin with \"{prefix}\""),
            );
            return None;
        }
        Some(cell.to_owned())
    }

    /// Warns of cells without meaning in a row of this role.
    fn unused(&self, role: Role, file: &str, warnings: &mut Vec<Problem>) {
        let columns: &[&str] = match role {
            Role::Me => &["lead_id", "contact_id"],
            Role::Contact => &["user_id"],
            Role::Ignore => &["lead_id", "contact_id", "user_id"],
        };
        for column in columns.iter().filter(|column| self.cell(column).is_some()) {
            warnings.push(Problem {
                file: file.to_owned(),
                line: Some(self.line),
                text: format!(
                    "{column} has no meaning in a row with the role {}; it is not used",
                    role.word()
                ),
            });
        }
    }
}

/// A cell without the marks that make a spreadsheet treat it as text: `'+44…`, `="+44…"`.
fn strip_text_marks(cell: &str) -> &str {
    let quoted = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    quoted
        .unwrap_or(cell)
        .trim_start_matches(['\'', '\u{2018}', '\u{2019}'])
        .trim()
}

/// The problem of a number that a spreadsheet rounded.
pub(crate) const ROUNDED: &str = "phone was rounded by a spreadsheet (as in 4.9E+12); format the column as text, and write the number again with + and the country code";

/// The problem of a phone. Never contains the number.
fn phone_problem(cell: &str) -> &'static str {
    let scientific = cell.split_once(['E', 'e']).is_some_and(|(number, power)| {
        let digits = |text: &str| text.chars().any(|c| c.is_ascii_digit());
        let only = |text: &str, other: &str| {
            text.chars()
                .all(|c| c.is_ascii_digit() || other.contains(c))
        };
        digits(number) && digits(power) && only(number, ".,") && only(power, "+-")
    });
    if scientific {
        ROUNDED
    } else if cell.chars().all(|c| c.is_ascii_digit()) {
        "phone has no +; if a spreadsheet removed it, format the column as text, and write the number with + and the country code, such as +4915112345678"
    } else {
        "phone is not an international number; write + and the country code first, such as +4915112345678"
    }
}

/// The problem of a word. Contains the word only if it is similar to a valid one: if cells slipped, it may
/// be a person's name.
fn word_problem(column: &str, word: Option<&str>, words: &[&str]) -> String {
    let choice = words.join(", ");
    match word.map(|word| (word, nearest(word, words.iter().copied()))) {
        None => format!("{column} is empty; write one of {choice}"),
        Some((word, Some(near))) => format!("{column} is \"{word}\"; did you mean \"{near}\"?"),
        Some((_, None)) => format!("{column} must be one of {choice}"),
    }
}

/// The scope of a value: the column, then device, chat, participant and role, each `None` where it does not
/// matter.
type Scope<'r> = (
    &'static str,
    Option<&'r str>,
    Option<&'r str>,
    Option<&'r str>,
    Option<Role>,
);

/// The common scope of two rows, in words.
fn same(scope: &Scope<'_>) -> &'static str {
    match scope {
        ("chat_key" | "import", ..) => "same device and chat,",
        (_, _, _, None, Some(Role::Me)) => "same device and chat, for \"me\"",
        _ => "same device, chat and participant,",
    }
}

/// Finds rows of equal scope with different values. An empty cell is no value.
pub(super) fn contradictions(rows: &[Row], problems: &mut Problems<'_>) {
    let mut values: HashMap<Scope<'_>, (u32, String)> = HashMap::new();
    for row in rows {
        let device = row.device.as_deref();
        let chat = row.chat.key();
        let participant = row.participant.key();
        let person = |column| (column, device, chat, participant, Some(row.role));
        // A chat has one owner, whatever names the rows have.
        let owner = |column| (column, device, chat, None, Some(Role::Me));
        let whole_chat = |column| (column, device, chat, None, None);
        let mut cells: Vec<(Scope<'_>, String)> = Vec::new();
        let scope_of = |column| {
            if row.role == Role::Me {
                owner(column)
            } else {
                person(column)
            }
        };
        for (column, value) in [
            ("phone", row.phone.as_ref().map(Phone::e164)),
            ("user_id", row.user_id.as_ref().map(UserId::as_str)),
        ] {
            cells.extend(value.map(|value| (scope_of(column), value.to_owned())));
        }
        for (column, value) in [
            ("lead_id", row.lead_id.as_ref().map(LeadId::as_str)),
            ("contact_id", row.contact_id.as_ref().map(ContactId::as_str)),
        ] {
            cells.extend(value.map(|value| (person(column), value.to_owned())));
        }
        cells.extend(
            row.chat_key
                .as_ref()
                .map(|key| (whole_chat("chat_key"), key.clone())),
        );
        // Once the ids are set, `create` means yes.
        let import = row.import.map(|import| match import {
            ImportChoice::Create => ImportChoice::Yes,
            other => other,
        });
        cells.extend(import.map(|import| (whole_chat("import"), format!("{import:?}"))));
        if participant.is_some() {
            let role = match row.role {
                Role::Ignore => "ignore",
                Role::Me => "me",
                Role::Contact => "contact",
            };
            cells.push((("role", device, chat, participant, None), role.to_owned()));
        }
        for (scope, value) in cells {
            let column = scope.0;
            match values.get(&scope) {
                None => {
                    values.insert(scope, (row.line, value));
                }
                Some((first, other)) if *other != value => problems.add(
                    row.line,
                    format!(
                        "contradicts line {first}: {} another {column}; keep one",
                        same(&scope)
                    ),
                ),
                Some(_) => {}
            }
        }
    }
}
