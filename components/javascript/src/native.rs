//! Short ways to say common things to the engine.

use boa_engine::object::FunctionObjectBuilder;
use boa_engine::object::builtins::JsFunction;
use boa_engine::property::{Attribute, PropertyDescriptor, PropertyKey};
use boa_engine::{
    Context, JsNativeError, JsObject, JsResult, JsString, JsValue, NativeFunction, Trace,
};

/// A function of the engine's calling convention: `this`, arguments, context.
pub type Native = fn(&JsValue, &[JsValue], &mut Context) -> JsResult<JsValue>;

/// A [`Native`] that also sees what it captured.
pub type NativeWith<T> = fn(&JsValue, &[JsValue], &T, &mut Context) -> JsResult<JsValue>;

/// How methods and ordinary fields are defined by an object literal.
pub const OPEN: Attribute = Attribute::all();

/// How built-in classes define their methods.
pub const HIDDEN: Attribute = Attribute::WRITABLE
    .union(Attribute::NON_ENUMERABLE)
    .union(Attribute::CONFIGURABLE);

/// A JavaScript function around `body`.
pub fn function(name: &str, length: usize, body: Native, context: &Context) -> JsFunction {
    FunctionObjectBuilder::new(context.realm(), NativeFunction::from_fn_ptr(body))
        .name(JsString::from(name))
        .length(length)
        .constructor(false)
        .build()
}

/// A JavaScript function around `body` and what it captures.
pub fn closure<T: Trace + 'static>(
    name: &str,
    length: usize,
    captures: T,
    body: NativeWith<T>,
    context: &Context,
) -> JsFunction {
    let native = NativeFunction::from_copy_closure_with_captures(body, captures);
    FunctionObjectBuilder::new(context.realm(), native)
        .name(JsString::from(name))
        .length(length)
        .constructor(false)
        .build()
}

/// A JavaScript function that `new` accepts.
pub fn constructor(name: &str, length: usize, body: Native, context: &Context) -> JsFunction {
    FunctionObjectBuilder::new(context.realm(), NativeFunction::from_fn_ptr(body))
        .name(JsString::from(name))
        .length(length)
        .constructor(true)
        .build()
}

/// Defines a data property, whatever was there before.
pub fn define<K, V>(object: &JsObject, key: K, value: V, attributes: Attribute)
where
    K: Into<PropertyKey>,
    V: Into<JsValue>,
{
    object.insert_property(
        key,
        PropertyDescriptor::builder()
            .value(value)
            .writable(attributes.writable())
            .enumerable(attributes.enumerable())
            .configurable(attributes.configurable())
            .build(),
    );
}

/// Defines an ordinary field, as an object literal does.
pub fn field(object: &JsObject, key: &str, value: impl Into<JsValue>) {
    define(object, JsString::from(key), value, OPEN);
}

/// Defines an accessor property.
pub fn accessor(
    object: &JsObject,
    key: impl Into<PropertyKey>,
    get: Option<JsFunction>,
    set: Option<JsFunction>,
    enumerable: bool,
) {
    object.insert_property(
        key,
        PropertyDescriptor::builder()
            .maybe_get(get)
            .maybe_set(set)
            .enumerable(enumerable)
            .configurable(true)
            .build(),
    );
}

/// Defines functions as fields of `object`.
pub fn functions(object: &JsObject, table: &[(&str, usize, Native)], context: &Context) {
    for &(name, length, body) in table {
        field(object, name, function(name, length, body, context));
    }
}

/// Defines functions as methods of a class's prototype: not enumerable.
pub fn methods(object: &JsObject, table: &[(&str, usize, Native)], context: &Context) {
    for &(name, length, body) in table {
        define(
            object,
            JsString::from(name),
            function(name, length, body, context),
            HIDDEN,
        );
    }
}

/// An empty ordinary object.
pub fn object(context: &Context) -> JsObject {
    JsObject::with_object_proto(context.intrinsics())
}

/// The argument at `index`, or undefined.
pub fn argument(args: &[JsValue], index: usize) -> JsValue {
    args.get(index).cloned().unwrap_or_default()
}

/// A string value.
pub fn text(value: &str) -> JsValue {
    JsValue::from(JsString::from(value))
}

/// The text of a JavaScript string; a lone surrogate becomes U+FFFD, as on Node's output.
pub fn lossy(value: &JsString) -> String {
    value.to_std_string_lossy()
}

/// `ToString` of a value, as Rust text.
pub fn to_text(value: &JsValue, context: &mut Context) -> JsResult<String> {
    Ok(lossy(&value.to_string(context)?))
}

/// `object[key]`.
pub fn get(object: &JsObject, key: &str, context: &mut Context) -> JsResult<JsValue> {
    object.get(JsString::from(key), context)
}

/// `object.method(...args)`.
pub fn invoke(
    object: &JsObject,
    method: &str,
    args: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let function = get(object, method, context)?;
    let Some(function) = function.as_callable() else {
        return Err(JsNativeError::typ()
            .with_message(format!("{method} is not a function"))
            .into());
    };
    function.call(&object.clone().into(), args, context)
}
