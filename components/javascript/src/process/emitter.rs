//! Events of native objects, without parsing `events` before somebody listens.

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, Finalize, JsResult, JsString, JsValue, Trace};

use crate::host::Host;
use crate::native::{self, HIDDEN, argument, define};

/// Finds the prototype that an object is to inherit from.
pub type Find = fn(&mut Context) -> JsResult<JsObject>;

/// The methods of an emitter.
pub const EMITTER: &[&str] = &[
    "addListener",
    "emit",
    "eventNames",
    "getMaxListeners",
    "listenerCount",
    "listeners",
    "off",
    "on",
    "once",
    "prependListener",
    "prependOnceListener",
    "rawListeners",
    "removeAllListeners",
    "removeListener",
    "setMaxListeners",
];

/// What one asks of a stream besides.
pub const WRITABLE: &[&str] = &[
    "cork",
    "destroy",
    "destroyed",
    "pipe",
    "setDefaultEncoding",
    "uncork",
    "writableEnded",
    "writableFinished",
    "writableHighWaterMark",
    "writableLength",
    "writableNeedDrain",
];

/// A method that is found on what `find` finds. It stays where it is: the engine
/// remembers where it found a property of a prototype, and takes no notice when that
/// is deleted.
#[derive(Trace, Finalize)]
struct Lent {
    name: JsString,
    prototype: JsObject,
    #[unsafe_ignore_trace]
    find: Find,
}

/// Lets `prototype` inherit from what `find` finds, once one of its methods is asked for.
pub fn lend(prototype: &JsObject, methods: &[&str], find: Find, context: &mut Context) {
    for name in methods {
        let name = JsString::from(*name);
        let lent = Lent {
            name: name.clone(),
            prototype: prototype.clone(),
            find,
        };
        let get = native::closure("", 0, lent, get_lent, context);
        let set = native::closure("", 1, name.clone(), set_lent, context);
        native::accessor(prototype, name, Some(get), Some(set), false);
    }
}

/// Makes `prototype` inherit now.
///
/// # Errors
/// What loading the module throws.
pub fn inherit(prototype: &JsObject, find: Find, context: &mut Context) -> JsResult<JsObject> {
    let parent = find(context)?;
    prototype.set_prototype(Some(parent.clone()));
    Ok(parent)
}

fn get_lent(
    this: &JsValue,
    _: &[JsValue],
    lent: &Lent,
    context: &mut Context,
) -> JsResult<JsValue> {
    let parent = inherit(&lent.prototype, lent.find, context)?;
    // A getter of the parent is to see the object itself.
    let key = PropertyKey::from(lent.name.clone());
    let mut holder = Some(parent);
    while let Some(current) = holder {
        let own = current.borrow().properties().get(&key);
        if let Some(own) = own {
            return match own.get().and_then(JsValue::as_callable) {
                Some(get) => get.call(this, &[], context),
                None => Ok(own.value().cloned().unwrap_or_default()),
            };
        }
        holder = current.prototype();
    }
    Ok(JsValue::undefined())
}

fn set_lent(
    this: &JsValue,
    args: &[JsValue],
    name: &JsString,
    context: &mut Context,
) -> JsResult<JsValue> {
    define(
        &this.to_object(context)?,
        name.clone(),
        argument(args, 0),
        HIDDEN,
    );
    Ok(JsValue::undefined())
}

/// `process.emit(event, ...args)`. False where nobody listens.
///
/// # Errors
/// What a listener throws.
pub fn emit(event: &str, args: &[JsValue], context: &mut Context) -> JsResult<bool> {
    let host = Host::of(context);
    let Some(process) = host.process.get() else {
        return Ok(false);
    };
    // Without the table of listeners, nobody has ever listened.
    if !process.has_own_property(JsString::from("_events"), context)? {
        return Ok(false);
    }
    let mut all = vec![native::text(event)];
    all.extend_from_slice(args);
    Ok(native::invoke(process, "emit", &all, context)?.to_boolean())
}
