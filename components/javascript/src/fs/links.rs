//! Names: links, moves, access, times.

use std::fs;
use std::io;

use boa_engine::{Context, JsResult, JsValue};

use super::arguments::{self, Given};
use super::{error, stats};
use crate::builtins::bytes;
use crate::native::{argument, text};

/// Links followed before it counts as a loop, as on Linux.
const MOST_LINKS: usize = 40;

/// The path without links, `.` and `..`. `None` where there is no such file.
pub fn realpath(path: &str) -> Option<String> {
    resolve(path).ok()
}

/// WASI has no `realpath`, so the links are followed here.
fn resolve(path: &str) -> Result<String, (io::Error, String)> {
    let absolute = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", crate::process::directory())
    };
    let mut pending: Vec<String> = absolute.split('/').rev().map(str::to_owned).collect();
    let mut resolved = String::new();
    let mut links = 0;
    while let Some(part) = pending.pop() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                let parent = resolved.rfind('/').unwrap_or(0);
                resolved.truncate(parent);
                continue;
            }
            _ => {}
        }
        let next = format!("{resolved}/{part}");
        let failed = |failure: io::Error| (failure, next.clone());
        let metadata = fs::symlink_metadata(&next).map_err(failed)?;
        if !metadata.is_symlink() {
            resolved = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err((super::error::of(libc::ELOOP), next));
        }
        let target = fs::read_link(&next).map_err(failed)?;
        let target = target.to_string_lossy().into_owned();
        if target.starts_with('/') {
            resolved.clear();
        }
        pending.extend(target.split('/').rev().map(str::to_owned));
    }
    Ok(if resolved.is_empty() {
        "/".to_owned()
    } else {
        resolved
    })
}

/// `fs.realpathSync(path, options)`.
pub fn real_path(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    match resolve(&path) {
        Ok(resolved) => Ok(text(&resolved)),
        Err((failure, at)) => Err(error(&failure, "lstat", Some(&at), None, context)),
    }
}

/// `fs.existsSync(path)`: never throws.
pub fn exists(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let found =
        arguments::path(args, 0, "path", context).is_ok_and(|path| fs::metadata(path).is_ok());
    Ok(found.into())
}

/// `fs.accessSync(path, mode)`.
pub fn access(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    const WRITE: i32 = 2;
    const EXECUTE: i32 = 1;
    let path = arguments::path(args, 0, "path", context)?;
    let mode = argument(args, 1);
    let mode = if mode.is_undefined() {
        0
    } else {
        mode.to_i32(context)?
    };
    let allowed = fs::metadata(&path).and_then(|metadata| {
        if mode & WRITE != 0 && metadata.permissions().readonly() {
            return Err(super::error::of(libc::EACCES));
        }
        // Nothing in a box is a program for the system.
        #[cfg(unix)]
        let executable = {
            use std::os::unix::fs::PermissionsExt as _;
            metadata.permissions().mode() & 0o111 != 0
        };
        #[cfg(not(unix))]
        let executable = metadata.is_dir();
        if mode & EXECUTE != 0 && !executable {
            return Err(super::error::of(libc::EACCES));
        }
        Ok(())
    });
    match allowed {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "access", Some(&path), None, context)),
    }
}

fn one(
    args: &[JsValue],
    syscall: &str,
    act: fn(&str) -> io::Result<()>,
    context: &mut Context,
) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    match act(&path) {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, syscall, Some(&path), None, context)),
    }
}

fn two(
    args: &[JsValue],
    names: [&str; 2],
    syscall: &str,
    act: fn(&str, &str) -> io::Result<()>,
    context: &mut Context,
) -> JsResult<JsValue> {
    let from = arguments::path(args, 0, names[0], context)?;
    let to = arguments::path(args, 1, names[1], context)?;
    match act(&from, &to) {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, syscall, Some(&from), Some(&to), context)),
    }
}

/// `fs.unlinkSync(path)`.
pub fn unlink(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    one(args, "unlink", |path| fs::remove_file(path), context)
}

/// `fs.renameSync(from, to)`.
pub fn rename(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    two(
        args,
        ["oldPath", "newPath"],
        "rename",
        |from, to| fs::rename(from, to),
        context,
    )
}

/// `fs.linkSync(existing, new)`.
pub fn link(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    two(
        args,
        ["existingPath", "newPath"],
        "link",
        |from, to| fs::hard_link(from, to),
        context,
    )
}

/// `fs.symlinkSync(target, path)`.
pub fn symlink(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    #[allow(
        deprecated,
        reason = "the one way to a symbolic link that std has on every system"
    )]
    let make = |target: &str, path: &str| fs::soft_link(target, path);
    two(args, ["target", "path"], "symlink", make, context)
}

/// `fs.readlinkSync(path, options)`.
pub fn read_link(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let given = Given::at(args, 1, context)?;
    let raw = given.option("encoding", context)?.as_string();
    match fs::read_link(&path) {
        Ok(target) if raw == Some(boa_engine::js_string!("buffer")) => {
            bytes::buffer(target.to_string_lossy().as_bytes(), context)
        }
        Ok(target) => Ok(text(&target.to_string_lossy())),
        Err(failure) => Err(error(&failure, "readlink", Some(&path), None, context)),
    }
}

/// `fs.utimesSync(path, atime, mtime)`.
pub fn set_times(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let accessed = stats::time(args, 1, context)?;
    let modified = stats::time(args, 2, context)?;
    let times = fs::FileTimes::new()
        .set_accessed(accessed)
        .set_modified(modified);
    // Times are set on open files; a directory opens for reading only.
    let set = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .or_else(|_| fs::File::open(&path))
        .and_then(|file| file.set_times(times));
    match set {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "utime", Some(&path), None, context)),
    }
}

/// `fs.chmodSync(path, mode)`.
pub fn chmod(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let mode = argument(args, 1);
    let mode = match mode.as_string() {
        Some(octal) => {
            let octal = crate::native::lossy(&octal);
            u32::from_str_radix(octal.trim_start_matches("0o"), 8).unwrap_or(0)
        }
        None => mode.to_u32(context)?,
    };
    match set_mode(&path, mode) {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "chmod", Some(&path), None, context)),
    }
}

#[cfg(unix)]
fn set_mode(path: &str, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// WASI 0.2 has no modes. A script that marks its output executable should not
/// fail for that, one that names a missing file should.
#[cfg(not(unix))]
fn set_mode(path: &str, _: u32) -> io::Result<()> {
    fs::metadata(path).map(drop)
}

/// `fs.chownSync(path, uid, gid)`: a box has one owner.
pub fn chown(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    one(
        args,
        "chown",
        |path| fs::symlink_metadata(path).map(drop),
        context,
    )
}
