//! ECMAScript modules.

use std::cell::RefCell;
use std::rc::Rc;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::module::{
    Module, ModuleLoader, ModuleRequest, Referrer, SyntheticModuleInitializer,
};
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsError, JsResult, JsString, JsValue, Source, js_string};

use super::commonjs::{self, Loading, read};
use super::lengths::rewritten;
use super::package::parse_json;
use super::paths::parent;
use super::resolve::{Asker, Resolved, resolve};
use super::{Format, exports, file_url};
use crate::host::Host;
use crate::jobs::Microtasks;
use crate::native::{self, argument, field};
use crate::{errors, syntax};

/// Finds modules for `import`.
#[derive(Debug)]
pub struct Loader;

impl ModuleLoader for Loader {
    async fn load_imported_module(
        self: Rc<Self>,
        referrer: Referrer,
        request: ModuleRequest,
        context: &RefCell<&mut Context>,
    ) -> JsResult<Module> {
        let context = &mut context.borrow_mut();
        let from = match referrer.path() {
            Some(path) => path.to_string_lossy().into_owned(),
            None => crate::process::directory() + "/[eval]",
        };
        let specifier = native::lossy(request.specifier());
        let kind = request.get_attribute("type").map(native::lossy);
        match resolve(&specifier, &from, Asker::Import, context)? {
            Resolved::Builtin(name) => builtin(name, context),
            Resolved::File { path, suffix } => file(&path, &suffix, kind.as_deref(), context),
        }
    }

    fn init_import_meta(
        self: Rc<Self>,
        import_meta: &JsObject,
        module: &Module,
        context: &mut Context,
    ) {
        let Some(path) = module
            .path()
            .map(|path| path.to_string_lossy().into_owned())
        else {
            return;
        };
        let suffix = suffix_of(module, &path, context);
        field(import_meta, "dirname", native::text(parent(&path)));
        field(import_meta, "filename", native::text(&path));
        let find = native::closure(
            "resolve",
            1,
            JsString::from(path.as_str()),
            meta_resolve,
            context,
        );
        field(import_meta, "resolve", find);
        field(
            import_meta,
            "url",
            native::text(&(file_url(&path) + &suffix)),
        );
    }
}

/// The module in the file at `path`, read once for each `suffix`.
fn file(
    path: &str,
    suffix: &str,
    attribute: Option<&str>,
    context: &mut Context,
) -> JsResult<Module> {
    let host = Host::of(context);
    let mut format = host.modules.format(path, context)?;
    if format == Format::Unknown {
        let is_module = commonjs::only_reads_as_module(path, context)?;
        format = if is_module {
            Format::EcmaScript
        } else {
            Format::CommonJs
        };
    }
    check_attribute(path, format, attribute, context)?;
    let key = format!("{path}{suffix}");
    let known = host.modules.ecmascript.borrow().get(&key).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let module = match format {
        Format::Json => {
            let text = read(path, context)?;
            let value = parse_json(&text, context)?;
            Module::from_value_as_default(value, context)
        }
        Format::EcmaScript => parse(path, context)?,
        Format::CommonJs | Format::Unknown => from_commonjs(path, context)?,
    };
    host.modules
        .ecmascript
        .borrow_mut()
        .insert(key, module.clone());
    Ok(module)
}

fn check_attribute(
    path: &str,
    format: Format,
    attribute: Option<&str>,
    context: &mut Context,
) -> JsResult<()> {
    let url = file_url(path);
    match (format, attribute) {
        (Format::Json, Some("json")) => Ok(()),
        (Format::Json, None) => {
            let message = format!("Module \"{url}\" needs an import attribute of \"type: json\"");
            Err(errors::type_error(
                "ERR_IMPORT_ATTRIBUTE_MISSING",
                message,
                context,
            ))
        }
        (_, None) => Ok(()),
        (_, Some("json")) => {
            let message = format!("Module \"{url}\" is not of type \"json\"");
            Err(errors::type_error(
                "ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE",
                message,
                context,
            ))
        }
        (_, Some(other)) => {
            let message =
                format!("Import attribute \"type\" with value \"{other}\" is not supported");
            Err(errors::type_error(
                "ERR_IMPORT_ATTRIBUTE_UNSUPPORTED",
                message,
                context,
            ))
        }
    }
}

fn parse(path: &str, context: &mut Context) -> JsResult<Module> {
    Host::of(context).modules.show_as_url(path);
    let text = read(path, context)?;
    let text = rewritten(&text);
    let source = Source::from_bytes(text.as_bytes()).with_path(path.as_ref());
    Module::parse(source, None, context).map_err(|error| syntax::located(error, path, context))
}

/// A core module as a module: its exports by name, and all of them as the default.
fn builtin(name: &'static str, context: &mut Context) -> JsResult<Module> {
    let host = Host::of(context);
    let key = format!("node:{name}");
    let known = host.modules.ecmascript.borrow().get(&key).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let value = host.builtin(name, context)?;
    let mut names = Vec::new();
    if let Some(object) = value.as_object() {
        for key in object.own_property_keys(context)? {
            if let boa_engine::property::PropertyKey::String(name) = key
                && name != js_string!("default")
            {
                names.push(name);
            }
        }
    }
    names.push(js_string!("default"));
    let module = Module::synthetic(
        &names,
        SyntheticModuleInitializer::from_copy_closure_with_captures(
            |module, (value, names), context| export_all(module, value, names, context),
            (value, names.clone()),
        ),
        None,
        None,
        context,
    );
    host.modules
        .ecmascript
        .borrow_mut()
        .insert(key, module.clone());
    Ok(module)
}

/// A CommonJS file as a module. Its exports are read off its text, because names
/// are linked before anything runs; it runs when its turn comes.
fn from_commonjs(path: &str, context: &mut Context) -> JsResult<Module> {
    let mut names: Vec<JsString> = exports::names(path, context)
        .iter()
        .filter(|name| *name != "default")
        .map(|name| JsString::from(name.as_str()))
        .collect();
    names.push(js_string!("default"));
    Ok(Module::synthetic(
        &names,
        SyntheticModuleInitializer::from_copy_closure_with_captures(
            |module, (path, names), context| {
                let value = commonjs::load(&native::lossy(path), Loading::Import, context)?;
                export_all(module, &value, names, context)
            },
            (JsString::from(path), names.clone()),
        ),
        Some(path.into()),
        None,
        context,
    ))
}

fn export_all(
    module: &boa_engine::module::SyntheticModule,
    value: &JsValue,
    names: &[JsString],
    context: &mut Context,
) -> JsResult<()> {
    for name in names {
        let exported = if *name == js_string!("default") {
            value.clone()
        } else {
            match value.as_object() {
                Some(object) => object.get(name.clone(), context)?,
                None => JsValue::undefined(),
            }
        };
        module.set_export(name, exported)?;
    }
    Ok(())
}

/// Starts the program that is the module at `path`. The promise settles when it is done.
///
/// # Errors
/// What reading, parsing and linking throw.
pub fn start(path: &str, context: &mut Context) -> JsResult<JsPromise> {
    let module = file(path, "", None, context)?;
    let loaded = module.load(context);
    mark_handled(&loaded, context)?;
    context.run_jobs()?;
    settled(&loaded)?;
    module.link(context)?;
    let done = module.evaluate(context)?;
    mark_handled(&done, context)?;
    Ok(done)
}

/// The namespace of the module at `path`, for `require`: only if nothing in it waits.
///
/// # Errors
/// What loading and running it throws, and `ERR_REQUIRE_ASYNC_MODULE`.
pub fn require(path: &str, context: &mut Context) -> JsResult<JsValue> {
    let module = file(path, "", None, context)?;
    run_now(&module, context)?;
    let namespace = module.namespace(context);
    let has = |name: &str, context: &mut Context| {
        namespace.has_own_property(JsString::from(name), context)
    };
    // How a module says what `require` gives of it.
    if has("module.exports", context)? {
        return native::get(&namespace, "module.exports", context);
    }
    if !has("default", context)? || has("__esModule", context)? {
        return Ok(namespace.into());
    }
    // What compilers to CommonJS look for.
    let url = file_url(path);
    let text = format!(
        "export * from {url:?}; export {{ default }} from {url:?}; export const __esModule = true;"
    );
    let source = Source::from_bytes(text.as_bytes()).with_path(path.as_ref());
    let marked = Module::parse(source, None, context)?;
    run_now(&marked, context)?;
    Ok(marked.namespace(context).into())
}

/// Loads, links and runs a module while a script waits for it.
fn run_now(module: &Module, context: &mut Context) -> JsResult<()> {
    let loaded = module.load(context);
    mark_handled(&loaded, context)?;
    // Only loading may run now, not what other promises wait for.
    if let Some(jobs) = context.downcast_job_executor::<Microtasks>() {
        jobs.run_apart(&loaded, context)?;
    }
    settled(&loaded)?;
    link_apart(module, context)?;
    let done = module.evaluate(context)?;
    mark_handled(&done, context)?;
    if matches!(done.state(), PromiseState::Pending) {
        let message =
            "require() cannot be used on an ESM graph with top-level await. Use import() instead.";
        return Err(errors::error(
            "ERR_REQUIRE_ASYNC_MODULE",
            message.to_owned(),
            context,
        ));
    }
    settled(&done)
}

/// Links within a call of a JavaScript function: linking leaves values on the engine's
/// stack, which only the return of such a function takes away again.
fn link_apart(module: &Module, context: &mut Context) -> JsResult<()> {
    let source = Source::from_bytes(b"(function (act) { act(); })").with_path("node:link".as_ref());
    let around = boa_engine::Script::parse(source, None, context)?.evaluate(context)?;
    let link = native::closure(
        "link",
        0,
        module.clone(),
        |_, _, module, context| {
            module.link(context)?;
            Ok(JsValue::undefined())
        },
        context,
    );
    match around.as_callable() {
        Some(around) => around
            .call(&JsValue::undefined(), &[link.into()], context)
            .map(drop),
        None => Ok(()),
    }
}

/// The error of a rejected promise.
///
/// # Errors
/// That error.
pub fn settled(promise: &JsPromise) -> JsResult<()> {
    match promise.state() {
        PromiseState::Rejected(reason) => Err(JsError::from_opaque(reason)),
        PromiseState::Fulfilled(_) | PromiseState::Pending => Ok(()),
    }
}

/// Somebody else looks at this promise's state.
fn mark_handled(promise: &JsPromise, context: &mut Context) -> JsResult<()> {
    let nothing = native::function("", 0, |_, _, _| Ok(JsValue::undefined()), context);
    promise.catch(nothing, context)?;
    Ok(())
}

fn suffix_of(module: &Module, path: &str, context: &Context) -> String {
    let host = Host::of(context);
    let modules = host.modules.ecmascript.borrow();
    let key = modules
        .iter()
        .find(|(_, known)| *known == module)
        .map(|(key, _)| key.as_str());
    key.and_then(|key| key.strip_prefix(path))
        .unwrap_or_default()
        .to_owned()
}

fn meta_resolve(
    _: &JsValue,
    args: &[JsValue],
    path: &JsString,
    context: &mut Context,
) -> JsResult<JsValue> {
    let specifier = native::to_text(&argument(args, 0), context)?;
    Ok(
        match resolve(&specifier, &native::lossy(path), Asker::Import, context)? {
            Resolved::Builtin(name) => native::text(&format!("node:{name}")),
            Resolved::File { path, suffix } => native::text(&(file_url(&path) + &suffix)),
        },
    )
}
