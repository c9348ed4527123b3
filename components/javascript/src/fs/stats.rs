//! `Stats` and `Dirent`.

use std::cell::OnceCell;
use std::fs::{self, FileType, Metadata};
use std::time::{SystemTime, UNIX_EPOCH};

use boa_engine::object::JsObject;
use boa_engine::{Context, JsBigInt, JsResult, JsSymbol, JsValue, js_string};

use super::arguments::{self, Given};
use super::error;
use crate::host::Host;
use crate::native::{self, HIDDEN, Native, argument, define, field, text};

/// The bits of a mode that tell what a file is.
const TYPE_BITS: i32 = 0o170_000;
/// The type bits of a regular file.
pub const REGULAR: i32 = 0o100_000;
/// Those of a directory.
pub const DIRECTORY: i32 = 0o040_000;
/// Those of a symbolic link.
pub const LINK: i32 = 0o120_000;
const CHARACTERS: i32 = 0o020_000;
const BLOCKS: i32 = 0o060_000;
const PIPE: i32 = 0o010_000;
const SOCKET: i32 = 0o140_000;

/// Prototypes of what the functions return.
#[derive(Debug, Default)]
pub struct Classes {
    stats: OnceCell<JsObject>,
    entry: OnceCell<JsObject>,
}

const QUESTIONS: [(&str, usize, Native); 7] = [
    ("isDirectory", 0, |this, _, context| {
        is(this, DIRECTORY, context)
    }),
    ("isFile", 0, |this, _, context| is(this, REGULAR, context)),
    ("isBlockDevice", 0, |this, _, context| {
        is(this, BLOCKS, context)
    }),
    ("isCharacterDevice", 0, |this, _, context| {
        is(this, CHARACTERS, context)
    }),
    ("isSymbolicLink", 0, |this, _, context| {
        is(this, LINK, context)
    }),
    ("isFIFO", 0, |this, _, context| is(this, PIPE, context)),
    ("isSocket", 0, |this, _, context| is(this, SOCKET, context)),
];

/// Whether a `Stats` or a `Dirent` is of this type.
fn is(this: &JsValue, kind: i32, context: &mut Context) -> JsResult<JsValue> {
    let object = this.to_object(context)?;
    let marker = Host::of(context).entry_type.clone();
    let bits = object.get(marker, context)?;
    let mode = if bits.is_undefined() {
        native::get(&object, "mode", context)?
    } else {
        bits
    };
    let mode = match mode.as_bigint() {
        Some(mode) => mode.to_f64() as i32,
        None => mode.to_i32(context)?,
    };
    Ok((mode & TYPE_BITS == kind).into())
}

fn make_class(name: &str, context: &Context) -> (JsObject, JsObject) {
    let prototype = native::object(context);
    let class = native::constructor(name, 0, |this, _, _| Ok(this.clone()), context);
    define(&class, js_string!("prototype"), prototype.clone(), HIDDEN);
    define(&prototype, js_string!("constructor"), class.clone(), HIDDEN);
    native::methods(&prototype, &QUESTIONS, context);
    (class.into(), prototype)
}

fn stats_prototype(context: &Context) -> JsObject {
    let host = Host::of(context);
    host.file_classes
        .stats
        .get_or_init(|| make_class("Stats", context).1)
        .clone()
}

fn entry_prototype(context: &Context) -> JsObject {
    let host = Host::of(context);
    host.file_classes
        .entry
        .get_or_init(|| make_class("Dirent", context).1)
        .clone()
}

/// The class `fs.Stats`.
pub fn class(context: &mut Context) -> JsValue {
    native::get(&stats_prototype(context), "constructor", context).unwrap_or_default()
}

/// The class `fs.Dirent`.
pub fn entry_class(context: &mut Context) -> JsValue {
    native::get(&entry_prototype(context), "constructor", context).unwrap_or_default()
}

/// The type bits of a directory's entry.
pub fn type_bits(kind: FileType) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_char_device() {
            return CHARACTERS;
        }
        if kind.is_block_device() {
            return BLOCKS;
        }
        if kind.is_fifo() {
            return PIPE;
        }
        if kind.is_socket() {
            return SOCKET;
        }
    }
    if kind.is_dir() {
        DIRECTORY
    } else if kind.is_symlink() {
        LINK
    } else {
        REGULAR
    }
}

/// A `Dirent`.
pub fn entry(name: JsValue, folder: &str, kind: FileType, context: &mut Context) -> JsObject {
    let entry = JsObject::from_proto_and_data(
        Some(entry_prototype(context)),
        boa_engine::builtins::object::OrdinaryObject,
    );
    field(&entry, "name", name);
    field(&entry, "parentPath", text(folder));
    field(&entry, "path", text(folder));
    let marker: JsSymbol = Host::of(context).entry_type.clone();
    define(&entry, marker, type_bits(kind), native::OPEN);
    entry
}

/// What the system knows of a file beside its times.
struct Numbers {
    dev: u64,
    mode: i32,
    nlink: u64,
    uid: u32,
    gid: u32,
    rdev: u64,
    blksize: u64,
    ino: u64,
    blocks: u64,
}

#[cfg(unix)]
fn numbers(metadata: &Metadata) -> Numbers {
    use std::os::unix::fs::MetadataExt as _;
    Numbers {
        dev: metadata.dev(),
        mode: metadata.mode().cast_signed(),
        nlink: metadata.nlink(),
        uid: metadata.uid(),
        gid: metadata.gid(),
        rdev: metadata.rdev(),
        blksize: metadata.blksize(),
        ino: metadata.ino(),
        blocks: metadata.blocks(),
    }
}

/// WASI 0.2 knows neither modes nor owners, so the usual ones stand here.
#[cfg(not(unix))]
fn numbers(metadata: &Metadata) -> Numbers {
    let kind = type_bits(metadata.file_type());
    let permissions = match kind {
        DIRECTORY => 0o755,
        LINK => 0o777,
        _ => 0o644,
    };
    Numbers {
        dev: 0,
        mode: kind | permissions,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        ino: 0,
        blocks: metadata.len().div_ceil(512),
    }
}

/// Nanoseconds since 1970.
fn nanoseconds(time: &std::io::Result<SystemTime>) -> i128 {
    let Ok(time) = time else {
        return 0;
    };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos().cast_signed(),
        Err(before) => -before.duration().as_nanos().cast_signed(),
    }
}

/// A `Stats`, with bigints where `big`.
///
/// # Errors
/// None.
pub fn stats(metadata: &Metadata, big: bool, context: &mut Context) -> JsResult<JsObject> {
    let numbers = numbers(metadata);
    let stats = JsObject::from_proto_and_data(
        Some(stats_prototype(context)),
        boa_engine::builtins::object::OrdinaryObject,
    );
    let number = |value: u64| {
        if big {
            JsValue::from(JsBigInt::from(value))
        } else {
            JsValue::from(value as f64)
        }
    };
    field(&stats, "dev", number(numbers.dev));
    field(
        &stats,
        "mode",
        number(u64::from(numbers.mode.cast_unsigned())),
    );
    field(&stats, "nlink", number(numbers.nlink));
    field(&stats, "uid", number(u64::from(numbers.uid)));
    field(&stats, "gid", number(u64::from(numbers.gid)));
    field(&stats, "rdev", number(numbers.rdev));
    field(&stats, "blksize", number(numbers.blksize));
    field(&stats, "ino", number(numbers.ino));
    field(&stats, "size", number(metadata.len()));
    field(&stats, "blocks", number(numbers.blocks));
    let modified = nanoseconds(&metadata.modified());
    let times = [
        ("atime", nanoseconds(&metadata.accessed())),
        ("mtime", modified),
        ("ctime", modified),
        ("birthtime", nanoseconds(&metadata.created())),
    ];
    for (name, time) in times {
        let milliseconds = time as f64 / 1e6;
        let value = if big {
            JsValue::from(JsBigInt::from((time / 1_000_000) as i64))
        } else {
            JsValue::from(milliseconds)
        };
        field(&stats, &format!("{name}Ms"), value);
    }
    if big {
        for (name, time) in times {
            field(&stats, &format!("{name}Ns"), JsBigInt::from(time as i64));
        }
    }
    let date = context.intrinsics().constructors().date().constructor();
    for (name, time) in times {
        let milliseconds = (time as f64 / 1e6).round();
        let value = date.construct(&[milliseconds.into()], None, context)?;
        field(&stats, name, value);
    }
    Ok(stats)
}

/// The `Stats` of a standard stream, of which nothing is known.
///
/// # Errors
/// None.
pub fn stream(context: &mut Context) -> JsResult<JsObject> {
    let stats = JsObject::from_proto_and_data(
        Some(stats_prototype(context)),
        boa_engine::builtins::object::OrdinaryObject,
    );
    for name in [
        "dev", "nlink", "uid", "gid", "rdev", "ino", "size", "blocks",
    ] {
        field(&stats, name, 0);
    }
    field(&stats, "mode", PIPE | 0o600);
    field(&stats, "blksize", 4096);
    Ok(stats)
}

/// `fs.statSync(path, options)`.
pub fn stat(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    look(args, "stat", |path| fs::metadata(path), context)
}

/// `fs.lstatSync(path, options)`.
pub fn lstat(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    look(args, "lstat", |path| fs::symlink_metadata(path), context)
}

fn look(
    args: &[JsValue],
    syscall: &str,
    look: fn(&str) -> std::io::Result<Metadata>,
    context: &mut Context,
) -> JsResult<JsValue> {
    let path = arguments::path(args, 0, "path", context)?;
    let given = Given::at(args, 1, context)?;
    let big = given.flag("bigint", context)?;
    match look(&path) {
        Ok(metadata) => Ok(stats(&metadata, big, context)?.into()),
        Err(failure) => {
            let silent = given.option("throwIfNoEntry", context)?;
            let missing = matches!(
                failure.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            );
            if missing && silent.as_boolean() == Some(false) {
                return Ok(JsValue::undefined());
            }
            Err(error(&failure, syscall, Some(&path), None, context))
        }
    }
}

/// Milliseconds, seconds or a date as a time of the system.
///
/// # Errors
/// `ERR_INVALID_ARG_TYPE`.
pub fn time(args: &[JsValue], index: usize, context: &mut Context) -> JsResult<SystemTime> {
    let given = argument(args, index);
    let is_date = given
        .as_object()
        .is_some_and(|object| object.is::<boa_engine::builtins::date::Date>());
    let mut seconds = given.to_number(context)?;
    if is_date {
        seconds /= 1000.0;
    }
    if !seconds.is_finite() {
        let expected = "an instance of Date or a number";
        return Err(crate::errors::invalid_argument_type(
            "time", expected, &given, context,
        ));
    }
    let distance = std::time::Duration::from_secs_f64(seconds.abs());
    Ok(if seconds < 0.0 {
        UNIX_EPOCH - distance
    } else {
        UNIX_EPOCH + distance
    })
}
