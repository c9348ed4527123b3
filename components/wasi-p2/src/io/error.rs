//! `wasi:io/error`: why a stream failed, kept so that the family it came from can
//! give its own code for it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::Personality;
use crate::bindings::exports::wasi::io::error::{Error, Guest, GuestError};
use crate::kernel::Errno;

/// Which family of interfaces an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file or a standard stream: `filesystem-error-code` knows it.
    File,
    /// A socket: `network-error-code` knows it.
    Net,
}

/// An `error`: the errno that a driver reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) origin: Origin,
    pub(crate) errno: Errno,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        Error::new(failure)
    }
}

impl Guest for Personality {
    type Error = Failure;
}

impl GuestError for Failure {
    fn to_debug_string(&self) -> String {
        self.errno.name().to_owned()
    }
}
