//! Node's core modules and the globals.

pub mod bytes;
mod crypto;
pub mod text;
mod url;

use boa_engine::gc::{Gc, GcRefCell};
use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{
    Context, Finalize, JsNativeError, JsResult, JsValue, Script, Source, Trace, js_string,
};

use crate::host::Host;
use crate::native::{self, HIDDEN, argument, define, field};
use crate::{console, errors, fs, inspect, modules, path, timers};

/// What makes a core module.
#[derive(Clone, Copy)]
enum Maker {
    /// Rust.
    Native(fn(&mut Context) -> JsResult<JsValue>),
    /// JavaScript, the body of `function (exports, require, module, binding)`.
    Script(&'static str),
}

struct Builtin {
    name: &'static str,
    maker: Maker,
    /// Whether scripts may ask for it.
    public: bool,
}

const fn script(name: &'static str, text: &'static str) -> Builtin {
    Builtin {
        name,
        maker: Maker::Script(text),
        public: true,
    }
}

const fn internal(name: &'static str, text: &'static str) -> Builtin {
    Builtin {
        name,
        maker: Maker::Script(text),
        public: false,
    }
}

const fn rust(name: &'static str, make: fn(&mut Context) -> JsResult<JsValue>) -> Builtin {
    Builtin {
        name,
        maker: Maker::Native(make),
        public: true,
    }
}

/// All of them, sorted by name.
static BUILTINS: &[Builtin] = &[
    script("assert", include_str!("../js/assert.js")),
    script(
        "assert/strict",
        "module.exports = require('assert').strict;",
    ),
    script("async_hooks", include_str!("../js/async_hooks.js")),
    script("buffer", include_str!("../js/buffer.js")),
    script(
        "child_process",
        "module.exports = require('internal/absent')('child_process');",
    ),
    script(
        "cluster",
        "module.exports = require('internal/absent')('cluster');",
    ),
    rust("console", |context| {
        native::get(&context.global_object(), "console", context)
    }),
    rust("constants", |context| {
        let constants = fs::constants();
        constants.set_prototype(Some(
            context.intrinsics().constructors().object().prototype(),
        ));
        Ok(constants.into())
    }),
    script("crypto", include_str!("../js/crypto.js")),
    script(
        "dgram",
        "module.exports = require('internal/absent')('dgram');",
    ),
    script(
        "diagnostics_channel",
        include_str!("../js/diagnostics_channel.js"),
    ),
    script("dns", "module.exports = require('internal/absent')('dns');"),
    script("events", include_str!("../js/events.js")),
    rust("fs", fs::make),
    rust("fs/promises", |context| {
        let exports = Host::of(context).builtin_object("fs", context)?;
        native::get(&exports, "promises", context)
    }),
    script(
        "http",
        "module.exports = require('internal/absent')('http');",
    ),
    script(
        "http2",
        "module.exports = require('internal/absent')('http2');",
    ),
    script(
        "https",
        "module.exports = require('internal/absent')('https');",
    ),
    script(
        "inspector",
        "module.exports = require('internal/absent')('inspector');",
    ),
    internal("internal/absent", include_str!("../js/absent.js")),
    internal("internal/console", include_str!("../js/console.js")),
    internal("internal/deep_equal", include_str!("../js/deep_equal.js")),
    internal("internal/errors", include_str!("../js/errors.js")),
    internal(
        "internal/event_target",
        include_str!("../js/event_target.js"),
    ),
    internal("internal/fs", include_str!("../js/fs.js")),
    internal("internal/fs_streams", include_str!("../js/fs_streams.js")),
    internal("internal/locale", include_str!("../js/locale.js")),
    internal("internal/stdin", include_str!("../js/stdin.js")),
    internal(
        "internal/structured_clone",
        include_str!("../js/structured_clone.js"),
    ),
    internal("internal/text", include_str!("../js/text.js")),
    rust("module", modules::commonjs::make_class),
    script("net", "module.exports = require('internal/absent')('net');"),
    script("os", include_str!("../js/os.js")),
    rust("path", path::make),
    rust("path/posix", |context| {
        Host::of(context).builtin("path", context)
    }),
    script("perf_hooks", include_str!("../js/perf_hooks.js")),
    rust("process", |context| {
        Ok(Host::of(context).process(context)?.into())
    }),
    script("querystring", include_str!("../js/querystring.js")),
    script("readline", include_str!("../js/readline.js")),
    script(
        "readline/promises",
        "module.exports = require('readline').promises;",
    ),
    script("stream", include_str!("../js/stream.js")),
    script("stream/consumers", include_str!("../js/consumers.js")),
    script(
        "stream/promises",
        "module.exports = require('stream').promises;",
    ),
    script("string_decoder", include_str!("../js/string_decoder.js")),
    script("sys", "module.exports = require('util');"),
    script("timers", include_str!("../js/timers.js")),
    script(
        "timers/promises",
        "module.exports = require('timers').promises;",
    ),
    script("tls", "module.exports = require('internal/absent')('tls');"),
    script("tty", include_str!("../js/tty.js")),
    script("url", include_str!("../js/url.js")),
    script("util", include_str!("../js/util.js")),
    script("util/types", "module.exports = require('util').types;"),
    script("v8", "module.exports = require('internal/absent')('v8');"),
    script("vm", include_str!("../js/vm.js")),
    script("worker_threads", include_str!("../js/worker_threads.js")),
    script(
        "zlib",
        "module.exports = require('internal/absent')('zlib');",
    ),
];

fn find(name: &str) -> Option<&'static Builtin> {
    let at = BUILTINS
        .binary_search_by(|builtin| builtin.name.cmp(name))
        .ok()?;
    BUILTINS.get(at)
}

/// The name of the core module that a script's `specifier` means, without `node:`.
pub fn public(specifier: &str) -> Option<&'static str> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    find(name)
        .filter(|builtin| builtin.public)
        .map(|builtin| builtin.name)
}

/// The names of the core modules.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS
        .iter()
        .filter(|builtin| builtin.public)
        .map(|builtin| builtin.name)
}

/// Makes a core module.
///
/// # Errors
/// What its code throws, or that there is none of this name.
pub fn load(name: &'static str, context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let Some(builtin) = find(name) else {
        let message = format!("no built-in module is called {name}");
        return Err(JsNativeError::error().with_message(message).into());
    };
    let exports = match builtin.maker {
        Maker::Native(make) => make(context)?,
        Maker::Script(text) => evaluate(name, text, context)?,
    };
    host.remember_builtin(name, exports.clone());
    if name == "stream" {
        host.streams.inherit(context)?;
    }
    Ok(exports)
}

fn evaluate(name: &'static str, text: &str, context: &mut Context) -> JsResult<JsValue> {
    let path = format!("node:{name}");
    let wrapped = format!(
        "(function (exports, require, module, binding) {{'use strict';{}\n}})",
        modules::lengths::rewritten(text)
    );
    let source = Source::from_bytes(wrapped.as_bytes()).with_path(path.as_ref());
    let function = Script::parse(source, None, context)?.evaluate(context)?;
    let module = native::object(context);
    let exports: JsValue = native::object(context).into();
    field(&module, "exports", exports.clone());
    // Modules may need each other: they see what is there so far.
    Host::of(context).remember_builtin(name, exports.clone());
    let require = native::function("require", 1, require_any, context);
    let binding = native::function("binding", 1, js_binding, context);
    if let Some(function) = function.as_callable() {
        let args = [
            exports,
            require.into(),
            module.clone().into(),
            binding.into(),
        ];
        function.call(&JsValue::undefined(), &args, context)?;
    }
    native::get(&module, "exports", context)
}

/// `require` for our own modules: it finds internal ones too, and nothing else.
fn require_any(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = native::to_text(&argument(args, 0), context)?;
    match find(&name) {
        Some(builtin) => Host::of(context).builtin(builtin.name, context),
        None => {
            let message = format!("no built-in module is called {name}");
            Err(JsNativeError::error().with_message(message).into())
        }
    }
}

fn js_binding(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = native::to_text(&argument(args, 0), context)?;
    const NAMES: [&str; 10] = [
        "bytes", "console", "crypto", "errors", "fs", "inspect", "runtime", "text", "types", "url",
    ];
    match NAMES.iter().find(|known| **known == name) {
        Some(name) => Ok(Host::of(context).binding(name, context)?.into()),
        None => Err(JsNativeError::error()
            .with_message(format!("no binding {name}"))
            .into()),
    }
}

/// Makes a table of native functions for our JavaScript.
///
/// # Errors
/// That there is none of this name.
pub fn binding(name: &'static str, context: &mut Context) -> JsResult<JsObject> {
    Ok(match name {
        "bytes" => bytes::binding(context),
        "console" => console::binding(context),
        "crypto" => crypto::binding(context),
        "errors" => errors::binding(context),
        "fs" => fs::binding(context),
        "inspect" => inspect::binding(context),
        "runtime" => crate::runtime::binding(context),
        "text" => text::binding(context),
        "types" => crate::types::binding(context),
        "url" => url::binding(context),
        _ => {
            let message = format!("no binding {name}");
            return Err(JsNativeError::error().with_message(message).into());
        }
    })
}

/// A property's value and how it is made.
#[derive(Trace, Finalize)]
struct Lazy {
    value: GcRefCell<Option<JsValue>>,
    #[unsafe_ignore_trace]
    make: fn(&mut Context) -> JsResult<JsValue>,
}

/// Defines a property whose value is made when it is first read.
///
/// It stays an accessor: the engine remembers where it found a property, and takes
/// no notice when a getter puts something else in its own place.
pub fn lazy(
    object: &JsObject,
    name: impl Into<PropertyKey>,
    enumerable: bool,
    make: fn(&mut Context) -> JsResult<JsValue>,
    context: &Context,
) {
    let lazy = Gc::new(Lazy {
        value: GcRefCell::default(),
        make,
    });
    let get = native::closure("get", 0, lazy.clone(), get_lazy, context);
    let set = native::closure("set", 1, lazy, set_lazy, context);
    native::accessor(object, name, Some(get), Some(set), enumerable);
}

fn get_lazy(
    _: &JsValue,
    _: &[JsValue],
    lazy: &Gc<Lazy>,
    context: &mut Context,
) -> JsResult<JsValue> {
    let known = lazy.value.borrow().clone();
    if let Some(value) = known {
        return Ok(value);
    }
    let value = (lazy.make)(context)?;
    lazy.value.borrow_mut().replace(value.clone());
    Ok(value)
}

fn set_lazy(_: &JsValue, args: &[JsValue], lazy: &Gc<Lazy>, _: &mut Context) -> JsResult<JsValue> {
    lazy.value.borrow_mut().replace(argument(args, 0));
    Ok(JsValue::undefined())
}

/// Gives the global object what Node's has.
///
/// # Errors
/// None in a fresh realm.
pub fn install_globals(context: &mut Context) -> JsResult<()> {
    crate::engine::mend(context)?;
    modules::lengths::install(context);
    let global = context.global_object();
    define(&global, js_string!("global"), global.clone(), HIDDEN);
    let console = console::make(context);
    define(&global, js_string!("console"), console, HIDDEN);
    for (name, length, body) in timers::FUNCTIONS {
        field(&global, name, native::function(name, length, body, context));
    }
    promisified_timers(&global, context)?;
    field(
        &global,
        "atob",
        native::function("atob", 1, text::atob, context),
    );
    field(
        &global,
        "btoa",
        native::function("btoa", 1, text::btoa, context),
    );
    lazy(
        &global,
        js_string!("process"),
        false,
        |context| Ok(Host::of(context).process(context)?.into()),
        context,
    );
    /// A global that a module exports under the same name.
    macro_rules! exported {
        ($name:literal, $module:literal, $enumerable:literal) => {
            lazy(
                &global,
                js_string!($name),
                $enumerable,
                |context| {
                    let exports = Host::of(context).builtin_object($module, context)?;
                    native::get(&exports, $name, context)
                },
                context,
            );
        };
    }
    exported!("Buffer", "buffer", false);
    exported!("URL", "url", false);
    exported!("URLSearchParams", "url", false);
    exported!("TextEncoder", "internal/text", false);
    exported!("TextDecoder", "internal/text", false);
    exported!("AbortController", "internal/event_target", false);
    exported!("AbortSignal", "internal/event_target", false);
    exported!("Event", "internal/event_target", false);
    exported!("EventTarget", "internal/event_target", false);
    exported!("CustomEvent", "internal/event_target", false);
    exported!("DOMException", "internal/event_target", false);
    exported!("structuredClone", "internal/structured_clone", true);
    exported!("performance", "perf_hooks", true);
    lazy(
        &global,
        js_string!("crypto"),
        true,
        |context| {
            let exports = Host::of(context).builtin_object("crypto", context)?;
            native::get(&exports, "webcrypto", context)
        },
        context,
    );
    crate::locale::install(context)
}

/// `util.promisify(setTimeout)` is a function of `timers/promises`.
fn promisified_timers(global: &JsObject, context: &mut Context) -> JsResult<()> {
    let symbol = context.intrinsics().constructors().symbol().constructor();
    let key = native::text("nodejs.util.promisify.custom");
    let custom = native::invoke(&symbol, "for", &[key], context)?.to_property_key(context)?;
    let timeout = native::get(global, "setTimeout", context)?.to_object(context)?;
    lazy(
        &timeout,
        custom.clone(),
        true,
        |context| promised_timer("setTimeout", context),
        context,
    );
    let immediate = native::get(global, "setImmediate", context)?.to_object(context)?;
    lazy(
        &immediate,
        custom,
        true,
        |context| promised_timer("setImmediate", context),
        context,
    );
    Ok(())
}

fn promised_timer(name: &str, context: &mut Context) -> JsResult<JsValue> {
    let exports = Host::of(context).builtin_object("timers", context)?;
    let promises = native::get(&exports, "promises", context)?.to_object(context)?;
    native::get(&promises, name, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(BUILTINS.is_sorted_by_key(|builtin| builtin.name));
    }
}
