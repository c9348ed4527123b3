//! The walk over a value.

use boa_engine::builtins::array_buffer::{ArrayBuffer, SharedArrayBuffer};
use boa_engine::builtins::dataview::DataView;
use boa_engine::builtins::date::Date;
use boa_engine::builtins::error::Error;
use boa_engine::builtins::promise::Promise;
use boa_engine::builtins::regexp::RegExp;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsDate, JsWeakMap, JsWeakSet};
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsBigInt, JsResult, JsString, JsSymbol, JsValue, JsVariant, js_string};

use super::classes::{own_property, prefix, tag};
use super::layout::{self, Kind, Place};
use super::options::{Getters, Options, Sorted};
use super::proxies::{self, Parts};
use super::style::Style;
use super::text::{escape, is_identifier, more, quote, separate_thousands};
use super::{classes, collections};
use crate::host::Host;
use crate::native;

/// Nested values beyond this are not shown, whatever `depth` says: the walk is
/// recursive, and a component's stack is small (512 KiB in most hosts).
const DEEPEST: usize = 200;

/// Text beyond this is not worth more of it; as much as Node's limit.
const LONGEST: usize = 1 << 27;

/// One call of `inspect`.
#[derive(Debug)]
pub struct Inspector {
    /// What to show.
    pub options: Options,
    /// Columns that the current value is indented by.
    pub indentation: usize,
    /// The objects around the current one.
    pub seen: Vec<JsObject>,
    /// The deepest level of the part shown last.
    deepest: f64,
    /// Objects that something inside of them refers back to. The index is the name, less one.
    circular: Vec<JsObject>,
    /// Bytes shown so far.
    shown: usize,
}

/// An object on its way to being text.
struct Draft {
    /// What stands before the brace.
    base: String,
    open: String,
    close: &'static str,
    kind: Kind,
    keys: Vec<PropertyKey>,
    contents: Contents,
}

/// What an object holds besides properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Nothing.
    Nothing,
    /// The elements of an array.
    Array,
    /// The numbers of a typed array.
    TypedArray,
    /// The values of a set.
    Set,
    /// The pairs of a map.
    Map,
    /// What an iterator still has to give.
    Iterator {
        /// Whether that is pairs.
        pairs: bool,
    },
    /// The bytes of a buffer.
    Buffer,
    /// A promise's state.
    Promise,
    /// What a weak collection refers to, which nobody may know.
    Weak,
    /// A module's exports.
    Namespace,
}

/// The symbol by which objects bring their own inspect function.
pub fn custom_symbol(context: &mut Context) -> JsSymbol {
    Host::of(context).custom_inspect.clone()
}

impl Inspector {
    /// A walk with `options`.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            indentation: 0,
            seen: Vec::new(),
            deepest: 0.0,
            circular: Vec::new(),
            shown: 0,
        }
    }

    /// `text` in the colour of `style`, where colours are on.
    pub fn paint(&self, text: &str, style: Style) -> String {
        if self.options.colors {
            style.paint(text)
        } else {
            text.to_owned()
        }
    }

    /// Shows `value`, which is `depth` levels below the first.
    pub fn value(
        &mut self,
        value: &JsValue,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        self.value_in(value, depth, false, context)
    }

    /// As [`Self::value`]; `buffer_of_view` shortens the buffer of a typed array.
    pub fn value_in(
        &mut self,
        value: &JsValue,
        depth: f64,
        buffer_of_view: bool,
        context: &mut Context,
    ) -> JsResult<String> {
        let Some(given) = value.as_object() else {
            return self.primitive(value, context);
        };
        let mut object = given.clone();
        if proxies::is_proxy(&object) {
            let host = Host::of(context);
            match host.proxies.parts(&object, context) {
                None => return Ok(self.paint("<Revoked Proxy>", Style::Special)),
                Some(parts) if self.options.show_proxy => {
                    return self.proxy(&parts, depth, context);
                }
                Some(parts) => object = innermost(parts.target, context),
            }
        }
        if self.options.custom_inspect
            && let Some(shown) = self.custom(&given, &object, depth, context)?
        {
            return Ok(shown);
        }
        if self.seen.iter().any(|seen| JsObject::equals(seen, &object)) {
            let known = self
                .circular
                .iter()
                .position(|seen| JsObject::equals(seen, &object));
            let index = known.unwrap_or_else(|| {
                self.circular.push(object.clone());
                self.circular.len() - 1
            });
            return Ok(self.paint(&format!("[Circular *{}]", index + 1), Style::Special));
        }
        self.object(&object, depth, buffer_of_view, context)
    }

    /// Shows a value that has no properties.
    pub fn primitive(&mut self, value: &JsValue, context: &mut Context) -> JsResult<String> {
        Ok(match value.variant() {
            JsVariant::String(string) => self.string(&string),
            JsVariant::Float64(_) | JsVariant::Integer32(_) => {
                let number = value.as_number().unwrap_or(f64::NAN);
                let shown = number_text(number, self.options.numeric_separator, context)?;
                self.paint(&shown, Style::Number)
            }
            JsVariant::BigInt(number) => {
                let shown = bigint_text(&number, self.options.numeric_separator);
                self.paint(&shown, Style::BigInt)
            }
            JsVariant::Boolean(truth) => self.paint(&truth.to_string(), Style::Boolean),
            JsVariant::Undefined => self.paint("undefined", Style::Undefined),
            JsVariant::Null => self.paint("null", Style::Null),
            JsVariant::Symbol(symbol) => self.paint(
                &symbol.descriptive_string().to_std_string_lossy(),
                Style::Symbol,
            ),
            JsVariant::Object(_) => String::new(),
        })
    }

    fn string(&self, string: &JsString) -> String {
        let mut string = string.clone();
        let mut trailer = String::new();
        let length = string.len() as f64;
        if length > self.options.max_string_length {
            let keep = self.options.max_string_length.max(0.0);
            trailer = more(length - keep, "character");
            string = string.get(..keep as usize).unwrap_or_default();
        }
        // Long text of several lines is shown line by line.
        let room = self.options.break_length - self.indentation as f64 - 4.0;
        let length = string.len();
        if self.options.compact != super::options::Compact::Always
            && length > 16
            && length as f64 > room
        {
            let lines: Vec<String> = lines_of(&string)
                .iter()
                .map(|line| self.paint(&quote(line), Style::String))
                .collect();
            let separator = format!(" +\n{}", " ".repeat(self.indentation + 2));
            return lines.join(&separator) + &trailer;
        }
        self.paint(&quote(&string), Style::String) + &trailer
    }

    fn proxy(&mut self, parts: &Parts, depth: f64, context: &mut Context) -> JsResult<String> {
        if depth > self.options.depth {
            return Ok(self.paint("Proxy [Array]", Style::Special));
        }
        self.indentation += 2;
        let target = self.value(&parts.target.clone().into(), depth + 1.0, context)?;
        let handler = self.value(&parts.handler.clone().into(), depth + 1.0, context)?;
        self.indentation -= 2;
        Ok(self.assemble(
            vec![target, handler],
            "",
            "Proxy [",
            "]",
            Kind::Array,
            depth + 1.0,
            true,
        ))
    }

    /// What the value's own inspect function makes of it.
    fn custom(
        &mut self,
        given: &JsObject,
        object: &JsObject,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Option<String>> {
        let symbol = custom_symbol(context);
        let Some(function) = object.get(symbol, context)?.as_callable() else {
            return Ok(None);
        };
        let host = Host::of(context);
        let inspect = host.binding("inspect", context)?;
        let inspect = native::get(&inspect, "inspect", context)?;
        if inspect
            .as_object()
            .is_some_and(|own| JsObject::equals(&own, &function))
        {
            return Ok(None);
        }
        // A prototype is not an instance.
        if let Some(constructor) = native::get(object, "constructor", context)?.as_object()
            && let Some(prototype) = native::get(&constructor, "prototype", context)?.as_object()
            && JsObject::equals(&prototype, object)
        {
            return Ok(None);
        }
        let left = self.options.depth - depth;
        let options = self.options.to_object(context)?;
        let left = if left.is_infinite() {
            JsValue::null()
        } else {
            JsValue::from(left)
        };
        let result = function.call(
            &given.clone().into(),
            &[left, options.into(), inspect],
            context,
        )?;
        if result
            .as_object()
            .is_some_and(|same| JsObject::equals(&same, given))
        {
            return Ok(None);
        }
        let Some(string) = result.as_string() else {
            return self.value(&result, depth, context).map(Some);
        };
        let margin = format!("\n{}", " ".repeat(self.indentation));
        Ok(Some(native::lossy(&string).replace('\n', &margin)))
    }

    fn object(
        &mut self,
        object: &JsObject,
        depth: f64,
        buffer_of_view: bool,
        context: &mut Context,
    ) -> JsResult<String> {
        let mut inherited = Vec::new();
        let inherits = self.options.show_hidden && depth <= self.options.depth;
        let constructor =
            self.constructor_name(object, depth, inherits.then_some(&mut inherited), context)?;
        let constructor = constructor.as_deref();
        let tag = tag(object, self.options.show_hidden, context)?;
        let bare = inherited.is_empty();
        let draft = match self.draft(
            object,
            constructor,
            &tag,
            depth,
            bare,
            buffer_of_view,
            context,
        )? {
            Ok(draft) => draft,
            Err(finished) => return Ok(finished),
        };
        if depth > self.options.depth || self.seen.len() > DEEPEST {
            let name = style_prefix(object, constructor, &tag);
            let name = name.trim_end();
            let name = if constructor.is_some() {
                format!("[{name}]")
            } else {
                name.to_owned()
            };
            return Ok(self.paint(&name, Style::Special));
        }
        let depth = depth + 1.0;
        self.seen.push(object.clone());
        self.deepest = depth;
        let entries = self.entries(object, &draft, depth, inherited, context);
        self.seen.pop();
        let entries = entries?;

        let Draft {
            mut base,
            mut open,
            close,
            kind,
            ..
        } = draft;
        if let Some(index) = self
            .circular
            .iter()
            .position(|seen| JsObject::equals(seen, object))
        {
            let reference = self.paint(&format!("<ref *{}>", index + 1), Style::Special);
            if self.options.compact == super::options::Compact::Always {
                open = format!("{reference} {open}");
            } else if base.is_empty() {
                base = reference;
            } else {
                base = format!("{reference} {base}");
            }
        }
        let numeric = kind == Kind::Array && entries.len() > 6 && {
            let count = entries.len();
            collections::all_numbers(object, count, context)?
        };
        let shown = self.assemble(entries, &base, &open, close, kind, depth, numeric);
        self.shown += shown.len();
        if self.shown > LONGEST {
            self.options.depth = -1.0;
        }
        Ok(shown)
    }

    /// The contents and the properties, each shown.
    fn entries(
        &mut self,
        object: &JsObject,
        draft: &Draft,
        depth: f64,
        inherited: Vec<String>,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let mut entries = self.contents(object, draft.contents, depth, context)?;
        let first = entries.len();
        if draft.contents == Contents::Namespace {
            for key in &draft.keys {
                entries.push(self.exported(object, key, depth, context)?);
            }
        } else {
            for key in &draft.keys {
                entries.push(self.property(object, key, depth, context)?);
            }
        }
        entries.extend(inherited);
        let sortable = if draft.kind == Kind::Object { 0 } else { first };
        sort(
            &mut entries[sortable..],
            &self.options.sorted.clone(),
            context,
        )?;
        Ok(entries)
    }

    /// Puts entries together in lines.
    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of one text, in their order"
    )]
    pub fn assemble(
        &self,
        entries: Vec<String>,
        base: &str,
        open: &str,
        close: &str,
        kind: Kind,
        depth: f64,
        numeric: bool,
    ) -> String {
        let place = Place {
            options: &self.options,
            indentation: self.indentation,
            height: self.deepest - depth,
            numeric,
        };
        layout::assemble(&place, entries, base, open, close, kind)
    }

    /// Decides how the object is shown; `Err` is text that needs nothing more.
    #[allow(clippy::too_many_arguments, reason = "what is known of one object")]
    fn draft(
        &mut self,
        object: &JsObject,
        constructor: Option<&str>,
        tag: &str,
        depth: f64,
        bare: bool,
        buffer_of_view: bool,
        context: &mut Context,
    ) -> JsResult<Result<Draft, String>> {
        let iterable =
            constructor.is_none() || object.has_property(JsSymbol::iterator(), context)?;
        if iterable && let Some(form) = collections::form(object, constructor, tag, context)? {
            let keys = if form.indexed {
                non_index_keys(object, self.options.show_hidden, context)?
            } else {
                keys(object, self.options.show_hidden, context)?
            };
            let empty = form.empty && keys.is_empty() && bare;
            if empty && !(form.contents == Contents::TypedArray && self.options.show_hidden) {
                return Ok(Err(format!("{}{}", form.open, form.close)));
            }
            return Ok(Ok(Draft {
                base: String::new(),
                open: form.open,
                close: form.close,
                kind: if form.indexed {
                    Kind::Array
                } else {
                    Kind::Object
                },
                keys,
                contents: form.contents,
            }));
        }
        let mut draft = Draft {
            base: String::new(),
            open: "{".to_owned(),
            close: "}",
            kind: Kind::Object,
            keys: keys(object, self.options.show_hidden, context)?,
            contents: Contents::Nothing,
        };
        let plain = draft.keys.is_empty() && bare;
        if object.is_callable() {
            draft.base = self.function_base(object, constructor, tag, context)?;
            if plain {
                return Ok(Err(self.paint(&draft.base, Style::Special)));
            }
        } else if is_arguments(object, constructor, context)? {
            draft.open = "[Arguments] {".to_owned();
            if plain {
                return Ok(Err("[Arguments] {}".to_owned()));
            }
        } else if constructor == Some("Object") && !special(object) {
            if !tag.is_empty() {
                draft.open = format!("{}{{", prefix(constructor, tag, "Object", ""));
            }
            if plain {
                return Ok(Err(format!("{}}}", draft.open)));
            }
        } else if object.is::<RegExp>() {
            draft.base = regexp_text(object, context)?;
            let name = prefix(constructor, tag, "RegExp", "");
            if name != "RegExp " {
                draft.base = format!("{name}{}", draft.base);
            }
            if plain || depth > self.options.depth {
                return Ok(Err(self.paint(&draft.base, Style::RegExp)));
            }
        } else if object.is::<Date>() {
            draft.base = date_text(object, context)?;
            let name = prefix(constructor, tag, "Date", "");
            if name != "Date " {
                draft.base = format!("{name}{}", draft.base);
            }
            if plain {
                return Ok(Err(self.paint(&draft.base, Style::Date)));
            }
        } else if is_error(object, context)? {
            draft.base = self.error(object, constructor, tag, &mut draft.keys, context)?;
            if draft.keys.is_empty() && bare {
                return Ok(Err(draft.base));
            }
        } else if object.is::<ArrayBuffer>() || object.is::<SharedArrayBuffer>() {
            let fallback = if object.is::<ArrayBuffer>() {
                "ArrayBuffer"
            } else {
                "SharedArrayBuffer"
            };
            draft.open = format!("{}{{", prefix(constructor, tag, fallback, ""));
            if buffer_of_view {
                if plain {
                    let length = native::get(object, "byteLength", context)?;
                    let length = self.primitive(&length, context)?;
                    return Ok(Err(format!("{} byteLength: {length} }}", draft.open)));
                }
            } else {
                draft.contents = Contents::Buffer;
            }
            draft.keys.insert(0, js_string!("byteLength").into());
        } else if object.is::<DataView>() {
            draft.open = format!("{}{{", prefix(constructor, tag, "DataView", ""));
            for (index, key) in ["byteLength", "byteOffset", "buffer"]
                .into_iter()
                .enumerate()
            {
                draft.keys.insert(index, JsString::from(key).into());
            }
        } else if object.is::<Promise>() {
            draft.open = format!("{}{{", prefix(constructor, tag, "Promise", ""));
            draft.contents = Contents::Promise;
        } else if JsWeakSet::from_object(object.clone()).is_ok() {
            draft.open = format!("{}{{", prefix(constructor, tag, "WeakSet", ""));
            draft.contents = Contents::Weak;
        } else if JsWeakMap::from_object(object.clone()).is_ok() {
            draft.open = format!("{}{{", prefix(constructor, tag, "WeakMap", ""));
            draft.contents = Contents::Weak;
        } else if object.is::<boa_engine::module::ModuleNamespace>() {
            draft.open = format!("{}{{", prefix(constructor, tag, "Module", ""));
            draft.contents = Contents::Namespace;
        } else if let Some(boxed) = boxed(object) {
            draft.base = self.boxed_base(&boxed, constructor, tag, context)?;
            if let Some(string) = boxed.as_string() {
                // The characters are in the base already.
                draft.keys.drain(..string.len().min(draft.keys.len()));
            }
            if draft.keys.is_empty() && bare {
                return Ok(Err(self.paint(&draft.base, boxed_style(&boxed))));
            }
        } else if let Some(href) = url(object, context)?.filter(|_| depth <= self.options.depth) {
            draft.base = href;
            if plain {
                return Ok(Err(draft.base));
            }
        } else {
            let name = style_prefix(object, constructor, tag);
            if plain {
                return Ok(Err(format!("{name}{{}}")));
            }
            draft.open = format!("{name}{{");
        }
        Ok(Ok(draft))
    }

    fn boxed_base(
        &mut self,
        value: &JsValue,
        constructor: Option<&str>,
        tag: &str,
        context: &mut Context,
    ) -> JsResult<String> {
        let kind = boxed_name(value);
        let painted = std::mem::take(&mut self.options.colors);
        let shown = self.primitive(value, context);
        self.options.colors = painted;
        let of = match constructor {
            Some(name) if name == kind => String::new(),
            Some(name) => format!(" ({name})"),
            None => " (null prototype)".to_owned(),
        };
        let mut base = format!("[{kind}{of}: {}]", shown?);
        if !tag.is_empty() && constructor != Some(tag) {
            base.push_str(&format!(" [{tag}]"));
        }
        Ok(base)
    }

    /// `key: value`, by the property's descriptor.
    pub fn property(
        &mut self,
        object: &JsObject,
        key: &PropertyKey,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        let descriptor = match own_property(object, key, context)? {
            Some(descriptor) => descriptor,
            None => PropertyDescriptor::builder()
                .value(object.get(key.clone(), context)?)
                .enumerable(true)
                .build(),
        };
        self.described_property(object, key, &descriptor, depth, context)
    }

    /// As [`Self::property`], for a descriptor that is at hand; accessors are called on `object`.
    pub fn described_property(
        &mut self,
        object: &JsObject,
        key: &PropertyKey,
        descriptor: &PropertyDescriptor,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        let old_layout = self.options.compact == super::options::Compact::Always;
        let step = if old_layout { 3 } else { 2 };
        self.indentation += step;
        let shown = self.described_value(object, descriptor, depth, context);
        self.indentation -= step;
        let shown = shown?;
        let mut gap = " ".to_owned();
        if old_layout
            && descriptor.value().is_some()
            && self.options.break_length < super::text::columns(&shown, self.options.colors) as f64
        {
            gap = format!("\n{}", " ".repeat(self.indentation + step));
        }
        let name = self.key(key, descriptor.enumerable() == Some(false));
        Ok(format!("{name}:{gap}{shown}"))
    }

    /// The value of a property, or what stands for its accessors.
    pub fn described_value(
        &mut self,
        object: &JsObject,
        descriptor: &PropertyDescriptor,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        if let Some(value) = descriptor.value() {
            return self.value(value, depth, context);
        }
        let get = descriptor.get().and_then(JsValue::as_callable);
        let set = descriptor.set().and_then(JsValue::as_callable);
        let label = match (&get, &set) {
            (Some(_), Some(_)) => "Getter/Setter",
            (Some(_), None) => "Getter",
            (None, Some(_)) => return Ok(self.paint("[Setter]", Style::Special)),
            (None, None) => return Ok(self.paint("undefined", Style::Undefined)),
        };
        let called = match self.options.getters {
            Getters::No => false,
            Getters::All => true,
            Getters::WithoutSetter => set.is_none(),
            Getters::WithSetter => set.is_some(),
        };
        let (Some(get), true) = (get, called) else {
            return Ok(self.paint(&format!("[{label}]"), Style::Special));
        };
        let opening = self.paint(&format!("[{label}:"), Style::Special);
        let closing = self.paint("]", Style::Special);
        match get.call(&object.clone().into(), &[], context) {
            Ok(value) if value.is_object() => {
                let shown = self.value(&value, depth, context)?;
                let label = self.paint(&format!("[{label}]"), Style::Special);
                Ok(format!("{label} {shown}"))
            }
            Ok(value) => {
                let shown = self.primitive(&value, context)?;
                Ok(format!("{opening} {shown}{closing}"))
            }
            Err(thrown) => {
                let message = match thrown.into_opaque(context)?.as_object() {
                    Some(error) => {
                        let message = native::get(&error, "message", context)?;
                        native::to_text(&message, context)?
                    }
                    None => "undefined".to_owned(),
                };
                Ok(format!("{opening} <Inspection threw ({message})>{closing}"))
            }
        }
    }

    fn key(&self, key: &PropertyKey, hidden: bool) -> String {
        match key {
            PropertyKey::Symbol(symbol) => {
                let name = escape(&symbol.descriptive_string());
                format!("[{}]", self.paint(&name, Style::Symbol))
            }
            PropertyKey::Index(index) => {
                let name = index.get().to_string();
                if hidden {
                    format!("[{name}]")
                } else {
                    self.paint(&format!("'{name}'"), Style::String)
                }
            }
            PropertyKey::String(name) if *name == js_string!("__proto__") => {
                "['__proto__']".to_owned()
            }
            PropertyKey::String(name) if hidden => format!("[{}]", escape(name)),
            PropertyKey::String(name) if is_identifier(name) => native::lossy(name),
            PropertyKey::String(name) => self.paint(&quote(name), Style::String),
        }
    }

    fn exported(
        &mut self,
        module: &JsObject,
        key: &PropertyKey,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        // A binding before its initialisation throws when it is read.
        if module.get(key.clone(), context).is_err() {
            let name = self.key(key, false);
            return Ok(format!(
                "{name}: {}",
                self.paint("<uninitialized>", Style::Special)
            ));
        }
        self.property(module, key, depth, context)
    }
}

/// A number as `String(number)` shows it, but for `-0`.
pub fn number_text(number: f64, separated: bool, context: &mut Context) -> JsResult<String> {
    if number == 0.0 && number.is_sign_negative() {
        return Ok("-0".to_owned());
    }
    let shown = native::to_text(&JsValue::from(number), context)?;
    Ok(if separated {
        separate_thousands(&shown)
    } else {
        shown
    })
}

/// A bigint with its `n`.
pub fn bigint_text(number: &JsBigInt, separated: bool) -> String {
    let digits = number.to_string();
    if separated {
        format!("{}n", separate_thousands(&digits))
    } else {
        format!("{digits}n")
    }
}

/// The target behind proxies of proxies.
fn innermost(mut object: JsObject, context: &mut Context) -> JsObject {
    while proxies::is_proxy(&object) {
        let host = Host::of(context);
        match host.proxies.parts(&object, context) {
            Some(parts) => object = parts.target,
            None => break,
        }
    }
    object
}

/// The lines of a string, each with its line feed.
fn lines_of(string: &JsString) -> Vec<JsString> {
    let units = string.to_vec();
    units
        .split_inclusive(|unit| *unit == u16::from(b'\n'))
        .map(JsString::from)
        .collect()
}

/// Own keys to show: the enumerable ones, or all.
fn keys(object: &JsObject, all: bool, context: &mut Context) -> JsResult<Vec<PropertyKey>> {
    let mut keys = object.own_property_keys(context)?;
    if all {
        return Ok(keys);
    }
    // The keys of a namespace are all enumerable, and asking would throw for a
    // binding that is not initialised.
    if object.is::<boa_engine::module::ModuleNamespace>() {
        keys.retain(|key| !matches!(key, PropertyKey::Symbol(_)));
        return Ok(keys);
    }
    let mut shown = Vec::with_capacity(keys.len());
    for key in keys {
        let own = own_property(object, &key, context)?;
        if own.is_some_and(|own| own.enumerable().unwrap_or(false)) {
            shown.push(key);
        }
    }
    Ok(shown)
}

fn non_index_keys(
    object: &JsObject,
    all: bool,
    context: &mut Context,
) -> JsResult<Vec<PropertyKey>> {
    let mut shown = Vec::new();
    for key in object.own_property_keys(context)? {
        if matches!(key, PropertyKey::Index(_)) {
            continue;
        }
        let own = own_property(object, &key, context)?;
        if own.is_some_and(|own| all || own.enumerable().unwrap_or(false)) {
            shown.push(key);
        }
    }
    Ok(shown)
}

/// Whether the engine knows the object for more than a bag of properties, though
/// its class is named `Object`.
fn special(object: &JsObject) -> bool {
    object.is::<Error>() || object.is::<boa_engine::module::ModuleNamespace>()
}

fn is_arguments(
    object: &JsObject,
    constructor: Option<&str>,
    context: &mut Context,
) -> JsResult<bool> {
    if constructor != Some("Object") || object.is_ordinary() {
        return Ok(false);
    }
    let prototype = context.intrinsics().constructors().object().prototype();
    let to_string = native::get(&prototype, "toString", context)?;
    let Some(to_string) = to_string.as_callable() else {
        return Ok(false);
    };
    let class = to_string.call(&object.clone().into(), &[], context)?;
    Ok(class.as_string() == Some(js_string!("[object Arguments]")))
}

/// Whether it is an error, made by the language or derived by `Object.create`.
pub fn is_error(object: &JsObject, context: &mut Context) -> JsResult<bool> {
    if object.is::<Error>() {
        return Ok(true);
    }
    let prototype = context.intrinsics().constructors().error().prototype();
    let mut current = classes::prototype(object, context)?;
    while let Some(candidate) = current {
        if JsObject::equals(&candidate, &prototype) {
            return Ok(true);
        }
        current = classes::prototype(&candidate, context)?;
    }
    Ok(false)
}

fn regexp_text(object: &JsObject, context: &mut Context) -> JsResult<String> {
    let prototype = context.intrinsics().constructors().regexp().prototype();
    let to_string = native::get(&prototype, "toString", context)?;
    match to_string.as_callable() {
        Some(to_string) => {
            let shown = to_string.call(&object.clone().into(), &[], context)?;
            native::to_text(&shown, context)
        }
        None => Ok(String::new()),
    }
}

fn date_text(object: &JsObject, context: &mut Context) -> JsResult<String> {
    let date = JsDate::from_object(object.clone())?;
    let time = date.get_time(context)?.to_number(context)?;
    if time.is_nan() {
        return Ok("Invalid Date".to_owned());
    }
    let shown = date.to_iso_string(context)?;
    native::to_text(&shown, context)
}

/// The primitive inside of `Object(primitive)`.
pub fn boxed(object: &JsObject) -> Option<JsValue> {
    if let Some(number) = object.downcast_ref::<f64>() {
        return Some(JsValue::from(*number));
    }
    if let Some(string) = object.downcast_ref::<JsString>() {
        return Some(JsValue::from(string.clone()));
    }
    if let Some(truth) = object.downcast_ref::<bool>() {
        return Some(JsValue::from(*truth));
    }
    if let Some(number) = object.downcast_ref::<JsBigInt>() {
        return Some(JsValue::from(number.clone()));
    }
    let symbol = object.downcast_ref::<JsSymbol>()?;
    Some(JsValue::from(symbol.clone()))
}

fn boxed_name(value: &JsValue) -> &'static str {
    match value.type_of() {
        "number" => "Number",
        "string" => "String",
        "boolean" => "Boolean",
        "bigint" => "BigInt",
        _ => "Symbol",
    }
}

fn boxed_style(value: &JsValue) -> Style {
    match value.type_of() {
        "number" => Style::Number,
        "string" => Style::String,
        "boolean" => Style::Boolean,
        "bigint" => Style::BigInt,
        _ => Style::Symbol,
    }
}

fn url(object: &JsObject, context: &mut Context) -> JsResult<Option<String>> {
    let host = Host::of(context);
    let Some(class) = host.url_class(context) else {
        return Ok(None);
    };
    if !JsValue::from(object.clone()).instance_of(&class.into(), context)? {
        return Ok(None);
    }
    let href = native::get(object, "href", context)?;
    Ok(href.as_string().map(|href| native::lossy(&href)))
}

/// The name before the brace of an object without a form of its own.
fn style_prefix(object: &JsObject, constructor: Option<&str>, tag: &str) -> String {
    let mut fallback = "";
    if constructor.is_none() {
        fallback = classes::internal_name(object);
        if fallback == tag {
            fallback = "Object";
        }
    }
    prefix(constructor, tag, fallback, "")
}

fn sort(entries: &mut [String], sorted: &Sorted, context: &mut Context) -> JsResult<()> {
    match sorted {
        Sorted::No => Ok(()),
        Sorted::Natural => {
            entries.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            Ok(())
        }
        Sorted::By(compare) => {
            let list = boa_engine::object::builtins::JsArray::from_iter(
                entries
                    .iter()
                    .map(|entry| JsString::from(entry.as_str()).into()),
                context,
            );
            list.sort(Some(compare.clone()), context)?;
            for (index, entry) in entries.iter_mut().enumerate() {
                let value = list.at(index as i64, context)?;
                *entry = native::to_text(&value, context)?;
            }
            Ok(())
        }
    }
}
