//! The command line: what may stand there and what it means.

pub mod layer;
mod packages;

use std::path::PathBuf;

use boxfile_spec::PackageId;
use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use semver::Version;

pub use packages::{
    Add, Cache, CacheAction, Index, IndexAction, Info, Offline, Publish, Pull, Registry, Remove,
    Sbom, Search, Update, Yank,
};

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
    /// Add packages to the dependencies of a project
    Add(Add),
    /// Remove packages from the dependencies of a project
    Remove(Remove),
    /// Take newer versions into the lock, and show what they ask for
    Update(Update),
    /// Show the components of a box, who uses which
    Tree(Tree),
    /// Show the wiring: who provides which interface to whom
    Graph(Graph),
    /// Tell who provides an interface, to whom, and why that one
    Why(Why),
    /// Show what a finished box is made of and what it may do
    Inspect(Inspect),
    /// Look for packages, by words or by interface
    Search(Search),
    /// Show what is known of a package
    Info(Info),
    /// Fetch a package into a file
    Pull(Pull),
    /// Publish a project, a component or a layer for others
    Publish(Publish),
    /// Withdraw a version: no new lock takes it
    Yank(Yank),
    /// Make and serve an index of packages
    Index(Index),
    /// Write a bill of materials of a box, in CycloneDX
    Sbom(Sbom),
    /// Show and prune what is kept for another time
    Cache(Cache),
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
    #[arg(long, default_value = "rust", conflicts_with = "kind")]
    pub lang: Language,
    /// A module for the kernels of boxes instead of an app
    #[arg(long)]
    pub kind: Option<ModuleKind>,
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

/// Kinds of module that `box new` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModuleKind {
    /// A filesystem
    Vfs,
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
    /// Where the modules come from: a folder, `https://…`, `oci://…`, or a name of the
    /// configuration
    #[arg(long, value_name = "WHERE")]
    pub registry: Option<String>,
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
            | Self::Why(Why { project, .. })
            | Self::Add(Add { project, .. })
            | Self::Remove(Remove { project, .. })
            | Self::Update(Update { project, .. })
            | Self::Publish(Publish { project, .. })
            | Self::Sbom(Sbom { project, .. }) => project.directory.as_ref(),
            Self::Search(Search { directory, .. })
            | Self::Info(Info { directory, .. })
            | Self::Pull(Pull { directory, .. })
            | Self::Yank(Yank { directory, .. })
            | Self::Index(Index { directory, .. }) => directory.as_ref(),
            Self::Cache(_) | Self::Completions(_) => None,
        }
    }
}

/// `NAME@VERSION`: one version, not a range of them.
fn package_id(text: &str) -> Result<PackageId, String> {
    const EXPECTED: &str = "expected `namespace:name@1.2.3`";
    let (name, version) = text.split_once('@').ok_or(EXPECTED)?;
    let version = Version::parse(version).map_err(|error| format!("{error}; {EXPECTED}"))?;
    let name = name.parse::<boxfile_spec::PackageName>();
    let name = name.map_err(|error| error.to_string())?;
    Ok(PackageId { name, version })
}

/// A number of bytes with an optional unit of 1,024: `500M`, `2G`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err("expected a unit of K, M, G or T".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a number of bytes, such as `500M`".to_owned())?;
    number
        .checked_mul(1 << unit)
        .ok_or_else(|| "it is more than there can be".to_owned())
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
    fn sizes_have_units() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1500", Some(1500)),
            ("2k", Some(2048)),
            ("3MiB", Some(3 << 20)),
            ("2G", Some(2 << 30)),
            ("G", None),
            ("1.5G", None),
            ("-1", None),
            ("9999999999T", None),
            ("1X", None),
        ] {
            assert_eq!(size(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_version_is_not_a_range() {
        let id = package_id("acme:fs@1.2.0").unwrap();
        assert_eq!(id.to_string(), "acme:fs@1.2.0");
        for text in ["acme:fs", "acme:fs@^1", "acme:fs@1", "fs@1.0.0", "@"] {
            assert!(package_id(text).is_err(), "{text}");
        }
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
