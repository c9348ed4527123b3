//! The library half of `box`: everything but the argument vector, so that tests
//! and benchmarks can use the runner.

#![allow(clippy::print_stderr, reason = "the terminal belongs to this crate")]

pub mod args;
pub mod binaryen;
pub mod commands;
pub mod config;
pub mod dirs;
pub mod errors;
pub mod files;
pub mod layers;
pub mod module;
pub mod packages;
pub mod preinit;
pub mod project;
pub mod run;
pub mod steps;
pub mod terminal;
pub mod transfers;
pub mod watch;

use std::env;
use std::panic;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, ValueEnum};

use args::{Cli, Color, Command};
use errors::CliError;
use terminal::Terminal;

/// The program: reads the arguments, does what they say, tells what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|panicked| eprintln!("{}", errors::bug(panicked))));
    let matches = Cli::command()
        .color(Terminal::choice(wanted_color()))
        .get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let terminal = Terminal::new(&cli.global);
    match perform(&cli.command, terminal) {
        Ok(status) => status,
        // Whoever read the output has seen enough.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            terminal.report(&error);
            ExitCode::from(error.status())
        }
    }
}

fn perform(command: &Command, terminal: Terminal) -> Result<ExitCode, CliError> {
    if let Some(path) = command.directory() {
        env::set_current_dir(path).map_err(|source| CliError::Directory {
            path: path.clone(),
            source,
        })?;
    }
    match command {
        Command::New(args) => commands::new::new(args, terminal)?,
        Command::Build(args) => commands::build::build(args, terminal)?,
        Command::Run(args) => return commands::run::run(args, terminal),
        Command::Swap(args) => commands::swap::swap(args, terminal)?,
        Command::Tree(args) => commands::graph::tree(args, terminal)?,
        Command::Graph(args) => commands::graph::graph(args, terminal)?,
        Command::Why(args) => commands::graph::why(args, terminal)?,
        Command::Inspect(args) => commands::inspect::inspect(args, terminal)?,
        Command::Add(args) => commands::add::add(args, terminal)?,
        Command::Remove(args) => commands::remove::remove(args, terminal)?,
        Command::Update(args) => commands::update::update(args, terminal)?,
        Command::Search(args) => commands::search::search(args, terminal)?,
        Command::Info(args) => commands::info::info(args, terminal)?,
        Command::Pull(args) => commands::pull::pull(args, terminal)?,
        Command::Publish(args) => commands::publish::publish(args, terminal)?,
        Command::Yank(args) => commands::yank::yank(args, terminal)?,
        Command::Index(args) => commands::index::index(args, terminal)?,
        Command::Sbom(args) => commands::sbom::sbom(args, terminal)?,
        Command::Cache(args) => commands::cache::cache(args, terminal)?,
        Command::Layer(args) => commands::layer::layer(args, terminal)?,
        Command::Completions(args) => commands::completions::completions(args, terminal)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `--color`, before the rest of the line is understood: what is wrong with it is
/// shown in colour or not.
fn wanted_color() -> Color {
    let mut words = env::args_os().skip(1).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let value = match word.to_str() {
            Some("--color") => words.next(),
            Some(text) => text.strip_prefix("--color=").map(Into::into),
            None => None,
        };
        if let Some(value) = value {
            return value
                .to_str()
                .and_then(|text| Color::from_str(text, false).ok())
                .unwrap_or(Color::Auto);
        }
    }
    Color::Auto
}
