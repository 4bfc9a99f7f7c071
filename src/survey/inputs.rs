//! Whether a chat's inputs are those of its last complete import. Writes nothing.

use crate::checkpoint::fingerprint::handle;
use crate::checkpoint::{self, Hash, HashKey, InputDigest, OperationRow, ReadStore, Subject};
use crate::plan::Draft;
use crate::plan::steady::{Inputs, MATCHING, PARSER};
use crate::transform::desired::DesiredChat;

/// The handle of a chat and the digest `inputs` of it in the recorded form; `None` for a chat without numbers.
pub(crate) fn recorded_as(
    key: &HashKey,
    chat: &DesiredChat,
    inputs: Option<&[u8; 32]>,
) -> Option<(Hash, InputDigest)> {
    let digest = InputDigest {
        digest: key.hash(&[b"inputs:", &inputs?[..]].concat()),
        parser: PARSER,
        matching: MATCHING,
    };
    Some((handle(key, chat.key.as_ref()?.reveal()), digest))
}

/// What is recorded in place of the inputs of a chat of which Close lacks messages without a known cause.
pub(crate) fn recorded_as_lacking(key: &HashKey) -> InputDigest {
    InputDigest {
        digest: key.hash(b"inputs: messages are missing in Close"),
        parser: PARSER,
        matching: MATCHING,
    }
}

/// Compares the inputs of a chat with the recorded ones. An open operation and a lead merge explain every
/// difference.
pub(super) fn compare(snapshot: &dyn ReadStore, chat: &Draft) -> Result<Inputs, checkpoint::Error> {
    let Some((handle, now)) = recorded_as(&snapshot.key(), chat, chat.inputs()) else {
        return Ok(Inputs::Incomplete);
    };
    let Some(row) = snapshot.chat(&handle)? else {
        return Ok(Inputs::Incomplete);
    };
    let Some((then, _)) = snapshot.digest_of(row.id)? else {
        return Ok(Inputs::Incomplete);
    };
    if then.digest == recorded_as_lacking(&snapshot.key()).digest {
        return Ok(Inputs::Lacking);
    }
    let is_equal = then.digest == now.digest && chat.merged_from.is_empty();
    let open = snapshot.open_operations()?;
    let is_of_message = |row: &OperationRow| matches!(row.operation.subject, Subject::Message(_));
    if !is_equal || open.iter().any(is_of_message) {
        return Ok(Inputs::Changed);
    }
    match (then.parser, then.matching) == (now.parser, now.matching) {
        true => Ok(Inputs::Same),
        false => Ok(Inputs::OtherVersion),
    }
}
