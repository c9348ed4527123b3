//! `boxer:kernel/net`: no socket and no lookup ever comes to be.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Deny;
use crate::bindings::exports::boxer::kernel::net::{
    AddressFamily, Datagram, Errno, Guest, GuestLookup, GuestSocket, IpAddress, Lookup, Readiness,
    ShutdownHow, Socket, SocketAddress, SocketKind, SocketOption,
};

/// What there is none of.
pub(crate) enum None {}

impl Guest for Deny {
    type Socket = None;
    type Lookup = None;

    fn open(_family: AddressFamily, _kind: SocketKind) -> Result<Socket, Errno> {
        Err(Errno::Access)
    }

    fn resolve(_name: String) -> Result<Lookup, Errno> {
        Err(Errno::NameUnresolvable)
    }

    fn step(_now: u64) -> Option<u64> {
        Option::None
    }

    fn link_tokens() -> Vec<u64> {
        Vec::new()
    }
}

impl GuestLookup for None {
    fn next(&self) -> Result<Option<IpAddress>, Errno> {
        match *self {}
    }

    fn wait_token(&self) -> Option<u64> {
        match *self {}
    }
}

impl GuestSocket for None {
    fn bind(&self, _local: SocketAddress) -> Result<(), Errno> {
        match *self {}
    }

    fn listen(&self, _backlog: u32) -> Result<(), Errno> {
        match *self {}
    }

    fn accept(&self) -> Result<(Socket, SocketAddress), Errno> {
        match *self {}
    }

    fn connect(&self, _remote: Option<SocketAddress>) -> Result<(), Errno> {
        match *self {}
    }

    fn take_error(&self) -> Option<Errno> {
        match *self {}
    }

    fn send(&self, _data: Vec<u8>) -> Result<u32, Errno> {
        match *self {}
    }

    fn receive(&self, _length: u32) -> Result<Vec<u8>, Errno> {
        match *self {}
    }

    fn send_to(&self, _data: Vec<u8>, _remote: Option<SocketAddress>) -> Result<(), Errno> {
        match *self {}
    }

    fn receive_from(&self) -> Result<Datagram, Errno> {
        match *self {}
    }

    fn shutdown(&self, _how: ShutdownHow) -> Result<(), Errno> {
        match *self {}
    }

    fn local_address(&self) -> Result<SocketAddress, Errno> {
        match *self {}
    }

    fn remote_address(&self) -> Result<SocketAddress, Errno> {
        match *self {}
    }

    fn family(&self) -> AddressFamily {
        match *self {}
    }

    fn get_option(&self, _name: SocketOption) -> Result<u64, Errno> {
        match *self {}
    }

    fn set_option(&self, _name: SocketOption, _value: u64) -> Result<(), Errno> {
        match *self {}
    }

    fn ready(&self) -> Readiness {
        match *self {}
    }

    fn wait_token(&self, _interest: Readiness) -> Option<u64> {
        match *self {}
    }
}
