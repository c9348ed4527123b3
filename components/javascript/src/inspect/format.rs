//! `util.format`: placeholders in the first argument, the rest after it.

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsError, JsResult, JsString, JsSymbol, JsValue, JsVariant, js_string};

use super::classes::{is_built_in, own_property, prototype};
use super::options::{Compact, Options};
use super::primitives::{bigint_text, number_text};
use super::{inspect_with, proxies};
use crate::host::Host;
use crate::native;

/// The text that `console.log(...args)` prints, without the line's end.
///
/// # Errors
/// What inspecting throws, and what `toString` or `toJSON` of an argument throws.
pub fn format(args: &[JsValue], options: &Options, context: &mut Context) -> JsResult<String> {
    let Some(first) = args.first() else {
        return Ok(String::new());
    };
    let mut out = String::new();
    let mut next = 1;
    if let Some(pattern) = first.as_string() {
        if args.len() == 1 {
            return Ok(native::lossy(&pattern));
        }
        next = fill(&mut out, &native::lossy(&pattern), args, options, context)?;
    } else {
        out = one(first, options, context)?;
    }
    for value in &args[next..] {
        out.push(' ');
        out.push_str(&one(value, options, context)?);
    }
    Ok(out)
}

fn one(value: &JsValue, options: &Options, context: &mut Context) -> JsResult<String> {
    match value.as_string() {
        Some(string) => Ok(native::lossy(&string)),
        None => inspect_with(value, options.clone(), context),
    }
}

/// Writes `pattern` with its placeholders filled; returns the first argument that is left.
fn fill(
    out: &mut String,
    pattern: &str,
    args: &[JsValue],
    options: &Options,
    context: &mut Context,
) -> JsResult<usize> {
    let mut next = 1;
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some(kind) = after[1..].chars().next() else {
            out.push_str(after);
            return Ok(next);
        };
        let consumed = if kind == '%' {
            out.push('%');
            true
        } else if next < args.len() && "sjdOoifc".contains(kind) {
            let filled = placeholder(kind, &args[next], options, context)?;
            out.push_str(&filled);
            next += 1;
            true
        } else {
            out.push('%');
            false
        };
        rest = if consumed {
            &after[1 + kind.len_utf8()..]
        } else {
            &after[1..]
        };
    }
    out.push_str(rest);
    Ok(next)
}

fn placeholder(
    kind: char,
    value: &JsValue,
    options: &Options,
    context: &mut Context,
) -> JsResult<String> {
    let separated = options.numeric_separator;
    match kind {
        's' => string(value, options, context),
        'j' => json(value, context),
        'O' => inspect_with(value, options.clone(), context),
        'o' => {
            let mut all = options.clone();
            all.show_hidden = true;
            all.show_proxy = true;
            all.depth = 4.0;
            inspect_with(value, all, context)
        }
        'c' => Ok(String::new()),
        _ if value.is_symbol() => Ok("NaN".to_owned()),
        'd' | 'i' if value.is_bigint() => Ok(value
            .as_bigint()
            .map(|n| bigint_text(&n, separated))
            .unwrap_or_default()),
        'd' => {
            // A null prototype has no way to a number.
            let number = value.to_number(context)?;
            number_text(number, separated, context)
        }
        'i' => number_text(parse("parseInt", value, context)?, separated, context),
        _ => number_text(parse("parseFloat", value, context)?, separated, context),
    }
}

fn string(value: &JsValue, options: &Options, context: &mut Context) -> JsResult<String> {
    match value.variant() {
        JsVariant::Float64(_) | JsVariant::Integer32(_) => {
            let number = value.as_number().unwrap_or(f64::NAN);
            number_text(number, options.numeric_separator, context)
        }
        JsVariant::BigInt(number) => Ok(bigint_text(&number, options.numeric_separator)),
        JsVariant::Symbol(symbol) => Ok(native::lossy(&symbol.descriptive_string())),
        JsVariant::Object(object)
            if !object.is_callable() && has_built_in_to_string(&object, context)? =>
        {
            let mut flat = options.clone();
            flat.depth = 0.0;
            flat.colors = false;
            flat.compact = Compact::Levels(3.0);
            inspect_with(value, flat, context)
        }
        _ => native::to_text(value, context),
    }
}

fn parse(function: &str, value: &JsValue, context: &mut Context) -> JsResult<f64> {
    let global = context.global_object();
    native::invoke(&global, function, std::slice::from_ref(value), context)?.to_number(context)
}

fn json(value: &JsValue, context: &mut Context) -> JsResult<String> {
    let global = context.global_object();
    let json = native::get(&global, "JSON", context)?;
    let Some(json) = json.as_object() else {
        return Ok("undefined".to_owned());
    };
    match native::invoke(&json, "stringify", std::slice::from_ref(value), context) {
        Ok(text) => native::to_text(&text, context),
        Err(error) if is_circular(&error, context) => Ok("[Circular]".to_owned()),
        Err(error) => Err(error),
    }
}

fn is_circular(error: &JsError, context: &mut Context) -> bool {
    error
        .try_native(context)
        .is_ok_and(|native| native.is_type() && native.message().contains("circular"))
}

/// Whether converting the object to a string would say nothing, as for `[object Object]`.
fn has_built_in_to_string(object: &JsObject, context: &mut Context) -> JsResult<bool> {
    let mut object = object.clone();
    while proxies::is_proxy(&object) {
        let host = Host::of(context);
        match host.proxies.parts(&object, context) {
            Some(parts) => object = parts.target,
            None => return Ok(true),
        }
    }
    let to_string = PropertyKey::from(js_string!("toString"));
    let to_primitive = PropertyKey::from(JsSymbol::to_primitive());
    let has_string = object.get(to_string.clone(), context)?.is_callable();
    let has_primitive = object.get(to_primitive.clone(), context)?.is_callable();
    if !has_string && !has_primitive {
        return Ok(true);
    }
    let mut holder = Some(object);
    let mut own = true;
    while let Some(current) = holder {
        let holds = (has_string && current.has_own_property(to_string.clone(), context)?)
            || (has_primitive && current.has_own_property(to_primitive.clone(), context)?);
        if holds {
            if own {
                return Ok(false);
            }
            let constructor = PropertyKey::from(js_string!("constructor"));
            let constructor = own_property(&current, &constructor, context)?;
            let Some(constructor) = constructor.and_then(|own| own.value()?.as_callable()) else {
                return Ok(false);
            };
            let name = native::get(&constructor, "name", context)?;
            let name: Option<JsString> = name.as_string();
            return Ok(name.is_some_and(|name| is_built_in(&native::lossy(&name), context)));
        }
        own = false;
        holder = prototype(&current, context)?;
    }
    Ok(true)
}
