//! `wasi:sockets` over the `net` driver.

mod address;
pub(crate) mod connection;
mod errors;
mod names;
mod options;
mod punycode;
pub(crate) mod stack;
mod tcp;
mod udp;

use crate::Personality;
use crate::bindings::exports::wasi::sockets::instance_network;
use crate::bindings::exports::wasi::sockets::network::{
    self, ErrorBorrow, ErrorCode, GuestNetwork,
};
use crate::io::error::{Failure, Origin};

/// A `network`. A box has one, so it says nothing.
pub(crate) struct Network;

impl GuestNetwork for Network {}

impl network::Guest for Personality {
    type Network = Network;

    fn network_error_code(err: ErrorBorrow<'_>) -> Option<ErrorCode> {
        let failure: &Failure = err.get();
        (failure.origin == Origin::Net).then(|| errors::code(failure.errno))
    }
}

impl instance_network::Guest for Personality {
    fn instance_network() -> network::Network {
        network::Network::new(Network)
    }
}
