//! Projects that are modules for others' boxes: cargo packages with
//!
//! ```toml
//! [package.metadata.boxer]
//! name = "acme:fs"
//! # kind = "runtime"                 where the bytes do not tell
//!
//! [package.metadata.boxer.dependencies]
//! "acme:log" = "^1"
//! ```

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boxfile_spec::PackageName;
use composer::fetch::adapt::adapt;
use composer::fetch::cargo::{self, CargoBuild, CargoError, Product};
use miette::Diagnostic;
use registry_index::{Dependency, Kind};
use semver::{Version, VersionReq};
use serde::Deserialize;
use thiserror::Error;

use crate::args;
use crate::errors::CliError;
use crate::project::NAMES;

/// A cargo package that is a module.
#[derive(Debug)]
pub struct Module {
    /// The folder of its Cargo.toml.
    pub folder: PathBuf,
    /// The name that others take it by.
    pub name: PackageName,
    /// Cargo's.
    pub version: Version,
    /// Where its bytes do not tell.
    pub kind: Option<Kind>,
    /// Cargo's.
    pub description: Option<String>,
    /// Cargo's.
    pub license: Option<String>,
    /// The file of its README.
    pub readme: Option<PathBuf>,
    /// Packages that it needs.
    pub dependencies: Vec<Dependency>,
}

/// Why a module's Cargo.toml cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ModuleError {
    /// Cargo does not understand it.
    #[error("cargo cannot read `{}`: {reason}", path.display())]
    #[diagnostic(code(module::manifest), help("mend what cargo reports"))]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Cargo's words.
        reason: String,
    },
    /// What stands in `[package.metadata.boxer]` makes no sense.
    #[error("[package.metadata.boxer] of `{}` cannot be used: {reason}", path.display())]
    #[diagnostic(
        code(module::metadata),
        help(
            "write `name = \"namespace:name\"` there, and requirements such as `\"acme:log\" = \"^1\"` in its `dependencies`"
        )
    )]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It could not be built.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Cargo(#[from] CargoError),
}

/// What `cargo metadata` tells.
/// Source: <https://doc.rust-lang.org/cargo/commands/cargo-metadata.html>
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    version: Version,
    description: Option<String>,
    license: Option<String>,
    readme: Option<PathBuf>,
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: PackageNameText,
    kind: Option<Kind>,
    /// For what it is built; modules of this project have it.
    #[serde(rename = "target")]
    _target: Option<String>,
    #[serde(default)]
    dependencies: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct PackageNameText(PackageName);

impl TryFrom<String> for PackageNameText {
    type Error = boxfile_spec::NameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl Module {
    /// The module that the arguments mean, where the nearest project from here upwards is
    /// one and no box.
    ///
    /// # Errors
    ///
    /// If its Cargo.toml cannot be used.
    pub fn find(args: &args::Project) -> Result<Option<Self>, CliError> {
        if args.file.is_some() {
            return Ok(None);
        }
        let here = env::current_dir().map_err(|source| CliError::Directory {
            path: ".".into(),
            source,
        })?;
        for folder in here.ancestors() {
            if NAMES.iter().any(|name| folder.join(name).is_file()) {
                return Ok(None);
            }
            if is_module(folder) {
                return Ok(Some(Self::read(folder)?));
            }
        }
        Ok(None)
    }

    fn read(folder: &Path) -> Result<Self, ModuleError> {
        let path = folder.join("Cargo.toml");
        let unusable = |reason: String| ModuleError::Manifest {
            path: path.clone(),
            reason,
        };
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .map_err(CargoError::NoCargo)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(unusable(said.trim().to_owned()));
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).map_err(|error| unusable(error.to_string()))?;
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let own = real(&path);
        let mut packages = metadata.packages.into_iter();
        let package = packages
            .find(|package| real(&package.manifest_path) == own)
            .ok_or_else(|| unusable("it is not a package".to_owned()))?;
        let wrong = |reason: String| ModuleError::Metadata {
            path: path.clone(),
            reason,
        };
        let table = package.metadata.unwrap_or_default()["boxer"].take();
        let written: Written =
            serde_json::from_value(table).map_err(|error| wrong(error.to_string()))?;
        let dependency = |(name, requirement): (String, String)| {
            let parsed = requirement.parse::<VersionReq>();
            Ok(Dependency {
                requirement: parsed.map_err(|error| wrong(format!("`{requirement}`: {error}")))?,
                name: name
                    .parse()
                    .map_err(|error| wrong(format!("`{name}`: {error}")))?,
            })
        };
        let dependencies = written.dependencies.into_iter().map(dependency);
        Ok(Self {
            folder: folder.to_owned(),
            name: written.name.0,
            version: package.version,
            kind: written.kind,
            description: package.description,
            license: package.license,
            readme: package.readme.map(|readme| folder.join(readme)),
            dependencies: dependencies.collect::<Result<_, ModuleError>>()?,
        })
    }

    /// Builds the module as a component.
    ///
    /// # Errors
    ///
    /// If cargo cannot, or what it made is no module.
    pub fn build(&self, resolve: args::Resolve) -> Result<Vec<u8>, CliError> {
        let built = cargo::build(CargoBuild {
            product: Product::Module,
            dir: &self.folder,
            package: None,
            bin: None,
            locked: resolve.locked,
            offline: resolve.offline,
        });
        let wasm = built.map_err(ModuleError::from)?.wasm;
        let bytes = fs::read(&wasm).map_err(|source| CliError::Read {
            path: wasm.clone(),
            source,
        })?;
        let (component, _) =
            adapt(bytes).map_err(|error| CliError::not_adapted("use", &wasm, error))?;
        Ok(component)
    }

    /// Where the component goes if nobody says.
    #[must_use]
    pub fn default_output(&self) -> PathBuf {
        self.folder.join(format!("{}.wasm", self.name.name()))
    }
}

/// Whether the folder's Cargo.toml says that it is a module; cargo is asked for the rest.
fn is_module(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let package = table.get("package");
    package
        .and_then(|package| package.get("metadata")?.get("boxer"))
        .is_some()
}
