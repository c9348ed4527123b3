//! One box, started many times by one process: a server that runs each request in a box
//! of its own.

use wasmtime_wasi::p2::bindings::CommandPre;

use super::host::Host;
use super::start::call;
use super::{Invocation, Loaded, Outcome, RunError, Stdio};

/// A box with its imports joined, ready to be started any number of times. Load it with
/// [`Runner::pooled`](super::Runner::pooled), which makes starting it an order of
/// magnitude cheaper.
pub struct Service {
    loaded: Loaded,
    linked: CommandPre<Host>,
}

impl Service {
    /// Joins the imports of a box.
    ///
    /// # Errors
    ///
    /// If it imports what the host does not provide or exports no `wasi:cli/run`.
    pub fn new(loaded: Loaded) -> Result<Self, RunError> {
        let linked = loaded.link()?;
        Ok(Self { loaded, linked })
    }

    /// Starts the box anew and waits for its end. Nothing is left of one start in the
    /// next; any number may run at once, up to the size of the pool.
    ///
    /// Runs within a tokio runtime with time enabled, and I/O where the box has grants
    /// for the network.
    ///
    /// # Errors
    ///
    /// If the grants cannot be had on this host. A box that the pool has no room for
    /// has [trapped](Outcome::Trapped).
    pub async fn start(&self, invocation: &Invocation, stdio: Stdio) -> Result<Outcome, RunError> {
        let mut store = self.loaded.store(invocation, stdio)?;
        Ok(call(&self.linked, &mut store).await)
    }
}
