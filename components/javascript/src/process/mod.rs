//! `process`.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/process.html>.

mod emitter;
pub mod streams;

use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsArray, JsProxy};
use boa_engine::property::PropertyKey;
use boa_engine::{
    Context, JsBigInt, JsNativeError, JsResult, JsString, JsSymbol, JsValue, js_string,
};

use crate::event_loop::Task;
use crate::host::Host;
use crate::native::{self, HIDDEN, Native, argument, define, field, text};
use crate::{builtins, errors, fs, platform};

pub use emitter::emit;

/// The Node whose behaviour this is.
const VERSION: &str = "20.20.2";

/// Makes `process`.
///
/// # Errors
/// None.
pub fn make(context: &mut Context) -> JsResult<JsObject> {
    const FUNCTIONS: [(&str, usize, Native); 21] = [
        ("cwd", 0, cwd),
        ("chdir", 1, chdir),
        ("exit", 1, js_exit),
        ("reallyExit", 1, js_exit),
        ("abort", 0, abort),
        ("nextTick", 1, next_tick),
        ("uptime", 0, uptime),
        ("memoryUsage", 0, memory_usage),
        ("cpuUsage", 0, cpu_usage),
        ("emitWarning", 1, emit_warning),
        ("umask", 0, umask),
        ("getuid", 0, root),
        ("geteuid", 0, root),
        ("getgid", 0, root),
        ("getegid", 0, root),
        ("kill", 2, not_here),
        ("dlopen", 2, not_here),
        ("binding", 1, not_here),
        ("getBuiltinModule", 1, builtin_module),
        ("setUncaughtExceptionCaptureCallback", 1, not_here),
        ("hasUncaughtExceptionCaptureCallback", 0, no),
    ];
    let host = Host::of(context);
    let class = native::constructor("process", 0, |_, _, _| Ok(JsValue::undefined()), context);
    let prototype = native::object(context);
    define(&prototype, js_string!("constructor"), class, HIDDEN);
    emitter::lend(&prototype, emitter::EMITTER, emitter_prototype, context);
    let process = JsObject::from_proto_and_data(
        Some(prototype),
        boa_engine::builtins::object::OrdinaryObject,
    );
    define(
        &process,
        JsSymbol::to_string_tag(),
        js_string!("process"),
        HIDDEN,
    );

    field(&process, "version", text(&format!("v{VERSION}")));
    let versions = native::object(context);
    field(&versions, "node", text(VERSION));
    field(&versions, "boxer", text(env!("CARGO_PKG_VERSION")));
    field(&process, "versions", versions);
    field(&process, "arch", text("wasm32"));
    field(&process, "platform", text("linux"));
    let release = native::object(context);
    field(&release, "name", text("node"));
    field(&process, "release", release);

    let program = host.arguments.first().cloned().unwrap_or_default();
    let mut argv = vec![text(&program), text(&host.main_path())];
    argv.extend(host.arguments.iter().skip(2).map(|argument| text(argument)));
    field(&process, "argv", JsArray::from_iter(argv, context));
    field(&process, "argv0", text(&program));
    field(&process, "execPath", text(&program));
    field(&process, "execArgv", JsArray::new(context)?);
    field(&process, "title", text(&program));
    field(&process, "pid", 1);
    field(&process, "ppid", 0);
    field(&process, "exitCode", JsValue::undefined());
    field(&process, "features", native::object(context));
    field(&process, "config", native::object(context));
    builtins::lazy(&process, js_string!("env"), true, environment, context);

    native::functions(&process, &FUNCTIONS, context);
    let hrtime = native::function("hrtime", 1, hrtime, context);
    field(
        &hrtime,
        "bigint",
        native::function("bigint", 0, hrtime_bigint, context),
    );
    field(&process, "hrtime", hrtime);
    builtins::lazy(
        &process,
        js_string!("stdout"),
        true,
        |context| streams::object(streams::Stream::Output, context),
        context,
    );
    builtins::lazy(
        &process,
        js_string!("stderr"),
        true,
        |context| streams::object(streams::Stream::Error, context),
        context,
    );
    builtins::lazy(
        &process,
        js_string!("stdin"),
        true,
        |context| {
            let exports = Host::of(context).builtin_object("internal/stdin", context)?;
            native::get(&exports, "stdin", context)
        },
        context,
    );
    Ok(process)
}

fn emitter_prototype(context: &mut Context) -> JsResult<JsObject> {
    let class = Host::of(context).builtin_object("events", context)?;
    native::get(&class, "prototype", context)?.to_object(context)
}

/// The working directory.
pub fn directory() -> String {
    std::env::current_dir()
        .ok()
        .and_then(|path| path.to_str().map(str::to_owned))
        .unwrap_or_else(|| "/".to_owned())
}

/// What `process.exitCode` says, 0 if nothing.
pub fn exit_code(context: &mut Context) -> i32 {
    let host = Host::of(context);
    let Some(process) = host.process.get() else {
        return 0;
    };
    let code = native::get(process, "exitCode", context).unwrap_or_default();
    if code.is_undefined() {
        return 0;
    }
    code.to_i32(context).unwrap_or(0)
}

/// Calls the exit handlers and ends the program at once.
pub fn exit(code: i32, context: &mut Context) -> ! {
    let code = call_exit_handlers(code, context);
    Host::of(context).output.flush();
    platform::exit(code)
}

/// Ends a program that has nothing left to do. What its exit handlers leave to
/// promises still runs.
pub fn finish(code: i32, context: &mut Context) -> ! {
    let code = call_exit_handlers(code, context);
    if let Err(error) = context.run_jobs() {
        crate::report::uncaught(error, context);
    }
    Host::of(context).output.flush();
    platform::exit(code)
}

fn call_exit_handlers(mut code: i32, context: &mut Context) -> i32 {
    let host = Host::of(context);
    if !host.exiting.replace(true) {
        if let Some(process) = host.process.get() {
            field(process, "_exiting", true);
            field(process, "exitCode", code);
        }
        match emit("exit", &[code.into()], context) {
            Ok(_) => {
                if host.process.get().is_some() {
                    code = exit_code(context);
                }
            }
            Err(error) => {
                let value = error.into_opaque(context).unwrap_or_default();
                crate::report::print(&value, context);
                code = 7;
            }
        }
    }
    code
}

fn js_exit(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let given = argument(args, 0);
    let code = if given.is_undefined() {
        exit_code(context)
    } else {
        let number = given.to_number(context)?;
        if given.as_number().is_none() && !given.is_string() || number.fract() != 0.0 {
            return Err(errors::invalid_argument_type(
                "code",
                "of type number",
                &given,
                context,
            ));
        }
        given.to_i32(context)?
    };
    exit(code, context)
}

fn abort(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    // SIGABRT, as a shell reports it; exit handlers do not run.
    Host::of(context).output.flush();
    platform::exit(134)
}

fn cwd(_: &JsValue, _: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(text(&directory()))
}

fn chdir(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let path = native::lossy(&errors::string_argument(args, 0, "directory", context)?);
    match std::env::set_current_dir(&path) {
        Ok(()) => Ok(JsValue::undefined()),
        Err(error) => Err(fs::error(&error, "chdir", Some(&path), None, context)),
    }
}

fn next_tick(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let callback = argument(args, 0);
    let Some(function) = callback.as_callable() else {
        return Err(errors::invalid_argument_type(
            "callback",
            "of type function",
            &callback,
            context,
        ));
    };
    Host::of(context).event_loop.tick(Task {
        function,
        this: JsValue::undefined(),
        args: args[1..].to_vec(),
    });
    Ok(JsValue::undefined())
}

fn uptime(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(Host::of(context).event_loop.elapsed().as_secs_f64().into())
}

fn hrtime(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let now = Host::of(context).event_loop.elapsed();
    let mut seconds = now.as_secs() as f64;
    let mut nanoseconds = f64::from(now.subsec_nanos());
    if let Some(before) = argument(args, 0).as_object() {
        seconds -= before.get(0, context)?.to_number(context)?;
        nanoseconds -= before.get(1, context)?.to_number(context)?;
        if nanoseconds < 0.0 {
            seconds -= 1.0;
            nanoseconds += 1e9;
        }
    }
    Ok(JsArray::from_iter([seconds.into(), nanoseconds.into()], context).into())
}

fn hrtime_bigint(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let now = Host::of(context).event_loop.elapsed().as_nanos();
    let now = u64::try_from(now).unwrap_or(u64::MAX);
    Ok(JsBigInt::from(now).into())
}

fn memory_usage(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    #[cfg(target_arch = "wasm32")]
    let used = core::arch::wasm32::memory_size(0) as f64 * 65_536.0;
    #[cfg(not(target_arch = "wasm32"))]
    let used = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok())
        .map_or(0.0, |pages| pages * 4096.0);
    let usage = native::object(context);
    for name in ["rss", "heapTotal", "heapUsed"] {
        field(&usage, name, used);
    }
    field(&usage, "external", 0);
    field(&usage, "arrayBuffers", 0);
    Ok(usage.into())
}

fn cpu_usage(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    // A component knows no other clock than the one on the wall.
    let used = Host::of(context).event_loop.elapsed().as_micros() as f64;
    let usage = native::object(context);
    field(&usage, "user", used);
    field(&usage, "system", 0);
    Ok(usage.into())
}

fn umask(_: &JsValue, _: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(0o022.into())
}

fn root(_: &JsValue, _: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(0.into())
}

fn no(_: &JsValue, _: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    Ok(false.into())
}

fn not_here(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let message = "a box has no other processes and no native code".to_owned();
    Err(errors::error(
        "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
        message,
        context,
    ))
}

fn builtin_module(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = native::to_text(&argument(args, 0), context)?;
    match builtins::public(&name) {
        Some(name) => Host::of(context).builtin(name, context),
        None => Ok(JsValue::undefined()),
    }
}

/// `process.env`: values become strings.
fn environment(context: &mut Context) -> JsResult<JsValue> {
    let variables = native::object(context);
    for (name, value) in std::env::vars_os() {
        field(
            &variables,
            &name.to_string_lossy(),
            text(&value.to_string_lossy()),
        );
    }
    let handler = native::object(context);
    let set = native::function("set", 3, set_variable, context);
    field(&handler, "set", set);
    let proxy = native::get(&context.global_object(), "Proxy", context)?;
    let Some(proxy) = proxy.as_constructor() else {
        return Ok(variables.into());
    };
    let made = proxy.construct(&[variables.into(), handler.into()], None, context)?;
    JsProxy::from_object(made.clone())?;
    Ok(made.into())
}

fn set_variable(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let variables = argument(args, 0).to_object(context)?;
    let key: PropertyKey = argument(args, 1).to_property_key(context)?;
    if matches!(key, PropertyKey::Symbol(_)) {
        return Err(JsNativeError::typ()
            .with_message("Cannot convert a Symbol value to a string")
            .into());
    }
    let value = argument(args, 2).to_string(context)?;
    define(&variables, key, value, native::OPEN);
    Ok(true.into())
}

/// Warns as Node's own code does.
///
/// # Errors
/// What a handler of `warning` throws.
pub fn warn(message: &str, context: &mut Context) -> JsResult<()> {
    emit_warning(&JsValue::undefined(), &[text(message)], context).map(drop)
}

/// `process.emitWarning(warning, type | options, code)`.
fn emit_warning(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let given = argument(args, 0);
    let mut kind = argument(args, 1);
    let mut code = argument(args, 2);
    let mut detail = JsValue::undefined();
    if let Some(options) = kind.as_object().filter(|object| !object.is_callable()) {
        kind = native::get(&options, "type", context)?;
        code = native::get(&options, "code", context)?;
        detail = native::get(&options, "detail", context)?;
    }
    let warning = match given.as_object() {
        Some(error) => error,
        None => {
            let message = native::to_text(&given, context)?;
            let error = JsNativeError::error()
                .with_message(message)
                .into_opaque(context);
            let name = kind.as_string().unwrap_or(js_string!("Warning"));
            define(&error, js_string!("name"), name, HIDDEN);
            error
        }
    };
    if code.is_string() {
        field(&warning, "code", code);
    }
    if detail.is_string() {
        field(&warning, "detail", detail);
    }
    let show = native::closure("", 0, warning, show_warning, context);
    Host::of(context).event_loop.tick(Task {
        function: show.into(),
        this: JsValue::undefined(),
        args: Vec::new(),
    });
    Ok(JsValue::undefined())
}

fn show_warning(
    _: &JsValue,
    _: &[JsValue],
    warning: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let mut part = |key: &str| -> JsResult<Option<String>> {
        let value: Option<JsString> = native::get(warning, key, context)?.as_string();
        Ok(value.map(|value| native::lossy(&value)))
    };
    let name = part("name")?.unwrap_or_else(|| "Warning".to_owned());
    let message = part("message")?.unwrap_or_default();
    let code = part("code")?
        .map(|code| format!("[{code}] "))
        .unwrap_or_default();
    let detail = part("detail")?
        .map(|detail| format!("{detail}\n"))
        .unwrap_or_default();
    emit("warning", &[warning.clone().into()], context)?;
    let line = format!("(node:1) {code}{name}: {message}\n{detail}");
    Host::of(context).output.write_error(line.as_bytes());
    Ok(JsValue::undefined())
}
