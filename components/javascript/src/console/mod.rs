//! `console`.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/console.html>.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use boa_engine::object::JsObject;
use boa_engine::{Context, JsResult, JsString, JsSymbol, JsValue, js_string};

use crate::host::Host;
use crate::native::{self, HIDDEN, Native, argument, define};
use crate::process::streams::{self, Stream};
use crate::{builtins, inspect, process};

mod table;

/// Spaces that a group indents by.
const INDENT: usize = 2;

/// What the global console remembers.
#[derive(Debug, Default)]
pub struct Console {
    indentation: RefCell<String>,
    counts: RefCell<HashMap<String, u64>>,
    timers: RefCell<HashMap<String, Duration>>,
}

/// Makes the global `console`.
pub fn make(context: &mut Context) -> JsObject {
    const METHODS: [(&str, usize, Native); 23] = [
        ("log", 0, log),
        ("warn", 0, error),
        ("dir", 0, dir),
        ("time", 0, time),
        ("timeEnd", 0, time_end),
        ("timeLog", 0, time_log),
        ("trace", 0, trace),
        ("assert", 0, assert),
        ("clear", 0, clear),
        ("count", 0, count),
        ("countReset", 0, count_reset),
        ("group", 0, group),
        ("groupEnd", 0, group_end),
        ("table", 1, table::table),
        ("debug", 0, log),
        ("info", 0, log),
        ("dirxml", 0, log),
        ("error", 0, error),
        ("groupCollapsed", 0, group),
        ("profile", 0, nothing),
        ("profileEnd", 0, nothing),
        ("timeStamp", 0, nothing),
        ("context", 0, nothing),
    ];
    // Own methods of an object with a prototype of its own, as in Node.
    let prototype = native::object(context);
    let console = JsObject::from_proto_and_data(
        Some(prototype),
        boa_engine::builtins::object::OrdinaryObject,
    );
    native::functions(&console, &METHODS, context);
    define(
        &console,
        JsSymbol::to_string_tag(),
        js_string!("console"),
        HIDDEN,
    );
    builtins::lazy(
        &console,
        js_string!("Console"),
        false,
        |context| {
            let exports = Host::of(context).builtin_object("internal/console", context)?;
            native::get(&exports, "Console", context)
        },
        context,
    );
    console
}

/// Functions for the class `Console`.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("formatTable", 2, table::js_format),
            ("formatTime", 1, js_format_time),
        ],
        context,
    );
    binding
}

/// Writes a line, indented by the open groups.
fn print(stream: Stream, text: &str, context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let indentation = host.console.indentation.borrow().clone();
    let mut line = String::with_capacity(text.len() + indentation.len() + 1);
    if indentation.is_empty() {
        line.push_str(text);
    } else {
        line.push_str(&indentation);
        line.push_str(&text.replace('\n', &format!("\n{indentation}")));
    }
    line.push('\n');
    streams::write_text(stream, &line, context)?;
    Ok(JsValue::undefined())
}

fn options(stream: Stream, context: &Context) -> inspect::Options {
    let mut options = inspect::Options::of(context);
    options.colors |= Host::of(context).colors(stream);
    options
}

fn format(stream: Stream, args: &[JsValue], context: &mut Context) -> JsResult<String> {
    inspect::format(args, &options(stream, context), context)
}

fn log(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = format(Stream::Output, args, context)?;
    print(Stream::Output, &text, context)
}

fn error(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = format(Stream::Error, args, context)?;
    print(Stream::Error, &text, context)
}

fn nothing(_: &JsValue, _: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(JsValue::undefined())
}

fn dir(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let mut options = options(Stream::Output, context);
    options.custom_inspect = false;
    if let Some(given) = argument(args, 1).as_object() {
        options = options.overridden(&given, context)?;
    }
    let text = inspect::inspect_with(&argument(args, 0), options, context)?;
    print(Stream::Output, &text, context)
}

fn trace(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let message = format(Stream::Error, args, context)?;
    let class = context.intrinsics().constructors().error().constructor();
    let here = class.construct(&[], None, context)?;
    let stack = inspect::stack_text(&here, context)?;
    let mut text = "Trace".to_owned();
    if !message.is_empty() {
        text.push_str(": ");
        text.push_str(&message);
    }
    // The first line is the error's name, the second this function.
    for frame in stack
        .lines()
        .skip(1)
        .filter(|frame| !frame.contains("at trace ("))
    {
        text.push('\n');
        text.push_str(frame);
    }
    print(Stream::Error, &text, context)
}

fn assert(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if argument(args, 0).to_boolean() {
        return Ok(JsValue::undefined());
    }
    let mut rest: Vec<JsValue> = args.iter().skip(1).cloned().collect();
    let message = match rest.first() {
        None => "Assertion failed".to_owned(),
        Some(first) if first.is_symbol() => "Assertion failed".to_owned(),
        Some(first) => format!("Assertion failed: {}", native::to_text(first, context)?),
    };
    if rest.is_empty() {
        rest.push(native::text(&message));
    } else {
        rest[0] = native::text(&message);
    }
    error(this, &rest, context)
}

fn clear(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if streams::is_terminal(Stream::Output) {
        streams::write_text(Stream::Output, "\u{1b}[1;1H\u{1b}[0J", context)?;
    }
    Ok(JsValue::undefined())
}

fn label(args: &[JsValue], context: &mut Context) -> JsResult<String> {
    match args.first() {
        None => Ok("default".to_owned()),
        Some(label) if label.is_undefined() => Ok("default".to_owned()),
        Some(label) => native::to_text(label, context),
    }
}

fn count(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let label = label(args, context)?;
    let host = Host::of(context);
    let count = {
        let mut counts = host.console.counts.borrow_mut();
        let count = counts.entry(label.clone()).or_default();
        *count += 1;
        *count
    };
    print(Stream::Output, &format!("{label}: {count}"), context)
}

fn count_reset(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let label = label(args, context)?;
    let known = Host::of(context)
        .console
        .counts
        .borrow_mut()
        .remove(&label)
        .is_some();
    if !known {
        process::warn(&format!("Count for '{label}' does not exist"), context)?;
    }
    Ok(JsValue::undefined())
}

fn group(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    if !args.is_empty() {
        log(this, args, context)?;
    }
    Host::of(context)
        .console
        .indentation
        .borrow_mut()
        .push_str(&" ".repeat(INDENT));
    Ok(JsValue::undefined())
}

fn group_end(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let mut indentation = host.console.indentation.borrow_mut();
    let length = indentation.len().saturating_sub(INDENT);
    indentation.truncate(length);
    Ok(JsValue::undefined())
}

fn time(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let label = label(args, context)?;
    let host = Host::of(context);
    if host.console.timers.borrow().contains_key(&label) {
        process::warn(
            &format!("Label '{label}' already exists for console.time()"),
            context,
        )?;
        return Ok(JsValue::undefined());
    }
    let now = host.event_loop.elapsed();
    host.console.timers.borrow_mut().insert(label, now);
    Ok(JsValue::undefined())
}

fn time_end(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let label = label(args, context)?;
    log_time("timeEnd", &label, &[], context)?;
    Host::of(context).console.timers.borrow_mut().remove(&label);
    Ok(JsValue::undefined())
}

fn time_log(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let label = label(args, context)?;
    log_time(
        "timeLog",
        &label,
        args.get(1..).unwrap_or_default(),
        context,
    )
}

fn log_time(
    method: &str,
    label: &str,
    data: &[JsValue],
    context: &mut Context,
) -> JsResult<JsValue> {
    let host = Host::of(context);
    let started = host.console.timers.borrow().get(label).copied();
    let Some(started) = started else {
        process::warn(
            &format!("No such label '{label}' for console.{method}()"),
            context,
        )?;
        return Ok(JsValue::undefined());
    };
    let elapsed = host.event_loop.elapsed().saturating_sub(started);
    let mut text = format!("{label}: {}", duration_text(elapsed.as_secs_f64() * 1000.0));
    if !data.is_empty() {
        let mut rest = vec![native::text("")];
        rest.extend_from_slice(data);
        // An empty first argument keeps a `%` in the data from being a placeholder.
        text.push_str(&format(Stream::Output, &rest, context)?);
    }
    print(Stream::Output, &text, context)
}

fn js_format_time(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let milliseconds = argument(args, 0).to_number(context)?;
    Ok(JsString::from(duration_text(milliseconds)).into())
}

/// `1.234ms`, `1.234s`, `1:02.345 (m:ss.mmm)`, `1:02:03.456 (h:mm:ss.mmm)`.
fn duration_text(milliseconds: f64) -> String {
    if milliseconds < 1000.0 {
        let text = format!("{milliseconds:.3}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return format!("{text}ms");
    }
    let seconds = milliseconds / 1000.0;
    if seconds < 60.0 {
        return format!("{seconds:.3}s");
    }
    let hours = (seconds / 3600.0).floor();
    let minutes = ((seconds - hours * 3600.0) / 60.0).floor();
    let rest = seconds - hours * 3600.0 - minutes * 60.0;
    if hours > 0.0 {
        format!("{hours}:{minutes:02}:{rest:06.3} (h:mm:ss.mmm)")
    } else {
        format!("{minutes}:{rest:06.3} (m:ss.mmm)")
    }
}

#[cfg(test)]
mod tests {
    use super::duration_text;

    #[test]
    fn durations() {
        assert_eq!(duration_text(0.5), "0.5ms");
        assert_eq!(duration_text(12.0), "12ms");
        assert_eq!(duration_text(1234.5), "1.234s");
        assert_eq!(duration_text(61_500.0), "1:01.500 (m:ss.mmm)");
        assert_eq!(duration_text(3_723_004.0), "1:02:03.004 (h:mm:ss.mmm)");
    }
}
