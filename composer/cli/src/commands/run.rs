//! `box run`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use composer::description::Form;
use composer::fetch::adapt::adapt;
use composer::finished::{FinishedBox, OpenError};
use composer::seal::seal;
use registry_index::Interfaces;

use crate::args::{self, Run};
use crate::dirs;
use crate::errors::{CliError, TRAPPED, TrapReport};
use crate::project::{Options, Project};
use crate::run::inputs::Begun;
use crate::run::plan::{self, Plan};
use crate::run::{Described, Event, Invocation, Loaded, Outcome, Runner, cache, host, inputs};
use crate::terminal::{Progress, Terminal, bytes};
use crate::watch;

/// Runs a box. Does not return where it ran: the exit status is the guest's.
///
/// # Errors
///
/// If there is no box, or it cannot be started.
pub fn run(args: &Run, terminal: Terminal) -> Result<ExitCode, CliError> {
    let teller = Teller {
        terminal,
        compiling: RefCell::default(),
    };
    let events = |event: Event<'_>| teller.tell(&event);
    let runner = Runner::new(dirs::cache().as_deref(), &events);
    let (loaded, program, base) = match &args.finished {
        Some(file) => {
            let loaded = runner.load_file(file, |bytes| describe(file, bytes))?;
            (loaded, program_name(file), PathBuf::new())
        }
        None => {
            let project = Project::find(&args.project)?;
            let base = project.folder.clone();
            let form = args.form.map(Into::into);
            let loaded = load_project(&runner, project, args.resolve, form, terminal)?;
            let name = loaded.plan.name.clone().unwrap_or_default();
            (loaded, name, base)
        }
    };
    if loaded.plan.name.is_none() {
        terminal
            .detail("no box: it gets stdio, arguments, clocks and randomness, and nothing else");
    }
    let outcome = loaded.run(&Invocation {
        program,
        args: args.args.clone(),
        base,
    })?;
    match outcome {
        Outcome::Exited(status) => process::exit(status),
        Outcome::Trapped(trapped) => {
            terminal.report(&TrapReport::new(&trapped, loaded.plan.name.as_deref()));
            process::exit(TRAPPED)
        }
    }
}

/// The box of a project: as it was, where nothing changed since it was last built.
fn load_project(
    runner: &Runner<'_>,
    project: Project,
    resolve: args::Resolve,
    form: Option<Form>,
    terminal: Terminal,
) -> Result<Loaded, CliError> {
    let begun = Begun::now();
    let boxfile = std::path::absolute(&project.boxfile).map_err(|source| CliError::Read {
        path: project.boxfile.clone(),
        source,
    })?;
    let circumstances = watch::circumstances(form);
    if let Some(cache) = runner.cache()
        && let Some(digest) = inputs::unchanged(cache, &boxfile, &circumstances)
        && let Some(loaded) = runner.load_known(&digest)?
    {
        return Ok(loaded);
    }
    let opened = project.open()?;
    let built = opened.build(Options {
        form,
        ..Options::new(resolve, terminal)
    })?;
    if built
        .sealed
        .imports
        .iter()
        .any(|import| import.starts_with(plan::PREOPENS))
    {
        opened.check_grants()?;
    }
    let description = built.composed.plan.description();
    let digest = cache::hash(&built.component);
    if let Some(cache) = runner.cache()
        && let Some(watched) = watch::inputs(&opened, &built.composed.host_files)
    {
        // Where this fails the next start builds again.
        let _ = inputs::note(cache, &begun, &boxfile, &circumstances, watched, &digest);
    }
    let name = description.name.to_string();
    let imports = &built.sealed.imports;
    runnable(
        &name,
        imports,
        description
            .exports
            .iter()
            .map(|export| export.name.as_str()),
    )?;
    let plan = Plan::of_box(&opened.manifest, imports);
    let described = Described {
        component: built.component,
        plan,
    };
    Ok(runner.load_described(&digest, &described, &name)?)
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
