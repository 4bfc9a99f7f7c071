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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap_markdown::MarkdownOptions;

    use super::Cli;

    /// Writes the page where `CHATFERRY_WRITE_DOCS` is set.
    #[test]
    fn cli_reference_page_is_that_of_the_definitions() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/cli.md");
        let options = MarkdownOptions::new()
            .title("Command line".to_owned())
            .show_footer(false);
        let text = clap_markdown::help_markdown_custom::<Cli>(&options)
            .replace(
                "This document contains the help content for the `chatferry` command-line program.",
                "Written by the test `cli_reference_page_is_that_of_the_definitions`, from `src/cli/args/`.",
            )
            .replace(" \u{2014} ", ": ");
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let page = format!("{}\n", lines.join("\n").trim_end());
        if option_env!("CHATFERRY_WRITE_DOCS").is_some() {
            std::fs::write(&file, &page).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page);
    }
}
