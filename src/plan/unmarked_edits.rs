//! Edits that their source does not mark, found by comparison with what is recorded.
//!
//! Belongs here: which of two texts of one message is the edited one, where one of their sources has
//! last wordings without a mark of edits (Web, an iPhone's database). Never here: pairing, and what is
//! sent.

use super::reconcile::Reconciled;
use super::{Known, Trace};
use crate::chat::Kind;
use crate::transform::age::Newer;
use crate::transform::desired::{DesiredMessage, SourceArchive};

/// Marks each text as edited that differs from the recorded text as first sent, or from one of an older
/// archive. A text as first sent that differs from a recorded one of such a source shows that the
/// recorded one was edited: it is not noted as its state.
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
        let Some(trace) = found.trace(message, known) else {
            continue;
        };
        if trace.deleted || !differs(message, &trace, known) {
            continue;
        }
        match (marks_edits, trace.edited) {
            (false, Some(false)) => message.edited = true,
            (false, None) => message.edited = is_newer(message, &trace, known, sources),
            (true, None) => message.evidence.marks_edits = false,
            _ => {}
        }
    }
}

/// True where both canonical bodies are known and are different ones.
fn differs(message: &DesiredMessage, trace: &Trace, known: &Known) -> bool {
    let own = message.evidence.content.zip(known.fingerprint.as_ref());
    own.zip(trace.content)
        .is_some_and(|((own, fingerprint), recorded)| fingerprint.content(&own) != recorded)
}

/// True where the archive of the message was made later than that of the record.
fn is_newer(
    message: &DesiredMessage,
    trace: &Trace,
    known: &Known,
    sources: &[SourceArchive],
) -> bool {
    let own = sources.get(message.archive as usize);
    let recorded = trace
        .source
        .and_then(|at| known.sources.get(usize::from(at)));
    (own.zip(recorded)).is_some_and(|(own, recorded)| recorded.newer(own.age) == Newer::Second)
}
