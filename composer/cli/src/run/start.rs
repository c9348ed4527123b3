//! Starts what was loaded: a store with what its grants allow, and the way to its end.

use std::env;
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};
use wasmtime_wasi::p2::bindings::{Command, CommandPre};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx};

use super::commit::{self, Saving};
use super::host::{self, Host};
use super::net::Gate;
use super::{Invocation, Loaded, Outcome, RunError, Stdio, Trapped};

impl Loaded {
    /// Joins the component's imports to the host's interfaces.
    ///
    /// # Errors
    ///
    /// If it imports what the host does not provide or exports no `wasi:cli/run`.
    pub fn link(&self) -> Result<CommandPre<Host>, RunError> {
        let linker = host::linker(&self.engine, &self.plan.imports).map_err(RunError::Start)?;
        let linked: wasmtime::Result<InstancePre<Host>> = linker.instantiate_pre(&self.component);
        linked.and_then(CommandPre::new).map_err(RunError::Start)
    }

    /// A store with everything that the grants allow and nothing else.
    ///
    /// # Errors
    ///
    /// If a granted directory cannot be opened.
    pub fn store(&self, invocation: &Invocation, stdio: Stdio) -> Result<Store<Host>, RunError> {
        let plan = &self.plan;
        let mut wasi = WasiCtx::builder();
        // One guest in the process: nobody waits while it reads a file.
        wasi.allow_blocking_current_thread(true);
        match stdio {
            _ if !plan.stdio => {}
            Stdio::Inherited => {
                wasi.inherit_stdio();
            }
            Stdio::Given {
                stdin,
                stdout,
                stderr,
            } => {
                wasi.stdin(stdin).stdout(stdout).stderr(stderr);
            }
        }
        if plan.args {
            wasi.arg(&invocation.program).args(&invocation.args);
        } else if !invocation.args.is_empty() {
            return Err(RunError::Arguments);
        }
        for name in &plan.env {
            // One that is no Unicode cannot be passed: WASI has only strings.
            if let Ok(value) = env::var(name) {
                wasi.env(name, value);
            }
        }
        let mut locks = Vec::new();
        for mount in &plan.mounts {
            let host = invocation.base.join(&mount.host);
            if plan.exclusive {
                locks.extend(lock(&host, mount.writable)?);
            }
            let permissions = if mount.writable {
                FsPerms::ReadWrite
            } else {
                FsPerms::ReadOnly
            };
            wasi.preopened_dir(&host, &mount.guest, permissions)
                .map_err(|source| RunError::Mount {
                    host,
                    guest: mount.guest.clone(),
                    source,
                })?;
        }
        let mut gate = None;
        if !plan.net.is_empty() {
            let checked = Gate::new(plan.net.clone());
            gate = Some(checked.clone());
            wasi.allow_tcp(true)
                .allow_udp(true)
                .allow_ip_name_lookup(true)
                .socket_addr_check(move |address, reason| checked.check(address, reason));
        }
        Ok(Store::new(
            &self.engine,
            Host::new(wasi.build(), gate, locks),
        ))
    }

    /// Runs the component to its end.
    ///
    /// What it leaves behind is not cleaned up: the caller is about to exit, and the
    /// operating system is faster at it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run(&self, invocation: &Invocation) -> Result<Outcome, RunError> {
        let (outcome, _) = self.run_and_take(invocation, None)?;
        Ok(outcome)
    }

    /// The same, and takes in what its filesystem holds at the end: what `saving` says of it
    /// afterwards. The box must have been built with `boxer:commit-exit`.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run_and_save(
        &self,
        invocation: &Invocation,
        saving: Saving,
    ) -> Result<(Outcome, Saving), RunError> {
        let (outcome, saving) = self.run_and_take(invocation, Some(saving))?;
        let nothing = || Saving::new(vfs_layer::Stack::new());
        Ok((outcome, saving.unwrap_or_else(nothing)))
    }

    fn run_and_take(
        &self,
        invocation: &Invocation,
        saving: Option<Saving>,
    ) -> Result<(Outcome, Option<Saving>), RunError> {
        let linked = self.link()?;
        let mut store = self.store(invocation, Stdio::Inherited)?;
        if let Some(saving) = saving {
            store.data_mut().save(saving);
        }
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time();
        if !self.plan.net.is_empty() {
            runtime.enable_io();
        }
        let runtime = runtime.build().map_err(RunError::Runtime)?;
        let outcome = runtime.block_on(call(&linked, &mut store));
        let saving = store.data_mut().saved();
        std::mem::forget((store, linked, runtime));
        // A guest that ended with a broken pipe knows; one that did not look, no more.
        match io::stdout().flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(RunError::Output(error)),
            _ => Ok((outcome, saving)),
        }
    }
}

/// Starts a box and waits for its end.
pub(super) async fn call(linked: &CommandPre<Host>, store: &mut Store<Host>) -> Outcome {
    let ended = async {
        let instance = linked.instance_pre().instantiate_async(&mut *store).await?;
        let command = Command::new(&mut *store, &instance)?;
        let status = command.wasi_cli_run().call_run(&mut *store).await?;
        // One that exits has told all before.
        if store.data_mut().saving_mut().is_some() {
            save(&instance, store).await?;
        }
        Ok::<_, wasmtime::Error>(status)
    };
    match ended.await {
        Ok(Ok(())) => Outcome::Exited(0),
        Ok(Err(())) => Outcome::Exited(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => Outcome::Exited(exit.0),
            None => Outcome::Trapped(Trapped::new(&error)),
        },
    }
}

/// Has a box tell what its filesystem holds.
async fn save(instance: &Instance, store: &mut Store<Host>) -> wasmtime::Result<()> {
    let interface = instance.get_export_index(&mut *store, None, commit::EXPORT);
    let save = interface
        .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), "save"));
    let Some(save) = save else {
        // Nothing was told, which the caller sees.
        return Ok(());
    };
    let save = instance.get_typed_func::<(), ()>(&mut *store, save)?;
    save.call_async(store, ()).await
}

/// Takes hold of a directory with a volume: of one that is only read with others that read.
fn lock(host: &Path, writable: bool) -> Result<Option<File>, RunError> {
    // One that is not there is complained about where it is opened.
    let Ok(directory) = File::open(host) else {
        return Ok(None);
    };
    let taken = if writable {
        directory.try_lock()
    } else {
        directory.try_lock_shared()
    };
    match taken {
        Err(TryLockError::WouldBlock) => Err(RunError::InUse {
            host: host.to_owned(),
        }),
        // A filesystem without locks, as some over a network.
        Err(TryLockError::Error(_)) => Ok(None),
        Ok(()) => Ok(Some(directory)),
    }
}
