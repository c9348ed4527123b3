//! Why a call failed.

use core::fmt;

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $symbol:literal,)*) => {
        /// Why a call failed: the error numbers that `boxer:kernel/types` has, in the
        /// same order. What each means is told there and in POSIX.1-2024 `<errno.h>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Errno {
            $(
                #[doc = concat!("`", $symbol, "`")]
                $name,
            )*
        }

        impl Errno {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The symbol that a C library gives to programs.
            #[must_use]
            pub fn symbol(self) -> &'static str {
                match self {
                    $(Self::$name => $symbol,)*
                }
            }
        }
    };
}

errnos! {
    NotPermitted = "EPERM",
    NoEntry = "ENOENT",
    Interrupted = "EINTR",
    Io = "EIO",
    NoDeviceOrAddress = "ENXIO",
    BadDescriptor = "EBADF",
    Again = "EAGAIN",
    NoMemory = "ENOMEM",
    Access = "EACCES",
    Busy = "EBUSY",
    Exist = "EEXIST",
    CrossDevice = "EXDEV",
    NoDevice = "ENODEV",
    NotDirectory = "ENOTDIR",
    IsDirectory = "EISDIR",
    Invalid = "EINVAL",
    TooManyFilesInSystem = "ENFILE",
    TooManyFiles = "EMFILE",
    NotTerminal = "ENOTTY",
    TextBusy = "ETXTBSY",
    FileTooLarge = "EFBIG",
    NoSpace = "ENOSPC",
    IllegalSeek = "ESPIPE",
    ReadOnly = "EROFS",
    TooManyLinks = "EMLINK",
    BrokenPipe = "EPIPE",
    Deadlock = "EDEADLK",
    NameTooLong = "ENAMETOOLONG",
    NoLock = "ENOLCK",
    NoSystemCall = "ENOSYS",
    NotEmpty = "ENOTEMPTY",
    Loop = "ELOOP",
    Overflow = "EOVERFLOW",
    IllegalSequence = "EILSEQ",
    Quota = "EDQUOT",
    Stale = "ESTALE",
    NoData = "ENODATA",
    NotSupported = "ENOTSUP",
    Cancelled = "ECANCELED",
    NotSocket = "ENOTSOCK",
    DestinationRequired = "EDESTADDRREQ",
    MessageTooLarge = "EMSGSIZE",
    Protocol = "EPROTO",
    NoProtocolOption = "ENOPROTOOPT",
    ProtocolNotSupported = "EPROTONOSUPPORT",
    FamilyNotSupported = "EAFNOSUPPORT",
    AddressInUse = "EADDRINUSE",
    AddressNotAvailable = "EADDRNOTAVAIL",
    NetworkDown = "ENETDOWN",
    NetworkUnreachable = "ENETUNREACH",
    HostUnreachable = "EHOSTUNREACH",
    ConnectionAborted = "ECONNABORTED",
    ConnectionReset = "ECONNRESET",
    ConnectionRefused = "ECONNREFUSED",
    NoBuffers = "ENOBUFS",
    Connected = "EISCONN",
    NotConnected = "ENOTCONN",
    TimedOut = "ETIMEDOUT",
    Already = "EALREADY",
    InProgress = "EINPROGRESS",
    NameUnresolvable = "EAI_NONAME",
    ResolverTemporary = "EAI_AGAIN",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl core::error::Error for Errno {}

/// What every call of this crate returns.
pub type Result<T> = core::result::Result<T, Errno>;
