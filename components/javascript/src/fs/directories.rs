//! Directories: reading, making, removing.

use std::collections::VecDeque;
use std::fs;
use std::io;

use boa_engine::object::builtins::JsArray;
use boa_engine::{Context, JsResult, JsValue, js_string};

use super::arguments::{self, Given};
use super::{error, stats};
use crate::builtins::{bytes, text as encoding};
use crate::errors;
use crate::native::{self, HIDDEN, argument, define, text};

/// `fs.readdirSync(path, options)`.
pub fn read(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let given = Given::at(args, 1, context)?;
    let typed = given.flag("withFileTypes", context)?;
    let recursive = given.flag("recursive", context)?;
    let raw = given
        .option("encoding", context)?
        .as_string()
        .map(|name| native::lossy(&name));
    let found = list(&path, recursive)
        .map_err(|(failure, at)| error(&failure, "scandir", Some(&at), None, context))?;
    let mut values = Vec::with_capacity(found.len());
    for entry in found {
        let shown = if typed { &entry.name } else { &entry.relative };
        let name = match raw.as_deref() {
            None | Some("utf8" | "utf-8") => text(shown),
            Some("buffer") => bytes::buffer(shown.as_bytes(), context)?,
            Some(other) => encoding::decode(shown.as_bytes(), other)
                .unwrap_or_default()
                .into(),
        };
        values.push(if typed {
            stats::entry(name, &entry.folder, entry.kind, context).into()
        } else {
            name
        });
    }
    Ok(JsArray::from_iter(values, context).into())
}

struct Found {
    name: String,
    /// The folder that it is in, as the caller named it.
    folder: String,
    /// Its path from the folder that was asked for.
    relative: String,
    kind: fs::FileType,
}

/// Lists a folder in the order of names, then what its folders hold, level by level.
fn list(folder: &str, recursive: bool) -> Result<Vec<Found>, (io::Error, String)> {
    let mut found = Vec::new();
    let mut queue = VecDeque::from([(folder.to_owned(), String::new())]);
    while let Some((folder, prefix)) = queue.pop_front() {
        let failed = |failure: io::Error| (failure, folder.clone());
        let mut entries = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push((name, entry.file_type().map_err(failed)?));
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in entries {
            let relative = format!("{prefix}{name}");
            if recursive && kind.is_dir() {
                let path = format!("{}/{name}", folder.trim_end_matches('/'));
                queue.push_back((path, format!("{relative}/")));
            }
            found.push(Found {
                name,
                folder: folder.clone(),
                relative,
                kind,
            });
        }
    }
    Ok(found)
}

/// `fs.mkdirSync(path, options)`.
pub fn make(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let options = argument(args, 1);
    let recursive = match options.as_object() {
        Some(options) => native::get(&options, "recursive", context)?.to_boolean(),
        None => false,
    };
    if !recursive {
        return match fs::create_dir(&path) {
            Ok(()) => Ok(JsValue::undefined()),
            Err(failure) => Err(error(&failure, "mkdir", Some(&path), None, context)),
        };
    }
    match make_all(&path) {
        Ok(Some(first)) => Ok(text(&first)),
        Ok(None) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "mkdir", Some(&path), None, context)),
    }
}

/// Makes a folder and those around it. The first that was made, if any was.
fn make_all(path: &str) -> io::Result<Option<String>> {
    let absolute = crate::modules::join(&crate::process::directory(), path);
    let mut missing = Vec::new();
    let mut current = absolute.as_str();
    loop {
        match fs::metadata(current) {
            Ok(found) if found.is_dir() => break,
            Ok(_) => {
                let is_target = current == absolute;
                return Err(super::error::of(if is_target {
                    libc::EEXIST
                } else {
                    libc::ENOTDIR
                }));
            }
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => missing.push(current),
            Err(failure) => return Err(failure),
        }
        match current.rfind('/') {
            Some(0) | None => break,
            Some(at) => current = &current[..at],
        }
    }
    for folder in missing.iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => {}
            // Somebody else was faster.
            Err(failure) if failure.kind() == io::ErrorKind::AlreadyExists => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(missing.last().map(|first| (*first).to_owned()))
}

/// `fs.mkdtempSync(prefix, options)`.
pub fn make_temporary(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let prefix = arguments::path(args, 0, "prefix", context)?;
    let math = native::get(&context.global_object(), "Math", context)?.to_object(context)?;
    loop {
        let mut path = prefix.clone();
        for _ in 0..6 {
            let random = native::invoke(&math, "random", &[], context)?.to_number(context)?;
            let index = (random * LETTERS.len() as f64) as usize;
            path.push(char::from(LETTERS[index.min(LETTERS.len() - 1)]));
        }
        match fs::create_dir(&path) {
            Ok(()) => return Ok(text(&path)),
            Err(failure) if failure.kind() == io::ErrorKind::AlreadyExists => {}
            Err(failure) => {
                let shown = format!("{prefix}XXXXXX");
                return Err(error(&failure, "mkdtemp", Some(&shown), None, context));
            }
        }
    }
}

/// `fs.rmdirSync(path, options)`.
pub fn remove(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let recursive = Given::at(args, 1, context)?.flag("recursive", context)?;
    let removed = if recursive {
        remove_all(&path)
    } else {
        fs::remove_dir(&path)
    };
    match removed {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "rmdir", Some(&path), None, context)),
    }
}

/// `fs.rmSync(path, options)`.
pub fn remove_any(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let given = Given::at(args, 1, context)?;
    let force = given.flag("force", context)?;
    let recursive = given.flag("recursive", context)?;
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(failure) if force && failure.kind() == io::ErrorKind::NotFound => {
            return Ok(JsValue::undefined());
        }
        Err(failure) => return Err(error(&failure, "lstat", Some(&path), None, context)),
    };
    if metadata.is_dir() && !recursive {
        let message = format!("Path is a directory: rm returned EISDIR (is a directory) {path}");
        let error = errors::error("ERR_FS_EISDIR", message, context);
        if let Some(object) = error.as_opaque().and_then(JsValue::as_object) {
            define(
                &object,
                js_string!("name"),
                js_string!("SystemError"),
                HIDDEN,
            );
        }
        return Err(error);
    }
    let removed = if metadata.is_dir() {
        remove_all(&path)
    } else {
        fs::remove_file(&path)
    };
    match removed {
        Ok(()) => Ok(JsValue::undefined()),
        Err(failure) => Err(error(&failure, "rm", Some(&path), None, context)),
    }
}

/// Removes a folder with all that it holds. Links in it are removed, not followed.
fn remove_all(path: &str) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let inner = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            remove_all(&inner)?;
        } else {
            fs::remove_file(&inner)?;
        }
    }
    fs::remove_dir(path)
}
