//! Errors of the system, with Node's names, numbers and words.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/errors.html#class-systemerror>; the words are
//! libuv's, the numbers Linux's.

use std::io::{self, ErrorKind};

use boa_engine::{Context, JsError, JsNativeError, JsString, js_string};

use crate::native::{HIDDEN, define, field, text};

/// A kind of failure.
struct Failure {
    /// The system's own number.
    native: i32,
    /// Linux's number, which scripts see.
    linux: i32,
    code: &'static str,
    words: &'static str,
}

macro_rules! failures {
    ($($code:ident = $linux:literal, $words:literal;)*) => {
        &[$(Failure { native: libc::$code, linux: $linux, code: stringify!($code), words: $words },)*]
    };
}

static FAILURES: &[Failure] = failures! {
    EPERM = 1, "operation not permitted";
    ENOENT = 2, "no such file or directory";
    EINTR = 4, "interrupted system call";
    EIO = 5, "i/o error";
    ENXIO = 6, "no such device or address";
    EBADF = 9, "bad file descriptor";
    EAGAIN = 11, "resource temporarily unavailable";
    ENOMEM = 12, "not enough memory";
    EACCES = 13, "permission denied";
    EBUSY = 16, "resource busy or locked";
    EEXIST = 17, "file already exists";
    EXDEV = 18, "cross-device link not permitted";
    ENODEV = 19, "no such device";
    ENOTDIR = 20, "not a directory";
    EISDIR = 21, "illegal operation on a directory";
    EINVAL = 22, "invalid argument";
    ENFILE = 23, "file table overflow";
    EMFILE = 24, "too many open files";
    ETXTBSY = 26, "text file is busy";
    EFBIG = 27, "file too large";
    ENOSPC = 28, "no space left on device";
    ESPIPE = 29, "invalid seek";
    EROFS = 30, "read-only file system";
    EMLINK = 31, "too many links";
    EPIPE = 32, "broken pipe";
    ENAMETOOLONG = 36, "name too long";
    ENOSYS = 38, "function not implemented";
    ENOTEMPTY = 39, "directory not empty";
    ELOOP = 40, "too many symbolic links encountered";
    EOVERFLOW = 75, "value too large for defined data type";
    EILSEQ = 84, "illegal byte sequence";
    ENOTSUP = 95, "operation not supported on socket";
    EDQUOT = 122, "disk quota exceeded";
};

fn failure(error: &io::Error) -> &'static Failure {
    let by_number = |number: i32| FAILURES.iter().find(|failure| failure.native == number);
    let number = error.raw_os_error().unwrap_or(match error.kind() {
        ErrorKind::NotFound => libc::ENOENT,
        ErrorKind::PermissionDenied => libc::EACCES,
        ErrorKind::AlreadyExists => libc::EEXIST,
        ErrorKind::InvalidInput | ErrorKind::InvalidData => libc::EINVAL,
        ErrorKind::Unsupported => libc::ENOSYS,
        ErrorKind::NotADirectory => libc::ENOTDIR,
        ErrorKind::IsADirectory => libc::EISDIR,
        ErrorKind::DirectoryNotEmpty => libc::ENOTEMPTY,
        ErrorKind::ReadOnlyFilesystem => libc::EROFS,
        ErrorKind::BrokenPipe => libc::EPIPE,
        _ => libc::EIO,
    });
    // A box may refuse what Linux would: with the number of rights.
    by_number(number)
        .or_else(|| by_number(libc::EIO))
        .unwrap_or(&FAILURES[0])
}

/// `ENOENT: no such file or directory, open 'x'`, with its properties.
pub fn error(
    error: &io::Error,
    syscall: &str,
    path: Option<&str>,
    dest: Option<&str>,
    context: &mut Context,
) -> JsError {
    let failure = failure(error);
    let mut message = format!("{}: {}, {syscall}", failure.code, failure.words);
    if let Some(path) = path {
        message.push_str(&format!(" '{path}'"));
    }
    if let Some(dest) = dest {
        message.push_str(&format!(" -> '{dest}'"));
    }
    let object = JsNativeError::error().into_opaque(context);
    define(
        &object,
        js_string!("message"),
        JsString::from(message),
        HIDDEN,
    );
    field(&object, "errno", -failure.linux);
    field(&object, "code", text(failure.code));
    field(&object, "syscall", text(syscall));
    if let Some(path) = path {
        field(&object, "path", text(path));
    }
    if let Some(dest) = dest {
        field(&object, "dest", text(dest));
    }
    JsError::from_opaque(object.into())
}

/// The failure of this number of the system.
pub fn of(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}
