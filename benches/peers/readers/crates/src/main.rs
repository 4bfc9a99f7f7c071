//! `peers chatpack|wc-parser FILE count|messages`: reads a transcript with a crate.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;

use chatpack::parser::Parser;
use chatpack::parsers::WhatsAppParser;

const MINUTE: &str = "%Y-%m-%dT%H:%M";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file, mode] = &arguments[..] else {
        return Err("usage: peers chatpack|wc-parser FILE count|messages".into());
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    match &**name {
        "chatpack" => {
            let messages = WhatsAppParser::new().parse(Path::new(file))?;
            if mode == "count" {
                writeln!(out, "{}", messages.len())?;
                return Ok(());
            }
            for message in &messages {
                let time = (message.timestamp).map(|time| time.format(MINUTE).to_string());
                let line = serde_json::json!([time, message.sender, message.content]);
                writeln!(out, "{line}")?;
            }
        }
        "wc-parser" => {
            let messages = wc_parser::parse_file(file, None)?;
            if mode == "count" {
                writeln!(out, "{}", messages.len())?;
                return Ok(());
            }
            for message in &messages {
                let time = message.date.format(MINUTE).to_string();
                let line = serde_json::json!([time, message.author, message.message]);
                writeln!(out, "{line}")?;
            }
        }
        other => return Err(format!("{other} is not one of the crates").into()),
    }
    Ok(())
}
