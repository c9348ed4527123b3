//! Makes a kernel module of any network stack: the adapter between the traits of
//! `net-component` and the interface `boxer:kernel/net`.
//!
//! A guest implements [`Module`] for a type of its own, names [`Adapter`] of it and
//! exports that:
//!
//! ```ignore
//! struct MyNet;
//! impl net_guest::Module for MyNet { /* the one stack of the box */ }
//! type Guest = net_guest::Adapter<MyNet>;
//! net_guest::export!(Guest with_types_in net_guest::bindings);
//! ```
//!
//! What else the guest imports (a link, the host's pollables) it generates for
//! itself; the two worlds join in the component.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    reason = "generated: the canonical ABI is made of raw pointers"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../components/wit",
        inline: "
            package boxer:net-guest;
            world module {
                export boxer:kernel/net@0.1.0;
            }
        ",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "net_guest::bindings",
    });
}

pub mod convert;

use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use bindings::exports::boxer::kernel::net as wit;
use bindings::exports::boxer::kernel::net::{Errno, Readiness, SocketAddress, SocketOption};
use net_component::{Lookup, Socket, Stack};

pub use bindings::export;

/// The one stack of a box.
pub trait Module: 'static {
    /// What kind of stack.
    type Stack: Stack<Socket: 'static, Lookup: 'static> + 'static;

    /// Uses the stack.
    fn with<T>(use_it: impl FnOnce(&Self::Stack) -> T) -> T;
}

/// What a guest exports.
pub struct Adapter<M>(PhantomData<M>);

/// The resource `socket`.
pub struct SocketResource<S>(S);

/// The resource `lookup`.
pub struct LookupResource<L>(L);

impl<M: Module> wit::Guest for Adapter<M> {
    type Socket = SocketResource<<M::Stack as Stack>::Socket>;
    type Lookup = LookupResource<<M::Stack as Stack>::Lookup>;

    fn open(family: wit::AddressFamily, kind: wit::SocketKind) -> Result<wit::Socket, Errno> {
        let opened = M::with(|stack| stack.open(convert::family_from(family), convert::kind(kind)));
        let socket = opened.map_err(convert::errno)?;
        Ok(wit::Socket::new(SocketResource(socket)))
    }

    fn resolve(name: String) -> Result<wit::Lookup, Errno> {
        let lookup = M::with(|stack| stack.resolve(&name)).map_err(convert::errno)?;
        Ok(wit::Lookup::new(LookupResource(lookup)))
    }

    fn step(now: u64) -> Option<u64> {
        M::with(|stack| stack.step(now))
    }

    fn link_tokens() -> Vec<u64> {
        M::with(Stack::link_tokens)
    }
}

impl<L: Lookup + 'static> wit::GuestLookup for LookupResource<L> {
    fn next(&self) -> Result<Option<wit::IpAddress>, Errno> {
        let next = self.0.next().map_err(convert::errno)?;
        Ok(next.map(convert::ip_to))
    }

    fn wait_token(&self) -> Option<u64> {
        self.0.wait_token()
    }
}

impl<S: Socket + 'static> wit::GuestSocket for SocketResource<S> {
    fn bind(&self, local: SocketAddress) -> Result<(), Errno> {
        self.0
            .bind(convert::address_from(local))
            .map_err(convert::errno)
    }

    fn listen(&self, backlog: u32) -> Result<(), Errno> {
        self.0.listen(backlog).map_err(convert::errno)
    }

    fn accept(&self) -> Result<(wit::Socket, SocketAddress), Errno> {
        let (socket, peer) = self.0.accept().map_err(convert::errno)?;
        Ok((wit::Socket::new(Self(socket)), convert::address_to(peer)))
    }

    fn connect(&self, remote: Option<SocketAddress>) -> Result<(), Errno> {
        self.0
            .connect(remote.map(convert::address_from))
            .map_err(convert::errno)
    }

    fn take_error(&self) -> Option<Errno> {
        self.0.take_error().map(convert::errno)
    }

    fn send(&self, data: Vec<u8>) -> Result<u32, Errno> {
        let sent = self.0.send(data).map_err(convert::errno)?;
        Ok(u32::try_from(sent).unwrap_or(u32::MAX))
    }

    fn receive(&self, length: u32) -> Result<Vec<u8>, Errno> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.0.receive(length).map_err(convert::errno)
    }

    fn send_to(&self, data: Vec<u8>, remote: Option<SocketAddress>) -> Result<(), Errno> {
        self.0
            .send_to(data, remote.map(convert::address_from))
            .map_err(convert::errno)
    }

    fn receive_from(&self) -> Result<wit::Datagram, Errno> {
        let datagram = self.0.receive_from().map_err(convert::errno)?;
        Ok(wit::Datagram {
            data: datagram.data,
            source: convert::address_to(datagram.source),
        })
    }

    fn shutdown(&self, how: wit::ShutdownHow) -> Result<(), Errno> {
        self.0
            .shutdown(convert::shutdown(how))
            .map_err(convert::errno)
    }

    fn local_address(&self) -> Result<SocketAddress, Errno> {
        self.0
            .local_address()
            .map(convert::address_to)
            .map_err(convert::errno)
    }

    fn remote_address(&self) -> Result<SocketAddress, Errno> {
        self.0
            .remote_address()
            .map(convert::address_to)
            .map_err(convert::errno)
    }

    fn family(&self) -> wit::AddressFamily {
        convert::family_to(self.0.family())
    }

    fn get_option(&self, name: SocketOption) -> Result<u64, Errno> {
        self.0
            .get_option(convert::option(name))
            .map_err(convert::errno)
    }

    fn set_option(&self, name: SocketOption, value: u64) -> Result<(), Errno> {
        self.0
            .set_option(convert::option(name), value)
            .map_err(convert::errno)
    }

    fn ready(&self) -> Readiness {
        convert::readiness_to(self.0.ready())
    }

    fn wait_token(&self, interest: Readiness) -> Option<u64> {
        self.0.wait_token(convert::readiness_from(interest))
    }
}
