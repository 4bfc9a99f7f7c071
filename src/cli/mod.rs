//! The command line: arguments, one file per command, exit status.
//!
//! The only module that reads the environment and, with `report`, the only one that prints.

#![deny(clippy::too_many_lines, clippy::too_many_arguments)]

mod args;
mod bug_report;
mod checklist;
mod checkpoint;
mod demo;
mod doctor;
mod environment;
mod exit;
mod explain;
mod fleet;
mod forget;
mod import;
mod init;
mod inspect;
mod keys;
mod layout;
mod log;
mod manual;
mod matching;
mod named;
mod next_command;
mod out;
mod parse;
mod plan;
mod recover;
mod report;
mod review;
mod runs;
mod sandbox;
mod serve;
mod signals;
mod status;
mod terminal;
mod undo;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub(crate) use crate::app::Exit;

/// Runs the program with these arguments (the first is the program's name) and returns its exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = args::Cli::command().try_get_matches_from(&arguments);
    let parsed = matches.and_then(|matches| {
        let same_migration = next_command::SameMigration::of(&matches, &arguments);
        Ok((args::Cli::from_arg_matches(&matches)?, same_migration))
    });
    let (parsed, same_migration) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // `--help` and `--version` are not errors; clap prints them on stdout.
            if !error.use_stderr() {
                let _ = error.print();
                return Exit::Done.into();
            }
            let mut out = out::Out::standard();
            let text = error.render().to_string();
            // What was parsed does not say whether the output is JSON.
            if arguments.iter().any(|argument| argument == "--json") {
                let error = crate::app::Error::usage(text.trim().to_owned()).into();
                return exit::report_json(&error, &mut out).into();
            }
            // It repeats arguments, which may be names of files.
            out.ask(&text);
            return Exit::Usage.into();
        }
    };
    let out = out::Out::standard().with_details(parsed.screen.details);
    let mut out = out.with_migration(same_migration);
    let wants_json = parsed.command.wants_json();
    if let Err(error) = log::start(&parsed.log) {
        let error = error.into();
        return match wants_json {
            true => exit::report_json(&error, &mut out).into(),
            false => exit::report(&error, &mut out).into(),
        };
    }
    if parsed.command.only_reads() {
        signals::end_at_once(wants_json);
    }
    let result = match parsed.command {
        args::Command::Inspect(arguments) => inspect::run(&arguments, &mut out),
        args::Command::Parse(arguments) => parse::run(&arguments, &mut out),
        args::Command::Init(arguments) => init::run(&arguments, &mut out),
        args::Command::Match(arguments) => matching::run(&arguments, &mut out),
        args::Command::Plan(arguments) => plan::run(&arguments, &mut out),
        args::Command::Verify(arguments) => verify::run(&arguments, &mut out),
        args::Command::Recover(arguments) => recover::run(&arguments, &mut out),
        args::Command::Undo(arguments) => undo::run(&arguments, &mut out),
        args::Command::Forget(arguments) => forget::run(&arguments, &mut out),
        args::Command::Runs(arguments) => runs::run(&arguments, &mut out),
        args::Command::Report(arguments) => report::run(&arguments, &mut out),
        args::Command::Review(arguments) => review::run(&arguments, &mut out),
        args::Command::Doctor(arguments) => doctor::run(&arguments, &mut out),
        args::Command::Checklist(arguments) => checklist::run(&arguments, &mut out),
        args::Command::Checkpoint(command) => checkpoint::run(&command, &mut out),
        args::Command::Explain(arguments) => explain::run(&arguments, &mut out),
        args::Command::Status(arguments) => status::run(&arguments, &mut out),
        args::Command::Completions(arguments) => manual::completions(arguments.shell, &mut out),
        args::Command::Man => manual::page(&mut out),
        args::Command::BugReport(arguments) => bug_report::run(&arguments, &mut out),
        args::Command::Import(arguments) => import::run(&arguments, &mut out),
        args::Command::Serve(arguments) => serve::run(arguments, &mut out),
        args::Command::Fleet(command) => fleet::run(command, &mut out),
        args::Command::Demo(arguments) => demo::run(&arguments, &mut out),
        args::Command::Sandbox(arguments) => sandbox::run(&arguments, &mut out),
    };
    let result = result.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    match result {
        Ok(exit) => exit.into(),
        Err(error) if wants_json => exit::report_json(&error, &mut out).into(),
        Err(error) => exit::report(&error, &mut out).into(),
    }
}
