//! Errnos as `wasi:sockets/network.error-code`. The WIT gives some of them another
//! meaning for each function.

use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::kernel::Errno;

/// The code for an errno, where the function says nothing else.
pub(super) fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::Access | Errno::NotPermitted => ErrorCode::AccessDenied,
        Errno::NotSupported
        | Errno::NoSystemCall
        | Errno::NoProtocolOption
        | Errno::ProtocolNotSupported
        | Errno::FamilyNotSupported => ErrorCode::NotSupported,
        Errno::Invalid | Errno::DestinationRequired => ErrorCode::InvalidArgument,
        Errno::NoMemory | Errno::NoBuffers => ErrorCode::OutOfMemory,
        Errno::TimedOut => ErrorCode::Timeout,
        Errno::Already => ErrorCode::ConcurrencyConflict,
        Errno::Again | Errno::InProgress | Errno::Interrupted => ErrorCode::WouldBlock,
        Errno::Connected | Errno::NotConnected => ErrorCode::InvalidState,
        Errno::TooManyFiles | Errno::TooManyFilesInSystem => ErrorCode::NewSocketLimit,
        Errno::AddressNotAvailable => ErrorCode::AddressNotBindable,
        Errno::AddressInUse => ErrorCode::AddressInUse,
        Errno::NetworkDown | Errno::NetworkUnreachable | Errno::HostUnreachable => {
            ErrorCode::RemoteUnreachable
        }
        Errno::ConnectionRefused => ErrorCode::ConnectionRefused,
        Errno::ConnectionReset | Errno::BrokenPipe => ErrorCode::ConnectionReset,
        Errno::ConnectionAborted | Errno::Cancelled => ErrorCode::ConnectionAborted,
        Errno::MessageTooLarge => ErrorCode::DatagramTooLarge,
        Errno::NameUnresolvable => ErrorCode::NameUnresolvable,
        Errno::ResolverTemporary => ErrorCode::TemporaryResolverFailure,
        Errno::NoEntry
        | Errno::Io
        | Errno::NoDeviceOrAddress
        | Errno::BadDescriptor
        | Errno::Busy
        | Errno::Exist
        | Errno::CrossDevice
        | Errno::NoDevice
        | Errno::NotDirectory
        | Errno::IsDirectory
        | Errno::NotTerminal
        | Errno::TextBusy
        | Errno::FileTooLarge
        | Errno::NoSpace
        | Errno::IllegalSeek
        | Errno::ReadOnly
        | Errno::TooManyLinks
        | Errno::Deadlock
        | Errno::NameTooLong
        | Errno::NoLock
        | Errno::NotEmpty
        | Errno::Loop
        | Errno::Overflow
        | Errno::IllegalSequence
        | Errno::Quota
        | Errno::Stale
        | Errno::NoData
        | Errno::NotSocket
        | Errno::Protocol => ErrorCode::Unknown,
    }
}

/// For `start-bind`: an address of the wrong family is a wrong argument.
pub(super) fn of_bind(errno: Errno) -> ErrorCode {
    match errno {
        Errno::FamilyNotSupported => ErrorCode::InvalidArgument,
        other => code(other),
    }
}

/// For `start-connect`, `finish-connect` and `stream`: binds without being asked,
/// so an address that is not available means that the ports are used up.
pub(super) fn of_connect(errno: Errno) -> ErrorCode {
    match errno {
        Errno::FamilyNotSupported => ErrorCode::InvalidArgument,
        Errno::AddressNotAvailable => ErrorCode::AddressInUse,
        other => code(other),
    }
}

/// For a datagram that was sent or received. A datagram to a connected socket's
/// other address is a wrong argument, and a reset is how some stacks say that
/// nobody is there.
pub(super) fn of_datagram(errno: Errno) -> ErrorCode {
    match errno {
        Errno::FamilyNotSupported | Errno::Connected => ErrorCode::InvalidArgument,
        Errno::ConnectionReset => ErrorCode::RemoteUnreachable,
        other => code(other),
    }
}

/// For a name lookup: whatever is not known to pass is permanent.
pub(super) fn of_lookup(errno: Errno) -> ErrorCode {
    match code(errno) {
        ErrorCode::Unknown | ErrorCode::NotSupported => ErrorCode::PermanentResolverFailure,
        other => other,
    }
}
