//! The wording of the notices of `match`.

use std::fmt;

use super::{ENCODING_ASSUMED, Notice};
use crate::quantity::count;

impl Notice {
    pub(super) fn lookup(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::AddressBook {
                cards,
                is_encoding_assumed,
                unread,
                has_country,
            } => {
                write!(f, "{} read", count(*cards, "card"))?;
                if *is_encoding_assumed {
                    write!(f, "\n{ENCODING_ASSUMED}")?;
                }
                if *unread > 0 {
                    let numbers = count(*unread, "number");
                    write!(f, "\n{numbers} of them could not be parsed")?;
                }
                match *unread > 0 && !has_country {
                    true => f.write_str(
                        "; fill in local_phone, so that numbers without country code can be read",
                    ),
                    false => Ok(()),
                }
            }
            Notice::LeadsToMake { leads, unsettled } => {
                let leads = count(*leads, "lead");
                write!(f, "To create: {leads}, each with one contact")?;
                match unsettled {
                    0 => Ok(()),
                    unsettled => write!(
                        f,
                        "\nAn earlier run may have created {unsettled} of them: they are looked up first"
                    ),
                }
            }
            Notice::Workflows {
                leads,
                status,
                active,
            } => workflows(f, *leads, status.as_deref(), active.as_deref()),
            Notice::NoNumberAdded => f.write_str("No number was added."),
            _ => f.write_str("No lead was created."),
        }
    }
}

fn workflows(
    f: &mut fmt::Formatter<'_>,
    leads: u64,
    status: Option<&str>,
    active: Option<&[String]>,
) -> fmt::Result {
    let leads = count(leads, "new lead");
    let with = match status {
        Some(status) => format!(" with the status \"{status}\""),
        None => "; the status that they get is not chosen yet (new_lead_status)".to_owned(),
    };
    match active {
        Some([]) => write!(
            f,
            "No workflow is active in Close: none starts for {leads}{with}"
        ),
        Some(names) => write!(
            f,
            "{} in Close: {}. Each whose trigger a new lead meets starts for {leads}{with}, and may send emails or texts to these contacts: pause it first, or choose a status that no trigger names",
            count(names.len() as u64, "active workflow"),
            names.join(", ")
        ),
        None => write!(
            f,
            "this key is not permitted to list workflows: one may start for {leads}{with}, and send emails or texts to these contacts; ask an administrator which are active"
        ),
    }
}
