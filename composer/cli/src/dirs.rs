//! Where things are kept, by the XDG Base Directory Specification.

use std::env;
use std::path::PathBuf;

/// Where what can be made again is kept: `$BOX_CACHE_DIR`, or `box` in
/// `$XDG_CACHE_HOME`, which is `~/.cache` by default. `None` where there is no home.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    folder("BOX_CACHE_DIR", "XDG_CACHE_HOME", ".cache")
}

/// Where the user says how things are to be: `$BOX_CONFIG_DIR`, or `box` in
/// `$XDG_CONFIG_HOME`, which is `~/.config` by default. `None` where there is no home.
#[must_use]
pub fn config() -> Option<PathBuf> {
    folder("BOX_CONFIG_DIR", "XDG_CONFIG_HOME", ".config")
}

/// wkg's configuration: `$WKG_CONFIG_FILE`, or where wkg looks for it.
#[must_use]
pub fn wkg_config() -> Option<PathBuf> {
    let own = env::var_os("WKG_CONFIG_FILE").filter(|own| !own.is_empty());
    own.map(PathBuf::from)
        .or_else(|| registry_index::Registries::config_path(|name| env::var(name).ok()))
}

/// Where what a user would miss is kept, such as volumes: `$BOX_DATA_DIR`, or `box` in
/// `$XDG_DATA_HOME`, which is `~/.local/share` by default. `None` where there is no home.
#[must_use]
pub fn data() -> Option<PathBuf> {
    folder("BOX_DATA_DIR", "XDG_DATA_HOME", ".local/share")
}

fn folder(ours: &str, theirs: &str, default: &str) -> Option<PathBuf> {
    if let Some(own) = env::var_os(ours).filter(|own| !own.is_empty()) {
        return std::path::absolute(own).ok();
    }
    // "All paths set in these environment variables must be absolute."
    env::var_os(theirs)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| {
            env::home_dir()
                .filter(|home| home.is_absolute())
                .map(|home| home.join(default))
        })
        .map(|base| base.join("box"))
}
