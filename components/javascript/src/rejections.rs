//! Rejected promises that nobody handles.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/process.html#event-unhandledrejection>.

use std::cell::RefCell;

use boa_engine::builtins::promise::{OperationType, Promise};
use boa_engine::context::HostHooks;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsValue};

use crate::host::Host;

/// Promises rejected since the last look, and those that were reported.
#[derive(Debug, Default)]
pub struct Rejections {
    pending: RefCell<Vec<JsObject>>,
    reported: RefCell<Vec<JsObject>>,
    /// Reported ones that have got a handler since.
    handled_late: RefCell<Vec<JsObject>>,
}

/// A promise and why it was rejected.
#[derive(Debug)]
pub struct Rejection {
    /// The promise.
    pub promise: JsObject,
    /// The reason.
    pub reason: JsValue,
}

impl Rejections {
    /// The oldest rejection that still has no handler. It then counts as reported.
    pub fn take(&self) -> Option<Rejection> {
        if self.pending.borrow().is_empty() {
            return None;
        }
        let promise = self.pending.borrow_mut().remove(0);
        let state = JsPromise::from_object(promise.clone()).ok()?.state();
        let reason = state.as_rejected().cloned().unwrap_or_default();
        self.reported.borrow_mut().push(promise.clone());
        Some(Rejection { promise, reason })
    }

    /// A promise that got its handler only after it was reported.
    pub fn take_handled_late(&self) -> Option<JsObject> {
        let mut late = self.handled_late.borrow_mut();
        (!late.is_empty()).then(|| late.remove(0))
    }

    fn rejected(&self, promise: &JsObject) {
        self.pending.borrow_mut().push(promise.clone());
    }

    fn handled(&self, promise: &JsObject) {
        let mut pending = self.pending.borrow_mut();
        let before = pending.len();
        pending.retain(|known| !JsObject::equals(known, promise));
        if pending.len() < before {
            return;
        }
        let mut reported = self.reported.borrow_mut();
        let before = reported.len();
        reported.retain(|known| !JsObject::equals(known, promise));
        if reported.len() < before {
            self.handled_late.borrow_mut().push(promise.clone());
        }
    }
}

/// Tells [`Rejections`] what the engine sees.
#[derive(Debug)]
pub struct Hooks;

impl HostHooks for Hooks {
    fn promise_rejection_tracker(
        &self,
        promise: &JsObject<Promise>,
        operation: OperationType,
        context: &mut Context,
    ) {
        let promise = promise.clone().upcast();
        let host = Host::of(context);
        match operation {
            OperationType::Reject => host.rejections.rejected(&promise),
            OperationType::Handle => host.rejections.handled(&promise),
        }
    }

    /// There is no time zone database in a box: local time is UTC.
    fn local_timezone_offset_seconds(&self, _: i64) -> i32 {
        0
    }
}
