//! Texts that differ from the text of their record without a mark of an edit: an edit that its source does
//! not mark, or another message.
//!
//! WhatsApp Web, an iPhone's database and the exporter's JSON have the last wording of a message and no
//! mark of its edits. Here belongs which of two texts of one message is the edited one, and which texts are
//! undecided; never pairing, or edits that an archive marks ([`super::edit`]).

use super::reconciled::Reconciled;
use super::{Known, Record, RecordFacts, Undecided};
use crate::chat::Kind;
use crate::ids::is_native;
use crate::matching::Class;
use crate::transform::age::Newer;
use crate::transform::desired::{DesiredMessage, SourceArchive};

/// Marks each text as edited that differs from the recorded text as first sent, or from one of an older
/// archive. A text as first sent that differs from a record of such a source shows that the recorded one
/// was edited: it is not recorded as its state.
pub(super) fn note(
    wanted: &mut [DesiredMessage],
    found: &Reconciled,
    known: &Known,
    sources: &[SourceArchive],
) {
    for message in wanted {
        let is_fixed_text = message.kind == Kind::Text && !message.evidence.varies;
        if !is_fixed_text || message.edited {
            continue;
        }
        let marks_edits = message.evidence.marks_edits;
        if marks_edits && !found.matched.contains_key(&message.external_id) {
            continue;
        }
        let Some(facts) = found.facts(message, known) else {
            continue;
        };
        if facts.deleted || !differs(message, &facts, known) {
            continue;
        }
        match (marks_edits, facts.edited) {
            (false, Some(false)) => message.edited = true,
            (false, None) => {
                let older = older(message, &facts, known, sources);
                message.edited = older == Some(Older::Record);
            }
            (true, None) => message.evidence.marks_edits = false,
            _ => {}
        }
    }
}

/// Leaves each text undecided whose record has another text, if it is not the record's earlier wording:
/// treated as known, it would be lost.
pub(super) fn undecide(
    wanted: &[DesiredMessage],
    found: &mut Reconciled,
    known: &Known,
    sources: &[SourceArchive],
) {
    if found.matched.is_empty() {
        return;
    }
    for message in wanted {
        let id = &message.external_id;
        let is_lost = |record: &Record| {
            is_other_text(message, record, known)
                && !is_earlier(message, &record.facts, known, sources)
        };
        if found.matched.get(id).is_some_and(is_lost) {
            found.matched.remove(id);
            found.undecided.insert(id.clone(), Undecided::Edited);
        }
    }
}

/// Whether an unedited text differs from the recorded one however programs render it. The derived id of a
/// record is that of the text as first sent.
fn is_other_text(message: &DesiredMessage, record: &Record, known: &Known) -> bool {
    let facts = &record.facts;
    let is_by_id = record.external_id == message.external_id
        || message.external_id.is_native()
        || !message.alternate_ids().is_empty()
        || is_native(record.external_id.as_str());
    let are_texts = message.kind == Kind::Text && facts.class == Some(Class::Text);
    let is_as_recorded = facts.gone || facts.deleted || facts.changing || facts.foreign;
    are_texts
        && !is_by_id
        && !message.edited
        && !message.evidence.varies
        && !is_as_recorded
        && differs(message, facts, known)
}

/// Whether the record has the text as it was edited later.
fn is_earlier(
    message: &DesiredMessage,
    facts: &RecordFacts,
    known: &Known,
    sources: &[SourceArchive],
) -> bool {
    let older = older(message, facts, known, sources);
    match facts.edited {
        // An edited text never loses its mark on a phone.
        Some(true) => message.evidence.marks_edits || older != Some(Older::Record),
        Some(false) => false,
        None => older == Some(Older::Message),
    }
}

/// Whether both canonical bodies are known and differ.
fn differs(message: &DesiredMessage, facts: &RecordFacts, known: &Known) -> bool {
    let own = message.evidence.content.zip(known.fingerprint.as_ref());
    own.zip(facts.content)
        .is_some_and(|((own, fingerprint), recorded)| fingerprint.content(&own) != recorded)
}

/// The older one of two archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Older {
    Message,
    Record,
}

/// The older one of the archives of a message and of its record; `None` without evidence, as for equal age.
fn older(
    message: &DesiredMessage,
    facts: &RecordFacts,
    known: &Known,
    sources: &[SourceArchive],
) -> Option<Older> {
    let own = sources.get(message.archive as usize)?.age;
    let recorded = *known.sources.get(usize::from(facts.source?))?;
    match (own.newer(recorded), recorded.newer(own)) {
        (Newer::Second, _) => Some(Older::Message),
        (_, Newer::Second) => Some(Older::Record),
        _ => None,
    }
}
