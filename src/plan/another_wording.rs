//! Texts that stand where a record has another text, although nothing shows that they were edited.
//!
//! Belongs here: which of them may be another message, or an edit that its export does not mark, and are
//! undecided. Never here: pairing, or edits that an export marks ([`super::edit`]).

use super::reconcile::Reconciled;
use super::{Known, Record, Trace, Undecided};
use crate::chat::Kind;
use crate::ids::is_native;
use crate::matching::Class;
use crate::transform::age::Newer;
use crate::transform::desired::{DesiredMessage, SourceArchive};

/// Leaves each text undecided whose record has another text, if it is not the record's earlier wording:
/// taken for known, it would be lost.
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
                && !is_earlier(message, &record.trace, known, sources)
        };
        if found.matched.get(id).is_some_and(is_lost) {
            found.matched.remove(id);
            found.undecided.insert(id.clone(), Undecided::Edited);
        }
    }
}

/// True for an unedited text that differs from the recorded one however programs render it. The derived
/// id of a record is that of the text as it was first sent.
fn is_other_text(message: &DesiredMessage, record: &Record, known: &Known) -> bool {
    let trace = &record.trace;
    let is_by_id = record.external_id == message.external_id
        || message.external_id.is_native()
        || !message.also().is_empty()
        || is_native(record.external_id.as_str());
    let are_texts = message.kind == Kind::Text && trace.class == Some(Class::Text);
    let contents = message.evidence.content.zip(trace.content);
    let differs = (contents.zip(known.fingerprint.as_ref())).is_some_and(
        |((content, recorded), fingerprint)| fingerprint.content(&content) != recorded,
    );
    let is_as_recorded = trace.gone || trace.deleted || trace.changing || trace.foreign;
    are_texts
        && differs
        && !is_by_id
        && !message.edited
        && !message.evidence.varies
        && !is_as_recorded
}

/// True where the record is of the text as it was edited later.
fn is_earlier(
    message: &DesiredMessage,
    trace: &Trace,
    known: &Known,
    sources: &[SourceArchive],
) -> bool {
    let own = sources.get(message.archive as usize);
    let recorded = (trace.source).and_then(|at| known.sources.get(usize::from(at)));
    // Equal ages do not show which text is the newer one.
    let ages = own.map(|source| source.age).zip(recorded.copied());
    let is_older = ages.is_some_and(|(own, recorded)| own.newer(recorded) == Newer::Second);
    let is_newer = ages.is_some_and(|(own, recorded)| recorded.newer(own) == Newer::Second);
    match trace.edited {
        // A text that was edited never loses its mark on a phone.
        Some(true) => message.evidence.marks_edits || !is_newer,
        Some(false) => false,
        None => is_older,
    }
}
