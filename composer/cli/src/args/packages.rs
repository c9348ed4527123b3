//! The command line of what has to do with packages of others.

use std::net::SocketAddr;
use std::path::PathBuf;

use boxfile_spec::{PackageName, PackageRef};
use clap::{Args, Subcommand};
use registry_index::Kind;

use super::{Project, Resolve};

/// Which source of packages.
#[derive(Debug, Clone, Args)]
pub struct Registry {
    /// A folder, `https://…`, `oci://…`, or a name of the configuration [default: what is built in
    /// and all that is configured]
    #[arg(long, value_name = "WHERE")]
    pub registry: Option<String>,
}

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, Args)]
pub struct Offline {
    /// Use no network
    #[arg(long)]
    pub offline: bool,
}

/// `box publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// A component, a core module or a layer of files to publish instead of a project
    #[arg(value_name = "FILE", conflicts_with_all = ["file", "locked"])]
    pub package: Option<PathBuf>,
    /// Where to: a folder, `oci://…`, or a name of the configuration
    #[arg(long, value_name = "WHERE")]
    pub registry: Option<String>,
    /// What to call it [default: what the project or the box is called]
    #[arg(long = "as", value_name = "NAME@VERSION", value_parser = super::package_id)]
    pub id: Option<boxfile_spec::PackageId>,
    /// What it is, where its bytes do not tell: a command may be a runtime
    #[arg(long)]
    pub kind: Option<Kind>,
    /// One sentence that says what it does
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Its licence, as an SPDX expression
    #[arg(long, value_name = "SPDX")]
    pub license: Option<String>,
    /// A text in Markdown that tells more [default: README.md of the project]
    #[arg(long, value_name = "FILE")]
    pub readme: Option<PathBuf>,
    /// A package that it needs; may be given more than once
    #[arg(long, value_name = "NAME[@REQ]")]
    pub needs: Vec<PackageRef>,
    /// Sign it with this secret key of minisign's; `BOX_KEY_PASSWORD` decrypts it
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// Check all of it and publish nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print what was published as JSON
    #[arg(long)]
    pub json: bool,
}

/// `box yank`.
#[derive(Debug, Args)]
pub struct Yank {
    /// Which version of which package
    #[arg(value_name = "NAME@VERSION", value_parser = super::package_id)]
    pub id: boxfile_spec::PackageId,
    /// Where it was published
    #[arg(long, value_name = "WHERE")]
    pub registry: Option<String>,
    /// Let it be taken again
    #[arg(long)]
    pub undo: bool,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

/// `box search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Words of the name or the description
    pub words: Vec<String>,
    /// It must export this interface: `boxer:kernel/vfs`, `acme:greet/hello@1.2.0`
    #[arg(long, value_name = "IFACE")]
    pub exports: Option<String>,
    /// It must import this interface: `wasi:sockets/tcp`
    #[arg(long, value_name = "IFACE")]
    pub imports: Option<String>,
    /// What it must be: vfs, net, libc, runtime, layer, library …
    #[arg(long)]
    pub kind: Option<Kind>,
    /// Which source.
    #[command(flatten)]
    pub registry: Registry,
    /// Whether the network may be used.
    #[command(flatten)]
    pub offline: Offline,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box info`.
#[derive(Debug, Args)]
pub struct Info {
    /// Which package, and which of its versions [default: the newest]
    #[arg(value_name = "NAME[@REQ]")]
    pub package: PackageRef,
    /// Show its interfaces as WIT, for which it is fetched
    #[arg(long)]
    pub wit: bool,
    /// Show its README
    #[arg(long)]
    pub readme: bool,
    /// Which source.
    #[command(flatten)]
    pub registry: Registry,
    /// Whether the network may be used.
    #[command(flatten)]
    pub offline: Offline,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box pull`.
#[derive(Debug, Args)]
pub struct Pull {
    /// Which package, and which of its versions [default: the newest]
    #[arg(value_name = "NAME[@REQ]")]
    pub package: PackageRef,
    /// Where to write it; `-` is standard output [default: NAME.wasm, or for a layer NAME.tar, as it is packed]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Which source.
    #[command(flatten)]
    pub registry: Registry,
    /// Whether the network may be used.
    #[command(flatten)]
    pub offline: Offline,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print what was fetched as JSON
    #[arg(long)]
    pub json: bool,
}

/// `box add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// Packages, each with the versions that will do [default: the newest and what is compatible]
    #[arg(value_name = "NAME[@REQ]", required_unless_present = "path")]
    pub packages: Vec<PackageRef>,
    /// Take the one package from this file
    #[arg(long, value_name = "FILE", conflicts_with = "registry")]
    pub path: Option<PathBuf>,
    /// Which source.
    #[command(flatten)]
    pub registry: Registry,
    /// Whether the network may be used.
    #[command(flatten)]
    pub offline: Offline,
}

/// `box remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// Packages among the dependencies
    #[arg(value_name = "NAME", required = true)]
    pub packages: Vec<PackageName>,
}

/// `box update`.
#[derive(Debug, Args)]
pub struct Update {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// Packages of the lock [default: all of them]
    #[arg(value_name = "NAME")]
    pub packages: Vec<PackageName>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Whether the network may be used.
    #[command(flatten)]
    pub offline: Offline,
    /// Print what changed as JSON
    #[arg(long)]
    pub json: bool,
}

/// `box index`.
#[derive(Debug, Args)]
pub struct Index {
    /// What to do.
    #[command(subcommand)]
    pub action: IndexAction,
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
}

/// What `box index` does.
#[derive(Debug, Subcommand)]
pub enum IndexAction {
    /// Make an index of packages in a folder
    Init {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Show an index to programs and to people, over HTTP
    Serve {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where to listen; port 0 takes one that is free
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Make a pair of keys to sign packages with: KEY, and KEY.pub for everyone
    Keygen {
        /// The file of the secret key; `BOX_KEY_PASSWORD` encrypts it
        #[arg(value_name = "KEY")]
        file: PathBuf,
    },
}

/// `box sbom`.
#[derive(Debug, Args)]
pub struct Sbom {
    /// Which project.
    #[command(flatten)]
    pub project: Project,
    /// How packages are chosen.
    #[command(flatten)]
    pub resolve: Resolve,
    /// A finished box instead of a project
    #[arg(value_name = "FILE.wasm", conflicts_with_all = ["file", "locked"])]
    pub finished: Option<PathBuf>,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
}

/// `box cache`.
#[derive(Debug, Args)]
pub struct Cache {
    /// What to do [default: show]
    #[command(subcommand)]
    pub action: Option<CacheAction>,
}

/// What `box cache` does.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// Show what is kept, and how much of it
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Throw away what can be fetched or made again
    Prune {
        /// What was not used for so many days [default: 30, without --max-size]
        #[arg(long, value_name = "DAYS")]
        unused_for: Option<u32>,
        /// What was not used for longest, until so much is left: `500M`, `2G`
        #[arg(long, value_name = "SIZE", value_parser = super::size)]
        max_size: Option<u64>,
        /// All of it, compiled code too
        #[arg(long, conflicts_with_all = ["unused_for", "max_size"])]
        all: bool,
    },
}
