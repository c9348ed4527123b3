//! wasmtime's own WASI over a folder of this machine, in this process: the host beside
//! which a box is held.

use std::path::Path;

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// The most that a program may say.
const OUTPUT: usize = 64 << 20;

/// A compiled component of the world `wasi:cli/command`.
pub struct Host {
    engine: Engine,
    component: Component,
}

/// What a program said, and how it ended.
pub struct Ended {
    /// The exit status; none where it trapped.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error, and why it trapped.
    pub stderr: String,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Host {
    /// Compiles a component.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn new(component: &Path) -> Self {
        let engine = Engine::new(&Config::new()).expect("an engine can be made");
        let component = Component::from_file(&engine, component)
            .unwrap_or_else(|error| panic!("cannot compile {}: {error:?}", component.display()));
        Self { engine, component }
    }

    /// Runs the program with `root` as its `/`, the whole network, and variables; its
    /// first argument is its name.
    ///
    /// # Panics
    ///
    /// If it is no command, or imports what WASI 0.2 does not have.
    pub fn run<S: AsRef<str>>(
        &self,
        root: &Path,
        arguments: &[S],
        variables: &[(&str, &str)],
    ) -> Ended {
        let [stdout, stderr] = [(); 2].map(|()| MemoryOutputPipe::new(OUTPUT));
        let ended = self
            .call(
                WasiCtxBuilder::new()
                    .stdout(stdout.clone())
                    .stderr(stderr.clone())
                    .arg("program")
                    .args(arguments)
                    .envs(variables),
                root,
            )
            .expect("the component can be started");
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        let (status, trapped) = match ended {
            Ok(Ok(())) => (Some(0), String::new()),
            Ok(Err(())) => (Some(1), String::new()),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => (Some(exit.0), String::new()),
                None => (None, format!("{error:?}\n")),
            },
        };
        Ended {
            status,
            stdout: text(&stdout),
            stderr: text(&stderr) + &trapped,
        }
    }

    fn call(
        &self,
        wasi: &mut WasiCtxBuilder,
        root: &Path,
    ) -> wasmtime::Result<wasmtime::Result<Result<(), ()>>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let wasi = wasi
            .preopened_dir(root, "/", FsPerms::ReadWrite)?
            .inherit_network()
            .allow_tcp(true)
            .allow_udp(true)
            .allow_ip_name_lookup(true)
            .build();
        let table = ResourceTable::new();
        let mut store = Store::new(&self.engine, State { wasi, table });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let command = Command::instantiate_async(&mut store, &self.component, &linker).await?;
            Ok(command.wasi_cli_run().call_run(&mut store).await)
        })
    }
}
