//! Functions: messages of those for URIs, and texts. The text of a class is not `function … { [native code] }`. The engine does not keep
//! it, so that its head stands for the whole.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::inspect::is_class;
use crate::modules::lengths::rewritten;
use crate::native::{self, HIDDEN, define};

/// Lets `Function.prototype.toString` know classes, and gives the functions of URIs V8's message.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    let global = context.global_object();
    for name in [
        "decodeURI",
        "decodeURIComponent",
        "encodeURI",
        "encodeURIComponent",
    ] {
        if let Some(original) = native::get(&global, name, context)?.as_object() {
            let mended = native::closure(name, 1, original, uri_function, context);
            define(&global, JsString::from(name), mended, HIDDEN);
        }
    }
    let prototype = context.intrinsics().constructors().function().prototype();
    let original = native::get(&prototype, "toString", context)?;
    if let Some(original) = original.as_object() {
        let mended = native::closure("toString", 0, original, to_string, context);
        define(&prototype, js_string!("toString"), mended, HIDDEN);
    }
    let class = native::constructor("Function", 1, construct, context);
    define(
        &class,
        js_string!("prototype"),
        prototype.clone(),
        boa_engine::property::Attribute::empty(),
    );
    define(&prototype, js_string!("constructor"), class.clone(), HIDDEN);
    define(&global, js_string!("Function"), class, HIDDEN);
    Ok(())
}

/// `Function(…)` and `new Function(…)`, whose text is rewritten as that of files.
fn construct(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let original = context.intrinsics().constructors().function().constructor();
    let mut args = args.to_vec();
    if let Some(body) = args.last_mut() {
        let text = body.to_string(context)?;
        // Text with lone surrogates stays as it is.
        if let Ok(text) = text.to_std_string() {
            *body = native::text(&rewritten(&text));
        }
    }
    let class = this.as_constructor();
    Ok(original.construct(&args, class.as_ref(), context)?.into())
}

fn uri_function(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    original
        .call(this, args, context)
        .map_err(|error| match error.try_native(context) {
            Ok(native) if native.is_uri() => {
                JsNativeError::uri().with_message("URI malformed").into()
            }
            _ => error,
        })
}

fn to_string(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let Some(class) = this.as_object().filter(is_class) else {
        return original.call(this, args, context);
    };
    let name = native::get(&class, "name", context)?;
    let name = name
        .as_string()
        .map(|name| native::lossy(&name))
        .unwrap_or_default();
    let mut text = "class".to_owned();
    if !name.is_empty() {
        text = format!("class {name}");
    }
    if let Some(parent) = class.prototype()
        && parent.is_constructor()
        && let Some(parent) = native::get(&parent, "name", context)?.as_string()
    {
        text.push_str(&format!(" extends {}", native::lossy(&parent)));
    }
    Ok(JsString::from(text + " { }").into())
}
