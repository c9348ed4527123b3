//! Socket options that TCP and UDP share.

use super::errors;
use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::kernel::net::{Socket, SocketOption};

/// `getsockopt(2)`.
pub(super) fn get(socket: &Socket, option: SocketOption) -> Result<u64, ErrorCode> {
    socket.get_option(option).map_err(errors::code)
}

/// `setsockopt(2)`.
pub(super) fn set(socket: &Socket, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
    socket.set_option(option, value).map_err(errors::code)
}

/// `setsockopt(2)` of what must not be 0.
pub(super) fn set_positive(
    socket: &Socket,
    option: SocketOption,
    value: u64,
) -> Result<(), ErrorCode> {
    if value == 0 {
        Err(ErrorCode::InvalidArgument)
    } else {
        set(socket, option, value)
    }
}

/// `IP_TTL` or `IPV6_UNICAST_HOPS`, which has 255 for its largest value.
pub(super) fn hop_limit(socket: &Socket) -> Result<u8, ErrorCode> {
    get(socket, SocketOption::HopLimit).map(|limit| u8::try_from(limit).unwrap_or(u8::MAX))
}
