//! `box run`.

mod changes;
mod commit;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use boxfile_spec::Manifest;
use composer::fetch::adapt::adapt;
use composer::finished::{FinishedBox, OpenError};
use composer::seal::seal;
use composer::{Built, relink};
use registry_index::Interfaces;

use crate::args::Run;
use crate::dirs;
use crate::errors::{CliError, TRAPPED, TrapReport};
use crate::packages::Packages;
use crate::preinit::preinit;
use crate::project::{Options, Project, open_box};
use crate::run::commit::Saving;
use crate::run::inputs::Begun;
use crate::run::plan::{self, Plan};
use crate::run::{Described, Event, Invocation, Loaded, Outcome, Runner, cache, host, inputs};
use crate::steps::Steps;
use crate::terminal::{Progress, Terminal, bytes};
use crate::watch;

pub use changes::ChangesError;
pub use commit::CommitError;

use changes::Changes;

/// Runs a box. Does not return where it ran: the exit status is the guest's.
///
/// # Errors
///
/// If there is no box, or it cannot be started.
pub fn run(args: &Run, terminal: Terminal) -> Result<ExitCode, CliError> {
    let changes = Changes::of(args)?;
    if let Some(output) = &args.commit {
        commit::check(output)?;
    }
    let teller = Teller {
        terminal,
        compiling: RefCell::default(),
    };
    let events = |event: Event<'_>| teller.tell(&event);
    let runner = Runner::new(dirs::cache().as_deref(), &events);
    let (ready, program, base) = match &args.finished {
        Some(file) => {
            let ready = if changes.is_empty() {
                Ready::new(runner.load_file(file, |bytes| describe(file, bytes))?)
            } else {
                load_changed(&runner, file, &changes, terminal)?
            };
            (ready, program_name(file), PathBuf::new())
        }
        None => {
            let project = Project::find(&args.project)?;
            let base = project.folder.clone();
            let ready = load_project(&runner, project, args, &changes, terminal)?;
            let name = ready.loaded.plan.name.clone().unwrap_or_default();
            (ready, name, base)
        }
    };
    let loaded = ready.loaded;
    if loaded.plan.name.is_none() {
        terminal
            .detail("no box: it gets stdio, arguments, clocks and randomness, and nothing else");
    }
    let invocation = Invocation {
        program,
        args: args.args.clone(),
        base,
    };
    let outcome = match (&args.commit, ready.component) {
        (Some(output), Some(component)) => {
            let name = loaded.plan.name.as_deref().unwrap_or_default();
            let before = commit::before(component, name)?;
            let (outcome, saving) = loaded.run_and_save(&invocation, Saving::new(before))?;
            if let Err(error) = commit::write(saving, output, terminal) {
                if let Outcome::Trapped(trapped) = &outcome {
                    terminal.report(&TrapReport::new(trapped, Some(name)));
                }
                return Err(error);
            }
            outcome
        }
        _ => loaded.run(&invocation)?,
    };
    match outcome {
        Outcome::Exited(status) => process::exit(status),
        Outcome::Trapped(trapped) => {
            terminal.report(&TrapReport::new(&trapped, loaded.plan.name.as_deref()));
            process::exit(TRAPPED)
        }
    }
}

/// What can be started.
struct Ready {
    loaded: Loaded,
    /// Its bytes, where it was just built.
    component: Option<Vec<u8>>,
}

impl Ready {
    fn new(loaded: Loaded) -> Self {
        Self {
            loaded,
            component: None,
        }
    }
}

/// The box of a project: as it was, where nothing changed since it was last built.
fn load_project(
    runner: &Runner<'_>,
    project: Project,
    args: &Run,
    changes: &Changes,
    terminal: Terminal,
) -> Result<Ready, CliError> {
    let begun = Begun::now();
    let boxfile = std::path::absolute(&project.boxfile).map_err(|source| CliError::Read {
        path: project.boxfile.clone(),
        source,
    })?;
    let form = args.form.map(Into::into);
    let circumstances = watch::circumstances(form, &changes.key());
    // What a run changed is told beside the bytes of what it ran.
    if args.commit.is_none()
        && let Some(cache) = runner.cache()
        && let Some(digest) = inputs::unchanged(cache, &boxfile, &circumstances)
        && let Some(loaded) = runner.load_known(&digest)?
    {
        return Ok(Ready::new(loaded));
    }
    let mut options = Options {
        form,
        ..Options::new(args.resolve, terminal)
    };
    let mut opened = project.clone().open()?;
    let built = if changes.is_empty() {
        opened.build(options)?
    } else {
        if options.resolve.locked {
            // The lock is that of the Boxfile as it is.
            opened.compose(options)?;
            options.resolve.locked = false;
        }
        let (text, _) = changes.apply(&project.text()?, &opened.manifest)?;
        opened = project.open_as(&text)?;
        opened.build_once(options)?
    };
    if built
        .sealed
        .imports
        .iter()
        .any(|import| import.starts_with(plan::PREOPENS))
    {
        opened.check_grants()?;
    }
    let digest = cache::hash(&built.component);
    if let Some(cache) = runner.cache()
        && let Some(watched) = watch::inputs(&opened, &built.composed.host_files)
    {
        // Where this fails the next start builds again.
        let _ = inputs::note(cache, &begun, &boxfile, &circumstances, watched, &digest);
    }
    load_built(runner, &opened.manifest, built)
}

/// A finished box with the changes that its Boxfile gets for this run.
fn load_changed(
    runner: &Runner<'_>,
    file: &Path,
    changes: &Changes,
    terminal: Terminal,
) -> Result<Ready, CliError> {
    let finished = open_box(file)?;
    let manifest = boxfile_spec::parse(finished.manifest(), "Boxfile.toml of the box")?;
    let (text, modules) = changes.apply(finished.manifest(), &manifest)?;
    let packages = Packages::new(Path::new(""), false, terminal)?;
    let open = |registry: &str| packages.open(registry);
    let built = relink::relink_as(
        &finished,
        &text,
        &modules,
        packages.sources(&open),
        &preinit,
        &Steps::new(terminal),
    );
    packages.report_unsigned(terminal);
    let built = built?;
    let manifest = boxfile_spec::parse(&text, "Boxfile.toml of the box")?;
    load_built(runner, &manifest, built)
}

fn load_built(runner: &Runner<'_>, manifest: &Manifest, built: Built) -> Result<Ready, CliError> {
    let description = built.composed.plan.description();
    let name = description.name.to_string();
    let imports = &built.sealed.imports;
    let exports = description.exports.iter();
    runnable(&name, imports, exports.map(|export| export.name.as_str()))?;
    let digest = cache::hash(&built.component);
    let described = Described {
        plan: Plan::of_box(manifest, imports),
        component: built.component,
    };
    Ok(Ready {
        loaded: runner.load_described(&digest, &described, &name)?,
        component: Some(described.component),
    })
}

/// What a file that was never run before may do. A core module of wasip1 is made a
/// component; a component that is no box is one without grants of its own.
///
/// # Errors
///
/// If it is no WebAssembly, or asks for what no grant of its own allows, or if nothing
/// in it can be run.
pub fn describe(file: &Path, bytes: Vec<u8>) -> Result<Described, CliError> {
    let (component, _) = adapt(bytes).map_err(|error| CliError::not_adapted("run", file, error))?;
    let interfaces = Interfaces::read(&component).map_err(|error| CliError::NotAComponent {
        path: file.to_owned(),
        error,
    })?;
    let imports: Vec<String> = interfaces
        .imports
        .iter()
        .map(|item| item.name.clone())
        .collect();
    let plan = match FinishedBox::open(component.clone()) {
        Ok(finished) => {
            // What it says of itself is compared with what it is: a box whose imports
            // were tampered with has no proof.
            let manifest = boxfile_spec::parse(finished.manifest(), "Boxfile.toml of the box")?;
            seal(&manifest, finished.description(), &component)
                .map_err(|error| CliError::not_sealed(file, error))?;
            Plan::of_box(&manifest, &imports)
        }
        Err(OpenError::NotABox { .. }) => Plan::foreign(&imports),
        Err(error) => return Err(CliError::not_a_box(file, error)),
    };
    let exports = interfaces.exports.iter().map(|item| item.name.as_str());
    runnable(&file.display().to_string(), &imports, exports)?;
    Ok(Described { component, plan })
}

/// Refuses what the host cannot start, before it is compiled.
fn runnable<'a>(
    name: &str,
    imports: &[String],
    mut exports: impl Iterator<Item = &'a str>,
) -> Result<(), CliError> {
    if let Some(import) = imports.iter().find(|import| !host::provides(import)) {
        return Err(CliError::NotProvided {
            name: name.to_owned(),
            import: import.clone(),
        });
    }
    if !exports.any(|export| export.starts_with("wasi:cli/run@0.2.")) {
        return Err(CliError::NothingToRun {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// `argv[0]`: the file's name, as it would be of a native program found by a path.
fn program_name(file: &Path) -> String {
    file.file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Says what the runner does, to those who want to know and those who wait.
struct Teller {
    terminal: Terminal,
    compiling: RefCell<Option<Progress>>,
}

impl Teller {
    fn tell(&self, event: &Event<'_>) {
        let progress = match event {
            Event::CacheUnusable(why) => {
                let cause = why
                    .source()
                    .map(|cause| format!(": {cause}"))
                    .unwrap_or_default();
                self.terminal
                    .detail(format_args!("compiled code is not kept: {why}{cause}"));
                return;
            }
            Event::Waiting => Some("waiting for another `box` that compiles the same".to_owned()),
            Event::Compiling(size) => Some(format!("compiling {}", bytes(*size as u64))),
            Event::Compiled => None,
        };
        // The old line must be gone before the new one is there.
        self.compiling.take();
        if let Some(what) = progress {
            self.terminal.detail(&what);
            self.compiling.replace(Some(self.terminal.progress(what)));
        }
    }
}
