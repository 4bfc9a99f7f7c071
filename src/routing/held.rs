//! The reasons that hold a chat until a person decides, and their wording. Which of them applies is decided by
//! `rules`, and by `survey` and `plan` for reasons that need the checkpoint or Close.

mod gap;

use std::fmt;

pub use gap::Gap;

use crate::ids::LeadId;
use crate::settings::Device;

/// Why a chat is held until a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The order of day and month could not be determined.
    DateOrder,
    /// Its timestamps have no year, and nothing determines the year.
    NoYear,
    /// contacts.csv has no row for the chat, or the row lacks these columns.
    Mapping(Vec<&'static str>),
    /// The row has no number, and the other side has the name of the owner of another device: an internal chat if it has
    /// that owner's number.
    NameOfColleague {
        /// The name in the archive.
        name: String,
        /// The device of the owner of that name.
        device: String,
    },
    /// Two rows of contacts.csv, at these lines, give the chat different values.
    Contradiction(u32, u32),
    /// Records show that an owner wrote under a name that is not configured as an owner's.
    OwnerName,
    /// The owner's number is not known.
    LocalPhone,
    /// It could not be determined which participant is the owner.
    Owner,
    /// The owner of its device does not write in it, and the owner of another device does.
    NotOfThisDevice {
        /// The name under which the archive has that owner.
        writer: String,
        /// The name of that owner's device.
        its_device: String,
        /// The name of the device whose archives it is among.
        device: String,
        /// What makes the name that of their device's owner.
        named_by: NamedBy,
    },
    /// Neither of its writers is an owner.
    UnknownWriter {
        /// The writer who is not the contact.
        writer: String,
        /// The name of the device whose archives it is among.
        device: String,
        /// The number of archives of the device in which this name writes in place of the owner.
        archives: u32,
    },
    /// The same archive, or another one of its conversation from the same phone, is among those of another device.
    OnTwoDevices {
        /// The name of the device whose archives it is among.
        device: String,
        /// The name of the other device.
        other: String,
        /// Whether the archives are copies of one export.
        is_copy: bool,
    },
    /// An archive of the chat has a number, as its name or in a database, and its row in contacts.csv has a
    /// different one.
    OtherNumber {
        /// The line of the row in contacts.csv, from 1; `None` if it is not known.
        line: Option<u32>,
        /// The number in the row, abbreviated.
        row: String,
        /// The number in the archive, abbreviated.
        archive: String,
    },
    /// Archives of one chat give it different leads or contacts.
    SeveralLeads,
    /// Lead, contact and user do not belong together in Close: the reason.
    Pair(String),
    /// The number of its messages that another integration created in Close.
    Existing(u32),
    /// The number of its messages that are in Close, or in another archive, at other times, because of a zone shift.
    Shifted(u32),
    /// Its lead was merged into another one.
    Merged {
        /// The lead that no longer exists.
        from: LeadId,
        /// The lead into which it was merged.
        into: LeadId,
        /// Whether the next run continues on that lead.
        follows: bool,
    },
    /// It has two senders, and neither has its name.
    Strangers,
    /// A group without an anchor.
    Anchor(AnchorGap),
    /// Another chat has this name too.
    SameName(String),
    /// Another chat of the device has the same number in contacts.csv, and the archives are of two people.
    SameNumber(Box<SameNumber>),
    /// Another archive of the device contains the same conversation, and would go to another number's lead or is left out.
    SameConversation(Box<SameConversation>),
    /// The activities of the lead could not be listed completely: the reason.
    Unlisted(String),
    /// Its inputs are those of its last complete import, its plan is not empty, and nothing
    /// explains that: archive and line of up to three messages.
    Unsteady(Vec<String>),
}

/// What a group's anchor lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorGap {
    /// A row of contacts.csv.
    NoRow,
    /// Values in the row with this line.
    Unfilled(u32),
    /// A person who may be named: the one of the row with this line is erased or on never.txt.
    LeftOut(u32),
}

impl fmt::Display for AnchorGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnchorGap::NoRow => f.write_str(
                "a group without an anchor; add a row to contacts.csv with participant *, and the phone, lead and contact \
                 of the contact on whose lead to import it",
            ),
            AnchorGap::Unfilled(line) => write!(
                f,
                "a group without an anchor; fill in its row (line {line} of contacts.csv): the phone, lead and contact of \
                 the contact on whose lead to import it"
            ),
            AnchorGap::LeftOut(line) => write!(
                f,
                "a group whose anchor is erased or on never.txt; put another contact into its row (line {line} of contacts.csv)"
            ),
        }
    }
}

/// What makes a name that of a device's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `owner` of the device.
    Configuration,
    /// The `me` row in this line of contacts.csv.
    Row(u32),
    /// The archives of the device.
    Archives,
}

/// Two names of a device to which contacts.csv gives one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameNumber {
    /// The names, that of the chat first.
    pub names: [String; 2],
    /// The lines of their rows in contacts.csv, from 1; `None` if not known.
    pub lines: [Option<u32>; 2],
    /// The number that both have, abbreviated.
    pub number: String,
    /// Why they are two people rather than one with two names.
    pub evidence: TwoPeople,
}

/// Two archives of one conversation to which contacts.csv gives two numbers, or of which it leaves one out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameConversation {
    /// The archives, that of the chat first.
    pub archives: [String; 2],
    /// The lines of the rows in contacts.csv that give them their numbers, from 1; `None` if not
    /// known.
    pub lines: [Option<u32>; 2],
    /// Whether `import = no` leaves the other one out.
    pub is_left_out: bool,
}

/// The evidence that archives of two names are of two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoPeople {
    /// They cover the same days and have no message in common.
    NothingInCommon,
    /// Their newest archives were exported on one day, and on one day a number has one name.
    ExportedTogether,
    /// The older one was exported when the newer chat had begun, and has nothing of it.
    ExportedLater,
}

impl TwoPeople {
    fn describe(self) -> &'static str {
        match self {
            TwoPeople::NothingInCommon => "cover the same days and have no message in common",
            TwoPeople::ExportedTogether => {
                "were exported on the same day and have no message in common"
            }
            TwoPeople::ExportedLater => {
                "have no message in common, although one was exported when the other had begun"
            }
        }
    }
}

impl Held {
    /// Whether the cause is in contacts.csv and visible without the messages.
    pub fn is_mapping_problem(&self) -> bool {
        matches!(
            self,
            Held::Mapping(_)
                | Held::NameOfColleague { .. }
                | Held::Contradiction(..)
                | Held::LocalPhone
                | Held::OtherNumber { .. }
                | Held::Anchor(_)
        )
    }

    /// The name of a writer that the reason contains, for redaction; `None` if it contains none.
    pub(crate) fn writer(&self) -> Option<&str> {
        match self {
            Held::NotOfThisDevice { writer, .. } | Held::UnknownWriter { writer, .. } => {
                Some(writer)
            }
            Held::NameOfColleague { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether only Close shows the cause, so that a plan without Close does not find it.
    pub fn needs_close(&self) -> bool {
        matches!(
            self,
            Held::Pair(_) | Held::Existing(_) | Held::Merged { .. } | Held::Unlisted(_)
        )
    }

    /// Whether the archive may be of another phone than the one whose archives it is among.
    pub fn is_of_another_phone(&self) -> bool {
        matches!(
            self,
            Held::NotOfThisDevice { .. } | Held::UnknownWriter { .. } | Held::OnTwoDevices { .. }
        )
    }

    /// The reason's stable word for reports (docs/reference/rules.md).
    pub fn code(&self) -> &'static str {
        match self {
            Held::DateOrder => "date_order",
            Held::NoYear => "no_year",
            Held::Mapping(_) | Held::NameOfColleague { .. } => "mapping",
            Held::Contradiction(..) => "contradiction",
            Held::LocalPhone => "local_phone",
            Held::Owner => "owner",
            Held::OwnerName => "owner_name",
            Held::NotOfThisDevice { .. } => "not_of_this_device",
            Held::UnknownWriter { .. } => "unknown_writer",
            Held::OnTwoDevices { .. } => "on_two_devices",
            Held::OtherNumber { .. } => "other_number",
            Held::SeveralLeads => "several_leads",
            Held::Pair(_) => "pair",
            Held::Existing(_) => "existing",
            Held::Shifted(_) => "shifted",
            Held::Merged { .. } => "merged",
            Held::Strangers => "strangers",
            Held::Anchor(_) => "anchor",
            Held::SameName(_) => "same_name",
            Held::SameNumber(..) => "same_number",
            Held::SameConversation(..) => "same_conversation",
            Held::Unlisted(_) => "unlisted",
            Held::Unsteady(_) => "unsteady",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::DateOrder => f.write_str(
                "the order of day and month could not be determined; set date_order = \"dmy\" or \"mdy\" for the device",
            ),
            Held::NoYear => f.write_str(
                "its timestamps have no year, and it could not be determined; put the text into a zip whose entry has the date of the export",
            ),
            Held::Mapping(missing) => {
                write!(f, "contacts.csv does not give its {}; fill in the row of this chat", missing.join(", "))
            }
            Held::NameOfColleague { name, device } => write!(
                f,
                "{name} is the name of the owner of {device}; enter the number in the row of this chat: with a number of \
                 {device} it is a chat between your own phones and left out"
            ),
            Held::Contradiction(one, other) => {
                write!(f, "lines {one} and {other} of contacts.csv give it different values; correct one of them")
            }
            Held::LocalPhone => f.write_str(
                "the owner's number is not known; set local_phone for the device, or a row with role me and a phone",
            ),
            Held::Owner => f.write_str("the owner of the device could not be determined; set `owner` for the device to the name that the export shows"),
            Held::OwnerName => f.write_str(
                "the owner of a device wrote in this group under a name that is not configured; add the name to `owner` \
                 of that device, or to contacts.csv in a row with the owner's number",
            ),
            Held::NotOfThisDevice { writer, its_device, device, named_by } => {
                write!(
                    f,
                    "written by {writer}, the owner of {its_device}, not of {device}: move the file to the archives of {its_device}"
                )?;
                // A second `owner` of that name would leave nothing that shows whose the archives of both phones are.
                match named_by {
                    NamedBy::Configuration => write!(
                        f,
                        ", or, if this is the owner of {device}, move the name from `owner` of {its_device} to that of {device}"
                    ),
                    NamedBy::Row(line) => write!(
                        f,
                        ", or, if this is the owner of {device}, correct the device in line {line} of contacts.csv"
                    ),
                    NamedBy::Archives => Ok(()),
                }
            }
            Held::UnknownWriter { writer, device, archives } => {
                let archives = match archives {
                    1 => "1 archive".to_owned(),
                    archives => format!("{archives} archives"),
                };
                write!(f, "{writer} writes in {archives} of {device} and is not its owner: add the name to `owner` ")?;
                match device.as_str() {
                    Device::ALONE => f.write_str(
                        "in [source], or, if the phone is another one, run `chatferry init PATHS --update`, which prints \
                         a complete [[device]] block for each phone",
                    ),
                    device => write!(f, "of {device}, or move the file to the phone that it comes from"),
                }
            }
            Held::OnTwoDevices { device, other, is_copy: true } => write!(
                f,
                "the same archive is among those of {device} and {other}: remove it from the phone that did not export it"
            ),
            Held::OnTwoDevices { device, other, .. } => write!(
                f,
                "its messages are also in the archives of {other}, with the same sides and times, so one phone recorded both: \
                 move them to the device of that phone, {device} or {other}"
            ),
            Held::OtherNumber { line, row, archive } => {
                f.write_str("contacts.csv")?;
                if let Some(line) = line {
                    write!(f, " line {line}")?;
                }
                write!(
                    f,
                    " gives it the phone {row}, but its archive has the number {archive}; correct the phone in that line, \
                     or, if the archive is of another person, give each of them a row of its own"
                )
            }
            Held::SeveralLeads => {
                f.write_str("its archives are mapped to different leads or contacts; correct the rows")
            }
            Held::Pair(what) => write!(f, "{what}; correct its row in contacts.csv"),
            Held::Existing(count) => write!(
                f,
                "{count} of its messages are already in Close from another integration; set existing to \"skip\" to leave them out, \
                 or to \"ignore\" to import them as well"
            ),
            Held::Shifted(count) => write!(
                f,
                "{count} of its messages are in Close or in another archive at other times and would be duplicated; was the \
                 phone in another time zone when it made this export? Export it again at home, or correct the timezone"
            ),
            Held::Merged { from, into, follows: true } => write!(
                f,
                "its lead {from} was merged into {into} in Close; the next run continues on {into}"
            ),
            Held::Merged { from, into, .. } => write!(
                f,
                "its lead {from} was merged into {into} in Close; set lead_id to {into} in contacts.csv, or set on_merged to \"follow\""
            ),
            Held::SameName(name) => write!(
                f,
                "several chats are called \"{name}\": their archives cover the same days and have no message in common; \
                 in contacts.csv, add one row for each of \"{name}\", \"{name} #2\" and so on, with different values of chat_key"
            ),
            Held::SameNumber(same) => write!(
                f,
                "\"{}\" and \"{}\" have the same phone in contacts.csv ({}{}), but their archives {}; correct the phone of \
                 one of them, or, if both are one chat, give both rows the same chat_key",
                same.names[0],
                same.names[1],
                match same.lines {
                    [Some(one), Some(other)] => format!("lines {one} and {other}: "),
                    _ => String::new(),
                },
                same.number,
                same.evidence.describe()
            ),
            Held::SameConversation(same) if same.is_left_out => {
                let [own, other] = &same.archives;
                write!(
                    f,
                    "the same conversation as {other}, which `import = no` in contacts.csv leaves out: set import to no in \
                     the row of {own} as well, or, to import it, move {other} out of the archives"
                )
            }
            Held::SameConversation(same) => {
                let [own, other] = &same.archives;
                write!(f, "the same conversation as {other}, to which contacts.csv gives another number or lead")?;
                if let [Some(one), Some(other)] = same.lines {
                    write!(f, " (lines {one} and {other})")?;
                }
                write!(
                    f,
                    ": move {own} or {other} out of the archives, or give both rows the same phone, lead_id and contact_id; \
                     two customers who were sent the same messages have a chat_key of their own in each row"
                )
            }
            Held::Anchor(gap) => write!(f, "{gap}"),
            Held::Strangers => f.write_str(
                "it has two senders and neither has its name, so it may be a group; if it is not, add a row with its \
                 name to contacts.csv",
            ),
            Held::Unsteady(places) => write!(
                f,
                "unsteady: the same archives, rows and settings were imported completely, but this plan would change {}; \
                 review the plan with --accept-unsteady, which also lets an import continue",
                places.join(", ")
            ),
            Held::Unlisted(why) => write!(f, "the activities of the lead could not be listed: {why}"),
        }
    }
}
