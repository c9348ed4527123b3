//! `setTimeout` and its kin.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/timers.html>.

use std::cell::OnceCell;
use std::rc::Rc;

use boa_engine::job::PromiseJob;
use boa_engine::object::JsObject;
use boa_engine::{Context, Finalize, JsData, JsResult, JsSymbol, JsValue, Trace, js_string};

use crate::event_loop::{Immediate, Task, Timer};
use crate::host::Host;
use crate::native::{self, HIDDEN, Native, argument, define};
use crate::{errors, process};

/// The longest delay, in milliseconds: what a signed 32-bit number holds.
const LONGEST: f64 = 2_147_483_647.0;

/// The global functions.
pub const FUNCTIONS: [(&str, usize, Native); 7] = [
    ("clearImmediate", 1, clear_immediate),
    ("clearInterval", 1, clear_timer),
    ("clearTimeout", 1, clear_timer),
    ("queueMicrotask", 1, queue_microtask),
    ("setImmediate", 1, set_immediate),
    ("setInterval", 2, set_interval),
    ("setTimeout", 2, set_timeout),
];

/// The prototypes of what the functions return.
#[derive(Debug, Default)]
pub struct Classes {
    timeout: OnceCell<JsObject>,
    immediate: OnceCell<JsObject>,
}

/// The data of a `Timeout`.
#[derive(Debug, Trace, Finalize, JsData)]
struct TimeoutData {
    #[unsafe_ignore_trace]
    timer: Rc<Timer>,
    callback: JsObject,
    args: Vec<JsValue>,
}

/// The data of an `Immediate`.
#[derive(Debug, Trace, Finalize, JsData)]
struct ImmediateData {
    #[unsafe_ignore_trace]
    immediate: Rc<Immediate>,
}

fn callback(args: &[JsValue], context: &mut Context) -> JsResult<JsObject> {
    let given = argument(args, 0);
    given.as_callable().ok_or_else(|| {
        errors::invalid_argument_type("callback", "of type function", &given, context)
    })
}

fn rest(args: &[JsValue], from: usize) -> Vec<JsValue> {
    args.get(from..).unwrap_or_default().to_vec()
}

/// Milliseconds: what is no number or out of range counts as 1.
fn delay(value: &JsValue, context: &mut Context) -> JsResult<u64> {
    let given = value.to_number(context)?;
    if given > LONGEST {
        let message = format!(
            "{given} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1."
        );
        process::warn(&message, context)?;
    }
    Ok(if (1.0..=LONGEST).contains(&given) {
        given as u64
    } else {
        1
    })
}

fn set_timeout(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    make_timer(args, false, context)
}

fn set_interval(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    make_timer(args, true, context)
}

fn make_timer(args: &[JsValue], repeats: bool, context: &mut Context) -> JsResult<JsValue> {
    let callback = callback(args, context)?;
    let delay = delay(&argument(args, 1), context)?;
    let host = Host::of(context);
    let timer = host.event_loop.timer(delay, repeats);
    let prototype = match host.timer_classes.timeout.get() {
        Some(prototype) => prototype.clone(),
        None => {
            let made = timeout_prototype(context);
            host.timer_classes.timeout.get_or_init(|| made).clone()
        }
    };
    let data = TimeoutData {
        timer,
        callback,
        args: rest(args, 2),
    };
    let timeout = JsObject::from_proto_and_data(Some(prototype), data).into();
    start(&timeout, context);
    Ok(timeout)
}

/// Starts a `Timeout`, anew if it ran.
fn start(timeout: &JsValue, context: &mut Context) {
    let Some(object) = timeout.as_object() else {
        return;
    };
    if let Some(data) = object.downcast_ref::<TimeoutData>() {
        let function = data.callback.clone();
        let task = Task {
            function,
            this: timeout.clone(),
            args: data.args.clone(),
        };
        Host::of(context).event_loop.start(&data.timer, task);
    }
}

fn set_immediate(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let function = callback(args, context)?;
    let host = Host::of(context);
    let immediate = Rc::new(Immediate::new());
    let prototype = match host.timer_classes.immediate.get() {
        Some(prototype) => prototype.clone(),
        None => {
            let made = immediate_prototype(context);
            host.timer_classes.immediate.get_or_init(|| made).clone()
        }
    };
    let data = ImmediateData {
        immediate: Rc::clone(&immediate),
    };
    let object: JsValue = JsObject::from_proto_and_data(Some(prototype), data).into();
    let task = Task {
        function,
        this: object.clone(),
        args: rest(args, 1),
    };
    host.event_loop.immediate(&immediate, task);
    Ok(object)
}

fn queue_microtask(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let function = callback(args, context)?;
    let job = PromiseJob::new(move |context| function.call(&JsValue::undefined(), &[], context));
    context.enqueue_job(job.into());
    Ok(JsValue::undefined())
}

fn clear_timer(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let given = argument(args, 0);
    if let Some(timer) = timer(&given) {
        host.event_loop.cancel(&timer);
    } else if given.is_number() || given.is_string() {
        let id = given.to_number(context)?;
        if let Some(timer) = host.event_loop.timer_of(id as u64) {
            host.event_loop.cancel(&timer);
        }
    }
    Ok(JsValue::undefined())
}

fn clear_immediate(_: &JsValue, args: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    if let Some(immediate) = immediate(&argument(args, 0)) {
        immediate.cancel();
    }
    Ok(JsValue::undefined())
}

fn timer(value: &JsValue) -> Option<Rc<Timer>> {
    let object = value.as_object()?;
    let data = object.downcast_ref::<TimeoutData>()?;
    Some(Rc::clone(&data.timer))
}

fn immediate(value: &JsValue) -> Option<Rc<Immediate>> {
    let object = value.as_object()?;
    let data = object.downcast_ref::<ImmediateData>()?;
    Some(Rc::clone(&data.immediate))
}

fn class(name: &str, methods: &[(&str, usize, Native)], context: &mut Context) -> JsObject {
    let prototype = native::object(context);
    let class = native::constructor(name, 0, |_, _, _| Ok(JsValue::undefined()), context);
    define(&class, js_string!("prototype"), prototype.clone(), HIDDEN);
    define(&prototype, js_string!("constructor"), class, HIDDEN);
    native::methods(&prototype, methods, context);
    prototype
}

fn timeout_prototype(context: &mut Context) -> JsObject {
    let prototype = class(
        "Timeout",
        &[
            ("ref", 0, |this, _, _| hold(this, true)),
            ("unref", 0, |this, _, _| hold(this, false)),
            ("hasRef", 0, |this, _, _| {
                Ok(timer(this).is_some_and(|timer| timer.holds.get()).into())
            }),
            ("refresh", 0, refresh),
            ("close", 0, close),
        ],
        context,
    );
    let primitive = native::function(
        "[Symbol.toPrimitive]",
        1,
        |this, _, _| Ok(timer(this).map_or(f64::NAN, |timer| timer.id as f64).into()),
        context,
    );
    define(&prototype, JsSymbol::to_primitive(), primitive, HIDDEN);
    prototype
}

fn immediate_prototype(context: &mut Context) -> JsObject {
    class(
        "Immediate",
        &[
            ("ref", 0, |this, _, _| hold(this, true)),
            ("unref", 0, |this, _, _| hold(this, false)),
            ("hasRef", 0, |this, _, _| {
                Ok(immediate(this)
                    .is_some_and(|immediate| immediate.holds.get())
                    .into())
            }),
        ],
        context,
    )
}

fn hold(this: &JsValue, holds: bool) -> JsResult<JsValue> {
    if let Some(timer) = timer(this) {
        timer.holds.set(holds);
    } else if let Some(immediate) = immediate(this) {
        immediate.holds.set(holds);
    }
    Ok(this.clone())
}

fn refresh(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    start(this, context);
    Ok(this.clone())
}

fn close(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if let Some(timer) = timer(this) {
        Host::of(context).event_loop.cancel(&timer);
    }
    Ok(this.clone())
}
