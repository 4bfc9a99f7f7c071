//! Migrations that run by schedule, on any number of machines.
//!
//! A store has jobs: the folder of a migration, and how often it is imported. Workers take the next due job, plan it in a child
//! process, and import it in another one, so that a crash ends one job. A plan that deletes, moves or changes much waits for a
//! person.
//!
//! | module     | what it owns                                                        |
//! |------------|---------------------------------------------------------------------|
//! | `job`      | a job as data, its schedule, the counts of a plan                     |
//! | `approval` | which plans a person has to approve                                   |
//! | `jobs`     | the table of jobs, and which worker runs which                        |
//! | `folder`   | what a worker reads of a folder before it runs: settings, digest      |
//! | `keys`     | the API key of an organisation                                        |
//! | `child`    | `plan`, `import` and `status` in a child process                      |
//! | `turn`     | one turn of one job, from the plan to the result                      |
//! | `worker`   | the loop: which job is next, connections, the end                     |
//! | `health`   | the page by which a supervisor sees that a worker lives               |
//! | `event`    | the lines of a worker's log                                           |
//!
//! Never here: what a plan or an import does, which is the program that the child process runs.

mod approval;
mod child;
mod event;
mod folder;
mod health;
mod job;
mod jobs;
mod keys;
mod turn;
mod worker;

pub(crate) use folder::place;
#[cfg(test)]
pub(crate) use job::{Counts, LastTurn};
pub(crate) use job::{Every, Job, Standing};
pub(crate) use jobs::{Jobs, Named};
pub(crate) use keys::Keys;
pub(crate) use worker::{Worker, serve};
