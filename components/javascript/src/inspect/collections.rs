//! Arrays, maps, sets, buffers, promises: what objects hold besides properties.

use boa_engine::builtins::array_buffer::{ArrayBuffer, SharedArrayBuffer};
use boa_engine::builtins::map::ordered_map::OrderedMap;
use boa_engine::builtins::promise::PromiseState;
use boa_engine::builtins::set::ordered_set::OrderedSet;
use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsArrayBuffer, JsPromise, JsSharedArrayBuffer, JsTypedArray};
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsResult, JsValue};

use super::classes::prefix;
use super::formatter::{Contents, Inspector};
use super::layout::Kind;
use super::primitives::{bigint_text, number_text};
use super::style::Style;
use super::text::more;
use crate::host::Host;
use crate::native;

/// The frame of an iterable object.
pub struct Form {
    /// Name and opening brace.
    pub open: String,
    /// Closing brace.
    pub close: &'static str,
    /// What stands between.
    pub contents: Contents,
    /// Whether index keys are contents rather than properties.
    pub indexed: bool,
    /// Whether it holds nothing.
    pub empty: bool,
}

/// The frame of `object`, where it is one of the language's collections.
pub fn form(
    object: &JsObject,
    constructor: Option<&str>,
    tag: &str,
    context: &mut Context,
) -> JsResult<Option<Form>> {
    if object.is_array() {
        let length = native::get(object, "length", context)?.to_length(context)?;
        let name = if constructor == Some("Array") && tag.is_empty() {
            String::new()
        } else {
            prefix(constructor, tag, "Array", &format!("({length})"))
        };
        return Ok(Some(Form {
            open: format!("{name}["),
            close: "]",
            contents: Contents::Array,
            indexed: true,
            empty: length == 0,
        }));
    }
    if object.is::<TypedArray>() {
        let array = JsTypedArray::from_object(object.clone())?;
        let length = array.length(context)?;
        let fallback = if constructor.is_none() {
            array
                .to_string_tag(context)?
                .as_string()
                .map(|name| native::lossy(&name))
        } else {
            None
        };
        let name = prefix(
            constructor,
            tag,
            &fallback.unwrap_or_default(),
            &format!("({length})"),
        );
        return Ok(Some(Form {
            open: format!("{name}["),
            close: "]",
            contents: Contents::TypedArray,
            indexed: true,
            empty: length == 0,
        }));
    }
    let braces = |name: String, contents, empty| {
        Some(Form {
            open: format!("{name}{{"),
            close: "}",
            contents,
            indexed: false,
            empty,
        })
    };
    if let Some(set) = object.downcast_ref::<OrderedSet>() {
        let name = prefix(constructor, tag, "Set", &format!("({})", set.len()));
        return Ok(braces(name, Contents::Set, set.is_empty()));
    }
    if let Some(map) = object.downcast_ref::<OrderedMap<JsValue>>() {
        let name = prefix(constructor, tag, "Map", &format!("({})", map.len()));
        return Ok(braces(name, Contents::Map, map.is_empty()));
    }
    let host = Host::of(context);
    if let Some(kind) = host.iterators.kind(object, context)? {
        let what = if kind.pairs { "Entries" } else { "Iterator" };
        let name = format!("{} {what}", kind.collection);
        let shown = if tag == format!("{} Iterator", kind.collection) || tag.is_empty() {
            name
        } else {
            format!("{tag}] [{name}")
        };
        let contents = Contents::Iterator { pairs: kind.pairs };
        return Ok(braces(format!("[{shown}] "), contents, false));
    }
    Ok(None)
}

/// Whether the first `count` elements are all numbers or bigints.
pub fn all_numbers(object: &JsObject, count: usize, context: &mut Context) -> JsResult<bool> {
    for index in 0..count {
        let value = object.get(index as u32, context)?;
        if !value.is_number() && !value.is_bigint() {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Inspector {
    /// How many of `length` entries to show.
    fn shown_of(&self, length: usize) -> usize {
        let limit = self.options.max_array_length.max(0.0);
        if (length as f64) <= limit {
            length
        } else {
            limit as usize
        }
    }

    /// The entries that `object` holds, each shown.
    pub fn contents(
        &mut self,
        object: &JsObject,
        contents: Contents,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        match contents {
            Contents::Nothing | Contents::Namespace => Ok(Vec::new()),
            Contents::Array => self.array(object, depth, context),
            Contents::TypedArray => self.typed_array(object, depth, context),
            Contents::Set => {
                let values: Vec<JsValue> = object
                    .downcast_ref::<OrderedSet>()
                    .map(|set| set.iter().cloned().collect())
                    .unwrap_or_default();
                self.list(&values, depth, context)
            }
            Contents::Map => {
                let pairs: Vec<(JsValue, JsValue)> = object
                    .downcast_ref::<OrderedMap<JsValue>>()
                    .map(|map| {
                        map.iter()
                            .map(|(key, value)| (key.clone(), value.clone()))
                            .collect()
                    })
                    .unwrap_or_default();
                self.map(&pairs, depth, context)
            }
            Contents::Iterator { pairs } => {
                let host = Host::of(context);
                let values = host.iterators.preview(object, context)?;
                if pairs {
                    self.pairs(&values, depth, context)
                } else {
                    self.list(&values, depth, context)
                }
            }
            Contents::Buffer => Ok(vec![self.buffer(object)]),
            Contents::Promise => self.promise(object, depth, context),
            Contents::Weak => Ok(vec![self.paint("<items unknown>", Style::Special)]),
        }
    }

    fn array(
        &mut self,
        object: &JsObject,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let length = native::get(object, "length", context)?.to_length(context)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let limit = self.shown_of(length);
        let mut entries = Vec::new();
        for index in 0..limit {
            let key = PropertyKey::from(index as u32);
            let Some(descriptor) = super::classes::own_property(object, &key, context)? else {
                return self.sparse_array(object, entries, index, length, depth, context);
            };
            entries.push(self.element(object, &descriptor, depth, context)?);
        }
        if length > limit {
            entries.push(more((length - limit) as f64, "item"));
        }
        Ok(entries)
    }

    /// An element is a property without its name.
    fn element(
        &mut self,
        object: &JsObject,
        descriptor: &PropertyDescriptor,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<String> {
        self.indentation += 2;
        let shown = self.described_value(object, descriptor, depth, context);
        self.indentation -= 2;
        shown
    }

    /// The rest of an array with holes, from `index`.
    fn sparse_array(
        &mut self,
        object: &JsObject,
        mut entries: Vec<String>,
        mut index: usize,
        length: usize,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let limit = self.shown_of(length);
        let hole = |count: usize| {
            let plural = if count > 1 { "s" } else { "" };
            format!("<{count} empty item{plural}>")
        };
        for key in object.own_property_keys(context)? {
            if entries.len() >= limit {
                break;
            }
            let PropertyKey::Index(at) = key else {
                break;
            };
            let at = at.get() as usize;
            if at < index {
                continue;
            }
            if at > index {
                entries.push(self.paint(&hole(at - index), Style::Undefined));
                index = at;
                if entries.len() == limit {
                    break;
                }
            }
            if let Some(descriptor) = super::classes::own_property(object, &key, context)? {
                entries.push(self.element(object, &descriptor, depth, context)?);
            }
            index += 1;
        }
        let rest = length - index;
        if rest > 0 {
            entries.push(if entries.len() == limit {
                more(rest as f64, "item")
            } else {
                self.paint(&hole(rest), Style::Undefined)
            });
        }
        Ok(entries)
    }

    fn typed_array(
        &mut self,
        object: &JsObject,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let length = JsTypedArray::from_object(object.clone())?.length(context)?;
        let limit = self.shown_of(length);
        let mut entries = Vec::with_capacity(limit + 1);
        for index in 0..limit {
            let value = object.get(index as u32, context)?;
            let separated = self.options.numeric_separator;
            entries.push(if let Some(number) = value.as_bigint() {
                self.paint(&bigint_text(&number, separated), Style::BigInt)
            } else {
                let number = value.as_number().unwrap_or(f64::NAN);
                let shown = number_text(number, separated, context)?;
                self.paint(&shown, Style::Number)
            });
        }
        if length > limit {
            entries.push(more((length - limit) as f64, "item"));
        }
        if self.options.show_hidden {
            self.indentation += 2;
            for key in [
                "BYTES_PER_ELEMENT",
                "length",
                "byteLength",
                "byteOffset",
                "buffer",
            ] {
                let value = native::get(object, key, context)?;
                let shown = self.value_in(&value, depth, true, context)?;
                entries.push(format!("[{key}]: {shown}"));
            }
            self.indentation -= 2;
        }
        Ok(entries)
    }

    /// Values without names.
    fn list(
        &mut self,
        values: &[JsValue],
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let limit = self.shown_of(values.len());
        let mut entries = Vec::with_capacity(limit + 1);
        self.indentation += 2;
        for value in &values[..limit] {
            entries.push(self.value(value, depth, context)?);
        }
        self.indentation -= 2;
        if values.len() > limit {
            entries.push(more((values.len() - limit) as f64, "item"));
        }
        Ok(entries)
    }

    fn map(
        &mut self,
        pairs: &[(JsValue, JsValue)],
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let limit = self.shown_of(pairs.len());
        let mut entries = Vec::with_capacity(limit + 1);
        self.indentation += 2;
        for (key, value) in &pairs[..limit] {
            let key = self.value(key, depth, context)?;
            let value = self.value(value, depth, context)?;
            entries.push(format!("{key} => {value}"));
        }
        self.indentation -= 2;
        if pairs.len() > limit {
            entries.push(more((pairs.len() - limit) as f64, "item"));
        }
        Ok(entries)
    }

    /// Pairs in brackets, as an iterator over entries gives them.
    fn pairs(
        &mut self,
        values: &[JsValue],
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let limit = self.shown_of(values.len());
        let mut entries = Vec::with_capacity(limit + 1);
        self.indentation += 2;
        for value in &values[..limit] {
            let Some(pair) = value.as_object() else {
                continue;
            };
            let key = pair.get(0, context)?;
            let value = pair.get(1, context)?;
            let both = vec![
                self.value(&key, depth, context)?,
                self.value(&value, depth, context)?,
            ];
            entries.push(self.assemble(both, "", "[", "]", Kind::Array, depth, true));
        }
        self.indentation -= 2;
        if values.len() > limit {
            entries.push(more((values.len() - limit) as f64, "item"));
        }
        Ok(entries)
    }

    fn buffer(&self, object: &JsObject) -> String {
        use std::fmt::Write as _;
        let bytes = if object.is::<ArrayBuffer>() {
            JsArrayBuffer::from_object(object.clone())
                .ok()
                .and_then(|buffer| buffer.to_vec())
        } else if object.is::<SharedArrayBuffer>() {
            JsSharedArrayBuffer::from_object(object.clone())
                .ok()
                .map(|buffer| buffer.to_vec())
        } else {
            None
        };
        let Some(bytes) = bytes else {
            return self.paint("(detached)", Style::Special);
        };
        let limit = self.shown_of(bytes.len());
        let mut hex = String::with_capacity(limit * 3);
        for (index, byte) in bytes[..limit].iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let _ = write!(hex, "{space}{byte:02x}");
        }
        if bytes.len() > limit {
            let _ = write!(hex, " {}", more((bytes.len() - limit) as f64, "byte"));
        }
        format!("{}: <{hex}>", self.paint("[Uint8Contents]", Style::Special))
    }

    fn promise(
        &mut self,
        object: &JsObject,
        depth: f64,
        context: &mut Context,
    ) -> JsResult<Vec<String>> {
        let (value, rejected) = match JsPromise::from_object(object.clone())?.state() {
            PromiseState::Pending => return Ok(vec![self.paint("<pending>", Style::Special)]),
            PromiseState::Fulfilled(value) => (value, false),
            PromiseState::Rejected(reason) => (reason, true),
        };
        self.indentation += 2;
        let shown = self.value(&value, depth, context);
        self.indentation -= 2;
        let shown = shown?;
        Ok(vec![if rejected {
            format!("{} {shown}", self.paint("<rejected>", Style::Special))
        } else {
            shown
        }])
    }
}
