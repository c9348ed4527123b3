//! `box index`: indexes of packages, and keys to sign them with.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use registry_index::{Directory, Server, Signer};

use super::publish::password;
use crate::args::{Index, IndexAction};
use crate::errors::{CliError, PackageError};
use crate::terminal::Terminal;

/// Makes an index, serves one, or makes keys.
///
/// # Errors
///
/// If the folder is no index or cannot be written, or the address cannot be had.
pub fn index(args: &Index, terminal: Terminal) -> Result<(), CliError> {
    match &args.action {
        IndexAction::Init { folder } => init(folder, terminal),
        IndexAction::Serve { folder, listen } => serve(folder, *listen, terminal),
        IndexAction::Keygen { file } => keygen(file, terminal),
    }
}

fn init(folder: &Path, terminal: Terminal) -> Result<(), CliError> {
    Directory::create(folder)?;
    terminal.status(format_args!(
        "`{0}` is an index; publish into it with `box publish --registry {0}`",
        folder.display()
    ));
    Ok(())
}

/// Until it is killed.
fn serve(folder: &Path, listen: SocketAddr, terminal: Terminal) -> Result<(), CliError> {
    let server = Server::bind(Directory::open(folder)?, listen)?;
    // Scripts read the address from here, and it is a result: nothing else tells the port.
    let address = format!("http://{}\n", server.address());
    terminal.print(address).map_err(CliError::Output)?;
    terminal.status("stop it with Ctrl-C");
    server.run();
    Ok(())
}

fn keygen(file: &Path, terminal: Terminal) -> Result<(), CliError> {
    let key = Signer::generate(password()).map_err(|error| PackageError::Key {
        path: file.to_owned(),
        reason: error.reason,
    })?;
    let public = PathBuf::from(format!("{}.pub", file.display()));
    let comment = "untrusted comment: minisign public key";
    write_new(&public, 0o644, &format!("{comment}\n{}\n", key.public))?;
    if let Err(error) = write_new(file, 0o600, &key.secret) {
        // A public key without its other half is of no use.
        let _ = fs::remove_file(&public);
        return Err(error);
    }
    terminal.status(format_args!(
        "sign with `box publish --sign {}`; others write into their configuration:\n\n[trust.keys]\nNAMESPACE = [\"{}\"]",
        file.display(),
        key.public
    ));
    Ok(())
}

/// Keys are never overwritten.
fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), CliError> {
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => CliError::Exists {
                path: path.to_owned(),
            },
            _ => CliError::Write {
                path: path.to_owned(),
                source,
            },
        })
}
