//! The host's side of a running box: the state behind its imports, and the linker
//! that joins the two.

use std::fs::File;

use wasmtime::Engine;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_io::bindings::wasi::io;

use super::commit::{self, Saving};
use super::net::{Gate, GatedLookup, GatedLookupView, Lookups};

/// What a store of ours holds.
pub struct Host {
    ctx: WasiCtx,
    table: ResourceTable,
    gate: Option<Gate>,
    lookups: Lookups,
    saving: Option<Saving>,
    /// Kept for as long as the box runs.
    #[expect(dead_code, reason = "held, not used")]
    locks: Vec<File>,
}

impl Host {
    pub(crate) fn new(ctx: WasiCtx, gate: Option<Gate>, locks: Vec<File>) -> Self {
        Self {
            ctx,
            table: ResourceTable::new(),
            gate,
            lookups: Lookups::default(),
            saving: None,
            locks,
        }
    }

    /// Takes in what the box tells of its filesystem from now on.
    pub(crate) fn save(&mut self, saving: Saving) {
        self.saving = Some(saving);
    }

    pub(crate) fn saving_mut(&mut self) -> Option<&mut Saving> {
        self.saving.as_mut()
    }

    /// What the box told.
    pub(crate) fn saved(&mut self) -> Option<Saving> {
        self.saving.take()
    }

    fn lookup(&mut self) -> GatedLookupView<'_> {
        let Self {
            ctx,
            table,
            gate,
            lookups,
            ..
        } = self;
        let ctx = ctx.sockets();
        GatedLookupView {
            sockets: wasmtime_wasi::sockets::WasiSocketsCtxView { ctx, table },
            gate: gate.as_ref(),
            lookups,
        }
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

/// `wasi:io` works on the table of resources alone.
struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

fn table(host: &mut Host) -> &mut ResourceTable {
    &mut host.table
}

/// Adds one interface to a linker.
type Join = fn(&mut Linker<Host>) -> wasmtime::Result<()>;

/// What the host provides: the imports of `wasi:cli/command` at 0.2.
/// And that which saves what a run changed.
const INTERFACES: &[(&str, Join)] = &[
    (commit::HOST, commit::add_to_linker),
    ("wasi:cli/environment", |l| {
        cli::environment::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/exit", |l| {
        cli::exit::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/stderr", |l| {
        cli::stderr::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/stdin", |l| {
        cli::stdin::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/stdout", |l| {
        cli::stdout::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/terminal-input", |l| {
        cli::terminal_input::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/terminal-output", |l| {
        cli::terminal_output::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/terminal-stderr", |l| {
        cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/terminal-stdin", |l| {
        cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:cli/terminal-stdout", |l| {
        cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, Host::cli)
    }),
    ("wasi:clocks/monotonic-clock", |l| {
        clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Host::clocks)
    }),
    ("wasi:clocks/wall-clock", |l| {
        clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Host::clocks)
    }),
    ("wasi:filesystem/preopens", |l| {
        filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Host::filesystem)
    }),
    ("wasi:filesystem/types", |l| {
        filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Host::filesystem)
    }),
    ("wasi:io/error", |l| {
        io::error::add_to_linker::<_, Io>(l, table)
    }),
    ("wasi:io/poll", |l| {
        io::poll::add_to_linker::<_, Io>(l, table)
    }),
    ("wasi:io/streams", |l| {
        io::streams::add_to_linker::<_, Io>(l, table)
    }),
    ("wasi:random/insecure", |l| {
        random::insecure::add_to_linker::<_, WasiRandom>(l, Host::random)
    }),
    ("wasi:random/insecure-seed", |l| {
        random::insecure_seed::add_to_linker::<_, WasiRandom>(l, Host::random)
    }),
    ("wasi:random/random", |l| {
        random::random::add_to_linker::<_, WasiRandom>(l, Host::random)
    }),
    ("wasi:sockets/instance-network", |l| {
        sockets::instance_network::add_to_linker::<_, WasiSockets>(l, Host::sockets)
    }),
    ("wasi:sockets/ip-name-lookup", |l| {
        sockets::ip_name_lookup::add_to_linker::<_, GatedLookup>(l, Host::lookup)
    }),
    ("wasi:sockets/network", |l| {
        let options = sockets::network::LinkOptions::default();
        sockets::network::add_to_linker::<_, WasiSockets>(l, &options, Host::sockets)
    }),
    ("wasi:sockets/tcp", |l| {
        sockets::tcp::add_to_linker::<_, WasiSockets>(l, Host::sockets)
    }),
    ("wasi:sockets/tcp-create-socket", |l| {
        sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, Host::sockets)
    }),
    ("wasi:sockets/udp", |l| {
        sockets::udp::add_to_linker::<_, WasiSockets>(l, Host::sockets)
    }),
    ("wasi:sockets/udp-create-socket", |l| {
        sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, Host::sockets)
    }),
];

/// The interface of an import, without its version; `None` where it is not of the track
/// that the host has.
pub(crate) fn unversioned(import: &str) -> Option<&str> {
    let (path, version) = import.split_once('@')?;
    let track = if path == commit::HOST { "0.1." } else { "0.2." };
    version.starts_with(track).then_some(path)
}

/// Whether the host provides what is imported under this name.
#[must_use]
pub fn provides(import: &str) -> bool {
    unversioned(import).is_some_and(|path| INTERFACES.iter().any(|(name, _)| *name == path))
}

/// A linker with these interfaces and no others: what a box does not import is not
/// there to be had, and is not paid for at start.
///
/// # Errors
///
/// Those of wasmtime; interfaces that the host does not provide are left out.
pub(crate) fn linker(engine: &Engine, interfaces: &[String]) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    for (name, add) in INTERFACES {
        if interfaces.iter().any(|wanted| wanted == name) {
            add(&mut linker)?;
        }
    }
    Ok(linker)
}
