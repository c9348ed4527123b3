//! Values without properties, by themselves and in an object.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsBigInt, JsResult, JsString, JsSymbol, JsValue, JsVariant};

use super::formatter::Inspector;
use super::options::Compact;
use super::style::Style;
use super::text::{more, quote, separate_thousands};
use crate::native;

impl Inspector {
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
        if self.options.compact != Compact::Always && length > 16 && length as f64 > room {
            let lines: Vec<String> = lines_of(&string)
                .iter()
                .map(|line| self.paint(&quote(line), Style::String))
                .collect();
            let separator = format!(" +\n{}", " ".repeat(self.indentation + 2));
            return lines.join(&separator) + &trailer;
        }
        self.paint(&quote(&string), Style::String) + &trailer
    }

    pub fn boxed_base(
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

/// The lines of a string, each with its line feed.
fn lines_of(string: &JsString) -> Vec<JsString> {
    let units = string.to_vec();
    units
        .split_inclusive(|unit| *unit == u16::from(b'\n'))
        .map(JsString::from)
        .collect()
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

pub fn boxed_style(value: &JsValue) -> Style {
    match value.type_of() {
        "number" => Style::Number,
        "string" => Style::String,
        "boolean" => Style::Boolean,
        "bigint" => Style::BigInt,
        _ => Style::Symbol,
    }
}
