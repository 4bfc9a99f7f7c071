//! `chatferry completions` and `chatferry man`: shell completions and the manual page, from clap's
//! definitions.

use std::io::Write as _;

use clap::CommandFactory;

use super::args::Cli;
use super::out::Out;
use crate::app::Exit;

pub(super) fn completions(shell: clap_complete::Shell, out: &mut Out) -> anyhow::Result<Exit> {
    clap_complete::generate(shell, &mut Cli::command(), "chatferry", out.data());
    Ok(Exit::Done)
}

pub(super) fn page(out: &mut Out) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(out.data())?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        writeln!(out.data())?;
        clap_mangen::Man::new(sub.clone()).render(out.data())?;
    }
    Ok(Exit::Done)
}
