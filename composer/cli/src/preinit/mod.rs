//! `[build] preinit`: a box that is started when it is built, and starts from there.
//!
//! The fused box runs here up to the end of a function that its app exports, and what is
//! then in its memories and globals becomes what they begin with. Nothing of this
//! machine may get into that snapshot, so the host that the function meets has clocks
//! that stand still, random numbers that are always the same, and nothing else: whoever
//! asks for arguments, variables, streams or files of the host is refused by name. The
//! box's own filesystem is there, with what is baked into it.

mod host;
mod state;

use composer::NotStarted;
use wasmtime::component::Component;
use wasmtime::{Engine, Store};
use wasmtime_wizer::Wizer;

use crate::run::{Trapped, engine};
use host::{Refused, host, linker};
use state::State;

/// Starts a fused box, calls `hook`, and returns the box that begins after that. It goes on
/// exporting the hook.
///
/// # Errors
///
/// If the hook traps or asks the host for what it cannot have, or if the box has state
/// that cannot be kept.
pub fn preinit(component: &[u8], hook: Option<&str>) -> Result<Vec<u8>, NotStarted> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| cannot(&wasmtime::Error::from(error), hook))?;
    runtime
        .block_on(snapshot(component, hook))
        .map_err(|error| cannot(&error, hook))
}

async fn snapshot(component: &[u8], hook: Option<&str>) -> wasmtime::Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    // To take the export away, it would take exports of that name from core modules too,
    // also where the component's lifts them.
    wizer.keep_init_func(true);
    // The accessors, which tell what is in the memories, are in this one alone.
    let (context, instrumented) = wizer.instrument_component(component)?;
    let engine: Engine = engine::compiling()?;
    let component = Component::new(&engine, instrumented)?;
    let linker = linker(&engine, &component)?;
    let mut store = Store::new(&engine, host());
    let instance = linker.instantiate_async(&mut store, &component).await?;
    if let Some(hook) = hook {
        let function = instance.get_typed_func::<(), ()>(&mut store, hook)?;
        function.call_async(&mut store, ()).await?;
    }
    let mut state = State::new(store, instance);
    let snapshot = wizer.snapshot_component(&context, &mut state).await;
    match state.failure() {
        Some(error) => Err(error),
        None => snapshot,
    }
}

fn cannot(error: &wasmtime::Error, hook: Option<&str>) -> NotStarted {
    let trapped = Trapped::new(error);
    let hook = hook.unwrap_or("its instantiation");
    if let Some(Refused {
        interface,
        function,
    }) = error.downcast_ref()
    {
        return NotStarted {
            reason: format!("`{hook}` calls `{function}` of `{interface}`, and what that says is not known yet"),
            help: "call it after the start; while the box is built there are clocks that stand still, random numbers that are always the same, and the box's own files".to_owned(),
            backtrace: trapped.backtrace,
        };
    }
    NotStarted {
        reason: format!("`{hook}` ended with: {}", trapped.reason),
        help: "correct it, or leave out `preinit` in [build]".to_owned(),
        backtrace: trapped.backtrace,
    }
}
