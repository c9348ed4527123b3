//! CommonJS: `require` and `module`.

use std::fs;

use boa_engine::module::Module;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::{
    Context, JsError, JsNativeError, JsResult, JsString, JsValue, Script, Source, js_string,
};

use super::lengths::rewritten;
use super::package::parse_json;
use super::paths::{extension, parent};
use super::resolve::{Asker, Resolved, resolve};
use super::tokens::{Token, places};
use super::{Format, ecmascript};
use crate::host::Host;
use crate::native::{self, HIDDEN, argument, define, field};
use crate::{builtins, errors, syntax};

/// What stands before a file's text. It is on the first line, so that lines stay right.
pub const HEAD: &str = "(function (exports, require, module, __filename, __dirname) { ";
const TAIL: &str = "\n})";

/// For whom a file is loaded.
#[derive(Debug, Clone, Copy)]
pub enum Loading<'a> {
    /// It is the program.
    Main,
    /// A `require` in this module.
    Require(&'a JsObject),
    /// An `import`.
    Import,
}

/// Loads the file at `path` and gives its `module.exports`.
///
/// # Errors
/// What reading, parsing or running it throws.
pub fn load(path: &str, loading: Loading<'_>, context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let cache = host.modules.commonjs.clone();
    let key = JsString::from(path);
    if let Some(module) = cache.get(key.clone(), context)?.as_object() {
        if let Loading::Require(parent) = loading {
            adopt(parent, &module, context)?;
        }
        return native::get(&module, "exports", context);
    }
    let module = new_module(path, context)?;
    match loading {
        Loading::Main => {
            field(&module, "id", native::text("."));
            host.modules.set_main(&module);
        }
        Loading::Require(parent) => {
            define(&module, js_string!("parent"), parent.clone(), HIDDEN);
            adopt(parent, &module, context)?;
        }
        Loading::Import => {}
    }
    field(&cache, path, module.clone());
    if let Err(error) = run(&module, path, context) {
        cache.delete_property_or_throw(key, context)?;
        return Err(error);
    }
    field(&module, "loaded", true);
    native::get(&module, "exports", context)
}

/// Whether the text at `path` can only be an ECMAScript module, though nothing says so.
///
/// # Errors
/// What reading it throws.
pub fn only_reads_as_module(path: &str, context: &mut Context) -> JsResult<bool> {
    let text = read(path, context)?;
    // Parsing twice is dear, and without these words it cannot be one.
    let may_be = ["import", "export", "await"]
        .iter()
        .any(|word| text.contains(word));
    if !may_be || parse(&text, path, context).is_ok() {
        return Ok(false);
    }
    let source = Source::from_bytes(text.as_bytes());
    Ok(Module::parse(source, None, context).is_ok())
}

fn run(module: &JsObject, path: &str, context: &mut Context) -> JsResult<()> {
    let host = Host::of(context);
    match host.modules.format(path, context)? {
        Format::Json => {
            let text = read(path, context)?;
            let value =
                parse_json(&text, context).map_err(|error| in_file(path, error, context))?;
            field(module, "exports", value);
            Ok(())
        }
        Format::EcmaScript => require_module(module, path, context),
        Format::Unknown if only_reads_as_module(path, context)? => {
            require_module(module, path, context)
        }
        Format::CommonJs | Format::Unknown => execute(module, path, context),
    }
}

/// A module of the other kind gives its namespace.
fn require_module(module: &JsObject, path: &str, context: &mut Context) -> JsResult<()> {
    let namespace = ecmascript::require(path, context)?;
    field(module, "exports", namespace);
    Ok(())
}

fn execute(module: &JsObject, path: &str, context: &mut Context) -> JsResult<()> {
    let text = read(path, context)?;
    let script =
        parse(&text, path, context).map_err(|error| syntax::located(error, path, context))?;
    let function = script.evaluate(context)?;
    let Some(function) = function.as_callable() else {
        // The text closed our function and went on.
        let message = "Unexpected token '}'";
        return Err(JsNativeError::syntax().with_message(message).into());
    };
    let exports = native::get(module, "exports", context)?;
    let require = make_require(module, context)?;
    function.call(
        &exports,
        &[
            exports.clone(),
            require.into(),
            module.clone().into(),
            native::text(path),
            native::text(parent(path)),
        ],
        context,
    )?;
    Ok(())
}

/// The file's text in our function, parsed.
fn parse(text: &str, path: &str, context: &mut Context) -> JsResult<Script> {
    let host = Host::of(context);
    host.modules.wrap(path);
    let mut wrapped = String::with_capacity(HEAD.len() + text.len() + TAIL.len());
    wrapped.push_str(HEAD);
    // A comment keeps the columns and the line.
    if let Some(rest) = text.strip_prefix("#!") {
        wrapped.push_str("//");
        wrapped.push_str(&rewritten(rest));
    } else {
        wrapped.push_str(&rewritten(text));
    }
    wrapped.push_str(TAIL);
    let error = match parse_script(&wrapped, path, context) {
        Ok(script) => return Ok(script),
        Err(error) => error,
    };
    if !error.to_string().contains("'using'") {
        return Err(error);
    }
    parse_script(&without_using(&wrapped), path, context).map_err(|_| error)
}

fn parse_script(text: &str, path: &str, context: &mut Context) -> JsResult<Script> {
    let source = Source::from_bytes(text.as_bytes()).with_path(path.as_ref());
    Script::parse(source, None, context)
}

/// The text with another name for `using`. The engine takes it for a keyword wherever
/// it stands, but scripts have variables of this name. The new name is as long.
fn without_using(text: &str) -> String {
    const WORD: &str = "using";
    const NAME: &str = "u\u{17f}ing";
    let is = |token: &Option<Token>, signs: &[char]| matches!(token, Some(Token::Sign(sign)) if signs.contains(sign));
    let mut changed = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, before, after) in places(text, WORD) {
        let of_spread = text[..at].ends_with("...");
        if is(&before, &['.', '#']) && !of_spread {
            continue;
        }
        let first = is(&before, &['{', ',']);
        let replacement = if first && is(&after, &[':']) {
            continue;
        } else if first && is(&after, &['}']) || is(&before, &['{']) && is(&after, &[',']) {
            format!("{WORD}: {NAME}")
        } else {
            NAME.to_owned()
        };
        changed.push_str(&text[rest..at]);
        changed.push_str(&replacement);
        rest = at + WORD.len();
    }
    changed.push_str(&text[rest..]);
    changed
}

/// The text of a source file, without a byte order mark.
pub fn read(path: &str, context: &mut Context) -> JsResult<String> {
    let bytes = fs::read(path)
        .map_err(|error| crate::fs::error(&error, "open", Some(path), None, context))?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn in_file(path: &str, error: JsError, context: &mut Context) -> JsError {
    if let Ok(object) = error.clone().into_opaque(context)
        && let Some(object) = object.as_object()
        && let Ok(message) = native::get(&object, "message", context)
        && let Ok(message) = native::to_text(&message, context)
    {
        let message = JsString::from(format!("{path}: {message}"));
        define(&object, js_string!("message"), message, HIDDEN);
        return JsError::from_opaque(object.into());
    }
    error
}

/// A fresh `module`.
///
/// # Errors
/// None.
fn new_module(path: &str, context: &mut Context) -> JsResult<JsObject> {
    let class = class(context)?;
    let prototype = native::get(&class, "prototype", context)?.as_object();
    let module =
        JsObject::from_proto_and_data(prototype, boa_engine::builtins::object::OrdinaryObject);
    field(&module, "id", native::text(path));
    field(&module, "path", native::text(parent(path)));
    field(&module, "exports", native::object(context));
    field(&module, "filename", native::text(path));
    field(&module, "loaded", false);
    field(&module, "children", JsArray::new(context)?);
    let lookup = lookup_paths(parent(path));
    let lookup = JsArray::from_iter(lookup.iter().map(|path| native::text(path)), context);
    field(&module, "paths", lookup);
    define(&module, js_string!("parent"), JsValue::undefined(), HIDDEN);
    Ok(module)
}

fn adopt(parent: &JsObject, module: &JsObject, context: &mut Context) -> JsResult<()> {
    if let Some(children) = native::get(parent, "children", context)?.as_object() {
        let known = native::invoke(&children, "includes", &[module.clone().into()], context)?;
        if !known.to_boolean() {
            native::invoke(&children, "push", &[module.clone().into()], context)?;
        }
    }
    Ok(())
}

/// The folders in which packages are looked for.
fn lookup_paths(mut folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    loop {
        if !folder.ends_with("/node_modules") {
            let base = if folder == "/" { "" } else { folder };
            paths.push(format!("{base}/node_modules"));
        }
        if folder == "/" {
            return paths;
        }
        folder = parent(folder);
    }
}

/// The `require` of `module`.
///
/// # Errors
/// None.
pub fn make_require(module: &JsObject, context: &mut Context) -> JsResult<JsObject> {
    let host = Host::of(context);
    let require = native::closure("require", 1, module.clone(), require, context);
    let find = native::closure("resolve", 1, module.clone(), require_resolve, context);
    let paths = native::closure("paths", 1, module.clone(), resolve_paths, context);
    field(&find, "paths", paths);
    field(&require, "resolve", find);
    field(&require, "main", host.modules.main());
    let class = class(context)?;
    field(
        &require,
        "extensions",
        native::get(&class, "_extensions", context)?,
    );
    field(&require, "cache", host.modules.commonjs.clone());
    Ok(require.into())
}

fn filename(module: &JsObject, context: &mut Context) -> JsResult<String> {
    let name = native::get(module, "filename", context)?;
    native::to_text(&name, context)
}

fn require(
    _: &JsValue,
    args: &[JsValue],
    module: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let specifier = specifier(args, context)?;
    let from = filename(module, context)?;
    match resolve(&specifier, &from, Asker::Require, context)? {
        Resolved::Builtin(name) => Host::of(context).builtin(name, context),
        Resolved::File { path, .. } => load(&path, Loading::Require(module), context),
    }
}

fn specifier(args: &[JsValue], context: &mut Context) -> JsResult<String> {
    let given = errors::string_argument(args, 0, "id", context)?;
    if given.is_empty() {
        return Err(errors::invalid_argument_value(
            "id",
            "must be a non-empty string",
            &given.into(),
            context,
        ));
    }
    Ok(native::lossy(&given))
}

fn require_resolve(
    _: &JsValue,
    args: &[JsValue],
    module: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let specifier = specifier(args, context)?;
    let mut from = vec![filename(module, context)?];
    if let Some(options) = argument(args, 1).as_object()
        && let Some(paths) = native::get(&options, "paths", context)?.as_object()
    {
        let length = native::get(&paths, "length", context)?.to_length(context)?;
        from.clear();
        for index in 0..length {
            let path = native::to_text(&paths.get(index, context)?, context)?;
            from.push(format!("{path}/_"));
        }
    }
    let mut failure = None;
    for referrer in from {
        match resolve(&specifier, &referrer, Asker::Require, context) {
            Ok(Resolved::Builtin(_)) => return Ok(native::text(&specifier)),
            Ok(Resolved::File { path, .. }) => return Ok(native::text(&path)),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| {
        let message = format!("Cannot find module '{specifier}'");
        errors::error("MODULE_NOT_FOUND", message, context)
    }))
}

fn resolve_paths(
    _: &JsValue,
    args: &[JsValue],
    module: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let specifier = specifier(args, context)?;
    if builtins::public(&specifier).is_some() {
        return Ok(JsValue::null());
    }
    let from = filename(module, context)?;
    let folder = parent(&from);
    let paths = if specifier.starts_with('.') {
        vec![folder.to_owned()]
    } else {
        lookup_paths(folder)
    };
    Ok(JsArray::from_iter(paths.iter().map(|path| native::text(path)), context).into())
}

/// The files that led to `referrer`, itself first.
pub fn require_stack(referrer: &str, context: &mut Context) -> Vec<String> {
    let host = Host::of(context);
    let mut stack = Vec::new();
    let mut current = host
        .modules
        .commonjs
        .get(JsString::from(referrer), context)
        .ok();
    while let Some(module) = current.and_then(|value| value.as_object()) {
        match filename(&module, context) {
            Ok(name) if stack.len() < 64 => stack.push(name),
            _ => break,
        }
        current = native::get(&module, "parent", context).ok();
    }
    stack
}

/// The class of `module`, which is also the core module of that name.
///
/// # Errors
/// None.
pub fn class(context: &mut Context) -> JsResult<JsObject> {
    Host::of(context).builtin_object("module", context)
}

/// Makes the core module `module`.
///
/// # Errors
/// None.
pub fn make_class(context: &mut Context) -> JsResult<JsValue> {
    let host = Host::of(context);
    let class = native::constructor("Module", 2, construct, context);
    let prototype = native::object(context);
    native::methods(
        &prototype,
        &[
            ("require", 1, method_require),
            ("_compile", 2, method_compile),
        ],
        context,
    );
    define(&prototype, js_string!("constructor"), class.clone(), HIDDEN);
    define(&class, js_string!("prototype"), prototype, HIDDEN);
    field(&class, "Module", class.clone());
    field(&class, "_cache", host.modules.commonjs.clone());
    let extensions = JsObject::with_null_proto();
    for name in [".js", ".json", ".node"] {
        field(
            &extensions,
            name,
            native::function(name, 2, by_extension, context),
        );
    }
    field(&class, "_extensions", extensions);
    native::functions(
        &class,
        &[
            ("createRequire", 1, create_require),
            ("isBuiltin", 1, is_builtin),
            ("_resolveFilename", 4, resolve_filename),
            ("_load", 3, load_request),
            ("_nodeModulePaths", 1, node_module_paths),
            ("wrap", 1, wrap),
        ],
        context,
    );
    let names = JsArray::from_iter(builtins::names().map(native::text), context);
    field(&class, "builtinModules", names);
    Ok(class.into())
}

fn construct(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let id = argument(args, 0);
    let id = if id.is_undefined() {
        String::new()
    } else {
        native::to_text(&id, context)?
    };
    let module = new_module(&id, context)?;
    if let Some(parent) = argument(args, 1).as_object() {
        define(&module, js_string!("parent"), parent.clone(), HIDDEN);
        adopt(&parent, &module, context)?;
    }
    Ok(module.into())
}

fn method_require(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let module = this.to_object(context)?;
    require(this, args, &module, context)
}

fn method_compile(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let module = this.to_object(context)?;
    let text = native::to_text(&argument(args, 0), context)?;
    let path = native::to_text(&argument(args, 1), context)?;
    let script =
        parse(&text, &path, context).map_err(|error| syntax::located(error, &path, context))?;
    let function = script.evaluate(context)?;
    let exports = native::get(&module, "exports", context)?;
    let require = make_require(&module, context)?;
    match function.as_callable() {
        Some(function) => function.call(
            &exports,
            &[
                exports.clone(),
                require.into(),
                module.into(),
                native::text(&path),
                native::text(parent(&path)),
            ],
            context,
        ),
        None => Ok(JsValue::undefined()),
    }
}

fn by_extension(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let module = argument(args, 0).to_object(context)?;
    let path = native::to_text(&argument(args, 1), context)?;
    if extension(&path) == "node" {
        let message = format!("Cannot load native addon {path}: a box runs none");
        return Err(errors::error("ERR_DLOPEN_FAILED", message, context));
    }
    run(&module, &path, context)?;
    Ok(JsValue::undefined())
}

fn create_require(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let given = argument(args, 0);
    let mut path = match given.as_object() {
        Some(url) => native::to_text(&native::get(&url, "href", context)?, context)?,
        None => native::to_text(&given, context)?,
    };
    if let Some((decoded, _)) = super::path_of_url(&path) {
        path = decoded;
    } else if !path.starts_with('/') {
        let reason = "must be a file URL object, file URL string, or absolute path string";
        return Err(errors::invalid_argument_value(
            "filename", reason, &given, context,
        ));
    }
    let module = new_module(&path, context)?;
    Ok(make_require(&module, context)?.into())
}

fn is_builtin(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let name = native::to_text(&argument(args, 0), context)?;
    Ok(builtins::public(&name).is_some().into())
}

fn resolve_filename(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let from = match argument(args, 1).as_object() {
        Some(parent) => filename(&parent, context)?,
        None => crate::process::directory() + "/_",
    };
    let specifier = specifier(args, context)?;
    Ok(match resolve(&specifier, &from, Asker::Require, context)? {
        Resolved::Builtin(_) => native::text(&specifier),
        Resolved::File { path, .. } => native::text(&path),
    })
}

fn load_request(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let parent = argument(args, 1).as_object();
    let from = match &parent {
        Some(parent) => filename(parent, context)?,
        None => crate::process::directory() + "/_",
    };
    let specifier = specifier(args, context)?;
    match resolve(&specifier, &from, Asker::Require, context)? {
        Resolved::Builtin(name) => Host::of(context).builtin(name, context),
        Resolved::File { path, .. } => {
            let loading = parent.as_ref().map_or(Loading::Import, Loading::Require);
            load(&path, loading, context)
        }
    }
}

fn node_module_paths(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let from = native::to_text(&argument(args, 0), context)?;
    let paths = lookup_paths(&from);
    Ok(JsArray::from_iter(paths.iter().map(|path| native::text(path)), context).into())
}

fn wrap(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = native::to_text(&argument(args, 0), context)?;
    Ok(native::text(&format!("{HEAD}{text}\n}});")))
}
