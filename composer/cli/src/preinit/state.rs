//! What is in the memories and globals of a box that stands still, read through the
//! accessors that the instrumented component has.

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, WasmList};
use wasmtime::error::Context as _;
use wasmtime_wizer::ComponentInstanceState;

use crate::run::host::Host;

/// A box that has run up to the snapshot.
pub struct State {
    store: Store<Host>,
    instance: Instance,
    failed: Option<wasmtime::Error>,
}

impl State {
    /// Of this instance in this store.
    pub fn new(store: Store<Host>, instance: Instance) -> Self {
        Self {
            store,
            instance,
            failed: None,
        }
    }

    /// What kept it from being read, after the snapshot that is then worth nothing.
    pub fn failure(self) -> Option<wasmtime::Error> {
        self.failed
    }

    /// Calls an accessor, and keeps the reason where that fails.
    async fn read<R>(&mut self, interface: &str, function: &str) -> Option<R>
    where
        R: Lift + Send + Sync + 'static,
        (R,): ComponentNamedList + Lift,
    {
        match self.call(interface, function).await {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed.get_or_insert(error);
                None
            }
        }
    }

    /// The accessor of a memory grows it by a page to put its answer there, which one
    /// with a maximum may refuse.
    async fn call<R>(&mut self, interface: &str, function: &str) -> wasmtime::Result<R>
    where
        R: Lift + Send + Sync + 'static,
        (R,): ComponentNamedList + Lift,
    {
        let missing = || wasmtime::format_err!("there is no `{function}`");
        let (store, instance) = (&mut self.store, self.instance);
        let index = instance.get_export_index(&mut *store, None, interface);
        let index = instance
            .get_export_index(&mut *store, index.as_ref(), function)
            .ok_or_else(missing)?;
        let accessor = instance.get_typed_func::<(), (R,)>(&mut *store, index)?;
        let (value,) = accessor
            .call_async(&mut *store, ())
            .await
            .context("one of its memories cannot be read: it may not grow by a page")?;
        Ok(value)
    }
}

impl ComponentInstanceState for State {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.read::<WasmList<u8>>(instance, func).await {
            Some(list) => contents(list.as_le_slice(&self.store)),
            None => contents(&[]),
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        let value: Option<f32> = self.read(instance, func).await;
        value.unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        let value: Option<f64> = self.read(instance, func).await;
        value.unwrap_or_default().to_bits()
    }
}
