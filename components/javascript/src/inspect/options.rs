//! The options of `util.inspect`.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/util.html#utilinspectobject-options>.

use boa_engine::object::builtins::JsFunction;
use boa_engine::{Context, JsObject, JsResult, JsString, JsValue};

use crate::host::Host;
use crate::native;

/// How many inner levels share a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compact {
    /// `false`: each entry on a line of its own.
    Never,
    /// A number: that many of the innermost levels on one line, where they fit.
    Levels(f64),
    /// `true`: as much as fits, the layout of old versions.
    Always,
}

/// The order of properties.
#[derive(Debug, Clone)]
pub enum Sorted {
    /// As they are defined.
    No,
    /// By code unit.
    Natural,
    /// By the caller's comparison.
    By(JsFunction),
}

/// Which accessors are called to show their value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Getters {
    /// None.
    No,
    /// All.
    All,
    /// Those without a setter.
    WithoutSetter,
    /// Those with a setter.
    WithSetter,
}

/// What to show and how. Lengths count UTF-16 code units, as Node does; an
/// infinite one means no limit.
#[derive(Debug, Clone)]
pub struct Options {
    /// Non-enumerable properties too.
    pub show_hidden: bool,
    /// Levels below the value itself.
    pub depth: f64,
    /// ANSI colours.
    pub colors: bool,
    /// Call the value's own `[util.inspect.custom]`.
    pub custom_inspect: bool,
    /// Show a proxy's target and handler.
    pub show_proxy: bool,
    /// Entries of a collection.
    pub max_array_length: f64,
    /// Code units of a string.
    pub max_string_length: f64,
    /// Columns of a line.
    pub break_length: f64,
    /// Levels on one line.
    pub compact: Compact,
    /// Order of properties.
    pub sorted: Sorted,
    /// Accessors to call.
    pub getters: Getters,
    /// `1_000` for `1000`.
    pub numeric_separator: bool,
    /// The caller's own object, handed on to custom inspect functions.
    pub user: Option<JsObject>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            show_hidden: false,
            depth: 2.0,
            colors: false,
            custom_inspect: true,
            show_proxy: false,
            max_array_length: 100.0,
            max_string_length: 10_000.0,
            break_length: 80.0,
            compact: Compact::Levels(3.0),
            sorted: Sorted::No,
            getters: Getters::No,
            numeric_separator: false,
            user: None,
        }
    }
}

impl Options {
    /// The options of a run: those that `util.inspect.defaultOptions` was set to.
    pub fn of(context: &Context) -> Self {
        Host::of(context).inspect_defaults.borrow().clone()
    }

    /// These options with what `user` sets.
    ///
    /// # Errors
    /// What a getter of `user` throws.
    pub fn overridden(mut self, user: &JsObject, context: &mut Context) -> JsResult<Self> {
        let mut foreign = false;
        for key in user.own_property_keys(context)? {
            let boa_engine::property::PropertyKey::String(name) = key else {
                continue;
            };
            let value = user.get(name.clone(), context)?;
            match native::lossy(&name).as_str() {
                "showHidden" => self.show_hidden = value.to_boolean(),
                "depth" => self.depth = limit(&value, context)?,
                "colors" => self.colors = value.to_boolean(),
                "customInspect" => self.custom_inspect = value.to_boolean(),
                "showProxy" => self.show_proxy = value.to_boolean(),
                "maxArrayLength" => self.max_array_length = limit(&value, context)?,
                "maxStringLength" => self.max_string_length = limit(&value, context)?,
                "breakLength" => self.break_length = limit(&value, context)?,
                "compact" => self.compact = compact(&value),
                "sorted" => self.sorted = sorted(&value),
                "getters" => self.getters = getters(&value),
                "numericSeparator" => self.numeric_separator = value.to_boolean(),
                _ => foreign = true,
            }
        }
        if foreign {
            self.user = Some(user.clone());
        }
        Ok(self)
    }

    /// The options as an object, as a custom inspect function receives them.
    ///
    /// # Errors
    /// What the caller's own object throws.
    pub fn to_object(&self, context: &mut Context) -> JsResult<JsObject> {
        let object = native::object(context);
        if let Some(user) = &self.user {
            for key in user.own_property_keys(context)? {
                let value = user.get(key.clone(), context)?;
                object.set(key, value, true, context)?;
            }
        }
        native::field(&object, "showHidden", self.show_hidden);
        native::field(&object, "depth", unlimit(self.depth));
        native::field(&object, "colors", self.colors);
        native::field(&object, "customInspect", self.custom_inspect);
        native::field(&object, "showProxy", self.show_proxy);
        native::field(&object, "maxArrayLength", self.max_array_length);
        native::field(&object, "maxStringLength", self.max_string_length);
        native::field(&object, "breakLength", self.break_length);
        native::field(
            &object,
            "compact",
            match self.compact {
                Compact::Never => JsValue::from(false),
                Compact::Levels(levels) => JsValue::from(levels),
                Compact::Always => JsValue::from(true),
            },
        );
        native::field(
            &object,
            "sorted",
            match &self.sorted {
                Sorted::No => JsValue::from(false),
                Sorted::Natural => JsValue::from(true),
                Sorted::By(function) => function.clone().into(),
            },
        );
        native::field(
            &object,
            "getters",
            match self.getters {
                Getters::No => JsValue::from(false),
                Getters::All => JsValue::from(true),
                Getters::WithoutSetter => native::text("get"),
                Getters::WithSetter => native::text("set"),
            },
        );
        native::field(&object, "numericSeparator", self.numeric_separator);
        let stylize = native::closure("stylize", 2, self.colors, stylize, context);
        native::field(&object, "stylize", stylize);
        Ok(object)
    }
}

fn stylize(
    _: &JsValue,
    args: &[JsValue],
    colors: &bool,
    context: &mut Context,
) -> JsResult<JsValue> {
    let shown = native::to_text(&native::argument(args, 0), context)?;
    let style = native::argument(args, 1);
    let style = style
        .as_string()
        .and_then(|name| super::style::Style::named(&native::lossy(&name)));
    Ok(match style {
        Some(style) if *colors => JsString::from(style.paint(&shown)).into(),
        _ => JsString::from(shown).into(),
    })
}

/// `null`, and any number too large, mean no limit.
fn limit(value: &JsValue, context: &mut Context) -> JsResult<f64> {
    if value.is_null() {
        return Ok(f64::INFINITY);
    }
    let number = value.to_number(context)?;
    Ok(if number.is_nan() { 0.0 } else { number })
}

fn unlimit(depth: f64) -> JsValue {
    if depth.is_infinite() {
        JsValue::null()
    } else {
        JsValue::from(depth)
    }
}

fn compact(value: &JsValue) -> Compact {
    match value.as_number() {
        Some(levels) => Compact::Levels(levels),
        None if value.to_boolean() => Compact::Always,
        None => Compact::Never,
    }
}

fn sorted(value: &JsValue) -> Sorted {
    match value.as_function() {
        Some(function) => Sorted::By(function),
        None if value.to_boolean() => Sorted::Natural,
        None => Sorted::No,
    }
}

fn getters(value: &JsValue) -> Getters {
    match value
        .as_string()
        .map(|name| native::lossy(&name))
        .as_deref()
    {
        Some("get") => Getters::WithoutSetter,
        Some("set") => Getters::WithSetter,
        _ if value.to_boolean() => Getters::All,
        _ => Getters::No,
    }
}
