//! `wasi:sockets/tcp`: the state machine of a TCP socket.
//!
//! The states and transitions are those of WASI's "Operational semantics of TCP
//! sockets". No driver asks anybody for leave, so binding and listening happen in
//! their `start-` half and the `finish-` half only tells.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use super::address::{self, check_local, check_peer};
use super::connection::Connection;
use super::{errors, options, stack};
use crate::Personality;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::tcp::{
    Duration, Guest, GuestTcpSocket, ShutdownType, TcpSocket as TcpSocketHandle,
};
use crate::bindings::exports::wasi::sockets::tcp_create_socket;
use crate::io::poll::{Now, Waitable, Wakers, pollable};
use crate::io::streams::{Sink, Source, input_stream, output_stream};
use crate::kernel::net::{self, Socket, SocketKind, SocketOption};
use crate::kernel::{Errno, Readiness};

/// The queue of a listener that nobody has told a size: that of Rust's library.
const BACKLOG: u32 = 128;

/// A TCP socket.
pub(crate) struct Tcp {
    socket: Rc<Socket>,
    family: IpAddressFamily,
    backlog: Cell<u32>,
    state: RefCell<State>,
}

/// `closed` is what a connection attempt that failed leaves behind.
enum State {
    Unbound,
    BindInProgress,
    Bound,
    ListenInProgress,
    Listening,
    ConnectInProgress,
    Connected(Rc<Connection>),
    Closed,
}

impl Tcp {
    pub(super) fn open(family: IpAddressFamily) -> Result<Self, ErrorCode> {
        stack::opened();
        let socket =
            net::open(address::family(family), SocketKind::Stream).map_err(errors::code)?;
        Ok(Self::new(Rc::new(socket), family, State::Unbound))
    }

    fn new(socket: Rc<Socket>, family: IpAddressFamily, state: State) -> Self {
        Self {
            socket,
            family,
            backlog: Cell::new(BACKLOG),
            state: RefCell::new(state),
        }
    }

    fn enter(&self, state: State) {
        *self.state.borrow_mut() = state;
    }

    /// Why an operation that is neither in progress nor possible now cannot start.
    fn refusal(&self) -> ErrorCode {
        match *self.state.borrow() {
            State::BindInProgress | State::ListenInProgress | State::ConnectInProgress => {
                ErrorCode::ConcurrencyConflict
            }
            State::Unbound
            | State::Bound
            | State::Listening
            | State::Connected(_)
            | State::Closed => ErrorCode::InvalidState,
        }
    }

    pub(super) fn start_bind(&self, local: IpSocketAddress) -> Result<(), ErrorCode> {
        if !matches!(*self.state.borrow(), State::Unbound) {
            return Err(self.refusal());
        }
        check_local(self.family, local)?;
        // WASI binds to a port though an old connection still lingers on it. A stack
        // that does not know such lingering has no such option.
        let _ = self.socket.set_option(SocketOption::ReuseAddress, 1);
        self.socket
            .bind(address::lower(local))
            .map_err(errors::of_bind)?;
        self.enter(State::BindInProgress);
        Ok(())
    }

    pub(super) fn finish_bind(&self) -> Result<(), ErrorCode> {
        if !matches!(*self.state.borrow(), State::BindInProgress) {
            return Err(ErrorCode::NotInProgress);
        }
        self.enter(State::Bound);
        Ok(())
    }

    pub(super) fn start_connect(&self, remote: IpSocketAddress) -> Result<(), ErrorCode> {
        if !matches!(*self.state.borrow(), State::Unbound | State::Bound) {
            return Err(self.refusal());
        }
        check_peer(self.family, remote)?;
        match self.socket.connect(Some(address::lower(remote))) {
            Ok(()) | Err(Errno::InProgress) => {
                self.enter(State::ConnectInProgress);
                stack::kick();
                Ok(())
            }
            Err(errno) => {
                self.enter(State::Closed);
                Err(errors::of_connect(errno))
            }
        }
    }

    pub(super) fn finish_connect(&self) -> Result<Rc<Connection>, ErrorCode> {
        if !matches!(*self.state.borrow(), State::ConnectInProgress) {
            return Err(ErrorCode::NotInProgress);
        }
        if !stack::again(|done| !done, || self.connect_is_done()) {
            return Err(ErrorCode::WouldBlock);
        }
        if let Some(errno) = self.socket.take_error() {
            self.enter(State::Closed);
            return Err(errors::of_connect(errno));
        }
        let connection = Connection::new(self.socket.clone());
        self.enter(State::Connected(connection.clone()));
        Ok(connection)
    }

    fn connect_is_done(&self) -> bool {
        self.socket
            .ready()
            .intersects(Readiness::WRITABLE | Readiness::ERROR | Readiness::HANGUP)
    }

    pub(super) fn start_listen(&self) -> Result<(), ErrorCode> {
        if !matches!(*self.state.borrow(), State::Bound) {
            return Err(self.refusal());
        }
        if let Err(errno) = self.socket.listen(self.backlog.get()) {
            self.enter(State::Closed);
            return Err(errors::code(errno));
        }
        self.enter(State::ListenInProgress);
        Ok(())
    }

    pub(super) fn finish_listen(&self) -> Result<(), ErrorCode> {
        if !matches!(*self.state.borrow(), State::ListenInProgress) {
            return Err(ErrorCode::NotInProgress);
        }
        self.enter(State::Listening);
        Ok(())
    }

    pub(super) fn accept(&self) -> Result<(Self, Rc<Connection>), ErrorCode> {
        if !matches!(*self.state.borrow(), State::Listening) {
            return Err(ErrorCode::InvalidState);
        }
        let would_block = |outcome: &Result<_, Errno>| matches!(outcome, Err(Errno::Again));
        let (socket, _peer) =
            stack::again(would_block, || self.socket.accept()).map_err(errors::code)?;
        let socket = Rc::new(socket);
        let connection = Connection::new(socket.clone());
        let accepted = Self::new(socket, self.family, State::Connected(connection.clone()));
        Ok((accepted, connection))
    }

    pub(super) fn local_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        if matches!(
            *self.state.borrow(),
            State::Unbound | State::BindInProgress | State::Closed
        ) {
            return Err(ErrorCode::InvalidState);
        }
        match self.socket.local_address() {
            Ok(local) => Ok(address::raise(local)),
            Err(Errno::Invalid) => Err(ErrorCode::InvalidState),
            Err(errno) => Err(errors::code(errno)),
        }
    }

    pub(super) fn remote_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        if !matches!(*self.state.borrow(), State::Connected(_)) {
            return Err(ErrorCode::InvalidState);
        }
        self.socket
            .remote_address()
            .map(address::raise)
            .map_err(errors::code)
    }

    pub(super) fn is_listening(&self) -> bool {
        matches!(*self.state.borrow(), State::Listening)
    }

    pub(super) fn set_backlog(&self, value: u64) -> Result<(), ErrorCode> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument);
        }
        let backlog = u32::try_from(value).unwrap_or(u32::MAX);
        match *self.state.borrow() {
            State::Unbound | State::BindInProgress | State::Bound => {}
            State::ListenInProgress | State::Listening => {
                self.socket
                    .listen(backlog)
                    .map_err(|_| ErrorCode::NotSupported)?;
            }
            State::ConnectInProgress | State::Connected(_) | State::Closed => {
                return Err(ErrorCode::InvalidState);
            }
        }
        self.backlog.set(backlog);
        Ok(())
    }

    pub(super) fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode> {
        let connection = match &*self.state.borrow() {
            State::Connected(connection) => connection.clone(),
            _ => return Err(ErrorCode::InvalidState),
        };
        connection.shut(
            matches!(how, ShutdownType::Receive | ShutdownType::Both),
            matches!(how, ShutdownType::Send | ShutdownType::Both),
        )
    }
}

/// Ready when the operation in progress can finish, or a connection be accepted. In
/// every other state there is nothing to wait for.
impl Waitable for Tcp {
    fn is_ready(&self, _now: &mut Now) -> bool {
        match *self.state.borrow() {
            State::ConnectInProgress => self.connect_is_done(),
            State::Listening => self
                .socket
                .ready()
                .intersects(Readiness::READABLE | Readiness::ERROR),
            State::Unbound
            | State::BindInProgress
            | State::Bound
            | State::ListenInProgress
            | State::Connected(_)
            | State::Closed => true,
        }
    }

    fn wakers(&self, wakers: &mut Wakers) {
        let interest = if self.is_listening() {
            Readiness::READABLE
        } else {
            Readiness::WRITABLE
        };
        wakers.token(self.socket.wait_token(interest));
    }
}

/// A `tcp-socket`. Its streams and pollables share it, so they may outlive it.
pub(crate) struct TcpSocket(Rc<Tcp>);

fn streams(connection: &Rc<Connection>) -> (InputStream, OutputStream) {
    (
        input_stream(Source::Tcp(connection.clone())),
        output_stream(Sink::Tcp(connection.clone())),
    )
}

impl Guest for Personality {
    type TcpSocket = TcpSocket;
}

impl tcp_create_socket::Guest for Personality {
    fn create_tcp_socket(family: IpAddressFamily) -> Result<TcpSocketHandle, ErrorCode> {
        Ok(TcpSocketHandle::new(TcpSocket(Rc::new(Tcp::open(family)?))))
    }
}

impl TcpSocket {
    fn get(&self, option: SocketOption) -> Result<u64, ErrorCode> {
        options::get(&self.0.socket, option)
    }

    fn set_positive(&self, option: SocketOption, value: u64) -> Result<(), ErrorCode> {
        options::set_positive(&self.0.socket, option, value)
    }
}

impl GuestTcpSocket for TcpSocket {
    fn start_bind(
        &self,
        _network: NetworkBorrow<'_>,
        local: IpSocketAddress,
    ) -> Result<(), ErrorCode> {
        self.0.start_bind(local)
    }

    fn finish_bind(&self) -> Result<(), ErrorCode> {
        self.0.finish_bind()
    }

    fn start_connect(
        &self,
        _network: NetworkBorrow<'_>,
        remote: IpSocketAddress,
    ) -> Result<(), ErrorCode> {
        self.0.start_connect(remote)
    }

    fn finish_connect(&self) -> Result<(InputStream, OutputStream), ErrorCode> {
        self.0
            .finish_connect()
            .map(|connection| streams(&connection))
    }

    fn start_listen(&self) -> Result<(), ErrorCode> {
        self.0.start_listen()
    }

    fn finish_listen(&self) -> Result<(), ErrorCode> {
        self.0.finish_listen()
    }

    fn accept(&self) -> Result<(TcpSocketHandle, InputStream, OutputStream), ErrorCode> {
        let (accepted, connection) = self.0.accept()?;
        let (input, output) = streams(&connection);
        Ok((
            TcpSocketHandle::new(TcpSocket(Rc::new(accepted))),
            input,
            output,
        ))
    }

    fn local_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        self.0.local_address()
    }

    fn remote_address(&self) -> Result<IpSocketAddress, ErrorCode> {
        self.0.remote_address()
    }

    fn is_listening(&self) -> bool {
        self.0.is_listening()
    }

    fn address_family(&self) -> IpAddressFamily {
        self.0.family
    }

    fn set_listen_backlog_size(&self, value: u64) -> Result<(), ErrorCode> {
        self.0.set_backlog(value)
    }

    fn keep_alive_enabled(&self) -> Result<bool, ErrorCode> {
        self.get(SocketOption::KeepAlive).map(|value| value != 0)
    }

    fn set_keep_alive_enabled(&self, value: bool) -> Result<(), ErrorCode> {
        options::set(&self.0.socket, SocketOption::KeepAlive, value.into())
    }

    fn keep_alive_idle_time(&self) -> Result<Duration, ErrorCode> {
        self.get(SocketOption::KeepAliveIdle)
    }

    fn set_keep_alive_idle_time(&self, value: Duration) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::KeepAliveIdle, value)
    }

    fn keep_alive_interval(&self) -> Result<Duration, ErrorCode> {
        self.get(SocketOption::KeepAliveInterval)
    }

    fn set_keep_alive_interval(&self, value: Duration) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::KeepAliveInterval, value)
    }

    fn keep_alive_count(&self) -> Result<u32, ErrorCode> {
        self.get(SocketOption::KeepAliveCount)
            .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn set_keep_alive_count(&self, value: u32) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::KeepAliveCount, value.into())
    }

    fn hop_limit(&self) -> Result<u8, ErrorCode> {
        options::hop_limit(&self.0.socket)
    }

    fn set_hop_limit(&self, value: u8) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::HopLimit, value.into())
    }

    fn receive_buffer_size(&self) -> Result<u64, ErrorCode> {
        self.get(SocketOption::ReceiveBuffer)
    }

    fn set_receive_buffer_size(&self, value: u64) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::ReceiveBuffer, value)
    }

    fn send_buffer_size(&self) -> Result<u64, ErrorCode> {
        self.get(SocketOption::SendBuffer)
    }

    fn set_send_buffer_size(&self, value: u64) -> Result<(), ErrorCode> {
        self.set_positive(SocketOption::SendBuffer, value)
    }

    fn subscribe(&self) -> Pollable {
        pollable(self.0.clone())
    }

    fn shutdown(&self, how: ShutdownType) -> Result<(), ErrorCode> {
        self.0.shutdown(how)
    }
}

#[cfg(test)]
mod tests;
