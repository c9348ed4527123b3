//! The walk over a value.

use boa_engine::builtins::array_buffer::{ArrayBuffer, SharedArrayBuffer};
use boa_engine::builtins::dataview::DataView;
use boa_engine::builtins::date::Date;
use boa_engine::builtins::promise::Promise;
use boa_engine::builtins::regexp::RegExp;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsWeakMap, JsWeakSet};
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsResult, JsString, JsSymbol, JsValue, js_string};

use super::builtins::{date_text, is_arguments, is_error, regexp_text, special, url};
use super::classes::{prefix, tag};
use super::layout::{self, Kind, Place};
use super::options::{Compact, Options, Sorted};
use super::primitives::{boxed, boxed_style};
use super::properties::{keys, non_index_keys};
use super::proxies::{self, Parts};
use super::style::Style;
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
            if self.options.compact == Compact::Always {
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
