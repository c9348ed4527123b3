//! Names: of constructors, classes and functions.

use boa_engine::builtins::function::OrdinaryFunction;
use boa_engine::object::JsObject;
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsResult, JsValue, js_string};

use super::formatter::Inspector;
use super::proxies;
use crate::native;

/// The own property `key` of `object`, without calling accessors.
pub fn own_property(
    object: &JsObject,
    key: &PropertyKey,
    context: &mut Context,
) -> JsResult<Option<PropertyDescriptor>> {
    // Ordinary storage answers nearly always. Objects whose properties live
    // elsewhere (proxies, typed arrays, strings, namespaces) are asked properly.
    let plain = object.is_ordinary() || object.is_array() || object.is_callable();
    if plain && !proxies::is_proxy(object) {
        return Ok(object.borrow().properties().get(key));
    }
    let intrinsic = context.intrinsics().constructors().object().constructor();
    let found = native::invoke(
        &intrinsic,
        "getOwnPropertyDescriptor",
        &[object.clone().into(), key.clone().into()],
        context,
    )?;
    match found.as_object() {
        Some(descriptor) => Ok(Some(descriptor.to_property_descriptor(context)?)),
        None => Ok(None),
    }
}

/// The prototype of `object`; a proxy's trap is called.
pub fn prototype(object: &JsObject, context: &mut Context) -> JsResult<Option<JsObject>> {
    if !proxies::is_proxy(object) {
        return Ok(object.prototype());
    }
    let intrinsic = context.intrinsics().constructors().object().constructor();
    let found = native::invoke(
        &intrinsic,
        "getPrototypeOf",
        &[object.clone().into()],
        context,
    )?;
    Ok(found.as_object())
}

/// Whether a class of this name comes with the language or with Node.
pub fn is_built_in(name: &str, context: &mut Context) -> bool {
    let mut chars = name.chars();
    let looks_like_a_class = chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && chars.all(|c| c.is_ascii_alphanumeric())
        && name.len() > 1;
    looks_like_a_class
        && crate::host::Host::of(context)
            .built_in_classes
            .contains(name)
}

/// The function that `descriptor` holds, with its name, where it has one.
fn named_function(
    descriptor: &PropertyDescriptor,
    context: &mut Context,
) -> JsResult<Option<(JsObject, String)>> {
    let Some(function) = descriptor.value().and_then(JsValue::as_callable) else {
        return Ok(None);
    };
    let name = native::get(&function, "name", context)?;
    if name.is_symbol() {
        return Ok(None);
    }
    let name = native::to_text(&name, context)?;
    Ok((!name.is_empty()).then_some((function, name)))
}

impl Inspector {
    /// The name of the class that `object` is an instance of. `None` where its
    /// prototype is null. With `inherited`, properties of user-defined prototypes
    /// are shown into it.
    pub fn constructor_name(
        &mut self,
        object: &JsObject,
        depth: f64,
        mut inherited: Option<&mut Vec<String>>,
        context: &mut Context,
    ) -> JsResult<Option<String>> {
        let constructor = PropertyKey::from(js_string!("constructor"));
        let mut first: Option<Option<JsObject>> = None;
        let mut current = Some(object.clone());
        while let Some(holder) = current {
            if let Some(descriptor) = own_property(&holder, &constructor, context)?
                && let Some((function, name)) = named_function(&descriptor, context)?
                && JsValue::from(object.clone())
                    .instance_of(&function.into(), context)
                    .unwrap_or(false)
            {
                let is_first =
                    matches!(&first, Some(Some(proto)) if JsObject::equals(proto, &holder));
                if let Some(output) = inherited.as_deref_mut()
                    && (!is_first || !is_built_in(&name, context))
                {
                    let from = first.flatten().unwrap_or_else(|| object.clone());
                    self.inherited_properties(object, &from, depth, output, context)?;
                }
                return Ok(Some(name));
            }
            current = prototype(&holder, context)?;
            if first.is_none() {
                first = Some(current.clone());
            }
        }
        let Some(first) = first.flatten() else {
            return Ok(None);
        };
        let own = internal_name(object);
        if depth > self.options.depth {
            return Ok(Some(format!("{own} <Complex prototype>")));
        }
        let above = self.constructor_name(&first, depth + 1.0, inherited, context)?;
        Ok(Some(match above {
            Some(name) => format!("{own} <{name}>"),
            None => {
                let mut options = self.options.clone();
                options.custom_inspect = false;
                options.depth = -1.0;
                let shown = super::inspect_with(&first.into(), options, context)?;
                format!("{own} <{shown}>")
            }
        }))
    }

    /// Shows what user-defined prototypes hold besides methods, three layers up.
    fn inherited_properties(
        &mut self,
        main: &JsObject,
        from: &JsObject,
        depth: f64,
        output: &mut Vec<String>,
        context: &mut Context,
    ) -> JsResult<()> {
        let constructor = PropertyKey::from(js_string!("constructor"));
        let mut holder = from.clone();
        let mut seen: Vec<PropertyKey> = Vec::new();
        let mut keys: Vec<PropertyKey> = Vec::new();
        for layer in 0..3 {
            if layer != 0 || JsObject::equals(main, &holder) {
                let Some(above) = prototype(&holder, context)? else {
                    return Ok(());
                };
                holder = above;
                if let Some(descriptor) = own_property(&holder, &constructor, context)?
                    && let Some((_, name)) = named_function(&descriptor, context)?
                    && is_built_in(&name, context)
                {
                    return Ok(());
                }
            }
            seen.append(&mut keys);
            keys = holder.own_property_keys(context)?;
            self.seen.push(main.clone());
            for key in &keys {
                let hidden = *key == constructor
                    || main.has_own_property(key.clone(), context)?
                    || seen.contains(key);
                if hidden {
                    continue;
                }
                let Some(descriptor) = own_property(&holder, key, context)? else {
                    continue;
                };
                if descriptor.value().is_some_and(JsValue::is_callable) {
                    continue;
                }
                let shown = self.described_property(main, key, &descriptor, depth, context)?;
                output.push(if self.options.colors {
                    format!("\u{1b}[2m{shown}\u{1b}[22m")
                } else {
                    shown
                });
            }
            self.seen.pop();
        }
        Ok(())
    }

    /// `[Function: f]`, `[class A extends B]`.
    pub fn function_base(
        &self,
        function: &JsObject,
        constructor: Option<&str>,
        tag: &str,
        context: &mut Context,
    ) -> JsResult<String> {
        if is_class(function) {
            return class_base(function, constructor, tag, context);
        }
        let kind = function_kind(function, context);
        let name = native::get(function, "name", context)?;
        let name = if let Some(symbol) = name.as_symbol() {
            symbol.descriptive_string().to_std_string_lossy()
        } else {
            native::to_text(&name, context)?
        };
        let mut base = format!("[{kind}");
        if constructor.is_none() {
            base.push_str(" (null prototype)");
        }
        if name.is_empty() {
            base.push_str(" (anonymous)");
        } else {
            base.push_str(": ");
            base.push_str(&name);
        }
        base.push(']');
        if let Some(constructor) = constructor
            && constructor != kind
        {
            base.push(' ');
            base.push_str(constructor);
        }
        if !tag.is_empty() && constructor != Some(tag) {
            base.push_str(&format!(" [{tag}]"));
        }
        Ok(base)
    }
}

/// What the engine calls the object, whatever its prototype says.
pub fn internal_name(object: &JsObject) -> &'static str {
    use boa_engine::builtins::map::ordered_map::OrderedMap;
    use boa_engine::builtins::set::ordered_set::OrderedSet;
    if object.is_array() {
        "Array"
    } else if object.is_callable() {
        "Function"
    } else if object.is::<OrderedMap<JsValue>>() {
        "Map"
    } else if object.is::<OrderedSet>() {
        "Set"
    } else if object.is::<boa_engine::builtins::error::Error>() {
        "Error"
    } else if object.is::<boa_engine::builtins::date::Date>() {
        "Date"
    } else if object.is::<boa_engine::builtins::regexp::RegExp>() {
        "RegExp"
    } else if object.is::<boa_engine::builtins::promise::Promise>() {
        "Promise"
    } else {
        "Object"
    }
}

/// `Foo `, `Foo(2) [Tag] `, `[Object: null prototype] `.
pub fn prefix(constructor: Option<&str>, tag: &str, fallback: &str, size: &str) -> String {
    match constructor {
        None if !tag.is_empty() && fallback != tag => {
            format!("[{fallback}{size}: null prototype] [{tag}] ")
        }
        None => format!("[{fallback}{size}: null prototype] "),
        Some(name) if !tag.is_empty() && name != tag => format!("{name}{size} [{tag}] "),
        Some(name) => format!("{name}{size} "),
    }
}

fn class_base(
    class: &JsObject,
    constructor: Option<&str>,
    tag: &str,
    context: &mut Context,
) -> JsResult<String> {
    let own_name = class.has_own_property(js_string!("name"), context)?;
    let name = if own_name {
        let name = native::get(class, "name", context)?;
        if name.to_boolean() {
            native::to_text(&name, context)?
        } else {
            String::new()
        }
    } else {
        String::new()
    };
    let name = if name.is_empty() {
        "(anonymous)"
    } else {
        &name
    };
    let mut base = format!("class {name}");
    if let Some(constructor) = constructor
        && constructor != "Function"
    {
        base.push_str(&format!(" [{constructor}]"));
    }
    if !tag.is_empty() && constructor != Some(tag) {
        base.push_str(&format!(" [{tag}]"));
    }
    if constructor.is_none() {
        base.push_str(" extends [null prototype]");
    } else if let Some(parent) = prototype(class, context)? {
        let parent = native::get(&parent, "name", context)?;
        if parent.to_boolean() {
            base.push_str(&format!(" extends {}", native::to_text(&parent, context)?));
        }
    }
    Ok(format!("[{base}]"))
}

/// Whether it is a class of a script: those have a prototype that cannot be replaced.
pub fn is_class(function: &JsObject) -> bool {
    if !function.is::<OrdinaryFunction>() {
        return false;
    }
    let key = PropertyKey::from(js_string!("prototype"));
    let own = function.borrow().properties().get(&key);
    own.is_some_and(|own| own.writable() == Some(false))
}

/// `Function`, `AsyncFunction`, `GeneratorFunction` or `AsyncGeneratorFunction`, told by
/// the prototypes that the language gives them.
fn function_kind(function: &JsObject, context: &Context) -> &'static str {
    let classes = context.intrinsics().constructors();
    let kinds = [
        (classes.async_function(), "AsyncFunction"),
        (classes.generator_function(), "GeneratorFunction"),
        (classes.async_generator_function(), "AsyncGeneratorFunction"),
    ];
    let mut current = function.prototype();
    while let Some(prototype) = current {
        for (class, kind) in &kinds {
            if JsObject::equals(&prototype, &class.prototype()) {
                return kind;
            }
        }
        current = prototype.prototype();
    }
    "Function"
}

/// `[Symbol.toStringTag]`, where it says more than the properties do.
pub fn tag(object: &JsObject, show_hidden: bool, context: &mut Context) -> JsResult<String> {
    let key = boa_engine::JsSymbol::to_string_tag();
    let Some(tag) = object.get(key.clone(), context)?.as_string() else {
        return Ok(String::new());
    };
    if tag.is_empty() {
        return Ok(String::new());
    }
    let own = own_property(object, &PropertyKey::from(key), context)?;
    let shown_anyway = own.is_some_and(|own| show_hidden || own.enumerable().unwrap_or(false));
    Ok(if shown_anyway {
        String::new()
    } else {
        native::lossy(&tag)
    })
}
