//! What sockets of both kinds have: options, an address, a pending error.

use core::net::SocketAddr;

use super::address::{Scope, bind_scope, to_user};
use super::ports::{Holder, Ports};
use crate::{AddressFamily, Errno, Options, SocketKind, SocketOption};

/// The part of a socket that does not depend on its protocol.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) family: AddressFamily,
    pub(super) options: Options,
    pub(super) bound: Option<Bound>,
    /// `SO_ERROR`.
    pub(super) error: Option<Errno>,
}

/// Where a socket is bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) port: u16,
    /// What it receives for: what it was bound to, or the one address that a
    /// connection has.
    pub(super) scope: Scope,
    /// What it was bound to before it was connected.
    asked: Scope,
    /// The stack chose the port when the socket was first used, unasked.
    unasked: bool,
}

impl Bound {
    /// Where an accepted connection is bound.
    pub(super) fn accepted(port: u16, scope: Scope) -> Self {
        Self {
            port,
            scope,
            asked: scope,
            unasked: false,
        }
    }
}

impl Common {
    pub(super) fn new(family: AddressFamily, kind: SocketKind) -> Self {
        Self {
            family,
            options: Options::new(family, kind),
            bound: None,
            error: None,
        }
    }

    /// What the socket receives for, or would if it were bound unasked.
    pub(super) fn scope(&self) -> Scope {
        match self.bound {
            Some(bound) => bound.scope,
            None => Scope::any(self.family, &self.options),
        }
    }

    /// How the socket holds its port.
    pub(super) fn holder(&self, listening: bool) -> Holder {
        Holder {
            scope: self.scope(),
            reuse: self.options.reuse_address(),
            listening,
        }
    }

    /// `bind(2)`.
    pub(super) fn bind(&mut self, ports: &mut Ports, local: SocketAddr) -> Result<(), Errno> {
        let scope = bind_scope(self.family, &self.options, local.ip())?;
        if self.bound.is_some() {
            return Err(Errno::Invalid);
        }
        let holder = Holder {
            scope,
            ..self.holder(false)
        };
        let port = match local.port() {
            0 => ports.acquire_ephemeral(holder, 0),
            port => Some(port).filter(|port| ports.acquire(*port, holder)),
        };
        let port = port.ok_or(Errno::AddressInUse)?;
        self.bound = Some(Bound {
            port,
            scope,
            asked: scope,
            unasked: false,
        });
        Ok(())
    }

    /// Binds a socket that is used before it was bound, to another port than the one
    /// to be avoided. Tells the port, also of a socket that is bound already.
    pub(super) fn bind_unasked(&mut self, ports: &mut Ports, avoided: u16) -> Result<u16, Errno> {
        if let Some(bound) = self.bound {
            return Ok(bound.port);
        }
        let holder = self.holder(false);
        let port = ports
            .acquire_ephemeral(holder, avoided)
            .ok_or(Errno::AddressNotAvailable)?;
        self.bound = Some(Bound {
            port,
            scope: holder.scope,
            asked: holder.scope,
            unasked: true,
        });
        Ok(port)
    }

    /// Makes a bound socket receive for `scope` instead.
    pub(super) fn rescope(&mut self, ports: &mut Ports, scope: Scope) {
        let old = self.holder(false);
        if let Some(bound) = &mut self.bound {
            bound.scope = scope;
            let port = bound.port;
            ports.share(port, self.holder(false));
            ports.release(port, old);
        }
    }

    /// Undoes what connecting did to the address: what was chosen unasked is given
    /// up, and whoever was bound to all addresses is again.
    pub(super) fn unconnect(&mut self, ports: &mut Ports) {
        match self.bound {
            Some(bound) if bound.unasked => self.unbind(ports, false),
            Some(bound) => self.rescope(ports, bound.asked),
            None => {}
        }
    }

    /// Gives the port up.
    pub(super) fn unbind(&mut self, ports: &mut Ports, listening: bool) {
        let holder = self.holder(listening);
        if let Some(bound) = self.bound.take() {
            ports.release(bound.port, holder);
        }
    }

    /// `getsockname(2)`.
    pub(super) fn local_address(&self) -> Result<SocketAddr, Errno> {
        let bound = self.bound.ok_or(Errno::Invalid)?;
        Ok(to_user(self.family, bound.scope.address, bound.port))
    }

    /// `setsockopt(2)`.
    pub(super) fn set_option(
        &mut self,
        ports: &mut Ports,
        listening: bool,
        name: SocketOption,
        value: u64,
    ) -> Result<(), Errno> {
        let old = self.holder(listening);
        let Some(bound) = self.bound else {
            return self.options.set(name, value);
        };
        if name == SocketOption::Ipv6Only && self.family == AddressFamily::Ipv6 {
            return Err(Errno::Invalid);
        }
        self.options.set(name, value)?;
        ports.share(bound.port, self.holder(listening));
        ports.release(bound.port, old);
        Ok(())
    }
}
