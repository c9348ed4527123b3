//! A Boxfile on disk, and what is made of it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use boxfile_spec::{
    AppSource, ComponentSource, FileKind, Lockfile, Manifest, validate_files, validate_grants,
};
use composer::description::Form;
use composer::fetch::HostOptions;
use composer::finished::FinishedBox;
use composer::optimize::Optimizer;
use composer::resolve::LockMode;
use composer::{BuildError, Built, Composed, Finish, Request};
use registry_index::Store;

use crate::args;
use crate::binaryen;
use crate::dirs;
use crate::errors::CliError;
use crate::files;
use crate::packages::Packages;
use crate::preinit::preinit;
use crate::steps::Steps;
use crate::terminal::Terminal;

/// The names of a Boxfile, in the order in which they are looked for.
pub(crate) const NAMES: [&str; 2] = ["Boxfile.toml", "Boxfile"];

/// Where a Boxfile is.
#[derive(Debug, Clone)]
pub struct Project {
    /// The Boxfile, as it was given or found.
    pub boxfile: PathBuf,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
}

/// A Boxfile and its lock, read.
pub struct Opened {
    /// Where they are.
    pub project: Project,
    /// The Boxfile.
    pub manifest: Manifest,
    lock: Option<(String, Lockfile)>,
}

impl Project {
    /// The Boxfile that the arguments mean: the one they name, or the nearest one from
    /// here upwards.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn find(args: &args::Project) -> Result<Self, CliError> {
        if let Some(file) = &args.file {
            if file.is_dir() {
                return Err(CliError::BoxfileIsFolder { path: file.clone() });
            }
            return Ok(Self::at(file.clone()));
        }
        let here = env::current_dir().map_err(|source| CliError::Directory {
            path: ".".into(),
            source,
        })?;
        for folder in here.ancestors() {
            for name in NAMES {
                let boxfile = folder.join(name);
                if boxfile.is_file() {
                    // Here, the short name is the one that people know it by.
                    let short = if folder == here {
                        PathBuf::from(name)
                    } else {
                        boxfile
                    };
                    return Ok(Self::at(short));
                }
            }
        }
        Err(CliError::NoBoxfile { folder: here })
    }

    fn at(boxfile: PathBuf) -> Self {
        let folder = boxfile.parent().map(Path::to_owned).unwrap_or_default();
        Self { boxfile, folder }
    }

    /// The lock beside the Boxfile: `Boxfile.lock`, or as the Boxfile is called.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.boxfile.with_extension("lock")
    }

    /// The text of the Boxfile.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn text(&self) -> Result<String, CliError> {
        read_text(&self.boxfile)
    }

    /// Writes the edited text of the Boxfile, and tells whether it had to: where nothing is
    /// new in it, that is said.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then it is what it was before.
    pub fn rewrite(&self, before: &str, text: &str, terminal: Terminal) -> Result<bool, CliError> {
        let boxfile = &self.boxfile;
        if text == before {
            terminal.status(format_args!("`{}` says so already", boxfile.display()));
            return Ok(false);
        }
        files::replace(boxfile, text.as_bytes()).map_err(|source| CliError::Write {
            path: boxfile.clone(),
            source,
        })?;
        Ok(true)
    }

    /// Reads the Boxfile and its lock.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read or is wrong.
    pub fn open(self) -> Result<Opened, CliError> {
        let text = self.text()?;
        self.open_as(&text)
    }

    /// The same, with another text in the Boxfile's place.
    ///
    /// # Errors
    ///
    /// If the lock cannot be read, or one of them is wrong.
    pub fn open_as(self, text: &str) -> Result<Opened, CliError> {
        let manifest = boxfile_spec::parse(text, &self.boxfile.display().to_string())?;
        let path = self.lock();
        let lock = match read_text(&path) {
            Ok(text) => {
                let lock = Lockfile::parse(&text, &path.display().to_string())?;
                Some((text, lock))
            }
            Err(CliError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Opened {
            project: self,
            manifest,
            lock,
        })
    }
}

/// How a project is composed.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How packages are chosen.
    pub resolve: args::Resolve,
    /// What the lock means, where `resolve` does not say it.
    pub mode: Option<&'a LockMode>,
    /// How the parts are joined; `None` fuses them where that can be done.
    pub form: Option<Form>,
    /// Whether a fused box keeps DWARF.
    pub dwarf: bool,
    /// Whether to run an optimizer over it.
    pub optimize: bool,
    /// Where the box will be written, so that it is not baked into itself.
    pub output: Option<&'a Path>,
    /// Whom to tell what goes on.
    pub terminal: Terminal,
}

impl<'a> Options<'a> {
    /// The usual ones.
    #[must_use]
    pub const fn new(resolve: args::Resolve, terminal: Terminal) -> Self {
        Self {
            resolve,
            mode: None,
            form: None,
            dwarf: false,
            optimize: false,
            output: None,
            terminal,
        }
    }

    fn mode(&self) -> &'a LockMode {
        match self.mode {
            Some(mode) => mode,
            None if self.resolve.locked => &LockMode::Locked,
            None => &LockMode::Keep,
        }
    }
}

impl Opened {
    /// What is locked, where there is a lock.
    #[must_use]
    pub fn locked(&self) -> Option<&Lockfile> {
        self.lock.as_ref().map(|(_, lock)| lock)
    }

    /// Writes the lock where it changed.
    ///
    /// # Errors
    ///
    /// If it cannot be written; then it is what it was.
    pub fn write_lock(&self, lock: &Lockfile) -> Result<(), CliError> {
        let text = lock.to_string();
        if self.lock.as_ref().is_some_and(|(old, _)| *old == text) {
            return Ok(());
        }
        let path = self.project.lock();
        files::replace(&path, text.as_bytes()).map_err(|source| CliError::Write { path, source })
    }

    /// Goes as far as the wiring: nothing is encoded or written.
    ///
    /// # Errors
    ///
    /// What the first stage that fails says.
    pub fn compose(&self, options: Options<'_>) -> Result<Composed, CliError> {
        let composed = self.with_request(options, composer::prepare)?;
        warn(&composed, options.terminal);
        Ok(composed)
    }

    /// Builds the box and writes the lock where it changed.
    ///
    /// # Errors
    ///
    /// What the first stage that fails says.
    pub fn build(&self, options: Options<'_>) -> Result<Built, CliError> {
        let built = self.build_once(options)?;
        self.write_lock(&built.composed.lock)?;
        Ok(built)
    }

    /// Builds the box and leaves the lock as it is: for a Boxfile that is not the one on disk.
    ///
    /// # Errors
    ///
    /// What the first stage that fails says.
    pub fn build_once(&self, options: Options<'_>) -> Result<Built, CliError> {
        let built = self.with_request(options, composer::build)?;
        warn(&built.composed, options.terminal);
        Ok(built)
    }

    /// Checks that the folders which the grants name are there, as running needs.
    ///
    /// # Errors
    ///
    /// Which are not, with their places in the Boxfile.
    pub fn check_grants(&self) -> Result<(), CliError> {
        Ok(validate_grants(&self.manifest, |path| {
            kind(&self.project.folder.join(path))
        })?)
    }

    /// Where the box goes if nobody says: `NAME.wasm` beside the Boxfile, or
    /// `NAME.box.wasm` where that is a file that the box is made from.
    #[must_use]
    pub fn default_output(&self) -> PathBuf {
        let [plain, other] = self.outputs();
        let app = match &self.manifest.app.source {
            AppSource::Component(path) => Some(&**path),
            AppSource::Cargo(_) | AppSource::Script(_) | AppSource::Package(_) => None,
        };
        let modules = self.manifest.kernel.values().map(|module| &module.source);
        let dependencies = self.manifest.dependencies.iter().map(|line| &line.source);
        let parts = modules
            .chain(dependencies)
            .filter_map(|source| match source {
                ComponentSource::Path(path) => Some(&**path),
                ComponentSource::Package { .. } => None,
            });
        let mut inputs = app.into_iter().chain(parts);
        if inputs.any(|input| same_file(&self.project.folder.join(input), &plain)) {
            other
        } else {
            plain
        }
    }

    fn outputs(&self) -> [PathBuf; 2] {
        let name = self.manifest.package.name.name();
        ["wasm", "box.wasm"].map(|ending| self.project.folder.join(format!("{name}.{ending}")))
    }

    fn with_request<T>(
        &self,
        options: Options<'_>,
        stage: impl FnOnce(&Request<'_>) -> Result<T, BuildError>,
    ) -> Result<T, CliError> {
        validate_files(&self.manifest, |path| kind(&self.project.folder.join(path)))?;
        let steps = Steps::new(options.terminal);
        let offline = options.resolve.offline;
        let packages = Packages::new(&self.project.folder, offline, options.terminal)?;
        let open = |registry: &str| packages.open(registry);
        // Nothing that a build writes may be in what it builds.
        let mut skip = vec![self.project.lock()];
        skip.extend(self.outputs());
        skip.extend(options.output.map(Path::to_owned));
        let request = Request {
            manifest: &self.manifest,
            sources: packages.sources(&open),
            lock: self.lock.as_ref().map(|(_, lock)| lock),
            mode: options.mode(),
            finish: Finish {
                form: options.form,
                dwarf: options.dwarf,
                starter: &preinit,
                optimizer: options
                    .optimize
                    .then_some(&binaryen::optimize as &Optimizer),
            },
            host: HostOptions {
                base: &self.project.folder,
                offline: options.resolve.offline,
                locked: options.resolve.locked,
                skip: &skip,
                modified: source_date()?,
                progress: &steps,
            },
        };
        let made = stage(&request);
        drop(steps);
        packages.report_unsigned(options.terminal);
        Ok(made?)
    }
}

/// Reads a finished box.
///
/// # Errors
///
/// If the file cannot be read, or is none.
pub fn open_box(path: &Path) -> Result<FinishedBox, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    FinishedBox::open(bytes).map_err(|error| CliError::not_a_box(path, error))
}

/// Keeps what a fused box is made of, for `box swap FILE.wasm`. The box is whole without:
/// where this fails, that command will say what it lacks.
pub fn keep_parts(built: &Built, terminal: Terminal) {
    if let Some(cache) = dirs::cache()
        && let store = Store::new(cache.join("store"))
        && let Err(error) = built.keep_parts(&store)
    {
        terminal.detail(format_args!("the parts of the box are not kept: {error}"));
    }
}

/// The modification time of baked files.
/// Source: <https://reproducible-builds.org/specs/source-date-epoch/>
///
/// # Errors
///
/// If the variable is no number.
pub fn source_date() -> Result<i64, CliError> {
    match env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().map_err(|_| CliError::SourceDate { text }),
        Err(_) => Ok(0),
    }
}

fn warn(composed: &Composed, terminal: Terminal) {
    for warning in &composed.warnings {
        terminal.report(warning);
    }
}

fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| CliError::NotUtf8 {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

fn kind(path: &Path) -> FileKind {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => FileKind::File,
        Ok(metadata) if metadata.is_dir() => FileKind::Directory,
        Ok(_) => FileKind::Other,
        Err(_) => FileKind::Missing,
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}
