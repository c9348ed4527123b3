//! Open files, by number.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use boa_engine::{Context, JsResult, JsValue};

use super::arguments::{self, Given};
use super::{error, stats};
use crate::builtins::{bytes, text};
use crate::host::Host;
use crate::native::{self, argument};
use crate::{errors, platform};

/// Linux's number for creating what is not there.
pub const O_CREAT: i32 = 0o100;
/// For failing if it is there.
pub const O_EXCL: i32 = 0o200;
/// For emptying it.
pub const O_TRUNC: i32 = 0o1000;
/// For writing at the end.
pub const O_APPEND: i32 = 0o2000;

/// The first number that is free: those below are the standard streams'.
const FIRST: i32 = 3;

/// The files that are open.
#[derive(Debug, Default)]
pub struct Descriptors {
    open: RefCell<BTreeMap<i32, File>>,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags {
    read: bool,
    write: bool,
    append: bool,
    create: bool,
    exclusive: bool,
    truncate: bool,
}

impl Flags {
    /// The flags that Node writes as `name`.
    pub fn named(name: &str) -> Option<Self> {
        let mut flags = Self::default();
        let (mode, modifiers) = name.split_at_checked(1)?;
        for modifier in modifiers.chars() {
            match modifier {
                '+' => (flags.read, flags.write) = (true, true),
                'x' if mode != "r" => flags.exclusive = true,
                's' if mode != "w" => {}
                _ => return None,
            }
        }
        match mode {
            "r" => flags.read = true,
            "w" => {
                flags.write = true;
                flags.create = true;
                flags.truncate = true;
            }
            "a" => {
                flags.write = true;
                flags.append = true;
                flags.create = true;
            }
            _ => return None,
        }
        Some(flags)
    }

    /// The flags of an argument: a name or Linux's number.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE`.
    pub fn given(value: &JsValue, context: &mut Context) -> JsResult<Self> {
        if let Some(number) = value.as_number() {
            let number = number as i32;
            let access = number & 3;
            return Ok(Self {
                read: access != 1,
                write: access != 0,
                append: number & O_APPEND != 0,
                create: number & O_CREAT != 0,
                exclusive: number & O_EXCL != 0,
                truncate: number & O_TRUNC != 0,
            });
        }
        let name = value
            .as_string()
            .map(|name| native::lossy(&name))
            .unwrap_or_default();
        // Old spellings with the modifiers in another order.
        let name = match name.as_str() {
            "xw" | "xw+" | "xa" | "xa+" | "sr" | "rs" | "sr+" | "sa" | "sa+" => {
                let mut letters: Vec<char> = name.chars().collect();
                letters.swap(0, 1);
                letters.into_iter().collect()
            }
            other => other.to_owned(),
        };
        match Self::named(&name) {
            Some(flags) => Ok(flags),
            None => Err(errors::invalid_argument_value(
                "flags",
                "is invalid",
                value,
                context,
            )),
        }
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    /// The system's.
    pub fn open(self, path: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options
            .read(self.read)
            .write(self.write && !self.append)
            .append(self.append)
            .truncate(self.truncate && !self.exclusive);
        if self.exclusive && self.create {
            options.create_new(true);
        } else {
            options.create(self.create);
        }
        let file = options.open(path)?;
        if self.write && file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(super::error::of(libc::EISDIR));
        }
        Ok(file)
    }
}

impl Descriptors {
    fn add(&self, file: File) -> i32 {
        let mut open = self.open.borrow_mut();
        let mut fd = FIRST;
        while open.contains_key(&fd) {
            fd += 1;
        }
        open.insert(fd, file);
        fd
    }

    fn with<T>(&self, fd: i32, act: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        match self.open.borrow_mut().get_mut(&fd) {
            Some(file) => act(file),
            None => Err(super::error::of(libc::EBADF)),
        }
    }

    /// Reads what is left of a file.
    ///
    /// # Errors
    /// The system's, and `EBADF`.
    pub fn read_to_end(&self, fd: i32) -> io::Result<Vec<u8>> {
        self.with(fd, |file| {
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            Ok(content)
        })
    }

    /// Writes all of `content`.
    ///
    /// # Errors
    /// As [`Self::read_to_end`].
    pub fn write_all(&self, fd: i32, content: &[u8], context: &Context) -> io::Result<()> {
        match fd {
            1 => Host::of(context).output.write(content),
            2 => Host::of(context).output.write_error(content),
            _ => return self.with(fd, |file| file.write_all(content)),
        }
        Ok(())
    }
}

/// Whether a value is a descriptor rather than a path.
pub fn is_number(value: &JsValue) -> bool {
    value
        .as_number()
        .is_some_and(|number| f64::from(number as i32) == number)
}

/// A descriptor's number.
///
/// # Errors
/// `ERR_INVALID_ARG_TYPE` and `ERR_OUT_OF_RANGE`.
pub fn number(args: &[JsValue], index: usize, context: &mut Context) -> JsResult<i32> {
    let given = argument(args, index);
    let Some(number) = given.as_number() else {
        return Err(errors::invalid_argument_type(
            "fd",
            "of type number",
            &given,
            context,
        ));
    };
    if number.fract() != 0.0 || !(0.0..=2_147_483_647.0).contains(&number) {
        let message = format!(
            "The value of \"fd\" is out of range. It must be >= 0 && <= 2147483647. Received {number}"
        );
        return Err(errors::range_error("ERR_OUT_OF_RANGE", message, context));
    }
    Ok(number as i32)
}

fn finish<T: Into<JsValue>>(
    result: io::Result<T>,
    syscall: &str,
    context: &mut Context,
) -> JsResult<JsValue> {
    match result {
        Ok(value) => Ok(value.into()),
        Err(failure) => Err(error(&failure, syscall, None, None, context)),
    }
}

/// `fs.openSync(path, flags, mode)`.
pub fn open(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let given = argument(args, 1);
    let flags = if given.is_null_or_undefined() {
        Flags::named("r").unwrap_or_default()
    } else {
        Flags::given(&given, context)?
    };
    match flags.open(&path) {
        Ok(file) => Ok(Host::of(context).descriptors.add(file).into()),
        Err(failure) => Err(error(&failure, "open", Some(&path), None, context)),
    }
}

/// `fs.closeSync(fd)`.
pub fn close(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let closed = Host::of(context).descriptors.open.borrow_mut().remove(&fd);
    if closed.is_none() && fd >= FIRST {
        return finish(
            Err::<(), _>(super::error::of(libc::EBADF)).map(|()| 0),
            "close",
            context,
        );
    }
    Ok(JsValue::undefined())
}

/// The part of a buffer and the place in a file that `read` and `write` take: either
/// `(offset, length, position)` or an object with those.
struct Part {
    offset: usize,
    length: usize,
    position: Option<u64>,
}

fn part(args: &[JsValue], from: usize, size: usize, context: &mut Context) -> JsResult<Part> {
    let first = argument(args, from);
    let (offset, length, position) = match first.as_object() {
        Some(options) => (
            native::get(&options, "offset", context)?,
            native::get(&options, "length", context)?,
            native::get(&options, "position", context)?,
        ),
        None => (first, argument(args, from + 1), argument(args, from + 2)),
    };
    let mut whole = |value: &JsValue, default: usize| -> JsResult<usize> {
        if value.is_null_or_undefined() {
            return Ok(default);
        }
        let number = value.to_number(context)?;
        if !(0.0..=size as f64).contains(&number) {
            let message = format!(
                "The value of \"offset\" or \"length\" is out of range. It must be >= 0 && <= {size}. Received {number}"
            );
            return Err(errors::range_error("ERR_OUT_OF_RANGE", message, context));
        }
        Ok(number as usize)
    };
    let offset = whole(&offset, 0)?;
    let length = whole(&length, size.saturating_sub(offset))?;
    let position = match position.as_bigint() {
        Some(position) => Some(position.to_f64() as u64),
        None => position
            .as_number()
            .filter(|at| *at >= 0.0)
            .map(|at| at as u64),
    };
    Ok(Part {
        offset,
        length: length.min(size.saturating_sub(offset)),
        position,
    })
}

/// Acts at a position and returns to where the file stood.
fn at<T>(
    file: &mut File,
    position: Option<u64>,
    act: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    let Some(position) = position else {
        return act(file);
    };
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(position))?;
    let result = act(file);
    file.seek(SeekFrom::Start(before))?;
    result
}

/// `fs.readSync(fd, buffer, offset, length, position)`.
pub fn read(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let given = argument(args, 1);
    let Some(view) = bytes::view(&given, context)? else {
        let expected = "an instance of Buffer, TypedArray, or DataView";
        return Err(errors::invalid_argument_type(
            "buffer", expected, &given, context,
        ));
    };
    let part = part(args, 2, view.length, context)?;
    let host = Host::of(context);
    let result = if fd == 0 {
        host.output.flush();
        platform::read_input(part.length)
    } else {
        let mut content = vec![0; part.length];
        host.descriptors.with(fd, |file| {
            let length = at(file, part.position, |file| file.read(&mut content))?;
            content.truncate(length);
            Ok(content)
        })
    };
    let result = result.map(|content| {
        view.with_mut(|target| {
            target[part.offset..part.offset + content.len()].copy_from_slice(&content);
        });
        content.len() as f64
    });
    finish(result, "read", context)
}

/// `fs.writeSync(fd, buffer, offset, length, position)` and
/// `fs.writeSync(fd, string, position, encoding)`.
pub fn write(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let given = argument(args, 1);
    let (content, position) = if let Some(string) = given.as_string() {
        let encoding = argument(args, 3)
            .as_string()
            .map(|name| native::lossy(&name));
        let content = text::encode(&string, encoding.as_deref().unwrap_or("utf8"));
        let position = argument(args, 2).as_number().map(|at| at as u64);
        (content.unwrap_or_default(), position)
    } else if let Some(view) = bytes::view(&given, context)? {
        let part = part(args, 2, view.length, context)?;
        let content = view.to_vec();
        (
            content[part.offset..part.offset + part.length].to_vec(),
            part.position,
        )
    } else {
        let expected = "of type string or an instance of Buffer, TypedArray, or DataView";
        return Err(errors::invalid_argument_type(
            "buffer", expected, &given, context,
        ));
    };
    let host = Host::of(context);
    let length = content.len() as f64;
    let result = if fd < FIRST {
        host.descriptors.write_all(fd, &content, context)
    } else {
        host.descriptors.with(fd, |file| {
            at(file, position, |file| file.write_all(&content))
        })
    };
    finish(result.map(|()| length), "write", context)
}

/// `fs.fstatSync(fd, options)`.
pub fn stat(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let big = Given::at(args, 1, context)?.flag("bigint", context)?;
    let host = Host::of(context);
    if fd < FIRST {
        // A pipe, for all that can be known of it.
        let stats = stats::stream(context)?;
        return Ok(stats.into());
    }
    match host.descriptors.with(fd, |file| file.metadata()) {
        Ok(metadata) => Ok(stats::stats(&metadata, big, context)?.into()),
        Err(failure) => Err(error(&failure, "fstat", None, None, context)),
    }
}

/// `fs.fsyncSync(fd)`.
pub fn sync(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let result = Host::of(context)
        .descriptors
        .with(fd, |file| file.sync_all());
    finish(result.map(|()| JsValue::undefined()), "fsync", context)
}

/// `fs.ftruncateSync(fd, length)`.
pub fn truncate(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let length = argument(args, 1);
    let length = if length.is_undefined() {
        0.0
    } else {
        length.to_number(context)?
    };
    let result = Host::of(context)
        .descriptors
        .with(fd, |file| file.set_len(length.max(0.0) as u64));
    finish(result.map(|()| JsValue::undefined()), "ftruncate", context)
}

/// `fs.futimesSync(fd, atime, mtime)`.
pub fn set_times(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = number(args, 0, context)?;
    let accessed = stats::time(args, 1, context)?;
    let modified = stats::time(args, 2, context)?;
    let times = std::fs::FileTimes::new()
        .set_accessed(accessed)
        .set_modified(modified);
    let result = Host::of(context)
        .descriptors
        .with(fd, |file| file.set_times(times));
    finish(result.map(|()| JsValue::undefined()), "futime", context)
}

/// `fs.fchmodSync(fd, mode)`: WASI has no modes.
pub fn chmod(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    number(args, 0, context)?;
    finish(
        Err::<f64, _>(super::error::of(libc::ENOSYS)),
        "fchmod",
        context,
    )
}
