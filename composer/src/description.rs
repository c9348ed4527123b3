//! What a box is made of, as data: shown by `box inspect`, `box graph`, `box why`
//! and `box tree`, and carried by a finished box in its section `boxer:box`.

use std::fmt;
use std::str::FromStr;

use boxfile_spec::{Digest, PackageName, Slot};
use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::reason::{Chosen, Reason};

/// The version of this format, see [`Description::format`].
pub const FORMAT: u32 = 1;

/// What a box is made of and how it is wired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// [`FORMAT`] at the time of writing.
    pub format: u32,
    /// The box's own name.
    pub name: PackageName,
    /// The box's own version.
    pub version: Version,
    /// How its parts are joined.
    pub form: Form,
    /// Its parts, each after those that it imports from.
    pub modules: Vec<Module>,
    /// Who satisfies which import of which part, in the order of `modules`.
    pub wires: Vec<Wire>,
    /// What the box asks of its host, sorted by name.
    pub imports: Vec<HostImport>,
    /// What the box offers, in the order of the app.
    pub exports: Vec<Export>,
    /// What the Boxfile lets it reach.
    pub grants: Grants,
    /// What is baked in.
    pub files: Files,
}

/// How the parts of a box are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Nested components, joined by the canonical ABI.
    Linked,
    /// One flat component.
    Fused,
}

impl From<boxfile_spec::Form> for Form {
    fn from(form: boxfile_spec::Form) -> Self {
        match form {
            boxfile_spec::Form::Linked => Self::Linked,
            boxfile_spec::Form::Fused => Self::Fused,
        }
    }
}

/// One part of a box: an instance of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Names it within the box: `app`, `kernel.vfs`, `acme:greeter`.
    pub id: String,
    /// What it is there for.
    pub role: Role,
    /// The package it comes from; none for a file and for what the linker made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageName>,
    /// The package's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What names its bytes, which are in the box once however often they are used.
    pub digest: Digest,
    /// Of its bytes, in bytes.
    pub size: u64,
    /// Why this one.
    pub chosen: Chosen,
}

/// What a part is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The app.
    App,
    /// The module of a kernel slot; [`Slot::Runtime`] where a script is the app.
    Kernel(Slot),
    /// Named in `[dependencies]`.
    Dependency,
    /// Needed by another package.
    Package,
    /// Made by the linker: the baked files.
    Image,
    /// Made by the linker: the settings of one module.
    Config,
    /// Made by the linker: an interface that has types and no functions.
    Types,
}

/// One satisfied import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// Whose import: a [`Module::id`].
    pub consumer: String,
    /// Which import, as the consumer spells it.
    pub import: String,
    /// Who provides it: a [`Module::id`], or none where it is the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Which export of the provider.
    pub export: String,
    /// Why this provider.
    pub reason: Reason,
}

/// One import of the finished box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostImport {
    /// Its name.
    pub name: String,
    /// The parts that asked for it: [`Module::id`]s, in the order of `modules`.
    pub consumers: Vec<String>,
}

/// One export of the finished box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Whose export it is: a [`Module::id`].
    pub provider: String,
}

/// `[grants]`, as they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Standard input, output and error.
    pub stdio: bool,
    /// Arguments and exit status.
    pub args: bool,
    /// The clocks.
    pub clock: bool,
    /// Random bytes.
    pub random: bool,
    /// Names of environment variables that may pass.
    pub env: Vec<String>,
    /// Mounted directories.
    pub fs: Vec<FsGrant>,
    /// Patterns of whom the box may connect to.
    pub connect: Vec<String>,
    /// Patterns of where it may listen.
    pub listen: Vec<String>,
}

/// A mounted directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FsGrant {
    /// The host's directory, as the Boxfile spells it.
    pub host: String,
    /// Where it is in the box.
    pub guest: String,
    /// `ro` or `rw`.
    pub mode: String,
}

/// How much is baked in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Files and links, directories not counted.
    pub count: u64,
    /// Of all regular files together, in bytes.
    pub bytes: u64,
}

impl Description {
    /// The part of this [`Module::id`].
    #[must_use]
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.id == id)
    }

    /// The part that runs: the app, or the runtime of its script.
    #[must_use]
    pub fn app(&self) -> Option<&Module> {
        let runs =
            |module: &&Module| matches!(module.role, Role::App | Role::Kernel(Slot::Runtime));
        self.modules.iter().find(runs)
    }

    /// The module of a kernel slot, if the box has one.
    #[must_use]
    pub fn kernel(&self, slot: Slot) -> Option<&Module> {
        self.modules
            .iter()
            .find(|module| module.role == Role::Kernel(slot))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("app"),
            Self::Kernel(slot) => write!(f, "kernel.{slot}"),
            Self::Dependency => f.write_str("dependency"),
            Self::Package => f.write_str("package"),
            Self::Image => f.write_str("image"),
            Self::Config => f.write_str("config"),
            Self::Types => f.write_str("types"),
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let role = match text {
            "app" => Self::App,
            "dependency" => Self::Dependency,
            "package" => Self::Package,
            "image" => Self::Image,
            "config" => Self::Config,
            "types" => Self::Types,
            _ => {
                let slot = text
                    .strip_prefix("kernel.")
                    .and_then(|word| word.parse().ok());
                Self::Kernel(slot.ok_or_else(|| format!("`{text}` is not a role"))?)
            }
        };
        Ok(role)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
