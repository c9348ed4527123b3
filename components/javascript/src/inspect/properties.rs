//! The properties of an object: which are shown, and how.

use boa_engine::object::JsObject;
use boa_engine::property::{PropertyDescriptor, PropertyKey};
use boa_engine::{Context, JsResult, JsValue, js_string};

use super::classes::own_property;
use super::formatter::Inspector;
use super::options::{Compact, Getters};
use super::style::Style;
use super::text::{columns, escape, is_identifier, quote};
use crate::native;

impl Inspector {
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
        let old_layout = self.options.compact == Compact::Always;
        let step = if old_layout { 3 } else { 2 };
        self.indentation += step;
        let shown = self.described_value(object, descriptor, depth, context);
        self.indentation -= step;
        let shown = shown?;
        let mut gap = " ".to_owned();
        if old_layout
            && descriptor.value().is_some()
            && self.options.break_length < columns(&shown, self.options.colors) as f64
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

    pub fn exported(
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

/// Own keys to show: the enumerable ones, or all.
pub fn keys(object: &JsObject, all: bool, context: &mut Context) -> JsResult<Vec<PropertyKey>> {
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

pub fn non_index_keys(
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
