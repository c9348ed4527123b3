//! Whole files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};

use boa_engine::{Context, JsResult, JsValue};

use super::arguments::{self, Given, data};
use super::descriptors::{self, Flags};
use super::error;
use crate::builtins::{bytes, text};
use crate::host::Host;
use crate::native::argument;
use crate::platform;

/// Bytes of standard input that are read at once.
const PIECE: usize = 64 * 1024;

/// `fs.readFileSync(path | fd, options)`.
pub fn read(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let given = Given::at(args, 1, context)?;
    let encoding = given.encoding(context)?;
    let content = if descriptors::is_number(&argument(args, 0)) {
        let fd = descriptors::number(args, 0, context)?;
        let host = Host::of(context);
        let content = if fd == 0 {
            host.output.flush();
            read_input()
        } else {
            host.descriptors.read_to_end(fd)
        };
        content.map_err(|failure| error(&failure, "read", None, None, context))?
    } else {
        let path = arguments::path(args, 0, "path", context)?;
        read_path(&path).map_err(|(failure, syscall)| {
            let shown = (syscall != "read").then_some(path.as_str());
            error(&failure, syscall, shown, None, context)
        })?
    };
    match encoding {
        Some(name) => Ok(text::decode(&content, &name).unwrap_or_default().into()),
        None => bytes::buffer(&content, context),
    }
}

fn read_path(path: &str) -> Result<Vec<u8>, (io::Error, &'static str)> {
    // Some systems let a directory be opened, none let it be read.
    let mut file = File::open(path).map_err(|failure| (failure, "open"))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err((super::error::of(libc::EISDIR), "read"));
    }
    let mut content = Vec::new();
    io::Read::read_to_end(&mut file, &mut content).map_err(|failure| (failure, "read"))?;
    Ok(content)
}

fn read_input() -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let piece = platform::read_input(PIECE)?;
        if piece.is_empty() {
            return Ok(content);
        }
        content.extend_from_slice(&piece);
    }
}

/// `fs.writeFileSync(path | fd, data, options)`.
pub fn write(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    write_as(args, "w", context)
}

/// `fs.appendFileSync(path | fd, data, options)`.
pub fn append(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    write_as(args, "a", context)
}

fn write_as(args: &[JsValue], flag: &str, context: &mut Context) -> JsResult<JsValue> {
    let given = Given::at(args, 2, context)?;
    let encoding = given.encoding(context)?;
    let content = data(&argument(args, 1), encoding.as_deref(), "data", context)?;
    if descriptors::is_number(&argument(args, 0)) {
        let fd = descriptors::number(args, 0, context)?;
        let written = Host::of(context)
            .descriptors
            .write_all(fd, &content, context);
        return match written {
            Ok(()) => Ok(JsValue::undefined()),
            Err(failure) => Err(error(&failure, "write", None, None, context)),
        };
    }
    let path = arguments::path(args, 0, "path", context)?;
    let wanted = given.option("flag", context)?;
    let flags = if wanted.is_undefined() {
        Flags::named(flag).unwrap_or_default()
    } else {
        Flags::given(&wanted, context)?
    };
    let opened = flags.open(&path);
    let mut file = opened.map_err(|failure| error(&failure, "open", Some(&path), None, context))?;
    file.write_all(&content)
        .map_err(|failure| error(&failure, "write", None, None, context))?;
    Ok(JsValue::undefined())
}

/// `fs.copyFileSync(from, to, mode)`.
pub fn copy(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let from = arguments::path(args, 0, "src", context)?;
    let to = arguments::path(args, 1, "dest", context)?;
    let mode = argument(args, 2);
    let mode = if mode.is_undefined() {
        0
    } else {
        mode.to_i32(context)?
    };
    copy_file(&from, &to, mode & 1 != 0)
        .map_err(|failure| error(&failure, "copyfile", Some(&from), Some(&to), context))?;
    Ok(JsValue::undefined())
}

fn copy_file(from: &str, to: &str, exclusive: bool) -> io::Result<()> {
    if exclusive && fs::symlink_metadata(to).is_ok() {
        return Err(super::error::of(libc::EEXIST));
    }
    let mut source = File::open(from)?;
    if source.metadata()?.is_dir() {
        return Err(super::error::of(libc::EISDIR));
    }
    // A file copied onto itself stays as it is.
    if let (Some(from), Some(to)) = (super::realpath(from), super::realpath(to))
        && from == to
    {
        return Ok(());
    }
    let mut target = File::create(to)?;
    io::copy(&mut source, &mut target)?;
    #[cfg(unix)]
    fs::set_permissions(to, source.metadata()?.permissions())?;
    Ok(())
}

/// `fs.truncateSync(path, length)`.
pub fn truncate(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let length = argument(args, 1);
    let length = if length.is_undefined() {
        0.0
    } else {
        length.to_number(context)?
    };
    OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(length.max(0.0) as u64))
        .map_err(|failure| error(&failure, "open", Some(&path), None, context))?;
    Ok(JsValue::undefined())
}
