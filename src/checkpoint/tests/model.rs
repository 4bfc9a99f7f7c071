//! The SQLite file and the checkpoint in memory give equal answers.
//!
//! Random recordings, kills and ends of runs over few ids, so that they meet: after each, both give the same verdict,
//! refusals included, and every question of [`ReadStore`] has the same answer.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::clock::Clock;
use crate::ids::{ContactId, ExternalId, LeadId};
use crate::organization::{Fact, ListOrder, OpenProbe, TextLimit};

const IDS: usize = 3;
const LEADS: usize = 3;
const CHATS: u8 = 2;
const ARCHIVES: u8 = 2;

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// What happens to both.
#[derive(Debug, Clone)]
enum Doing {
    Record(Vec<Change>),
    /// The run is killed, and the next one begins.
    Kill,
    /// The run ends, and the next one begins.
    End,
}

fn external_id(n: usize) -> ExternalId {
    format!("3EB0{n}").into()
}

fn lead_id(n: usize) -> LeadId {
    format!("lead_{n}").into()
}

fn message_key() -> impl Strategy<Value = MessageKey> {
    (any_id(), any_lead()).prop_map(|(id, lead)| MessageKey::new(id, lead))
}

/// Low numbers are frequent, so that recordings meet.
fn low(count: usize) -> impl Strategy<Value = usize> {
    (0..count, 0..count).prop_map(|(one, other)| one.min(other))
}

fn any_lead() -> impl Strategy<Value = LeadId> {
    low(LEADS).prop_map(lead_id)
}

fn any_id() -> impl Strategy<Value = ExternalId> {
    low(IDS).prop_map(external_id)
}

fn any_activity() -> impl Strategy<Value = ActivityId> {
    (0..50usize).prop_map(activity)
}

fn hash(of: u8, count: u8) -> impl Strategy<Value = Hash> {
    (0..count).prop_map(move |n| [of + n; 16])
}

fn chat_hash() -> impl Strategy<Value = Hash> {
    // One more than are recorded now and then.
    hash(10, CHATS + 1)
}

fn flag() -> impl Strategy<Value = Option<bool>> {
    proptest::option::of(any::<bool>())
}

fn any_facts() -> BoxedStrategy<Facts> {
    let of_text = (
        hash(20, 2),
        proptest::option::of(hash(30, 2)),
        flag(),
        flag(),
    );
    let of_time = (0..3i64, flag(), flag());
    let of_files = (0..2u32, 0..2u64, proptest::option::of(hash(40, 2)));
    let of_people = (
        proptest::option::of(hash(50, 2)),
        proptest::option::of(hash(60, 2)),
    );
    let others = (
        proptest::option::weighted(0.6, any_id()),
        0..2u16,
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(proptest::sample::select(&Class::ALL[..])),
        proptest::option::weighted(0.3, hash(70, ARCHIVES)),
    );
    (
        hash(10, CHATS),
        of_text,
        of_time,
        of_files,
        of_people,
        others,
    )
        .prop_map(|(chat, of_text, of_time, of_files, of_people, others)| {
            let (body_hash, content, edited, deleted) = of_text;
            let (at, exact, seconds) = of_time;
            let (media_count, media_bytes, media_hash) = of_files;
            let (people_hash, author) = of_people;
            let (response_to, identity, outgoing, media, class, source) = others;
            Facts {
                chat,
                activity_at: at * 60_000,
                body_hash,
                media_count,
                media_bytes,
                media_hash,
                people_hash,
                response_to,
                identity,
                outgoing,
                media,
                content,
                class,
                edited,
                deleted,
                exact,
                seconds,
                author,
                source,
                files: Vec::new(),
            }
        })
        .boxed()
}

fn any_chat() -> BoxedStrategy<Change> {
    let pairs = proptest::collection::vec(hash(80, 3), 0..3);
    let contact = proptest::option::of((0..2u8).prop_map(|n| ContactId::from(format!("cont_{n}"))));
    let zone = proptest::option::of(proptest::sample::select(
        &["Europe/Berlin", "Asia/Tokyo"][..],
    ));
    (hash(10, CHATS), pairs, any_lead(), contact, zone)
        .prop_map(|(chat, pairs, lead_id, contact_id, zone)| {
            Change::Chat(ChatFacts {
                chat,
                pairs,
                lead_id,
                contact_id,
                zone: zone.map(Box::from),
            })
        })
        .boxed()
}

fn any_archive() -> BoxedStrategy<Change> {
    let time = || proptest::option::of(0..3i64);
    (chat_hash(), hash(70, ARCHIVES), time(), time(), time())
        .prop_map(
            |(chat, digest, shift_ms, dated_at, last_at)| Change::Archive {
                chat,
                archive: ArchiveFacts {
                    digest,
                    shift_ms,
                    dated_at,
                    last_at,
                },
            },
        )
        .boxed()
}

fn any_sent() -> impl Strategy<Value = SentParts> {
    any::<[bool; 4]>().prop_map(|[text, files, people, link]| SentParts {
        text,
        files,
        people,
        link,
    })
}

fn operation_key() -> impl Strategy<Value = OperationKey> {
    let kind = proptest::sample::select(&OperationKind::ALL[..]);
    (kind, message_key(), hash(90, 2)).prop_map(|(kind, message, number)| OperationKey {
        kind,
        subject: match kind {
            OperationKind::CreateLead => Subject::Number(number),
            _ => Subject::Message(message),
        },
    })
}

fn any_operation() -> BoxedStrategy<Change> {
    (
        operation_key(),
        proptest::option::of(chat_hash()),
        proptest::option::of(any_activity()),
        proptest::option::of(any_id()),
        any_lead(),
        proptest::option::of(any_activity()),
    )
        .prop_map(
            |(operation, chat, source_activity, target_id, target_lead, target_activity)| {
                let has_target = operation.kind != OperationKind::CreateLead;
                Change::OperationBegun(Box::new(Begun {
                    operation,
                    chat,
                    source_activity,
                    target_id,
                    target_lead: Some(target_lead).filter(|_| has_target),
                    target_activity,
                }))
            },
        )
        .boxed()
}

fn any_step() -> BoxedStrategy<Change> {
    let step = proptest::sample::select(&Step::ALL[1..]);
    (operation_key(), step, any_activity(), any_lead())
        .prop_map(
            |(operation, step, activity_id, lead_id)| Change::OperationStep {
                operation,
                step,
                target: match step {
                    Step::Posted => Some(Reached::Activity(activity_id)),
                    Step::Created => Some(Reached::Lead {
                        lead_id,
                        contact_id: "cont_9".into(),
                    }),
                    _ => None,
                },
            },
        )
        .boxed()
}

/// What becomes of a message: its first record and all that can follow.
fn of_message() -> BoxedStrategy<Change> {
    let creator = proptest::sample::select(
        &[
            Creator::Own,
            Creator::Claimed,
            Creator::Other,
            Creator::Unknown,
        ][..],
    );
    let with_facts = || {
        (
            message_key(),
            any_facts(),
            any_activity(),
            any::<bool>(),
            creator.clone(),
            any_sent(),
        )
    };
    prop_oneof![
        2 => with_facts().prop_map(|(key, facts, ..)| Change::Intent { key, facts }),
        1 => with_facts().prop_map(
            |(key, facts, activity_id, linked, creator, _)| Change::Adopt {
                key,
                facts,
                activity_id,
                linked,
                creator,
            }
        ),
        1 => with_facts().prop_map(|(key, facts, .., sent)| Change::Updated { key, facts, sent }),
        1 => with_facts().prop_map(|(key, facts, ..)| Change::Noted { key, facts }),
        1 => with_facts().prop_map(|(key, facts, ..)| Change::Learned { key, facts }),
        3 => after_request(),
        2 => of_record(),
    ]
    .boxed()
}

/// How a request ends.
fn after_request() -> BoxedStrategy<Change> {
    let activity = || (message_key(), any_activity(), any::<bool>());
    prop_oneof![
        4 => activity().prop_map(|(key, activity_id, linked)| Change::Done { key, activity_id, linked }),
        2 => activity().prop_map(|(key, activity_id, linked)| Change::Found { key, activity_id, linked }),
        2 => message_key().prop_map(|key| Change::Failed { key, code: "close.invalid".into() }),
        2 => message_key().prop_map(|key| Change::Unknown { key }),
        2 => message_key().prop_map(|key| Change::NotSent { key }),
        1 => message_key().prop_map(|key| Change::NotCarriedOut { key }),
    ].boxed()
}

/// What happens to a message that is recorded.
fn of_record() -> BoxedStrategy<Change> {
    let key = message_key;
    let answer = Answered {
        text: Some([1; 16]),
        ..Answered::default()
    };
    let neighbours = Neighbours {
        before: None,
        after: None,
    };
    prop_oneof![
        key().prop_map(|key| Change::Updating { key }),
        key().prop_map(|key| Change::Gone { key }),
        key().prop_map(|key| Change::Withdrawn { key }),
        (key(), any_lead()).prop_map(|(key, to)| Change::Moved { key, to }),
        key().prop_map(|key| Change::Linked { key }),
        key().prop_map(|key| Change::Refused {
            key,
            code: "close.invalid".into()
        }),
        key().prop_map(|key| Change::Mended { key }),
        (key(), 0..2u8).prop_map(|(key, n)| Change::Alias {
            key,
            native_id: format!("3A0{n}").into(),
        }),
        key().prop_map(move |key| Change::Answered { key, answer }),
        key().prop_map(move |key| Change::Deletion { key, neighbours }),
    ]
    .boxed()
}

fn of_run() -> BoxedStrategy<Change> {
    let user = proptest::option::of((0..2u8).prop_map(|n| format!("user_{n}").into()));
    let outcome = proptest::sample::select(&RunOutcome::ALL[..]);
    let is_import = any::<bool>();
    let command = proptest::sample::select(&[None, Some("import"), Some("verify")][..]);
    prop_oneof![
        (user, command).prop_map(|(user_id, command)| Change::RunIs(RunFacts {
            user_id,
            command: command.map(Into::into),
            ..RunFacts::default()
        })),
        (outcome, is_import).prop_map(|(outcome, is_import)| Change::RunEnded {
            outcome,
            counts: Counts::from([(
                match is_import {
                    true => "created".to_owned(),
                    false => LEADS_MADE.to_owned(),
                },
                3,
            )]),
        }),
    ]
    .boxed()
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let facts = [
        Fact::ListOrder(ListOrder::NewestFirst),
        Fact::ListOrder(ListOrder::OldestFirst),
        Fact::TextLimit(TextLimit(4_000)),
        Fact::OpenProbe(OpenProbe(Some("chatferry-probe-1".into()))),
        Fact::OpenProbe(OpenProbe(Some("Anna's phone".into()))),
    ];
    proptest::sample::select(facts.to_vec())
}

fn any_change() -> BoxedStrategy<Change> {
    let digest = (hash(30, 2), 0..2u32).prop_map(|(digest, version)| InputDigest {
        digest,
        parser: version,
        matching: version,
    });
    let digest = (chat_hash(), proptest::option::of(digest));
    prop_oneof![
        12 => of_message(),
        2 => any_operation(),
        3 => any_step(),
        1 => any_chat(),
        1 => any_archive(),
        1 => digest.prop_map(|(chat, digest)| Change::ChatDigest { chat, digest }),
        1 => (any_lead(), any_lead()).prop_map(|(from, into)| Change::Merged { from, into }),
        1 => of_run(),
        1 => any_fact().prop_map(Change::Fact),
    ]
    .boxed()
}

/// A message was removed from Close, and its record follows its chat.
fn any_removal() -> BoxedStrategy<Doing> {
    (message_key(), any_lead(), chat_hash(), 0..3i64)
        .prop_map(|(key, to, chat, at)| {
            let gone = Change::Gone { key: key.clone() };
            let followed = Change::Followed {
                key,
                to,
                chat,
                activity_at: at * 60_000,
            };
            Doing::Record(vec![gone, followed])
        })
        .boxed()
}

fn any_doing() -> BoxedStrategy<Doing> {
    prop_oneof![
        40 => any_change().prop_map(|change| Doing::Record(vec![change])),
        2 => any_removal(),
        8 => proptest::collection::vec(any_change(), 2..4).prop_map(Doing::Record),
        1 => Just(Doing::Kill),
        1 => Just(Doing::End),
    ]
    .boxed()
}

/// Chats and archives, before anything else.
fn beginning() -> Vec<Change> {
    let mut changes = Vec::new();
    for n in 0..CHATS {
        let chat = [10 + n; 16];
        changes.push(Change::Chat(ChatFacts {
            chat,
            pairs: Vec::new(),
            lead_id: lead_id(usize::from(n)),
            contact_id: None,
            zone: None,
        }));
        changes.extend((0..ARCHIVES).map(|archive| Change::Archive {
            chat,
            archive: ArchiveFacts {
                digest: [70 + archive; 16],
                shift_ms: None,
                dated_at: None,
                last_at: None,
            },
        }));
    }
    changes
}

/// Runs the same 24 sequences of about a hundred recordings each, or `CHATFERRY_MODEL` random ones.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run is requested in the environment"
)]
fn runner() -> TestRunner {
    let asked = std::env::var("CHATFERRY_MODEL").ok();
    let asked = asked.and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: asked.unwrap_or(24),
        failure_persistence: None,
        ..Config::default()
    };
    let seeded = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, seeded),
    }
}

/// Everything that a store shows, as text. `key` differs between files.
fn shown(store: &dyn ReadStore) -> Result<String, Error> {
    let mut text = String::new();
    let mut add = |what: &str, value: &dyn std::fmt::Debug| {
        let _ = writeln!(text, "{what}: {value:?}");
    };
    let chats = store.all_chats()?;
    for row in &chats {
        add("chat", &store.chat(&row.chat)?);
        add("messages", &store.messages_of(row.id)?);
        add("count", &store.messages_in(row.id)?);
        store.each_id_of(row.id, &mut |id, state, at| add("id", &(id, state, at)))?;
        add(
            "aliases",
            &store
                .aliases_of(row.id)?
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
        );
        add("archives", &store.archives_of(row.id)?);
        add("digest", &store.digest_of(row.id)?);
    }
    add("chats", &chats);
    for n in 0..2 {
        let contact: ContactId = format!("cont_{n}").into();
        add("by contact", &store.chats_by_contact(&contact)?);
        add("number", &store.lead_created_for(&[90 + n; 16])?);
        add("by digest", &store.archives_by_digest(&[70 + n; 16])?);
        add("done as", &store.done_as(&format!("3A0{n}").into())?);
    }
    for lead in (0..LEADS).map(lead_id) {
        add("knows", &store.knows_lead(&lead)?);
        add("merged", &store.merged_into(&lead)?);
        for id in (0..IDS).map(external_id) {
            add("message", &store.lookup(&id, &lead)?);
        }
    }
    for id in (0..IDS).map(external_id) {
        add("done as", &store.done_as(&id)?);
    }
    add("standing", &store.standing()?);
    add("unsettled", &store.unsettled()?);
    add("users", &store.users_of_runs()?);
    add("last run", &store.last_run()?);
    add("operations", &store.open_operations()?);
    add("facts", &store.facts()?);
    Ok(text)
}

/// A word for a change, or for the verdict on it.
fn word(of: &impl std::fmt::Debug) -> String {
    let text = format!("{of:?}");
    let end = text.find(|c: char| !c.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// Takes some seconds: each recording is a commit, which waits for the disk.
#[test]
fn file_and_memory_give_equal_answers_to_random_recordings() {
    let accepted = RefCell::new(BTreeSet::new());
    let refused = RefCell::new(BTreeSet::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let runtime = &runtime;
    let doings = proptest::collection::vec(any_doing(), 60..120);
    let result = runner().run(&doings, |doings| {
        let clock: SharedClock = Arc::new(Still);
        let place = Place::new();
        let open = || Checkpoint::open(&place.path(), &binding(), SharedClock::clone(&clock));
        let mut file = open().unwrap();
        let memory = Memory::new(SharedClock::clone(&clock));
        let begun = std::iter::once(Doing::Record(beginning()));
        for doing in begun.chain(doings) {
            match &doing {
                Doing::Record(changes) => {
                    let record = |store: &dyn Store| {
                        let recorder = store.recorder();
                        let verdict = runtime.block_on(recorder.record_all(changes.clone()));
                        verdict.map_err(|error| (word(&error), error.to_string()))
                    };
                    let verdict = record(&file);
                    prop_assert_eq!(&verdict, &record(&memory), "{:?}", doing);
                    match verdict {
                        Ok(()) => accepted.borrow_mut().extend(changes.iter().map(word)),
                        Err((error, _)) => drop(refused.borrow_mut().insert(error)),
                    }
                }
                Doing::Kill => {
                    drop(file);
                    file = open().unwrap();
                    memory.begin();
                }
                Doing::End => {
                    file.close().unwrap();
                    file = open().unwrap();
                    memory.end();
                    memory.begin();
                }
            }
            let (in_file, in_memory) = (shown(file.reader()).unwrap(), shown(&memory).unwrap());
            let mut lines = in_file.lines().zip(in_memory.lines());
            let differing = lines.find(|(one, other)| one != other);
            prop_assert_eq!(differing, None, "after {:?}", doing);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    // A generator that stops reaching some of them would compare less and pass.
    let accepted = accepted.into_inner();
    assert_eq!(accepted.len(), 31, "{accepted:?}");
    let errors = ["IllegalStep", "IllegalTransition", "NoChat", "NoMessage"];
    let refused = refused.into_inner();
    assert!(
        errors.iter().all(|error| refused.contains(*error)),
        "{refused:?}"
    );
}
