//! What a Boxfile says, checked: each type is one table of the file, its short and
//! long forms made one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use miette::NamedSource;
use semver::Version;

use crate::guest_path::GuestPath;
use crate::name::{ImportName, PackageName, PackageRef};
use crate::net_pattern::NetPattern;
use crate::slot::Slot;
use crate::span::Spanned;

/// A whole Boxfile.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The text and its file's name: what an error attaches so that a span of
    /// this manifest can be shown.
    pub source: NamedSource<Arc<str>>,
    /// `[box]`: what the box is called.
    pub package: Package,
    /// `[app]`: what runs in it.
    pub app: App,
    /// `[kernel]`: the modules that were chosen; a slot that is not there takes
    /// its default.
    pub kernel: BTreeMap<Slot, Module>,
    /// `[files]`: what is baked in, in the order of the file. No guest path
    /// stands twice.
    pub files: Vec<FileEntry>,
    /// `[dependencies]`, in the order of the file. No name stands twice.
    pub dependencies: Vec<Dependency>,
    /// `[wire]`, in the order of the file. No import of a consumer stands twice.
    pub wire: Vec<Wire>,
    /// `[grants]`: what may reach the host.
    pub grants: Grants,
    /// `[build]`: how the box is made.
    pub build: Build,
}

/// `[box]`.
#[derive(Debug, Clone)]
pub struct Package {
    /// `namespace:name`.
    pub name: Spanned<PackageName>,
    /// The version under which the box is published.
    pub version: Spanned<Version>,
    /// One line for people.
    pub description: Option<Spanned<String>>,
    /// An SPDX license expression.
    pub license: Option<Spanned<String>>,
    /// Who wrote it.
    pub authors: Vec<Spanned<String>>,
    /// Where its source is, as a URL.
    pub repository: Option<Spanned<String>>,
}

/// `[app]`.
#[derive(Debug, Clone)]
pub struct App {
    /// The one source key.
    pub source: AppSource,
    /// Arguments baked in, after the program's name and before those of the host.
    pub args: Vec<Spanned<String>>,
    /// Environment variables baked in, in the order of the file. A granted
    /// variable of the host wins over one of these.
    pub env: Vec<EnvVar>,
    /// The working directory; the module decides where there is none.
    pub cwd: Option<Spanned<GuestPath>>,
}

/// Where the app comes from. Paths of the host are relative to the directory of
/// the Boxfile.
#[derive(Debug, Clone)]
pub enum AppSource {
    /// `component`: a component, or a core module of wasip1.
    Component(Spanned<PathBuf>),
    /// `cargo`: a cargo package to build.
    Cargo(CargoSource),
    /// `script`: a script for `kernel.runtime`, which is then there.
    Script(Spanned<PathBuf>),
    /// `package`: a package from an index.
    Package(Spanned<PackageRef>),
}

impl AppSource {
    /// The bytes of the source's value in the text.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Component(path) | Self::Script(path) => path.span(),
            Self::Cargo(cargo) => cargo.path.span(),
            Self::Package(package) => package.span(),
        }
    }
}

/// `cargo = "."` or `cargo = { path = ".", package = "…", bin = "…" }`.
#[derive(Debug, Clone)]
pub struct CargoSource {
    /// The directory with the `Cargo.toml`.
    pub path: Spanned<PathBuf>,
    /// Which package of a workspace.
    pub package: Option<Spanned<String>>,
    /// Which of the package's programs.
    pub bin: Option<Spanned<String>>,
}

/// A variable of `[app] env`.
#[derive(Debug, Clone)]
pub struct EnvVar {
    /// Not empty, without `=` and NUL.
    pub name: Spanned<String>,
    /// Without NUL.
    pub value: Spanned<String>,
}

/// A line of `[kernel]`.
#[derive(Debug, Clone)]
pub struct Module {
    /// The bytes of the slot's word in the text.
    pub key_span: Range<usize>,
    /// Which component.
    pub source: ComponentSource,
    /// Settings of the module; [`crate::flatten_config`] makes lines of them.
    pub config: toml::Table,
    /// How often it is instantiated, where the line says.
    pub instance: Option<Spanned<Instance>>,
}

/// Where a component, or a layer of files, comes from.
#[derive(Debug, Clone)]
pub enum ComponentSource {
    /// A package of an index.
    Package {
        /// Its name and the versions that will do.
        reference: Spanned<PackageRef>,
        /// A directory, an `http(s)://` index or an `oci://` registry to take it
        /// from, where not the usual ones.
        registry: Option<Spanned<String>>,
    },
    /// A file of the host, relative to the directory of the Boxfile.
    Path(Spanned<PathBuf>),
}

impl ComponentSource {
    /// The bytes of the source in the text.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Package { reference, .. } => reference.span(),
            Self::Path(path) => path.span(),
        }
    }
}

/// How often a provider is instantiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Instance {
    /// `shared`: once, for all its consumers.
    #[default]
    Shared,
    /// `per-consumer`: once for each.
    PerConsumer,
}

/// `[build]`.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// How the parts are joined; fused where the file does not say and they can be.
    pub form: Option<Spanned<Form>>,
    /// Whether the box is started once when it is built, and starts from there.
    pub preinit: Option<Preinit>,
}

/// How the parts of a box are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `linked`: nested components, joined by the canonical ABI.
    Linked,
    /// `fused`: one flat component.
    Fused,
}

impl Form {
    /// As the file has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Fused => "fused",
        }
    }
}

/// `preinit = true` or `preinit = "EXPORT"`.
#[derive(Debug, Clone)]
pub struct Preinit {
    /// The function without parameters and results that the app exports and that runs
    /// before the snapshot; `preinit` where the file has `true`.
    pub hook: Spanned<String>,
    /// Whether the app must export it.
    pub required: bool,
}

/// A line of `[files]`: something that is baked into the box.
///
/// A guest path below another one is laid over it: with `"/app" = "src"` and
/// `"/app/data" = "data"`, what `src` has in `data` is hidden file by file, as if
/// the longer path had been copied last.
#[derive(Debug, Clone)]
pub struct FileEntry {
    /// Where it is in the box.
    pub guest: Spanned<GuestPath>,
    /// What is there.
    pub source: FileSource,
}

/// What a line of `[files]` bakes in.
#[derive(Debug, Clone)]
pub enum FileSource {
    /// Something of the host: the path itself, or `from`.
    Host {
        /// A file, or a directory that is taken with all that is in it, relative to
        /// the directory of the Boxfile.
        path: Spanned<PathBuf>,
        /// Permission bits (at most `0o7777`) of the file, or of every regular file
        /// in the directory. Without them a file is 0755 where its owner may execute
        /// it on the host, else 0644. Directories are always 0755.
        mode: Option<Spanned<u32>>,
    },
    /// `layer` or `layers`: archives of OCI images, the lowest first, which are unpacked
    /// at the guest path with the owners, modes and times that they tell. Their whiteouts
    /// take away what is below them, of shorter guest paths too.
    Layers(Vec<ComponentSource>),
}

impl FileSource {
    /// Its layers; none where it is something of the host.
    pub fn layers(&self) -> &[ComponentSource] {
        match self {
            Self::Host { .. } => &[],
            Self::Layers(layers) => layers,
        }
    }

    /// The bytes of the first source in the text.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Host { path, .. } => path.span(),
            Self::Layers(layers) => layers.first().map_or(0..0, ComponentSource::span),
        }
    }
}

/// A line of `[dependencies]`.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Its name, as `[wire]` and errors say it.
    pub name: Spanned<PackageName>,
    /// Which component.
    pub source: ComponentSource,
    /// How often it is instantiated, where the line says.
    pub instance: Option<Spanned<Instance>>,
}

/// One import of `[wire]`.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Whose import.
    pub consumer: Spanned<Party>,
    /// Which of its imports.
    pub import: Spanned<ImportName>,
    /// Who provides it.
    pub provider: Spanned<Party>,
}

/// A part of the box, as `[wire]` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// `app`.
    App,
    /// `kernel.vfs` and so on: whatever fills that slot.
    Kernel(Slot),
    /// `namespace:name`: a dependency, a module, or a package that one of them
    /// depends on.
    Package(PackageName),
}

/// `[grants]`.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The bytes of the `[grants]` header, where there is one.
    pub span: Option<Range<usize>>,
    /// Standard input, output and error of the host.
    pub stdio: Option<Spanned<bool>>,
    /// The host's arguments, and telling it the exit status.
    pub args: Option<Spanned<bool>>,
    /// The host's clocks.
    pub clock: Option<Spanned<bool>>,
    /// The host's random bytes.
    pub random: Option<Spanned<bool>>,
    /// Environment variables of the host that may pass.
    pub env: Vec<Spanned<String>>,
    /// Directories of the host that may be mounted. No guest path stands twice.
    pub fs: Vec<FsGrant>,
    /// Whom the box may connect to and where it may listen.
    pub net: NetGrants,
}

impl Grants {
    /// Whether stdio is granted, which it is unless the file says no.
    pub fn stdio(&self) -> bool {
        self.stdio.is_none_or(Spanned::into_inner)
    }

    /// Whether arguments and exit status are granted, which they are unless the file says no.
    pub fn args(&self) -> bool {
        self.args.is_none_or(Spanned::into_inner)
    }

    /// Whether the clocks are granted, which they are unless the file says no.
    pub fn clock(&self) -> bool {
        self.clock.is_none_or(Spanned::into_inner)
    }

    /// Whether random bytes are granted, which they are unless the file says no.
    pub fn random(&self) -> bool {
        self.random.is_none_or(Spanned::into_inner)
    }
}

/// A directory of the host in the box.
#[derive(Debug, Clone)]
pub struct FsGrant {
    /// The directory, relative to that of the Boxfile.
    pub host: Spanned<PathBuf>,
    /// Where it is mounted. It covers whatever is baked in there.
    pub guest: Spanned<GuestPath>,
    /// What may be done with it; reading, where the file says nothing.
    pub mode: FsMode,
}

/// What may be done with a mounted directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FsMode {
    /// `ro`.
    #[default]
    ReadOnly,
    /// `rw`.
    ReadWrite,
}

impl FsMode {
    /// The word in the Boxfile, `ro` or `rw`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "ro",
            Self::ReadWrite => "rw",
        }
    }
}

/// `[grants.net]`.
#[derive(Debug, Clone, Default)]
pub struct NetGrants {
    /// Whom the box may connect to.
    pub connect: Vec<Spanned<NetPattern>>,
    /// Where the box may listen.
    pub listen: Vec<Spanned<NetPattern>>,
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::App => f.write_str("app"),
            Self::Kernel(slot) => write!(f, "kernel.{slot}"),
            Self::Package(name) => name.fmt(f),
        }
    }
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Instance {
    /// The word in the Boxfile, `shared` or `per-consumer`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::PerConsumer => "per-consumer",
        }
    }
}
