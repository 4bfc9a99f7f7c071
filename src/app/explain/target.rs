//! The message that a command line names: an id, the beginning of one, or a line of an archive.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use crate::app::error::{Error, Exit, Result};
use crate::checkpoint::Snapshot;
use crate::ids::ExternalId;
use crate::name::nearest;
use crate::plan::{Action, Plan, Planned, Removal};
use crate::quantity::count;
use crate::transform::message_name::MessageName;
use crate::transform::trace::{Traced, Wanted};

use super::sources::Located;

/// The candidates that an error lists.
const LISTED: usize = 10;

/// The records that are looked at for the beginning of an id.
const MAX_RECORDS: u32 = 1000;

/// The named message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An id, or the beginning of one.
    Id(String),
    /// A line of an archive.
    Line(String, u32),
}

impl Target {
    /// Reads the argument.
    ///
    /// # Errors
    ///
    /// A usage error: it is neither an id nor a line.
    pub(super) fn parse(text: &str) -> Result<Target> {
        match MessageName::read(text) {
            Some(MessageName::Id(id)) => Ok(Target::Id(id.as_str().to_owned())),
            Some(MessageName::ArchiveLine { file, line }) => Ok(Target::Line(file, line)),
            None => Err(Error::usage(format!(
                "\"{text}\" is neither an id nor ARCHIVE:LINE; {PRINTED}"
            ))),
        }
    }

    /// The same with an absolute path made relative to the folder of the migration, as places are printed.
    pub(super) fn within(self, dir: &Path) -> Target {
        let Target::Line(file, line) = self else {
            return self;
        };
        let dir = match dir.as_os_str().is_empty() {
            true => Path::new("."),
            false => dir,
        };
        let path = Path::new(&file)
            .is_absolute()
            .then(|| fs::canonicalize(&file));
        let relative = match (path, fs::canonicalize(dir)) {
            (Some(Ok(path)), Ok(dir)) => path.strip_prefix(&dir).map(Path::to_path_buf).ok(),
            _ => None,
        };
        let relative = relative.map(|path| path.to_string_lossy().replace('\\', "/"));
        Target::Line(relative.unwrap_or(file), line)
    }

    /// What to look for in the archives.
    pub(super) fn wanted(&self) -> Wanted {
        match self {
            Target::Id(id) => Wanted {
                id: Some(id.clone()),
                ..Wanted::default()
            },
            Target::Line(file, line) => Wanted {
                lines: vec![(file.clone(), *line)],
                ..Wanted::default()
            },
        }
    }
}

/// Where ids and lines are printed.
const PRINTED: &str = "`chatferry plan` and `chatferry inspect` print lines as ARCHIVE:LINE, `chatferry plan --payloads`, `verify --out` and failures.csv have external ids, and Close shows activity ids";

/// A place in the plan: chat and index.
pub(super) type Place = (usize, usize);

/// The message that was found.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The id under which it is recorded or planned; empty for a message that has none yet.
    pub(super) external_id: ExternalId,
    /// Its place in the plan.
    pub(super) place: Option<Place>,
}

#[derive(Default)]
struct Candidate {
    place: Option<Place>,
    is_exact: bool,
}

/// The one message of this id.
///
/// # Errors
///
/// A usage error: there is none, or there are several.
pub(super) fn resolve_id(
    id: &str,
    plan: &Plan,
    snapshot: Option<&Snapshot>,
    (traced, located): (&[Traced], &[Located]),
) -> Result<Resolved> {
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    for (chat, planned) in plan.chats.iter().enumerate() {
        planned.messages.with(|messages| {
            for (index, message) in messages.iter().enumerate() {
                if let Some(is_exact) = match_of(message, id) {
                    let key = message.message.external_id.as_str();
                    let candidate = found.entry(key.to_owned()).or_default();
                    candidate.place.get_or_insert((chat, index));
                    candidate.is_exact |= is_exact;
                }
            }
        });
    }
    if let Some(snapshot) = snapshot {
        for row in snapshot.begins_with(id, MAX_RECORDS)? {
            let candidate = found.entry(row.external_id.to_string()).or_default();
            candidate.is_exact |= row.matched.iter().any(|own| own == id);
        }
    }
    let places = Places::of(plan);
    for traced in traced {
        // A message of the plan has the id of its record, and a deleted one that of its removal.
        let (key, place) = match places.of_traced(traced) {
            Some(place) => (planned_id(plan, place).unwrap_or_default(), Some(place)),
            None => match removal_of(plan, traced) {
                Some(removal) => (removal.external_id.clone(), None),
                None => (traced.external_id.clone(), None),
            },
        };
        let ids = std::iter::once(&traced.external_id).chain(&traced.native_ids);
        let candidate = found.entry(key.to_string()).or_default();
        candidate.place = candidate.place.or(place);
        candidate.is_exact |= ids.into_iter().any(|own| own.as_str() == id);
    }
    for located in located {
        if let Some(native) = &located.native_id {
            let candidate = found.entry(native.clone()).or_default();
            candidate.is_exact |= located.is_exact;
        }
    }
    if found.values().any(|candidate| candidate.is_exact) {
        found.retain(|_, candidate| candidate.is_exact);
    }
    only(found, id)
}

fn only(mut found: BTreeMap<String, Candidate>, id: &str) -> Result<Resolved> {
    let number = found.len();
    if number > 1 {
        let listed: Vec<&str> = found.keys().take(LISTED).map(String::as_str).collect();
        let more = match number - listed.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Error::coded(
            Exit::Usage,
            "explain.ambiguous",
            format!(
                "{number} messages have an id that begins with \"{id}\": {}{more}; write more of it",
                listed.join(", ")
            ),
        ));
    }
    match found.pop_first() {
        Some((external_id, candidate)) => Ok(Resolved {
            external_id: ExternalId::from(external_id.as_str()),
            place: candidate.place,
        }),
        None => Err(unknown(&format!("no message has the id \"{id}\""))),
    }
}

/// Nothing has this id or line.
pub(super) fn unknown(what: &str) -> Error {
    Error::coded(
        Exit::Usage,
        "explain.unknown",
        format!("{what} in the archives, the checkpoint or the plan; {PRINTED}"),
    )
}

/// An error about an id or line, with what else may explain it: `unread` archives, and why there is no checkpoint. With
/// `asks`, Close was asked, or does not know what is named.
pub(super) fn completed(
    error: Error,
    (unread, absent): (u64, Option<String>),
    asks: bool,
) -> Error {
    if error.code != "explain.unknown" {
        return error;
    }
    let mut message = error.message.clone();
    if unread > 0 {
        let archives = count(unread, "archive");
        message.push_str(&format!(
            "; {archives} could not be read (`chatferry plan` lists them)"
        ));
    }
    if let Some(absent) = absent {
        message.push_str(&format!("; {absent}"));
    }
    if !asks {
        message.push_str("; `--ask` asks Close too");
    }
    Error { message, ..error }
}

/// No archive has this line. `named`: the numbers of lines of the archives of this name.
pub(super) fn no_line(file: &str, line: u32, named: &[u32], plan: &Plan) -> Error {
    let shown = plan.chats.iter().filter(|chat| !chat.chat.private);
    let archives = shown.flat_map(|chat| chat.chat.paths.iter().map(String::as_str));
    let hint = match named {
        [] => nearest(last_part(file), archives.map(last_part))
            .map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)")),
        [lines] => format!(" (that archive has {})", count(u64::from(*lines), "line")),
        all => {
            let most = all.iter().max().copied().unwrap_or_default();
            format!(
                " (the longest of {} of this name has {})",
                count(all.len() as u64, "archive"),
                count(u64::from(most), "line")
            )
        }
    };
    unknown(&format!("no archive has a line \"{file}:{line}\"{hint}"))
}

/// The name of a file in its folder.
fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Several archives have this line.
pub(super) fn several(file: &str, line: u32, located: &[&Located], plan: &Plan) -> Error {
    let is_private = |located: &Located| {
        let chat = located.chat.and_then(|chat| plan.chats.get(chat));
        chat.is_some_and(|chat| chat.chat.private)
    };
    let paths: Vec<String> = (located.iter().take(LISTED))
        .map(|located| match &located.native_id {
            _ if is_private(located) => "an archive of a private chat".to_owned(),
            Some(id) => format!("{}:{line} (id {id})", located.line.archive),
            None => format!("{}:{line}", located.line.archive),
        })
        .collect();
    Error::coded(
        Exit::Usage,
        "explain.ambiguous",
        format!(
            "{} archives have a line \"{file}:{line}\": {}; write the folders too, or an id",
            located.len(),
            paths.join(", ")
        ),
    )
}

/// Whether a message of the plan has an id that begins so; true if an id is equal.
fn match_of(planned: &Planned, id: &str) -> Option<bool> {
    let message = &planned.message;
    let alias = message.ids.as_ref().and_then(|ids| ids.alias.as_ref());
    let own = std::iter::once(&message.external_id)
        .chain(message.alternate_ids())
        .chain(alias)
        .map(ExternalId::as_str);
    let activity = activity_of(&planned.action).into_iter();
    let matched: Vec<&str> = own
        .chain(activity)
        .filter(|own| own.starts_with(id))
        .collect();
    (!matched.is_empty()).then(|| matched.contains(&id))
}

/// The activity that an action concerns.
pub(super) fn activity_of(action: &Action) -> Option<&str> {
    match action {
        Action::Adopt(activity)
        | Action::Restore(activity)
        | Action::Moved(activity, _)
        | Action::Unchanged(activity) => Some(activity.as_str()),
        Action::Update(edit) => Some(edit.activity_id.as_str()),
        Action::Replace(replacement) => Some(replacement.activity_id.as_str()),
        Action::Create
        | Action::Settle
        | Action::Gone
        | Action::Undecided(_)
        | Action::LeftOut(_) => None,
    }
}

/// Whether a message of the plan is one of the copies of a traced message.
pub(super) fn is_copy(plan: &Plan, (chat, index): Place, traced: &Traced) -> bool {
    let Some(planned) = plan.chats.get(chat) else {
        return false;
    };
    let Some(place) = planned.messages.with(|messages| {
        let message = &messages.get(index)?.message;
        Some((message.archive as usize, message.line))
    }) else {
        return false;
    };
    let path = planned.chat.paths.get(place.0);
    (traced.copies.iter()).any(|copy| Some(&copy.path) == path && copy.line == place.1)
}

/// The messages of a plan by archive and line.
pub(super) struct Places<'p> {
    plan: &'p Plan,
    /// Chat and number of the archive in it, by path. Archives of one native file share a path.
    archives: HashMap<&'p str, Vec<(usize, u32)>>,
    /// The index of each message by chat, archive and line.
    messages: HashMap<(usize, u32, u32), usize>,
}

impl<'p> Places<'p> {
    pub(super) fn of(plan: &'p Plan) -> Places<'p> {
        let mut places = Places {
            plan,
            archives: HashMap::new(),
            messages: HashMap::new(),
        };
        for (chat, planned) in plan.chats.iter().enumerate() {
            for (archive, path) in (0u32..).zip(&planned.chat.paths) {
                let all = places.archives.entry(path).or_default();
                all.push((chat, archive));
            }
            planned.messages.with(|messages| {
                let lines = messages
                    .iter()
                    .enumerate()
                    .map(|(index, one)| ((chat, one.message.archive, one.message.line), index));
                places.messages.extend(lines);
            });
        }
        places
    }

    /// The message that is a copy of a traced one.
    pub(super) fn of_traced(&self, traced: &Traced) -> Option<Place> {
        let copies = traced.copies.iter().flat_map(|copy| {
            let archives = self.archives.get(copy.path.as_str()).into_iter().flatten();
            archives.map(|(chat, archive)| (*chat, *archive, copy.line))
        });
        let mut found = copies.filter_map(|key| Some((key.0, *self.messages.get(&key)?)));
        found.find(|place| is_copy(self.plan, *place, traced))
    }
}

/// The id of a message of the plan.
pub(super) fn planned_id(plan: &Plan, (chat, index): Place) -> Option<ExternalId> {
    let messages = &plan.chats.get(chat)?.messages;
    messages.with(|messages| Some(messages.get(index)?.message.external_id.clone()))
}

/// The deletion of a traced message, which its sender deleted.
pub(super) fn removal_of<'p>(plan: &'p Plan, traced: &Traced) -> Option<&'p Removal> {
    plan.chats.iter().find_map(|planned| {
        planned.removals.iter().find(|removal| {
            let path = planned.chat.paths.get(removal.archive as usize);
            (traced.copies.iter()).any(|copy| Some(&copy.path) == path && copy.line == removal.line)
        })
    })
}

/// Archive and line of the deletion of the message that is recorded under this id.
pub(super) fn line_of_removal(plan: &Plan, id: &ExternalId) -> Option<(usize, String, u32)> {
    plan.chats.iter().enumerate().find_map(|(chat, planned)| {
        let removal = planned.removals.iter().find(|one| one.external_id == *id)?;
        let path = planned.chat.paths.get(removal.archive as usize)?;
        Some((chat, path.clone(), removal.line))
    })
}
