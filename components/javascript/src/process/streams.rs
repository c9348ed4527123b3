//! `process.stdout` and `process.stderr`.

use std::cell::OnceCell;
use std::io::{self, IsTerminal as _};

use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::{Context, JsResult, JsString, JsValue, js_string};

use super::emitter;
use crate::event_loop::Task;
use crate::host::Host;
use crate::native::{self, HIDDEN, Native, argument, define, field};
use crate::{builtins, errors};

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// The stream objects, once somebody asked for them.
#[derive(Debug, Default)]
pub struct Streams {
    output: OnceCell<Made>,
    error: OnceCell<Made>,
    prototype: OnceCell<JsObject>,
}

#[derive(Debug)]
struct Made {
    object: JsObject,
    /// Our own `write`: another in its place is the script's.
    write: JsObject,
}

impl Streams {
    fn of(&self, stream: Stream) -> &OnceCell<Made> {
        match stream {
            Stream::Output => &self.output,
            Stream::Error => &self.error,
        }
    }

    /// Lets the objects inherit from `Writable`, for `instanceof` and the like.
    ///
    /// # Errors
    /// What loading the module throws.
    pub fn inherit(&self, context: &mut Context) -> JsResult<()> {
        match self.prototype.get() {
            Some(prototype) => emitter::inherit(prototype, writable_prototype, context).map(drop),
            None => Ok(()),
        }
    }
}

/// Whether the stream goes to a terminal.
pub fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Output => io::stdout().is_terminal(),
        Stream::Error => io::stderr().is_terminal(),
    }
}

/// Writes text as `stream.write(text)` does, also where the script has put a
/// `write` of its own in the place of ours.
///
/// # Errors
/// What that throws.
pub fn write_text(stream: Stream, text: &str, context: &mut Context) -> JsResult<()> {
    let host = Host::of(context);
    if let Some(made) = host.streams.of(stream).get() {
        let write = native::get(&made.object, "write", context)?;
        if let Some(write) = write.as_callable()
            && !JsObject::equals(&write, &made.write)
        {
            write.call(&made.object.clone().into(), &[native::text(text)], context)?;
            return Ok(());
        }
    }
    write_bytes(stream, text.as_bytes(), &host);
    Ok(())
}

fn write_bytes(stream: Stream, bytes: &[u8], host: &Host) {
    match stream {
        Stream::Output => host.output.write(bytes),
        Stream::Error => host.output.write_error(bytes),
    }
}

/// The object of a stream.
///
/// # Errors
/// None.
pub fn object(stream: Stream, context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    if let Some(made) = host.streams.of(stream).get() {
        return Ok(made.object.clone().into());
    }
    let prototype = match host.streams.prototype.get() {
        Some(prototype) => prototype.clone(),
        None => {
            let made = prototype(context);
            host.streams.prototype.get_or_init(|| made).clone()
        }
    };
    let object = JsObject::from_proto_and_data(
        Some(prototype),
        boa_engine::builtins::object::OrdinaryObject,
    );
    let (fd, body): (i32, Native) = match stream {
        Stream::Output => (1, write_output),
        Stream::Error => (2, write_error),
    };
    let write = native::function("write", 1, body, context);
    define(&object, js_string!("write"), write.clone(), HIDDEN);
    field(&object, "fd", fd);
    field(&object, "writable", true);
    field(
        &object,
        "_type",
        native::text(if is_terminal(stream) { "tty" } else { "pipe" }),
    );
    if is_terminal(stream) {
        let size = |name: &str, fallback: i32| {
            std::env::var(name)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(fallback)
        };
        field(&object, "isTTY", true);
        field(&object, "columns", size("COLUMNS", 80));
        field(&object, "rows", size("LINES", 24));
    }
    let made = Made {
        object,
        write: write.into(),
    };
    Ok(host
        .streams
        .of(stream)
        .get_or_init(|| made)
        .object
        .clone()
        .into())
}

fn prototype(context: &mut Context) -> JsObject {
    let prototype = native::object(context);
    let class = native::constructor(
        "WriteStream",
        1,
        |_, _, _| Ok(JsValue::undefined()),
        context,
    );
    define(&class, js_string!("prototype"), prototype.clone(), HIDDEN);
    define(&prototype, js_string!("constructor"), class, HIDDEN);
    native::methods(
        &prototype,
        &[
            ("end", 1, end),
            ("getColorDepth", 0, color_depth),
            ("hasColors", 0, has_colors),
            ("getWindowSize", 0, window_size),
            ("clearLine", 1, clear_line),
            ("cursorTo", 2, cursor_to),
            ("moveCursor", 2, move_cursor),
        ],
        context,
    );
    emitter::lend(&prototype, emitter::EMITTER, writable_prototype, context);
    emitter::lend(&prototype, emitter::WRITABLE, writable_prototype, context);
    if Host::of(context).has_builtin("stream") {
        // Loaded already, so that this costs nothing.
        if let Ok(parent) = writable_prototype(context) {
            prototype.set_prototype(Some(parent));
        }
    }
    prototype
}

fn writable_prototype(context: &mut Context) -> JsResult<JsObject> {
    let exports = Host::of(context).builtin_object("stream", context)?;
    let class = native::get(&exports, "Writable", context)?.to_object(context)?;
    native::get(&class, "prototype", context)?.to_object(context)
}

fn write_output(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    write(Stream::Output, args, context)
}

fn write_error(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    write(Stream::Error, args, context)
}

/// `stream.write(chunk, encoding, callback)`.
fn write(stream: Stream, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let chunk = argument(args, 0);
    let host = Host::of(context);
    if let Some(string) = chunk.as_string() {
        let encoding = argument(args, 1)
            .as_string()
            .map(|name| native::lossy(&name));
        match encoding.as_deref() {
            None | Some("utf8" | "utf-8") => {
                write_bytes(stream, native::lossy(&string).as_bytes(), &host);
            }
            Some(name) => {
                let bytes = builtins::text::encode(&string, name);
                let Some(bytes) = bytes else {
                    let message = format!("Unknown encoding: {name}");
                    return Err(errors::type_error("ERR_UNKNOWN_ENCODING", message, context));
                };
                write_bytes(stream, &bytes, &host);
            }
        }
    } else if let Some(object) = chunk.as_object().filter(|object| object.is::<TypedArray>()) {
        let bytes = builtins::bytes::read(&object, context)?;
        write_bytes(stream, &bytes, &host);
    } else {
        let expected = "of type string or an instance of Buffer, TypedArray, or DataView";
        return Err(errors::invalid_argument_type(
            "chunk", expected, &chunk, context,
        ));
    }
    let callback = args.iter().skip(1).find_map(JsValue::as_callable);
    if let Some(function) = callback {
        host.event_loop.tick(Task {
            function,
            this: JsValue::undefined(),
            args: Vec::new(),
        });
    }
    Ok(true.into())
}

/// Standard output stays open; what is given is written.
fn end(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let chunk = argument(args, 0);
    if !chunk.is_null_or_undefined() && !chunk.is_callable() {
        native::invoke(&this.to_object(context)?, "write", args, context)?;
    } else if let Some(function) = args.iter().find_map(JsValue::as_callable) {
        let task = Task {
            function,
            this: JsValue::undefined(),
            args: Vec::new(),
        };
        Host::of(context).event_loop.tick(task);
    }
    Ok(this.clone())
}

fn terminal(this: &JsValue, context: &mut Context) -> JsResult<bool> {
    Ok(native::get(&this.to_object(context)?, "isTTY", context)?.to_boolean())
}

fn color_depth(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let fd = native::get(&this.to_object(context)?, "fd", context)?.to_i32(context)?;
    let stream = if fd == 2 {
        Stream::Error
    } else {
        Stream::Output
    };
    if !Host::of(context).colors(stream) {
        return Ok(1.into());
    }
    let term = std::env::var("TERM").unwrap_or_default();
    let depth = if std::env::var("COLORTERM").is_ok() {
        24
    } else if term.contains("256") {
        8
    } else {
        4
    };
    Ok(depth.into())
}

fn has_colors(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let wanted = argument(args, 0).as_number().unwrap_or(16.0);
    let depth = color_depth(this, args, context)?.to_number(context)?;
    Ok((wanted <= depth.exp2()).into())
}

fn window_size(this: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let this = this.to_object(context)?;
    let columns = native::get(&this, "columns", context)?;
    let rows = native::get(&this, "rows", context)?;
    Ok(JsArray::from_iter([columns, rows], context).into())
}

fn control(this: &JsValue, sequence: &str, context: &mut Context) -> JsResult<JsValue> {
    if terminal(this, context)? {
        let this = this.to_object(context)?;
        native::invoke(&this, "write", &[JsString::from(sequence).into()], context)?;
    }
    Ok(true.into())
}

fn clear_line(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let direction = argument(args, 0).to_i32(context)?;
    let which = match direction {
        i32::MIN..=-1 => 1,
        0 => 2,
        1.. => 0,
    };
    control(this, &format!("\u{1b}[{which}K"), context)
}

fn cursor_to(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let column = argument(args, 0).to_i32(context)? + 1;
    let row = argument(args, 1);
    let sequence = match row.as_number() {
        Some(row) => format!("\u{1b}[{};{column}H", row + 1.0),
        None => format!("\u{1b}[{column}G"),
    };
    control(this, &sequence, context)
}

fn move_cursor(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let columns = argument(args, 0).to_i32(context)?;
    let rows = argument(args, 1).to_i32(context)?;
    let mut sequence = String::new();
    let mut step = |count: i32, back: char, forth: char| match count {
        0 => {}
        i32::MIN..=-1 => sequence.push_str(&format!("\u{1b}[{}{back}", count.unsigned_abs())),
        1.. => sequence.push_str(&format!("\u{1b}[{count}{forth}")),
    };
    step(columns, 'D', 'C');
    step(rows, 'A', 'B');
    control(this, &sequence, context)
}
