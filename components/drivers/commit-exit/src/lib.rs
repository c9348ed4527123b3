//! `boxer:commit-exit`: tells a host that saves it what the filesystem holds, then ends the
//! program. `box run --commit` puts it into a box for one run.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use bare_guest as _;

#[allow(
    unsafe_code,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package boxer:commit-exit;
            world module {
                import boxer:kernel/vfs@0.1.0;
                import boxer:kernel/commit-host@0.1.0;
                export boxer:kernel/exit@0.1.0;
                export boxer:kernel/commit@0.1.0;
            }
        ",
        generate_all,
    });
    use super::CommitExit;
    export!(CommitExit);
}

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bindings::boxer::kernel::commit_host as host;
use bindings::boxer::kernel::vfs::{
    self, DirectoryEntry, Errno, File, FileKind, Lookup, OpenFlags,
};
use bindings::exports::boxer::kernel::{commit, exit};

/// How many bytes are told at once.
const PIECE: u32 = 256 << 10;
/// How many names are asked for at once.
const NAMES: u32 = 256;

struct CommitExit;

impl exit::Guest for CommitExit {
    fn exit(status: u8) {
        save();
        host::exit(status);
    }
}

impl commit::Guest for CommitExit {
    fn save() {
        save();
    }
}

/// A path, and what went wrong there.
type Failed = (String, Errno);

fn save() {
    if let Err((path, errno)) = tell_all() {
        host::failed(&path, errno.name());
    }
}

fn tell_all() -> Result<(), Failed> {
    let at = |path: &str| {
        let path = String::from(path);
        move |errno| (path, errno)
    };
    let root = vfs::root().map_err(at(""))?;
    let device = root.stat().map_err(at(""))?.device;
    tell(&root, "", device)?;
    let mut open = vec![String::new()];
    while let Some(directory) = open.pop() {
        let listed = names(&root, &directory).map_err(at(&directory))?;
        for DirectoryEntry { name, .. } in listed {
            let path = if directory.is_empty() {
                name
            } else {
                format!("{directory}/{name}")
            };
            if tell(&root, &path, device)? == FileKind::Directory {
                open.push(path);
            }
        }
    }
    Ok(())
}

fn names(root: &File, directory: &str) -> Result<Vec<DirectoryEntry>, Errno> {
    let how = OpenFlags::READ | OpenFlags::DIRECTORY;
    let directory = root.open_at(here(directory), Lookup::empty(), how, 0)?;
    let mut all = Vec::new();
    let mut cookie = 0;
    loop {
        let more = directory.read_directory(cookie, NAMES)?;
        match more.last() {
            Some(last) => cookie = last.next,
            None => return Ok(all),
        }
        let itself = |name: &str| name == "." || name == "..";
        all.extend(more.into_iter().filter(|entry| !itself(&entry.name)));
    }
}

/// Tells of one file, and what kind it is; of a directory of another filesystem as if there
/// were nothing to look into.
fn tell(root: &File, path: &str, device: u64) -> Result<FileKind, Failed> {
    let failed = |errno| (String::from(path), errno);
    let stat = root.stat_at(here(path), Lookup::empty()).map_err(failed)?;
    if stat.device != device {
        host::skipped(path);
        return Ok(FileKind::Regular);
    }
    let target = if stat.kind == FileKind::SymbolicLink {
        root.read_link_at(path, Lookup::empty()).map_err(failed)?
    } else {
        String::new()
    };
    let shared = stat.kind != FileKind::Directory && stat.links > 1;
    host::entry(
        path,
        format_of(stat.kind) | stat.mode & 0o7777,
        stat.user,
        stat.group,
        stat.modified.seconds,
        stat.modified.nanoseconds,
        if shared { stat.inode } else { 0 },
        stat.device_number,
        &target,
    );
    if stat.kind == FileKind::Regular || stat.kind == FileKind::Directory {
        let how = match stat.kind {
            FileKind::Directory => OpenFlags::READ | OpenFlags::DIRECTORY,
            _ => OpenFlags::READ,
        };
        let file = root
            .open_at(here(path), Lookup::empty(), how, 0)
            .map_err(failed)?;
        tell_inside(&file, stat.kind).map_err(failed)?;
    }
    Ok(stat.kind)
}

/// Extended attributes and content.
fn tell_inside(file: &File, kind: FileKind) -> Result<(), Errno> {
    match file.list_extended_attributes() {
        Ok(names) => {
            for name in names {
                host::attribute(&name, &file.get_extended_attribute(&name)?);
            }
        }
        Err(Errno::NotSupported) => {}
        Err(errno) => return Err(errno),
    }
    if kind != FileKind::Regular {
        return Ok(());
    }
    let mut offset = 0;
    loop {
        let piece = file.read_at(offset, PIECE)?;
        if piece.is_empty() {
            return Ok(());
        }
        host::content(&piece);
        offset += piece.len() as u64;
    }
}

/// The root has a name here.
fn here(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

/// `S_IFMT`: inode(7).
fn format_of(kind: FileKind) -> u32 {
    match kind {
        FileKind::Fifo => 0o010_000,
        FileKind::CharacterDevice => 0o020_000,
        FileKind::Directory => 0o040_000,
        FileKind::BlockDevice => 0o060_000,
        FileKind::Regular => 0o100_000,
        FileKind::SymbolicLink => 0o120_000,
        FileKind::Socket => 0o140_000,
    }
}
