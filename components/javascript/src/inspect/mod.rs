//! `util.inspect` and `util.format`: how a value looks on the console.
//!
//! It is Rust rather than JavaScript, so that the first `console.log` of an object
//! costs no parsing.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/util.html>, and the output of Node 20.

mod builtins;
mod classes;
mod collections;
mod format;
mod formatter;
mod iterators;
mod layout;
mod options;
mod primitives;
mod properties;
mod proxies;
mod style;
mod text;
mod thrown;

use boa_engine::{Context, JsObject, JsResult, JsString, JsValue};

pub use classes::is_class;
pub use format::format;

pub use iterators::Iterators;
pub use options::Options;
pub use primitives::boxed;
pub use proxies::Proxies;
pub use style::unpainted;
pub use text::columns;
pub use thrown::stack_text;

use crate::errors;
use crate::host::Host;
use crate::native::{self, argument, field};
use formatter::Inspector;

/// Shows a value as `util.inspect(value)` does.
///
/// # Errors
/// What a getter, a proxy's trap or a custom inspect function throws.
pub fn inspect(value: &JsValue, context: &mut Context) -> JsResult<String> {
    let options = Options::of(context);
    inspect_with(value, options, context)
}

/// Shows a value as `util.inspect(value, options)` does.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_with(value: &JsValue, options: Options, context: &mut Context) -> JsResult<String> {
    Inspector::new(options).value(value, 0.0, context)
}

/// The functions that JavaScript sees: `inspect`, `format`, `formatWithOptions` and
/// `stripVTControlCharacters`.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    let inspect = native::function("inspect", 2, js_inspect, context);
    let custom = formatter::custom_symbol(context);
    native::define(&inspect, JsString::from("custom"), custom, native::OPEN);
    field(&binding, "inspect", inspect);
    native::functions(
        &binding,
        &[
            ("format", 0, js_format),
            ("formatWithOptions", 1, js_format_with_options),
            ("stripVTControlCharacters", 1, strip),
            ("getStringWidth", 1, width),
            ("defaultOptions", 0, default_options),
            ("setDefaultOptions", 1, set_default_options),
        ],
        context,
    );
    binding
}

fn js_inspect(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut options = Options::of(context);
    // The form of old versions: value, showHidden, depth, colors.
    let old = |index: usize| args.get(index).filter(|value| !value.is_undefined());
    if let Some(depth) = old(2) {
        options.depth = if depth.is_null() {
            f64::INFINITY
        } else {
            depth.to_number(context)?
        };
    }
    if let Some(colors) = old(3) {
        options.colors = colors.to_boolean();
    }
    let second = argument(args, 1);
    if let Some(object) = second.as_object() {
        options = options.overridden(&object, context)?;
    } else if let Some(show_hidden) = second.as_boolean() {
        options.show_hidden = show_hidden;
    }
    let shown = inspect_with(&argument(args, 0), options, context)?;
    Ok(JsString::from(shown).into())
}

fn js_format(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let options = Options::of(context);
    Ok(JsString::from(format(args, &options, context)?).into())
}

fn js_format_with_options(
    _: &JsValue,
    args: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let first = argument(args, 0);
    let Some(object) = first.as_object() else {
        return Err(errors::invalid_argument_type(
            "inspectOptions",
            "of type object",
            &first,
            context,
        ));
    };
    let options = Options::of(context).overridden(&object, context)?;
    let rest = args.get(1..).unwrap_or_default();
    Ok(JsString::from(format(rest, &options, context)?).into())
}

fn default_options(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let options = Options::of(context);
    let object = options.to_object(context)?;
    object.delete_property_or_throw(JsString::from("stylize"), context)?;
    Ok(object.into())
}

fn set_default_options(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let changes = argument(args, 0).to_object(context)?;
    let options = Options::of(context).overridden(&changes, context)?;
    Host::of(context).inspect_defaults.replace(options);
    Ok(JsValue::undefined())
}

fn strip(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let value = errors::string_argument(args, 0, "str", context)?;
    Ok(JsString::from(unpainted(&native::lossy(&value))).into())
}

fn width(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let value = native::to_text(&argument(args, 0), context)?;
    Ok(JsValue::from(columns(&value, true) as u32))
}
