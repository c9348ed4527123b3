//! What a box may do on this host: its grants, in the form that the runner uses.

use std::path::PathBuf;

use boxfile_spec::{ComponentSource, FsGrant, FsMode, Grants, Manifest, NetPattern, Slot, Spanned};
use serde::{Deserialize, Serialize};

use super::host::unversioned;

/// The interface that hands out host directories.
pub const PREOPENS: &str = "wasi:filesystem/preopens";

/// What one component may do when it runs. Kept in the cache beside the compiled
/// code, so that a start reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The box's name, or `None` for a component that is not a box.
    pub name: Option<String>,
    /// The interfaces that it imports, without versions, each checked against the grants.
    pub imports: Vec<String>,
    /// Whether the standard streams are the host's.
    pub stdio: bool,
    /// Whether arguments pass.
    pub args: bool,
    /// Names of host variables that pass where they are set.
    pub env: Vec<String>,
    /// Host directories.
    pub mounts: Vec<Mount>,
    /// Whether they are volumes, of which each is one box's at a time.
    #[serde(default)]
    pub exclusive: bool,
    /// What may be reached over the network.
    pub net: Net,
}

/// A host directory that the box may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is: relative to the Boxfile, or to the working directory where there is none.
    pub host: PathBuf,
    /// The path in the box, which is the name of the preopen.
    pub guest: String,
    /// Whether the box may change what is in it.
    pub writable: bool,
}

/// The network grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// Whom it may connect to or send datagrams to.
    pub connect: Vec<NetPattern>,
    /// Where it may listen or wait for datagrams.
    pub listen: Vec<NetPattern>,
}

impl Net {
    /// Whether no use of the network is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connect.is_empty() && self.listen.is_empty()
    }
}

impl Plan {
    /// What the grants of a Boxfile allow. The imports were compared with them: the
    /// composer sealed the box.
    #[must_use]
    pub fn of_box(manifest: &Manifest, imports: &[String]) -> Self {
        let Grants { env, fs, net, .. } = &manifest.grants;
        let plan = Self::foreign(imports);
        // Grants that no part of the box asks for have no effect: a folder that only
        // `boxer:hostfs` would open need not be there for `boxer:memfs`.
        let mounts = plan
            .imports
            .iter()
            .any(|import| import == PREOPENS)
            .then_some(fs);
        let mount = |grant: &FsGrant| Mount {
            host: grant.host.to_path_buf(),
            guest: grant.guest.to_string(),
            writable: grant.mode == FsMode::ReadWrite,
        };
        let patterns = |list: &[Spanned<NetPattern>]| {
            list.iter()
                .map(|pattern| pattern.clone().into_inner())
                .collect()
        };
        Self {
            name: Some(manifest.package.name.to_string()),
            stdio: manifest.grants.stdio(),
            args: manifest.grants.args(),
            env: env.iter().map(ToString::to_string).collect(),
            mounts: mounts.into_iter().flatten().map(mount).collect(),
            exclusive: has_volumes(manifest),
            net: Net {
                connect: patterns(&net.connect),
                listen: patterns(&net.listen),
            },
            ..plan
        }
    }

    /// For a component that is no box, and so has no grants of its own: it gets what a
    /// Boxfile without a `[grants]` table gives.
    #[must_use]
    pub fn foreign(imports: &[String]) -> Self {
        Self {
            name: None,
            imports: imports
                .iter()
                .filter_map(|name| unversioned(name))
                .map(str::to_owned)
                .collect(),
            stdio: true,
            args: true,
            env: Vec::new(),
            mounts: Vec::new(),
            exclusive: false,
            net: Net::default(),
        }
    }
}

/// Whether `boxer:volume` is the box's filesystem.
fn has_volumes(manifest: &Manifest) -> bool {
    let vfs = manifest.kernel.get(&Slot::Vfs);
    vfs.is_some_and(|module| match &module.source {
        ComponentSource::Package { reference, .. } => reference.name.as_str() == "boxer:volume",
        ComponentSource::Path(_) => false,
    })
}
