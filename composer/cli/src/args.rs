//! The command line: what may stand there and what it means.

pub mod layer;

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Makes one WebAssembly component of an app and its operating environment.
#[derive(Debug, Parser)]
#[command(name = "box", version, styles = STYLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What all commands have.
    #[command(flatten)]
    pub global: Global,
    /// Which command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Say more of what is done
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Global options"
    )]
    pub verbose: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// When to colour what is written to a terminal
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub color: Color,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a project in a new folder
    New(New),
    /// Build the box and write it as one component
    Build(Build),
    /// Run the box of a project, building it if need be, or a finished one
    Run(Run),
    /// Put other modules into the kernel of a project or of a finished box
    Swap(Swap),
    /// Show the components of a box, who uses which
    Tree(Tree),
    /// Show the wiring: who provides which interface to whom
    Graph(Graph),
    /// Tell who provides an interface, to whom, and why that one
    Why(Why),
    /// Show what a finished box is made of and what it may do
    Inspect(Inspect),
    /// Make, show, compare and unpack layers of files
    Layer(layer::Layer),
    /// Write a completion script for a shell
    Completions(Completions),
}

/// Which project.
#[derive(Debug, Clone, Args)]
pub struct Project {
    /// Change to this folder first; other paths are relative to it
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// The Boxfile [default: Boxfile.toml here or in a folder above]
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// How packages are chosen.
#[derive(Debug, Clone, Copy, Args)]
pub struct Resolve {
    /// Fail rather than change Boxfile.lock
    #[arg(long)]
    pub locked: bool,
    /// Use no network
    #[arg(long)]
    pub offline: bool,
}

/// `box new`.
#[derive(Debug, Args)]
pub struct New {
    /// The box's name, `name` or `namespace:name`, or a path that ends with it
    pub name: String,
    /// What the app is written in
    #[arg(long, default_value = "rust")]
    pub lang: Language,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// Languages that `box new` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// A cargo package
    Rust,
    /// A script for boxer:javascript
    #[value(alias = "js")]
    Javascript,
}

/// `box build`.
#[derive(Debug, Args)]
pub struct Build {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// Where to write the component; `-` is standard output [default: NAME.wasm beside the Boxfile]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// How the parts of the box are joined [default: fused, where they can be]
    #[arg(long)]
    pub form: Option<Form>,
    /// Keep DWARF in a fused box, for debuggers; without it names of functions stay
    #[arg(long)]
    pub dwarf: bool,
    /// Run Binaryen's wasm-opt over the fused box: slower to build, smaller and faster
    #[arg(long)]
    pub optimize: bool,
    /// Print what was built as JSON
    #[arg(long)]
    pub json: bool,
}

/// The two forms of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Nested components: for hosts without multi-memory, and for tools that take parts out again
    Linked,
    /// One flat component: smaller, and calls between its parts are as fast as within them
    Fused,
}

impl From<Form> for composer::description::Form {
    fn from(form: Form) -> Self {
        match form {
            Form::Linked => Self::Linked,
            Form::Fused => Self::Fused,
        }
    }
}

/// `box run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// How the parts of the box are joined [default: fused, where they can be]
    #[arg(long)]
    pub form: Option<Form>,
    /// Keep what is below a path of the box: `data:/var/lib/app`, and `:ro` behind it to read only.
    /// The volume is made where there is none of the name
    #[arg(long = "volume", value_name = "NAME:PATH")]
    pub volumes: Vec<String>,
    /// Save what the program changes in the box's filesystem as a layer
    #[arg(long, value_name = "OUT.tar")]
    pub commit: Option<PathBuf>,
    /// A finished box to run instead of a project
    #[arg(value_name = "FILE.wasm", conflicts_with_all = ["file", "locked", "offline", "form"])]
    pub finished: Option<PathBuf>,
    /// Arguments for the program in the box
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

/// `box swap`.
#[derive(Debug, Args)]
pub struct Swap {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// A finished box to change instead of a project, then slots and their new modules:
    /// `vfs=boxer:hostfs`, `net=boxer:deny@^0.1`, `clock=./my-clock.wasm`
    #[arg(value_name = "[FILE.wasm] SLOT=MODULE", required = true)]
    pub words: Vec<String>,
    /// Where to write the changed box; needed with FILE.wasm
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
}

/// `box tree`.
#[derive(Debug, Args)]
pub struct Tree {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// A finished box instead of a project
    #[arg(value_name = "FILE.wasm")]
    pub finished: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// A finished box instead of a project
    #[arg(value_name = "FILE.wasm")]
    pub finished: Option<PathBuf>,
    /// In which language
    #[arg(long, default_value = "text")]
    pub format: GraphFormat,
}

/// Languages of `box graph`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people
    Text,
    /// For Graphviz
    Dot,
    /// For Mermaid, as GitHub shows it
    Mermaid,
    /// For programs
    Json,
}

/// `box why`.
#[derive(Debug, Args)]
pub struct Why {
    /// The interface, with or without its version: `wasi:filesystem/types`
    pub interface: String,
    /// A finished box instead of a project
    #[arg(value_name = "FILE.wasm")]
    pub finished: Option<PathBuf>,
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The box
    #[arg(value_name = "FILE.wasm")]
    pub file: PathBuf,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    pub shell: Shell,
}

impl Command {
    /// Where `-C` leads.
    #[must_use]
    pub fn directory(&self) -> Option<&PathBuf> {
        match self {
            Self::New(new) => new.directory.as_ref(),
            Self::Inspect(inspect) => inspect.directory.as_ref(),
            Self::Layer(layer) => layer.directory.as_ref(),
            Self::Build(Build { project, .. })
            | Self::Run(Run { project, .. })
            | Self::Swap(Swap { project, .. })
            | Self::Tree(Tree { project, .. })
            | Self::Graph(Graph { project, .. })
            | Self::Why(Why { project, .. }) => project.directory.as_ref(),
            Self::Completions(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_the_dashes_is_the_guests() {
        let cli =
            Cli::try_parse_from(["box", "run", "x.wasm", "--", "-v", "--help", "--"]).unwrap();
        let Command::Run(run) = cli.command else {
            panic!("not run")
        };
        assert_eq!(
            run.finished.as_deref(),
            Some(std::path::Path::new("x.wasm"))
        );
        assert_eq!(run.args, ["-v", "--help", "--"]);
        let cli = Cli::try_parse_from(["box", "run", "--", "x.wasm"]).unwrap();
        let Command::Run(run) = cli.command else {
            panic!("not run")
        };
        assert_eq!((run.finished, run.args), (None, vec!["x.wasm".to_owned()]));
    }
}
