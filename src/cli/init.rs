//! `chatferry init`: starts a migration from archives.

use std::path::Path;

use super::out::Out;
use super::{args, environment, keys};
use crate::app::{self, Error, Exit, InitRequest, KnownOfDevice};
use crate::phone::Phone;

pub(super) fn run(arguments: &args::Init, out: &mut Out) -> anyhow::Result<Exit> {
    let local_phone = arguments.local_phone.as_deref().map(number).transpose()?;
    let dir = arguments.dir.as_deref().unwrap_or(Path::new("."));
    let configured = match arguments.paths.is_empty() {
        true => app::configured_paths(dir, None)?,
        false => Vec::new(),
    };
    let report = app::init(&InitRequest {
        paths: match configured.is_empty() {
            true => &arguments.paths,
            false => &configured,
        },
        dir,
        config: None,
        update: arguments.update,
        zone: environment::zone(),
        known: KnownOfDevice {
            books: &arguments.address_book,
            local_phone: local_phone.as_ref(),
            device: arguments.device.as_deref(),
        },
        limits: &|limits| arguments.limits.with_defaults(limits),
        keys: &keys::terminal(),
    })?;
    for line in &report.first {
        out.warn(line);
    }
    for line in &report.done {
        out.line(line)?;
    }
    out.flush()?;
    for note in &report.notes {
        out.note(note);
    }
    for failure in &report.failures {
        out.error(failure);
    }
    Ok(match report.failures.is_empty() {
        true => Exit::Done,
        false => Exit::Partial,
    })
}

fn number(text: &str) -> Result<Phone, Error> {
    Phone::parse(text).ok_or_else(|| {
        Error::usage("--local-phone: is not a number with country code, such as +4915112345678")
    })
}
