//! The host of a box that is being built.

use std::time::Duration;

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx};

use crate::run::host::{Host, unversioned};

/// What is provided: nothing in them tells one machine or one day from another.
const PROVIDED: [&str; 8] = [
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// A call of the host that cannot be answered yet.
#[derive(Debug, Error)]
#[error("`{function}` of `{interface}` is not there while the box is built")]
pub struct Refused {
    /// The import.
    pub interface: String,
    /// Which of its functions.
    pub function: String,
}

/// A resource that nobody can have one of.
struct Never;

/// The epoch, for ever.
struct StandingStill;

impl HostWallClock for StandingStill {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for StandingStill {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

/// What the store holds.
pub fn host() -> Host {
    let mut wasi = WasiCtx::builder();
    wasi.wall_clock(StandingStill)
        .monotonic_clock(StandingStill)
        .secure_random(wasmtime_wasi::random::Deterministic::new(vec![0x5a]))
        .insecure_random(wasmtime_wasi::random::Deterministic::new(vec![0x5a]))
        .insecure_random_seed(0);
    Host::new(wasi.build(), None, Vec::new())
}

/// The imports of a component: those that are provided, and refusals.
///
/// # Errors
///
/// Those of wasmtime.
pub fn linker(engine: &Engine, component: &Component) -> wasmtime::Result<Linker<Host>> {
    let provided = PROVIDED.map(str::to_owned);
    let mut linker = crate::run::host::linker(engine, &provided)?;
    // An interface that uses another's resource exports it too.
    let mut defined: Vec<ResourceType> = Vec::new();
    for (name, import) in component.component_type().imports(engine) {
        let is_provided = unversioned(name).is_some_and(|path| PROVIDED.contains(&path));
        match import.ty {
            ComponentItem::ComponentInstance(interface) if is_provided => {
                let resources = interface.exports(engine);
                defined.extend(resources.filter_map(|(_, item)| match item.ty {
                    ComponentItem::Resource(ty) => Some(ty),
                    _ => None,
                }));
            }
            ComponentItem::ComponentInstance(interface) => {
                let mut instance = linker.instance(name)?;
                for (export, item) in interface.exports(engine) {
                    match item.ty {
                        ComponentItem::ComponentFunc(_) => {
                            let (interface, function) = (name.to_owned(), export.to_owned());
                            instance.func_new(export, move |_, _, _, _| {
                                Err(wasmtime::Error::new(Refused {
                                    interface: interface.clone(),
                                    function: function.clone(),
                                }))
                            })?;
                        }
                        ComponentItem::Resource(ty) if !defined.contains(&ty) => {
                            defined.push(ty);
                            let ty = ResourceType::host::<Never>();
                            instance.resource(export, ty, |_, _| Ok(()))?;
                        }
                        _ => {}
                    }
                }
            }
            ComponentItem::ComponentFunc(_) => {
                let function = name.to_owned();
                linker.root().func_new(name, move |_, _, _, _| {
                    Err(wasmtime::Error::new(Refused {
                        interface: "the host".to_owned(),
                        function: function.clone(),
                    }))
                })?;
            }
            _ => {}
        }
    }
    Ok(linker)
}
