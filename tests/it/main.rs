//! The integration tests: the real program against a real (local) Close, over real sockets.
//!
//! | module       | what it proves                                                          |
//! |--------------|-------------------------------------------------------------------------|
//! | `first`      | a first import equals the model, a second does nothing, numbers add up   |
//! | `kill`       | kill -9 at every moment, and twice: every message once                   |
//! | `crash`      | dies before and after every commit and every request (`fault-points`)    |
//! | `adversary`  | seeded faults and kills: every message once                              |
//! | `lost`       | answers that never come: asked for, never sent again blindly             |
//! | `limits`     | 429: the run waits and finishes                                          |
//! | `recovery`   | lost and old checkpoints, interrupted moves, groups and contacts twice   |
//! | `refused`    | 4xx fails one message, many fail one chat, nothing else                  |
//! | `access`     | keys, organisations, configuration, contacts.csv                         |
//! | `corrections`| settings, exports and checkpoints that change between two runs            |
//! | `damaged`    | broken archives among good ones                                          |
//! | `decisions`  | decisions.csv settles what a plan leaves undecided                       |
//! | `histories`  | random histories of a chat, each step imported twice; runs with faults      |
//! | `hostile`    | archives that are hostile, damaged or odd, one kind a file                |
//! | `identity`   | the same message in other sources: pictures, zones, edits, seconds, once   |
//! | `native`     | one chat through every source with ids: databases, backups, JSON, logs    |
//! | `network`    | no network, and a network that goes away                                 |
//! | `steady`     | complete chats have an empty plan over the same inputs, or are held       |
//! | `status`     | what a run leaves to a person, and numbers of chats that add up          |
//! | `stop`       | Ctrl-C, twice; two runs at once                                          |
//! | `layers`     | modules import downward only (reads the source)                          |
//! | `leaks`      | no content in outputs and checkpoint                                     |
//! | `plan`       | plan changes nothing and says what import does                           |
//! | `doubt`      | dates from other archives, parts of a chat, cut exports, --strict         |
//! | `media`      | files byte for byte, and those over the limit                            |
//! | `memory`     | peak memory with ten gigabytes of media (Linux)                         |
//! | `missing`    | `match --create-missing`: one lead for one number, whatever breaks         |
//! | `missing_in_close` | recorded messages that a list lacks: removed, or never posted       |
//! | `updates`    | newer exports that have more of a message: it is changed where it is      |
//! | `sequences`  | random histories of a chat, exported and imported again and again         |
//! | `scenarios` | the series of exports of `golden` and `old_checkpoints`                  |
//! | `golden`     | plans, operations and results are those of the recorded hashes            |
//! | `old_checkpoints` | checkpoints of older versions: the plan is empty                    |
//! | `web`        | the export of WhatsApp Web: files, replies, together with a phone's      |
//! | `times`      | autumn and spring nights, equal stamps                                   |
//! | `matching_truth` | the matching engine against random true conversations, and an oracle |
//! | `truth`      | true conversations, what each source records of them, and an oracle      |
//! | `samples`    | the samples and the demo                                                |
//! | `snapshots`  | whole outputs                                                            |
//! | `regression` | one test for each mistake that was found                                 |

mod access;
mod adversary;
mod answers;
mod archives;
mod corrections;
mod crash;
mod damaged;
mod decisions;
mod doctor;
mod doubt;
mod drifted;
mod first;
mod golden;
mod groups;
mod histories;
mod hostile;
mod identity;
mod joined;
mod kill;
mod kit;
mod layers;
mod leaks;
mod limits;
mod lost;
mod matching;
mod matching_truth;
mod media;
#[cfg(target_os = "linux")]
mod memory;
mod missing;
mod missing_in_close;
mod moves;
mod native;
mod network;
mod newcomer;
mod old_checkpoints;
mod plan;
mod planfile;
mod private;
mod recovery;
mod refused;
mod regression;
mod removed;
mod reply_targets;
mod retry;
mod samples;
mod scenarios;
mod sequences;
mod snapshots;
mod status;
mod steady;
mod stop;
mod times;
mod truth;
mod updates;
mod web;
