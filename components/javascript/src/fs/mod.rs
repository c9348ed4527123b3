//! `fs`: the synchronous half. The rest is made of it, in `js/fs.js`.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/fs.html>.

mod arguments;
mod descriptors;
mod directories;
mod error;
mod files;
mod links;
mod stats;

use boa_engine::object::JsObject;
use boa_engine::{Context, Finalize, JsNativeError, JsResult, JsString, JsValue, Trace, js_string};

use crate::builtins::lazy;
use crate::host::Host;
use crate::native::{self, Native, argument, field};

pub use descriptors::Descriptors;
pub use error::error;
pub use links::realpath;
pub use stats::Classes;

const SYNCHRONOUS: [(&str, usize, Native); 36] = [
    ("accessSync", 2, links::access),
    ("appendFileSync", 3, files::append),
    ("chmodSync", 2, links::chmod),
    ("chownSync", 3, links::chown),
    ("closeSync", 1, descriptors::close),
    ("copyFileSync", 3, files::copy),
    ("existsSync", 1, links::exists),
    ("fdatasyncSync", 1, descriptors::sync),
    ("fstatSync", 2, descriptors::stat),
    ("fsyncSync", 1, descriptors::sync),
    ("ftruncateSync", 2, descriptors::truncate),
    ("futimesSync", 3, descriptors::set_times),
    ("lchownSync", 3, links::chown),
    ("linkSync", 2, links::link),
    ("lstatSync", 2, stats::lstat),
    ("lutimesSync", 3, links::set_times),
    ("mkdirSync", 2, directories::make),
    ("mkdtempSync", 2, directories::make_temporary),
    ("openSync", 3, descriptors::open),
    ("readSync", 5, descriptors::read),
    ("readFileSync", 2, files::read),
    ("readdirSync", 2, directories::read),
    ("readlinkSync", 2, links::read_link),
    ("realpathSync", 2, links::real_path),
    ("renameSync", 2, links::rename),
    ("rmSync", 2, directories::remove_any),
    ("rmdirSync", 2, directories::remove),
    ("statSync", 2, stats::stat),
    ("symlinkSync", 3, links::symlink),
    ("truncateSync", 2, files::truncate),
    ("unlinkSync", 1, links::unlink),
    ("utimesSync", 3, links::set_times),
    ("writeSync", 5, descriptors::write),
    ("writeFileSync", 3, files::write),
    ("fchmodSync", 2, descriptors::chmod),
    ("fchownSync", 3, descriptors::chmod),
];

/// Functions that take a callback or return streams; `js/fs.js` has them.
const LATER: [&str; 48] = [
    "access",
    "appendFile",
    "chmod",
    "chown",
    "close",
    "copyFile",
    "cp",
    "cpSync",
    "createReadStream",
    "createWriteStream",
    "exists",
    "fchmod",
    "fchown",
    "fdatasync",
    "fstat",
    "fsync",
    "ftruncate",
    "futimes",
    "lchown",
    "link",
    "lstat",
    "lutimes",
    "mkdir",
    "mkdtemp",
    "open",
    "openAsBlob",
    "opendir",
    "opendirSync",
    "read",
    "readFile",
    "readdir",
    "readlink",
    "readv",
    "readvSync",
    "realpath",
    "rename",
    "rm",
    "rmdir",
    "stat",
    "symlink",
    "truncate",
    "unlink",
    "unwatchFile",
    "utimes",
    "write",
    "writeFile",
    "writev",
    "writevSync",
];

/// The functions of `fs.promises`.
const PROMISES: [&str; 26] = [
    "access",
    "appendFile",
    "chmod",
    "chown",
    "copyFile",
    "cp",
    "lchown",
    "link",
    "lstat",
    "lutimes",
    "mkdir",
    "mkdtemp",
    "open",
    "opendir",
    "readFile",
    "readdir",
    "readlink",
    "realpath",
    "rename",
    "rm",
    "rmdir",
    "stat",
    "symlink",
    "truncate",
    "unlink",
    "writeFile",
];

/// Makes the core module.
///
/// # Errors
/// None.
pub fn make(context: &mut Context) -> JsResult<JsValue> {
    let exports = native::object(context);
    native::functions(&exports, &SYNCHRONOUS, context);
    for name in LATER {
        field(&exports, name, later("internal/fs", name, context));
    }
    let real_path = native::get(&exports, "realpathSync", context)?.to_object(context)?;
    field(
        &real_path,
        "native",
        native::function("native", 2, links::real_path, context),
    );
    let promises = native::object(context);
    for name in PROMISES.into_iter().chain(["utimes"]) {
        field(
            &promises,
            name,
            later("internal/fs/promises", name, context),
        );
    }
    let constants = constants();
    field(&promises, "constants", constants.clone());
    field(&exports, "promises", promises);
    for name in ["F_OK", "R_OK", "W_OK", "X_OK"] {
        let value = native::get(&constants, name, context)?;
        field(&exports, name, value);
    }
    field(&exports, "constants", constants);
    field(&exports, "Stats", stats::class(context));
    field(&exports, "Dirent", stats::entry_class(context));
    // Not enumerable, so that `import 'fs'` does not load streams.
    lazy(
        &exports,
        js_string!("ReadStream"),
        false,
        |context| stream("ReadStream", context),
        context,
    );
    lazy(
        &exports,
        js_string!("WriteStream"),
        false,
        |context| stream("WriteStream", context),
        context,
    );
    Ok(exports.into())
}

fn stream(name: &str, context: &mut Context) -> JsResult<JsValue> {
    let exports = Host::of(context).builtin_object("internal/fs_streams", context)?;
    native::get(&exports, name, context)
}

/// A function that stands in JavaScript which is not loaded yet.
#[derive(Trace, Finalize)]
struct Later {
    #[unsafe_ignore_trace]
    module: &'static str,
    name: JsString,
}

fn later(module: &'static str, name: &str, context: &Context) -> JsObject {
    let captured = Later {
        module,
        name: JsString::from(name),
    };
    native::closure(name, 0, captured, call_later, context).into()
}

fn call_later(
    this: &JsValue,
    args: &[JsValue],
    later: &Later,
    context: &mut Context,
) -> JsResult<JsValue> {
    let host = Host::of(context);
    let mut exports = host.builtin_object("internal/fs", context)?;
    if later.module.ends_with("/promises") {
        exports = native::get(&exports, "promises", context)?.to_object(context)?;
    }
    match exports.get(later.name.clone(), context)?.as_callable() {
        Some(function) => function.call(this, args, context),
        None => {
            let message = format!(
                "fs.{} is not part of boxer:javascript",
                native::lossy(&later.name)
            );
            Err(JsNativeError::typ().with_message(message).into())
        }
    }
}

/// `fs.constants`, with Linux's numbers.
pub fn constants() -> JsObject {
    const NUMBERS: [(&str, i32); 36] = [
        ("F_OK", 0),
        ("R_OK", 4),
        ("W_OK", 2),
        ("X_OK", 1),
        ("COPYFILE_EXCL", 1),
        ("COPYFILE_FICLONE", 2),
        ("COPYFILE_FICLONE_FORCE", 4),
        ("O_RDONLY", 0),
        ("O_WRONLY", 1),
        ("O_RDWR", 2),
        ("O_CREAT", descriptors::O_CREAT),
        ("O_EXCL", descriptors::O_EXCL),
        ("O_TRUNC", descriptors::O_TRUNC),
        ("O_APPEND", descriptors::O_APPEND),
        ("O_SYNC", 0o4_010_000),
        ("S_IFMT", 0o170_000),
        ("S_IFREG", 0o100_000),
        ("S_IFDIR", 0o040_000),
        ("S_IFCHR", 0o020_000),
        ("S_IFBLK", 0o060_000),
        ("S_IFIFO", 0o010_000),
        ("S_IFLNK", 0o120_000),
        ("S_IFSOCK", 0o140_000),
        ("S_IRWXU", 0o700),
        ("S_IRUSR", 0o400),
        ("S_IWUSR", 0o200),
        ("S_IXUSR", 0o100),
        ("S_IRWXG", 0o070),
        ("S_IRGRP", 0o040),
        ("S_IWGRP", 0o020),
        ("S_IXGRP", 0o010),
        ("S_IRWXO", 0o007),
        ("S_IROTH", 0o004),
        ("S_IWOTH", 0o002),
        ("S_IXOTH", 0o001),
        ("UV_FS_O_FILEMAP", 0),
    ];
    let constants = JsObject::with_null_proto();
    for (name, value) in NUMBERS {
        field(&constants, name, value);
    }
    constants
}

/// Functions that the JavaScript half needs besides: reading standard input, and
/// calling back in the next round of the event loop.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[("complete", 1, complete), ("pathOf", 2, arguments::js_path)],
        context,
    );
    binding
}

/// `complete(callback, ...args)`: calls back as the end of a file operation does.
fn complete(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if let Some(function) = argument(args, 0).as_callable() {
        Host::of(context)
            .event_loop
            .complete(crate::event_loop::Task {
                function,
                this: JsValue::undefined(),
                args: args[1..].to_vec(),
            });
    }
    Ok(JsValue::undefined())
}
