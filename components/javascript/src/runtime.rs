//! One run of one script.

use std::io::IsTerminal as _;
use std::rc::Rc;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::context::ContextBuilder;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsResult, JsValue, Script, Source};

use crate::event_loop::{self, Task, settle};
use crate::host::Host;
use crate::jobs::Microtasks;
use crate::modules::commonjs::Loading;
use crate::modules::{Asker, Format, Loader, Resolved, commonjs, ecmascript, resolve};
use crate::native::{self, argument};
use crate::rejections::Hooks;
use crate::{builtins, platform, process, report};

/// Calls within calls. Node's limit depends on the size of frames; this is about what
/// its default stack holds.
const RECURSION: usize = 10_400;

/// Values on the engine's stack: enough for [`RECURSION`] calls with many locals.
const STACK: usize = 4 << 20;

/// Exit status of a program whose main module never ends.
/// Source: <https://nodejs.org/docs/latest-v20.x/api/process.html#exit-codes>.
const UNSETTLED: i32 = 13;

/// Runs the script that `arguments` name, and ends the program.
pub fn run(arguments: Vec<String>) -> ! {
    if let Some(directory) = platform::initial_directory() {
        // A directory that is not there is found out by whoever uses it.
        let _ = std::env::set_current_dir(directory);
    }
    let Some(script) = arguments.get(1).cloned() else {
        let name = arguments.first().map_or("javascript", String::as_str);
        complain(&format!("usage: {name} SCRIPT [ARGUMENT]..."));
        platform::exit(2);
    };
    let mut context = match context(arguments) {
        Ok(context) => context,
        Err(error) => {
            complain(&format!("the JavaScript engine does not start: {error}"));
            platform::exit(70);
        }
    };
    let context = &mut context;
    let main = start(&script, context);
    let promise = match main {
        Ok(promise) => {
            settle(Ok(()), context);
            promise
        }
        Err(error) => {
            settle(Err(error), context);
            None
        }
    };
    if let Some(promise) = &promise {
        report::main_promise(promise, context);
    }
    loop {
        event_loop::run(context);
        let code = process::exit_code(context);
        if let Err(error) = process::emit("beforeExit", &[code.into()], context) {
            report::uncaught(error, context);
        }
        event_loop::drain(context);
        if !Host::of(context).event_loop.is_alive() {
            break;
        }
    }
    if promise.is_some_and(|promise| matches!(promise.state(), PromiseState::Pending)) {
        let host = Host::of(context);
        let warning = format!("Warning: Detected unsettled top-level await at {script}\n");
        host.output.write_error(warning.as_bytes());
        process::exit(UNSETTLED, context);
    }
    let code = process::exit_code(context);
    process::finish(code, context)
}

fn context(arguments: Vec<String>) -> JsResult<Context> {
    let mut context = ContextBuilder::new()
        .job_executor(Rc::new(Microtasks::default()))
        .module_loader(Rc::new(Loader))
        .host_hooks(Rc::new(Hooks))
        .build()?;
    context.runtime_limits_mut().set_recursion_limit(RECURSION);
    context.runtime_limits_mut().set_stack_size_limit(STACK);
    Host::install(arguments, &mut context)?;
    builtins::install_globals(&mut context)?;
    Ok(context)
}

/// Runs the main file to its end, or to where it first waits.
fn start(script: &str, context: &mut Context) -> JsResult<Option<JsPromise>> {
    let path = crate::modules::join(&process::directory(), script);
    // As `require` would find it, so that `main` means `main.js`.
    let referrer = crate::modules::join(&process::directory(), "_");
    let Resolved::File { path, .. } = resolve(&path, &referrer, Asker::Require, context)? else {
        return Ok(None);
    };
    let host = Host::of(context);
    let mut format = host.modules.format(&path, context)?;
    if format == Format::Unknown && commonjs::only_reads_as_module(&path, context)? {
        format = Format::EcmaScript;
    }
    host.set_main_path(&path);
    if format == Format::EcmaScript {
        return ecmascript::start(&path, context).map(Some);
    }
    commonjs::load(&path, Loading::Main, context)?;
    Ok(None)
}

#[allow(clippy::print_stderr, reason = "here the program itself speaks")]
fn complain(line: &str) {
    eprintln!("{line}");
}

/// Functions for our JavaScript: standard input, modules and scripts.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("readInput", 1, read_input),
            ("forgetInput", 0, forget_input),
            ("runScript", 2, run_script),
            ("now", 0, now),
            ("isTerminal", 1, is_terminal),
        ],
        context,
    );
    binding
}

/// `readInput(callback)`: calls back once with an `ArrayBuffer`, null at the end, or an error.
fn read_input(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(callback) = argument(args, 0).as_callable() else {
        return Ok(JsValue::undefined());
    };
    let function = native::closure("", 0, callback, give_input, context);
    Host::of(context).event_loop.await_input(Task {
        function: function.into(),
        this: JsValue::undefined(),
        args: Vec::new(),
    });
    Ok(JsValue::undefined())
}

fn give_input(
    this: &JsValue,
    _: &[JsValue],
    callback: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    /// Bytes that are read at once.
    const PIECE: usize = 64 * 1024;
    let args = match platform::read_input(PIECE) {
        Ok(bytes) if bytes.is_empty() => vec![JsValue::null(), JsValue::null()],
        Ok(bytes) => {
            let buffer = builtins::bytes::array_buffer(&bytes, context)?;
            vec![JsValue::null(), buffer.into()]
        }
        Err(failure) => {
            let error = crate::fs::error(&failure, "read", None, None, context);
            vec![error.into_opaque(context)?]
        }
    };
    callback.call(this, &args, context)
}

fn forget_input(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Host::of(context).event_loop.forget_input();
    Ok(JsValue::undefined())
}

/// `runScript(text, name)`: runs it in the global scope.
fn run_script(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = native::to_text(&argument(args, 0), context)?;
    let name = native::to_text(&argument(args, 1), context)?;
    let text = crate::modules::lengths::rewritten(&text);
    let source = Source::from_bytes(text.as_bytes()).with_path(name.as_ref());
    Script::parse(source, None, context)?.evaluate(context)
}

/// `now()`: milliseconds since the start, with fractions.
fn now(_: &JsValue, _: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok((Host::of(context).event_loop.elapsed().as_secs_f64() * 1000.0).into())
}

/// `isTerminal(fd)`.
fn is_terminal(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    Ok(match argument(args, 0).to_i32(context)? {
        0 => std::io::stdin().is_terminal(),
        1 => std::io::stdout().is_terminal(),
        2 => std::io::stderr().is_terminal(),
        _ => false,
    }
    .into())
}
