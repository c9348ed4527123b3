//! Network stacks for boxes: the semantics behind the interface `boxer:kernel/net`,
//! in plain Rust, so that they are tested on the host.
//!
//! A stack implements [`Stack`], and its sockets [`Socket`]; both mirror the WIT.
//! Nothing in them waits, looks at a clock or calls back: time is an argument of
//! [`Stack::step`]. The crate `net-guest` makes a kernel module of any stack.
//!
//! [`Loopback`] is the stack of a box that has no network but itself:
//!
//! ```
//! use net_component::{AddressFamily, Errno, Loopback, Socket, SocketKind, Stack};
//!
//! let net = Loopback::new();
//! let server = net.open(AddressFamily::Ipv4, SocketKind::Stream)?;
//! server.bind("127.0.0.1:0".parse().unwrap())?;
//! server.listen(16)?;
//!
//! let client = net.open(AddressFamily::Ipv4, SocketKind::Stream)?;
//! let connecting = client.connect(Some(server.local_address()?));
//! assert_eq!(connecting, Err(Errno::InProgress));
//! assert!(client.ready().writable && client.take_error().is_none());
//!
//! let (accepted, peer) = server.accept()?;
//! assert_eq!(peer, client.local_address()?);
//! assert_eq!(client.send(b"hello".to_vec()), Ok(5));
//! assert_eq!(accepted.receive(100), Ok(b"hello".to_vec()));
//! # Ok::<(), Errno>(())
//! ```

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod loopback;
pub mod names;
mod options;
mod stack;
mod types;

pub use loopback::{Loopback, LoopbackSocket};
pub use names::Names;
pub use options::Options;
pub use stack::{Lookup, Socket, Stack};
pub use types::{
    AddressFamily, Datagram, Errno, Instant, Readiness, ShutdownHow, SocketKind, SocketOption,
    Token,
};
