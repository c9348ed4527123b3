//! The user's configuration: sources of packages, where to publish, whom to trust.
//!
//! ```toml
//! # ~/.config/box/config.toml
//! sources = ["team", "/srv/packages"]     # asked in this order, behind what is built in
//!
//! [registries]                            # names for `--registry` and for lines of a Boxfile
//! team = "https://packages.acme.dev/index"
//!
//! [publish]
//! registry = "oci://ghcr.io/acme"         # where `box publish` goes if nobody says
//! key = "minisign.key"                    # what it signs with
//!
//! [trust]
//! require-signed = ["acme"]
//! [trust.keys]
//! acme = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]
//! ```
//!
//! Which namespace is at which registry, and how to log in there, stands in wkg's
//! configuration, which is read as well. Paths are relative to the file's folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use registry_index::{IndexError, Trust};
use serde::Deserialize;

use crate::dirs;
use crate::errors::CliError;

/// The file's name in [`dirs::config`].
const FILE: &str = "config.toml";

/// What the user has configured.
#[derive(Debug, Default)]
pub struct Config {
    /// Sources that are asked for packages, in order.
    pub sources: Vec<String>,
    /// Sources by name.
    pub registries: BTreeMap<String, String>,
    /// Where to publish.
    pub publish_to: Option<String>,
    /// The file of the key to sign with.
    pub key: Option<PathBuf>,
    /// Whose signatures count.
    pub trust: Trust,
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    registries: BTreeMap<String, String>,
    #[serde(default)]
    publish: Publish,
    // Read by `Trust::parse`.
    #[serde(default, rename = "trust")]
    _trust: toml::Table,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    registry: Option<String>,
    key: Option<PathBuf>,
}

/// Where the configuration is, if there is a place for it.
#[must_use]
pub fn path() -> Option<PathBuf> {
    dirs::config().map(|folder| folder.join(FILE))
}

/// The text of a configuration, where there is one.
pub(crate) fn read(path: &Path) -> Result<Option<String>, CliError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(CliError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

impl Config {
    /// Reads the user's file; without one, nothing is configured.
    ///
    /// # Errors
    ///
    /// If it cannot be read or understood.
    pub fn load() -> Result<Self, CliError> {
        let Some(path) = path() else {
            return Ok(Self::default());
        };
        match read(&path)? {
            Some(text) => Ok(Self::parse(&text, &path)?),
            None => Ok(Self::default()),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, IndexError> {
        let file = path.display().to_string();
        let written: Written = toml::from_str(text).map_err(|error| IndexError::Settings {
            file: file.clone(),
            reason: error.to_string().trim_end().to_owned(),
        })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self {
            sources: written.sources,
            registries: written.registries,
            publish_to: written.publish.registry,
            key: written.publish.key.map(|key| folder.join(key)),
            trust: Trust::parse(text, &file)?,
            folder,
        })
    }

    /// What a name in `[registries]` stands for.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<String> {
        self.registries.get(name).map(|place| self.place(place))
    }

    /// A source as it stands in the file: a name of `[registries]`, an address, or a folder.
    #[must_use]
    pub fn written(&self, source: &str) -> String {
        self.named(source).unwrap_or_else(|| self.place(source))
    }

    fn place(&self, place: &str) -> String {
        if place.contains("://") {
            place.to_owned()
        } else {
            self.folder.join(place).display().to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use std::path::Path;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/box/config.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_begin_at_the_files_folder() {
        let text = "sources = [\"team\", \"packages\"]\n[registries]\nteam = \"https://acme.dev/index\"\nlocal = \"../srv\"\n[publish]\nregistry = \"team\"\nkey = \"minisign.key\"\n";
        let config = parse(text).unwrap();
        assert_eq!(config.named("team").unwrap(), "https://acme.dev/index");
        assert_eq!(config.named("local").unwrap(), "/etc/box/../srv");
        assert_eq!(config.named("packages"), None);
        assert_eq!(config.written("team"), "https://acme.dev/index");
        assert_eq!(config.written("packages"), "/etc/box/packages");
        assert_eq!(config.key.unwrap(), Path::new("/etc/box/minisign.key"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("sorces = []", "unknown field `sorces`"),
            ("[trust]\nkeys = 1", "[trust]"),
            ("[trust.keys]\nacme = [\"nothing\"]", "[trust.keys] acme"),
            ("[registries]\nteam = 1", "line 2"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("/etc/box/config.toml"), "{error}");
            assert!(error.contains(expected), "{error}");
        }
    }
}
