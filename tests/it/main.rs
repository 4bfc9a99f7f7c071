//! The integration tests: the real program against the sandbox, over real sockets.

// Keys, organisations, the configuration and contacts.csv: exit status and message of each mistake.
mod access;
// `match --add-numbers`: the contact that a person chose gets the number of its chat.
mod add_numbers;
// Random faults and kills, by seed: every message is in Close once (feature `fault-points`).
#[cfg(feature = "fault-points")]
mod adversary;
// Reply links: in a chat, across chats, to what Close and the checkpoint have, by replies.csv.
mod answers;
// Several exports of one chat in one folder: each message once.
mod archives;
// What an import reports before its first write: webhooks, and a token that expires.
mod before_writes;
// `checkpoint`: what it contains, whether it is sound, as lines, without old history.
mod checkpoint;
// `.ci/run` as root fails where the reports cannot be opened in a browser (Linux).
#[cfg(target_os = "linux")]
mod ci_script;
// Archives in object storage: read as from a folder, each byte once; what a change, a denial or an outage leads to.
mod cloud;
// Every format of checkpoint, plan file, failures.csv and verify.csv: older, newer, unknown columns.
mod compatibility;
// Settings, exports and checkpoints that change between two runs.
mod corrections;
// The program dies before and after every commit and every request (feature `fault-points`).
mod crash;
// Damaged archives among good ones: reported, and the others imported.
mod damaged;
// decisions.csv settles what a plan leaves undecided.
mod decisions;
// `doctor`: what an import would fail on, before it.
mod doctor;
// Documents: links, cited sections and assumptions exist, and sizes are kept (reads files).
mod documents;
// Date orders from other archives, parts of a chat, cut exports, `--strict`.
mod doubt;
// Messages recorded under other ids than the newest export gives them.
mod drifted;
// The summary of a run is the fold of its events.
mod events;
// `explain`: every kind of source and state, and what is shown to whom.
mod explain;
// Messages whose every attempt ends without an answer: failed, named, and retried.
mod failed;
// A first import equals the model, a second does nothing, the numbers add up.
mod first;
// A checkpoint in PostgreSQL that machines share: takeover, restart, cut connections, refused databases (feature `cloud`).
mod fleet;
// One person is erased, and stays erased.
mod forget;
// Plans, operations and results equal the recorded hashes.
mod golden;
// Group chats on the lead of their anchor contact.
mod groups;
// Every command of README and of the guide, with the output that the page shows.
mod guide;
// Timestamps in languages, calendars and forms from Unicode CLDR.
mod headers;
// Random histories of a chat, each step imported twice, and runs with faults.
mod histories;
// Archives that are hostile, damaged or unusual, one kind a file.
mod hostile;
// The same message in other sources: files, zones, edits, seconds, once.
mod identity;
// `inspect` counts a message of several archives of a chat once.
mod inspect_totals;
// A text export and a database of one chat, side by side and one after the other.
mod joined;
// kill -9 at every moment, and twice: every message is in Close once.
mod kill;
// The kit: a world of archives, configuration and sandbox; the program; the model.
mod kit;
// Modules import downward only (reads the source).
mod layers;
// No message content in output, logs and checkpoint.
mod leaks;
// Status 429: the run waits and finishes.
mod limits;
// Lists in another order, lists that lack something, and rights to see them.
mod lists;
// Responses that never arrive: looked up, never sent again blindly.
mod lost;
// `match`: the leads and contacts of rows, and candidates where it is uncertain.
mod matching;
// Lines of an iPhone after a direction mark: WhatsApp's own, and texts of people.
mod marked;
// The matching engine against random true conversations, and an oracle.
mod matching_truth;
// Files byte for byte, and those over the limit.
mod media;
// Peak memory with ten gigabytes of media.
#[cfg(target_os = "linux")]
mod memory;
// `match --create-missing`: one lead for one number, whatever fails.
mod missing;
// Recorded messages that a list lacks: removed, or never posted.
mod missing_in_close;
// Chats that go to another lead than before.
mod moves;
// One chat through every source with native ids: databases, backups, JSON, webhook logs.
mod native;
// "Nothing to do" states its cause in every command.
mod nothing;
// No network, and a network that goes away.
mod network;
// The journey of a new user, by README.
mod newcomer;
// Checkpoints of older versions: the plan over them is empty.
mod old_checkpoints;
// Examples for schedulers: manifests, units, a DAG and an asset do what each exit status demands (runs Python).
mod operations;
// A configuration under another name than chatferry.toml: messages name the file in use.
mod other_config;
// Whose phone an archive is from: `init`, `inspect` and `doctor` report it first.
mod phones;
// `import --pilot`: what it compares and shows, and what is known of Close afterwards.
mod pilot;
// `plan` changes nothing and announces what `import` does.
mod plan;
// A plan as a file: written, looked at, carried out later unchanged.
mod planfile;
// `never.txt`, `exclude.csv` and private chats: left out, and named nowhere.
mod private;
// `recover`: a lost, damaged or outdated checkpoint is rebuilt from Close and archives.
mod recover;
// Lost and old checkpoints, interrupted moves, groups and contacts on one lead.
mod recovery;
// 4xx fails one message; many of a kind fail one chat; nothing else.
mod refused;
// One test for each mistake that was found and belongs to no area.
mod regression;
// The scripts of `release/`: archives, checksums, installers.
mod release;
// Messages deleted by their senders, or removed in Close.
mod removed;
// The cost in requests of replies to messages that are in no archive.
mod reply_targets;
// Rehearsals in the sandbox: its page, its users, no pace.
mod rehearsal;
// `import --retry-failed`, and failures.csv.
mod retry;
// The local page: who may open it, and what each page does.
mod review;
// `report`: numbers that add up, nothing private, one file.
mod report;
// Which archives are imported, under which user and lead, and which are held.
mod routing;
// Rows of databases and exporter JSON: which are messages, and the texts next to them.
mod rows;
// The samples and the demo.
mod samples;
// The series of exports that `golden` and `old_checkpoints` use.
mod scenarios;
// What a person sees of each command, at two widths, with and without colours.
mod screens;
// Names, cells, hosts and files that others control: nothing of them takes effect.
mod security;
// Random histories of a chat, exported and imported again and again (tests: feature `fault-points`).
mod sequences;
// Snapshots of whole outputs.
mod snapshots;
// `status`: what a run leaves to a person, and numbers of chats that add up.
mod status;
// Complete chats have an empty plan over the same inputs, or are held.
mod steady;
// Ctrl-C, twice; two runs at once.
mod stop;
// Control characters and texts over Close's limit.
mod texts;
// Autumn and spring nights, equal timestamps.
mod times;
// Close over TLS: whose certificates are trusted, and a machine without a store of them.
mod tls;
// True conversations, what each source records of them, and an oracle.
mod truth;
// `undo`: what runs created is deleted, unless it changed in Close or is replied to.
mod undo;
// Newer exports with more of a message: it is updated where it is.
mod updates;
// `verify`: each finding and field, restricted rights, outages, cost.
mod verify;
// `--version`: the commit that the program is built from.
mod version;
// The export of WhatsApp Web: files, replies, together with that of a phone.
mod web;
// What a lead of `match --create-missing` may start in Close: its status, and the active workflows.
mod workflows;
