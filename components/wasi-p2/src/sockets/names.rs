//! `wasi:sockets/ip-name-lookup`.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

use super::{address, errors, punycode, stack};
use crate::Personality;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::sockets::ip_name_lookup::{
    Guest, GuestResolveAddressStream, ResolveAddressStream as ResolveAddressStreamHandle,
};
use crate::bindings::exports::wasi::sockets::network::{ErrorCode, IpAddress, NetworkBorrow};
use crate::io::poll::{Now, Waitable, Wakers, pollable};
use crate::kernel::{Errno, net};

/// A lookup that is under way.
pub(crate) struct Names {
    lookup: net::Lookup,
    next: RefCell<Next>,
}

/// What the driver has said and the application has not heard. A driver only says
/// whether an answer is there by giving it.
enum Next {
    Unknown,
    Address(IpAddress),
    /// The end, or the failure, which stays what it is.
    Over(Result<(), ErrorCode>),
}

impl Names {
    pub(super) fn resolve(name: &str) -> Result<Self, ErrorCode> {
        stack::opened();
        let name = punycode::to_ascii(bare(name)).ok_or(ErrorCode::InvalidArgument)?;
        let lookup = net::resolve(&name).map_err(errors::of_lookup)?;
        stack::kick();
        Ok(Self {
            lookup,
            next: RefCell::new(Next::Unknown),
        })
    }

    /// Asks the driver if nothing is known, and tells whether something is then.
    fn look(&self) -> bool {
        let mut next = self.next.borrow_mut();
        if let Next::Unknown = *next {
            *next = match self.lookup.next() {
                Ok(Some(ip)) => Next::Address(address::raise_ip(ip)),
                Ok(None) => Next::Over(Ok(())),
                Err(Errno::Again | Errno::Interrupted) => Next::Unknown,
                Err(errno) => Next::Over(Err(errors::of_lookup(errno))),
            };
        }
        !matches!(*next, Next::Unknown)
    }

    pub(super) fn next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        if !stack::again(|known| !known, || self.look()) {
            return Err(ErrorCode::WouldBlock);
        }
        let mut next = self.next.borrow_mut();
        match *next {
            Next::Address(ip) => {
                *next = Next::Unknown;
                Ok(Some(ip))
            }
            Next::Over(end) => end.map(|()| None),
            Next::Unknown => Err(ErrorCode::WouldBlock),
        }
    }
}

/// An IPv6 address may come in brackets, as a URL has it (RFC 3986 section 3.2.2).
fn bare(name: &str) -> &str {
    name.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .filter(|inner| inner.contains(':'))
        .unwrap_or(name)
}

impl Waitable for Names {
    fn is_ready(&self, _now: &mut Now) -> bool {
        self.look()
    }

    fn wakers(&self, wakers: &mut Wakers) {
        wakers.token(self.lookup.wait_token());
    }
}

/// A `resolve-address-stream`. Its pollables share it, so they may outlive it.
pub(crate) struct ResolveAddressStream(Rc<Names>);

impl Guest for Personality {
    type ResolveAddressStream = ResolveAddressStream;

    fn resolve_addresses(
        _network: NetworkBorrow<'_>,
        name: String,
    ) -> Result<ResolveAddressStreamHandle, ErrorCode> {
        let names = Names::resolve(&name)?;
        Ok(ResolveAddressStreamHandle::new(ResolveAddressStream(
            Rc::new(names),
        )))
    }
}

impl GuestResolveAddressStream for ResolveAddressStream {
    fn resolve_next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        self.0.next_address()
    }

    fn subscribe(&self) -> Pollable {
        pollable(self.0.clone())
    }
}

#[cfg(test)]
mod tests;
