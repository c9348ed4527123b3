//! What the runtime keeps beside the engine: one [`Host`] for each run.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsSymbol, JsValue, js_string};

use crate::console::Console;
use crate::event_loop::EventLoop;
use crate::inspect::{Iterators, Options, Proxies};
use crate::modules::Modules;
use crate::output::Output;
use crate::process::streams::{self, Stream, Streams};
use crate::rejections::Rejections;
use crate::stack::Stacks;
use crate::{builtins, fs, native, timers};

/// The state of a run. JavaScript values in here are roots of the collector.
pub struct Host {
    /// Standard output.
    pub output: Output,
    /// The global console.
    pub console: Console,
    /// Ticks, timers, immediates.
    pub event_loop: EventLoop,
    /// Prototypes of timers.
    pub timer_classes: timers::Classes,
    /// Loaded modules.
    pub modules: Modules,
    /// Promises that nobody has handled yet.
    pub rejections: Rejections,
    /// How stacks are made.
    pub stacks: Stacks,
    /// What proxies hide.
    pub proxies: Proxies,
    /// What iterators hide.
    pub iterators: Iterators,
    /// `util.inspect.defaultOptions`.
    pub inspect_defaults: RefCell<Options>,
    /// `util.inspect.custom`.
    pub custom_inspect: JsSymbol,
    /// Marks errors that show their code.
    pub coded_error: JsSymbol,
    /// Names of the classes that a fresh realm has.
    pub built_in_classes: HashSet<String>,
    /// `process`, once somebody asked for it.
    pub process: OnceCell<JsObject>,
    /// Open files.
    pub descriptors: fs::Descriptors,
    /// Prototypes of `Stats` and `Dirent`.
    pub file_classes: fs::Classes,
    /// Where a `Dirent` keeps its type.
    pub entry_type: JsSymbol,
    /// `process.stdout` and `process.stderr`, likewise.
    pub streams: Streams,
    /// The program's name, then its arguments.
    pub arguments: Vec<String>,
    main_path: RefCell<String>,
    /// Whether the exit handlers run or have run.
    pub exiting: Cell<bool>,
    /// Exports of Node's core modules, as far as they are loaded.
    builtins: RefCell<HashMap<&'static str, JsValue>>,
    bindings: RefCell<HashMap<&'static str, JsObject>>,
}

impl Host {
    /// The host of `context`.
    ///
    /// # Panics
    /// If the context is none of ours: [`Host::install`] comes first.
    pub fn of(context: &Context) -> Rc<Self> {
        context
            .get_data::<Rc<Self>>()
            .cloned()
            .expect("every context gets its host before it runs anything")
    }

    /// Prepares a fresh context.
    ///
    /// # Errors
    /// None in a fresh context.
    pub fn install(arguments: Vec<String>, context: &mut Context) -> JsResult<Rc<Self>> {
        let built_in_classes = built_in_classes(context)?;
        let symbol = context.intrinsics().constructors().symbol().constructor();
        let key = js_string!("nodejs.util.inspect.custom");
        let custom_inspect = native::invoke(&symbol, "for", &[key.into()], context)?;
        let host = Rc::new(Self {
            output: Output::default(),
            console: Console::default(),
            event_loop: EventLoop::default(),
            timer_classes: timers::Classes::default(),
            modules: Modules::new(),
            rejections: Rejections::default(),
            stacks: Stacks::install(context)?,
            proxies: Proxies::new(context),
            iterators: Iterators::new(context)?,
            inspect_defaults: RefCell::default(),
            custom_inspect: custom_inspect
                .as_symbol()
                .unwrap_or_else(JsSymbol::to_primitive),
            coded_error: symbol_named("kIsNodeError")?,
            built_in_classes,
            process: OnceCell::new(),
            descriptors: fs::Descriptors::default(),
            file_classes: fs::Classes::default(),
            entry_type: symbol_named("type")?,
            streams: Streams::default(),
            arguments,
            main_path: RefCell::default(),
            exiting: Cell::new(false),
            builtins: RefCell::default(),
            bindings: RefCell::default(),
        });
        context.insert_data(Rc::clone(&host));
        Proxies::install(context);
        Ok(host)
    }

    /// The real path of the script.
    pub fn main_path(&self) -> String {
        self.main_path.borrow().clone()
    }

    /// Notes the real path of the script.
    pub fn set_main_path(&self, path: &str) {
        path.clone_into(&mut self.main_path.borrow_mut());
    }

    /// The exports of the core module `name`, given without `node:`.
    ///
    /// # Errors
    /// What loading it throws.
    pub fn builtin(&self, name: &'static str, context: &mut Context) -> JsResult<JsValue> {
        let known = self.builtins.borrow().get(name).cloned();
        match known {
            Some(exports) => Ok(exports),
            None => builtins::load(name, context),
        }
    }

    /// Whether the core module `name` is loaded.
    pub fn has_builtin(&self, name: &str) -> bool {
        self.builtins.borrow().contains_key(name)
    }

    /// Remembers a core module's exports: before its code runs, for modules that need each other.
    pub fn remember_builtin(&self, name: &'static str, exports: JsValue) {
        self.builtins.borrow_mut().insert(name, exports);
    }

    /// The exports of a core module as an object.
    ///
    /// # Errors
    /// What loading it throws.
    pub fn builtin_object(&self, name: &'static str, context: &mut Context) -> JsResult<JsObject> {
        self.builtin(name, context)?.to_object(context)
    }

    /// A table of native functions.
    ///
    /// # Errors
    /// What making it throws.
    pub fn binding(&self, name: &'static str, context: &mut Context) -> JsResult<JsObject> {
        let known = self.bindings.borrow().get(name).cloned();
        if let Some(binding) = known {
            return Ok(binding);
        }
        let binding = builtins::binding(name, context)?;
        self.bindings.borrow_mut().insert(name, binding.clone());
        Ok(binding)
    }

    /// The class `URL`, if the module that has it is loaded: without it no value is a URL.
    pub fn url_class(&self, context: &mut Context) -> Option<JsObject> {
        let exports = self.builtins.borrow().get("url").cloned()?;
        native::get(&exports.as_object()?, "URL", context)
            .ok()?
            .as_object()
    }

    /// Whether what is written to `stream` may be in colour.
    /// Source: <https://nodejs.org/docs/latest-v20.x/api/tty.html#writestreamgetcolordepthenv>.
    pub fn colors(&self, stream: Stream) -> bool {
        let variable = |name: &str| std::env::var(name).ok();
        if let Some(forced) = variable("FORCE_COLOR") {
            return forced != "0" && forced != "false";
        }
        streams::is_terminal(stream)
            && variable("NO_COLOR").is_none_or(|value| value.is_empty())
            && variable("TERM").is_none_or(|term| term != "dumb")
    }

    /// `process`.
    ///
    /// # Errors
    /// None.
    pub fn process(&self, context: &mut Context) -> JsResult<JsObject> {
        if let Some(process) = self.process.get() {
            return Ok(process.clone());
        }
        let process = crate::process::make(context)?;
        Ok(self.process.get_or_init(|| process).clone())
    }
}

fn symbol_named(name: &str) -> JsResult<JsSymbol> {
    JsSymbol::new(Some(JsString::from(name)))
        .ok_or_else(|| JsNativeError::error().with_message("out of symbols").into())
}

fn built_in_classes(context: &mut Context) -> JsResult<HashSet<String>> {
    let mut names = HashSet::new();
    for key in context.global_object().own_property_keys(context)? {
        if let PropertyKey::String(name) = key {
            names.insert(native::lossy(&name));
        }
    }
    // Those that are made on first use.
    names.extend(
        [
            "AbortController",
            "AbortSignal",
            "Buffer",
            "Event",
            "EventTarget",
            "TextDecoder",
            "TextEncoder",
            "URL",
            "URLSearchParams",
        ]
        .map(str::to_owned),
    );
    Ok(names)
}
