//! What only the engine knows of a value: for `util.types` and deep comparison.

use boa_engine::builtins::array_buffer::{ArrayBuffer, SharedArrayBuffer};
use boa_engine::builtins::dataview::DataView;
use boa_engine::builtins::date::Date;
use boa_engine::builtins::error::Error;
use boa_engine::builtins::map::ordered_map::OrderedMap;
use boa_engine::builtins::promise::{Promise, PromiseState};
use boa_engine::builtins::proxy::Proxy;
use boa_engine::builtins::regexp::RegExp;
use boa_engine::builtins::set::ordered_set::OrderedSet;
use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsArray, JsPromise, JsWeakMap, JsWeakSet};
use boa_engine::{Context, JsResult, JsValue};

use crate::host::Host;
use crate::inspect;
use crate::native::{self, argument, text};

/// Functions for our JavaScript.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("kind", 1, kind),
            ("promise", 1, promise),
            ("proxy", 1, proxy),
        ],
        context,
    );
    binding
}

/// `kind(value)`: the name of what the engine made the object as, `''` for an ordinary
/// object, undefined for no object.
fn kind(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(object) = argument(args, 0).as_object() else {
        return Ok(JsValue::undefined());
    };
    Ok(text(name(&object, context)?))
}

fn name(object: &JsObject, context: &mut Context) -> JsResult<&'static str> {
    if object.is::<Proxy>() {
        return Ok("Proxy");
    }
    if object.is_array() {
        return Ok("Array");
    }
    if object.is_callable() {
        return Ok("Function");
    }
    if object.is_ordinary() {
        return Ok("");
    }
    if let Some(boxed) = inspect::boxed(object) {
        return Ok(match boxed.type_of() {
            "number" => "Number",
            "string" => "String",
            "boolean" => "Boolean",
            "bigint" => "BigInt",
            _ => "Symbol",
        });
    }
    if let Some(kind) = Host::of(context).iterators.kind(object, context)? {
        return Ok(if kind.collection == "Map" {
            "MapIterator"
        } else {
            "SetIterator"
        });
    }
    Ok(if object.is::<OrderedMap<JsValue>>() {
        "Map"
    } else if object.is::<OrderedSet>() {
        "Set"
    } else if object.is::<Date>() {
        "Date"
    } else if object.is::<RegExp>() {
        "RegExp"
    } else if object.is::<Error>() {
        "Error"
    } else if object.is::<Promise>() {
        "Promise"
    } else if object.is::<TypedArray>() {
        "TypedArray"
    } else if object.is::<ArrayBuffer>() {
        "ArrayBuffer"
    } else if object.is::<SharedArrayBuffer>() {
        "SharedArrayBuffer"
    } else if object.is::<DataView>() {
        "DataView"
    } else if object.is::<boa_engine::module::ModuleNamespace>() {
        "Module"
    } else if object.is::<boa_engine::builtins::generator::Generator>() {
        "Generator"
    } else if JsWeakMap::from_object(object.clone()).is_ok() {
        "WeakMap"
    } else if JsWeakSet::from_object(object.clone()).is_ok() {
        "WeakSet"
    } else {
        "Other"
    })
}

/// `promise(p)`: `[state]` or `[state, value]`.
fn promise(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let object = argument(args, 0).to_object(context)?;
    let parts = match JsPromise::from_object(object)?.state() {
        PromiseState::Pending => vec![text("pending")],
        PromiseState::Fulfilled(value) => vec![text("fulfilled"), value],
        PromiseState::Rejected(reason) => vec![text("rejected"), reason],
    };
    Ok(JsArray::from_iter(parts, context).into())
}

/// `proxy(p)`: `[target, handler]`, undefined for what is no proxy or revoked.
fn proxy(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(object) = argument(args, 0).as_object() else {
        return Ok(JsValue::undefined());
    };
    let host = Host::of(context);
    Ok(match host.proxies.parts(&object, context) {
        Some(parts) => {
            JsArray::from_iter([parts.target.into(), parts.handler.into()], context).into()
        }
        None => JsValue::undefined(),
    })
}
