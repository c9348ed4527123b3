//! Turns errors into words, hints and exit codes.
//!
//! Libraries say what is wrong; here stands what to do about it, where that depends
//! on the command line.

mod packages;

use std::backtrace::BacktraceStatus;
use std::fmt::Display;
use std::io;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use composer::fetch::adapt::AdaptError;
use composer::finished::OpenError;
use composer::seal::SealError;
use miette::{Diagnostic, LabeledSpan, SourceCode};
use thiserror::Error;

use crate::module::ModuleError;
use crate::run::{RunError, Trapped};

pub use packages::{PackageError, Unsigned};

/// Exit status for a mistake of the user's.
pub const MISTAKE: u8 = 1;
/// Exit status for a command line that makes no sense: clap's.
pub const USAGE: u8 = 2;
/// Exit status of a guest that trapped: what a shell shows for `SIGABRT`.
pub const TRAPPED: i32 = 134;

/// Why a command failed.
#[derive(Debug, Error, Diagnostic)]
pub enum CliError {
    /// The Boxfile is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Boxfile(#[from] boxfile_spec::BoxfileErrors),

    /// `-C` leads nowhere.
    #[error("cannot change to `{}`", path.display())]
    #[diagnostic(code(cli::directory), help("give `-C` the path of a folder"))]
    Directory {
        /// What was given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// Something could not be written.
    #[error("cannot write `{}`", path.display())]
    #[diagnostic(code(cli::write))]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// Standard output is gone.
    #[error("cannot write the standard output")]
    #[diagnostic(code(cli::output))]
    Output(#[source] io::Error),

    /// `box new` with a name that is none.
    #[error("`{text}` cannot be the name of a box: {reason}")]
    #[diagnostic(code(cli::name))]
    Name {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        #[help]
        help: String,
    },

    /// `box new` where there is something.
    #[error("`{}` is there already", path.display())]
    #[diagnostic(
        code(cli::exists),
        help("choose another name, or remove it: nothing is overwritten")
    )]
    Exists {
        /// What.
        path: PathBuf,
    },

    /// No Boxfile.
    #[error("there is no `Boxfile.toml` in `{}` or in a folder above it", folder.display())]
    #[diagnostic(
        code(cli::no_boxfile),
        help("make a project with `box new NAME`, or name one with `-C DIR` or `-f FILE`")
    )]
    NoBoxfile {
        /// Where it was looked for.
        folder: PathBuf,
    },

    /// `-f` with a folder.
    #[error("`{}` is a folder, not a Boxfile", path.display())]
    #[diagnostic(code(cli::boxfile), help("use `-C` for the folder of a project"))]
    BoxfileIsFolder {
        /// What was given.
        path: PathBuf,
    },

    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    #[diagnostic(code(cli::read), help("check the path and its permissions"))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// A text that is none.
    #[error("`{}` is not UTF-8: byte {offset} is part of no character", path.display())]
    #[diagnostic(code(cli::utf8), help("save it as UTF-8"))]
    NotUtf8 {
        /// Which.
        path: PathBuf,
        /// Where, from 0.
        offset: usize,
    },

    /// The lock cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lock(#[from] boxfile_spec::LockError),

    /// A stage of the composer failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Build(#[from] composer::BuildError),

    /// A finished box cannot be linked anew.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Relink(#[from] composer::relink::RelinkError),

    /// A Boxfile cannot be edited.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Edit(#[from] boxfile_spec::edit::EditError),

    /// A source of packages does not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Index(#[from] registry_index::IndexError),

    /// A package cannot be published.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Publish(#[from] Box<registry_index::PublishError>),

    /// A package cannot be found or used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Package(#[from] PackageError),

    /// A module's Cargo.toml cannot be used, or cargo cannot build it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Module(#[from] ModuleError),

    /// The store cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Store(#[from] registry_index::StoreError),

    /// A part of a finished box cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Open(#[from] OpenError),

    /// What a run asks for cannot be had.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Changes(#[from] crate::commands::run::ChangesError),

    /// What a run changed is not saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Commit(#[from] crate::commands::run::CommitError),

    /// Something is wrong with a layer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Layers(#[from] crate::layers::LayersError),

    /// A time that is none.
    #[error("`SOURCE_DATE_EPOCH` is `{text}`, which is not a number of seconds")]
    #[diagnostic(
        code(cli::source_date),
        help("set it to seconds since 1970, or unset it")
    )]
    SourceDate {
        /// Its value.
        text: String,
    },

    /// A file that is no box.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotABox(Box<AboutFile<OpenError>>),

    /// A file that is no component.
    #[error("`{}` is no component", path.display())]
    #[diagnostic(
        code(cli::component),
        help("name a `.wasm` file that `box build` wrote")
    )]
    NotAComponent {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: registry_index::ComponentError,
    },

    /// A box that imports what its grants do not allow.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotSealed(Box<AboutFile<SealError>>),

    /// A file that is no component and cannot be made one.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotAdapted(Box<AboutFile<AdaptError>>),

    /// An import that no host of ours has.
    #[error("cannot run `{name}`: it imports `{import}`, which the host does not provide")]
    #[diagnostic(
        code(cli::not_provided),
        help(
            "make a box of it, with a package that exports `{import}` in [dependencies]; the host provides `wasi:cli`, `clocks`, `filesystem`, `io`, `random` and `sockets` at 0.2"
        )
    )]
    NotProvided {
        /// The file or the box.
        name: String,
        /// What it imports.
        import: String,
    },

    /// A component that is a library.
    #[error("cannot run `{name}`: it does not export `wasi:cli/run`, so there is nothing to start")]
    #[diagnostic(
        code(cli::nothing_to_run),
        help("use it in [dependencies] of a box, or build it as a program")
    )]
    NothingToRun {
        /// The file or the box.
        name: String,
    },

    /// `box why` about something that is not there.
    #[error("nothing in `{name}` imports or provides `{interface}`")]
    #[diagnostic(
        code(cli::no_such_interface),
        help("see all of the wiring with `box graph`")
    )]
    NoSuchInterface {
        /// What was asked for.
        interface: String,
        /// The box.
        name: String,
    },

    /// `box swap` with a word that is no swap.
    #[error("`{text}` is not `SLOT=MODULE`")]
    #[diagnostic(
        code(cli::swap),
        help("write it as `vfs=boxer:hostfs` or `clock=./my-clock.wasm`")
    )]
    NotASwap {
        /// The word.
        text: String,
    },

    /// `box swap` with a slot that there is not.
    #[error("`{slot}` is not a slot of the kernel")]
    #[diagnostic(
        code(cli::slot),
        help(
            "use one of libc, vfs, net, clock, random, console, environment, exit, wait and runtime"
        )
    )]
    NoSuchSlot {
        /// The word.
        slot: String,
    },

    /// One slot filled twice.
    #[error("`{slot}` is swapped twice")]
    #[diagnostic(code(cli::swap_twice), help("name one module for it"))]
    SwappedTwice {
        /// Which.
        slot: boxfile_spec::Slot,
    },

    /// `box swap` with a module's name that is none.
    #[error("`{text}` is not the name of a package: {reason}")]
    #[diagnostic(
        code(cli::package),
        help("write it as `namespace:name` or `namespace:name@^1.2`; a path begins with `./`")
    )]
    NotAPackage {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: boxfile_spec::NameError,
    },

    /// A package that there is not.
    #[error("there is no package `{package}`")]
    #[diagnostic(code(cli::no_such_package))]
    NoSuchPackage {
        /// What was asked for.
        package: boxfile_spec::PackageRef,
        /// What there is.
        #[help]
        help: String,
    },

    /// A module for another slot.
    #[error("`{module}` does not fit `{slot}`: it does not export `{}`", slot.interface())]
    #[diagnostic(code(cli::does_not_fit))]
    DoesNotFit {
        /// Which.
        module: String,
        /// Where it was to go.
        slot: boxfile_spec::Slot,
        /// What would.
        #[help]
        help: String,
    },

    /// A file for a slot of a finished box.
    #[error("`{path}` is a file, and a finished box takes modules from packages only")]
    #[diagnostic(
        code(cli::swap_file),
        help("swap it in the project and build that again")
    )]
    SwapFile {
        /// What was given.
        path: String,
    },

    /// No place for the changed box.
    #[error("`box swap FILE.wasm` needs to know where to write the changed box")]
    #[diagnostic(code(cli::swap_output), help("say it with `-o OUT.wasm`"))]
    NoOutput,

    /// An output for a project.
    #[error("`box swap` changes the Boxfile, so there is nothing to write to `-o`")]
    #[diagnostic(
        code(cli::swap_output),
        help("leave it out, or name a finished box as the first word")
    )]
    StrayOutput,

    /// A component could not be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Run(Box<RunFailure>),
}

/// A guest that trapped, as it is shown.
#[derive(Debug, Error)]
#[error("{who} trapped: {reason}")]
pub struct TrapReport {
    who: String,
    reason: String,
    backtrace: String,
}

impl TrapReport {
    /// What happened in the box of this name.
    #[must_use]
    pub fn new(trapped: &Trapped, name: Option<&str>) -> Self {
        Self {
            who: name.map_or_else(
                || "the component".to_owned(),
                |name| format!("the box `{name}`"),
            ),
            reason: trapped.reason.clone(),
            backtrace: trapped.backtrace.join("\n"),
        }
    }
}

impl Diagnostic for TrapReport {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new("run::trap"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        (!self.backtrace.is_empty()).then(|| {
            Box::new(format!(
                "it was here, innermost call first:\n{}",
                self.backtrace
            )) as _
        })
    }
}

impl CliError {
    /// A file that is no box.
    pub fn not_a_box(path: &Path, error: OpenError) -> Self {
        Self::NotABox(AboutFile::new(
            format!("cannot use `{}`", path.display()),
            error,
        ))
    }

    /// A file that is no component, where one is needed to `act`.
    pub fn not_adapted(act: &str, path: &Path, error: AdaptError) -> Self {
        Self::NotAdapted(AboutFile::new(
            format!("cannot {act} `{}`", path.display()),
            error,
        ))
    }

    /// A box that imports what its grants do not allow.
    pub fn not_sealed(path: &Path, error: SealError) -> Self {
        let what = format!(
            "`{}` is not what it says it is, so it is not run",
            path.display()
        );
        Self::NotSealed(AboutFile::new(what, error))
    }

    /// The exit status: 2 where the command line itself is wrong, else 1.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            Self::NotASwap { .. } | Self::NoSuchSlot { .. } | Self::SwappedTwice { .. } => USAGE,
            Self::NotAPackage { .. } | Self::NoOutput | Self::StrayOutput => USAGE,
            Self::Package(error) if error.is_usage() => USAGE,
            _ => MISTAKE,
        }
    }
}

/// What is wrong with a file, with the file's name before it.
#[derive(Debug)]
pub struct AboutFile<E> {
    what: String,
    error: E,
}

impl<E> AboutFile<E> {
    /// `what` was attempted with the file: `` cannot run `x.wasm` ``.
    pub fn new(what: impl Into<String>, error: E) -> Box<Self> {
        Box::new(Self {
            what: what.into(),
            error,
        })
    }
}

impl<E: Display> Display for AboutFile<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.error)
    }
}

impl<E: std::error::Error> std::error::Error for AboutFile<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl<E: Diagnostic> Diagnostic for AboutFile<E> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.error.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.error.labels()
    }
}

/// A component that could not be run, with what to do about it.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct RunFailure(RunError);

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        Self::Run(Box::new(RunFailure(error)))
    }
}

impl Diagnostic for RunFailure {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(match self.0 {
            RunError::Read { .. } => "run::read",
            RunError::Compile { .. } => "run::compile",
            RunError::Engine(_) | RunError::Runtime(_) => "run::engine",
            RunError::Start(_) => "run::start",
            RunError::Mount { .. } => "run::mount",
            RunError::InUse { .. } => "run::in_use",
            RunError::Arguments => "run::arguments",
            RunError::Output(_) => "run::output",
        }))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let help = match &self.0 {
            RunError::Read { path, source } => return read_help(path, source),
            RunError::Mount { host, .. } if !host.exists() => {
                format!("make it with `mkdir -p {}`, or correct `fs` of `[grants]`", host.display())
            }
            RunError::Mount { host, .. } if host.is_file() => {
                "grant the folder that the file is in: only folders can be granted".to_owned()
            }
            RunError::Mount { .. } => "see to its permissions, or correct `fs` of `[grants]`".to_owned(),
            RunError::InUse { .. } => {
                "wait until that one has ended, or give this one a volume of its own; several may read one that all mount `ro`".to_owned()
            }
            RunError::Arguments => "leave them out, or grant `args` in the Boxfile".to_owned(),
            RunError::Compile { .. } => {
                "check with `wasm-tools validate` that it is a component of WASI 0.2".to_owned()
            }
            RunError::Start(_) if address_space_is_limited() => {
                "raise the limit with `ulimit -v unlimited`: each memory of a box reserves 4 GiB of addresses, not of memory"
                    .to_owned()
            }
            RunError::Start(_) | RunError::Engine(_) | RunError::Runtime(_) | RunError::Output(_) => {
                return None;
            }
        };
        Some(Box::new(help))
    }
}

fn read_help<'a>(path: &Path, source: &io::Error) -> Option<Box<dyn Display + 'a>> {
    let help = match source.kind() {
        io::ErrorKind::NotFound => "check the path; `box build` makes a box of a project",
        io::ErrorKind::IsADirectory => "use `-C` for the folder of a project",
        _ if path.is_dir() => "use `-C` for the folder of a project",
        _ => return None,
    };
    Some(Box::new(help))
}

fn address_space_is_limited() -> bool {
    rustix::process::getrlimit(rustix::process::Resource::As)
        .current
        .is_some()
}

/// What is shown of a panic: it is never the user's mistake.
#[must_use]
pub fn bug(panicked: &PanicHookInfo<'_>) -> String {
    let what = panicked.payload_as_str().unwrap_or("no message");
    let place = panicked
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let command: Vec<String> = std::env::args().collect();
    let backtrace = std::backtrace::Backtrace::capture();
    let mut text = format!(
        "this is a bug in box, please report it with these lines:\n  {what}\n  at {place}\n  in box {} on {}-{}\n  running {command:?}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
    );
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{backtrace}"));
    }
    text
}
