//! Docker's configuration, where people have their logins to registries.

use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::oci::Credentials;
use crate::error::IndexError;

/// `$DOCKER_CONFIG/config.json`, by default in `~/.docker`.
pub(super) fn config(variable: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| {
        variable(name)
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    };
    let base = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")));
    Some(base?.join("config.json"))
}

/// The login of a registry; nobody's where the file has none, or there is no file.
///
/// # Errors
///
/// Where the file is not one of Docker's.
pub(super) fn credentials(
    config: Option<&Path>,
    registry: &str,
) -> Result<Credentials, IndexError> {
    let Some(path) = config else {
        return Ok(Credentials::Anonymous);
    };
    let Ok(text) = std::fs::read(path) else {
        return Ok(Credentials::Anonymous);
    };
    // Docker itself writes the address with and without its scheme.
    for server in [registry.to_owned(), format!("https://{registry}")] {
        match docker_credential::get_credential_from_reader(&*text, &server) {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                return Ok(Credentials::Basic(user, password));
            }
            Ok(DockerCredential::IdentityToken(token)) => {
                return Ok(Credentials::Bearer(token));
            }
            Err(CredentialRetrievalError::ConfigReadError) => {
                return Err(IndexError::Settings {
                    file: path.display().to_string(),
                    reason: "it is not a configuration of Docker".to_owned(),
                });
            }
            // None for this registry, or a helper that knows none.
            Err(_) => {}
        }
    }
    Ok(Credentials::Anonymous)
}
