//! `JSON.parse` with V8's messages, and without the engine's detour through its parser of
//! scripts; `JSON.stringify` with V8's message for circles.
//!
//! Source of the grammar: <https://tc39.es/ecma262/#sec-json.parse>.

use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsError, JsNativeError, JsResult, JsString, JsValue};

use crate::native::{self, HIDDEN, argument, define};

/// Values within values. The parser is recursive, and a component's stack is small.
const DEEPEST: usize = 1500;

/// Puts our functions in the place of the engine's.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    let json = native::get(&context.global_object(), "JSON", context)?.to_object(context)?;
    for (name, length, body) in [
        ("parse", 2, parse as native::NativeWith<JsObject>),
        ("stringify", 3, stringify),
    ] {
        let original = native::get(&json, name, context)?;
        if let Some(original) = original.as_object() {
            let mended = native::closure(name, length, original, body, context);
            define(&json, JsString::from(name), mended, HIDDEN);
        }
    }
    Ok(())
}

fn parse(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let given = argument(args, 0);
    let text = given.to_string(context)?;
    let units = text.to_vec();
    let mut parser = Parser {
        units: &units,
        at: 0,
        given: &given,
    };
    let value = parser.document(context)?;
    // Only the engine's own tells a reviver the source of a value.
    if argument(args, 1).is_callable() {
        return original.call(this, args, context);
    }
    Ok(value)
}

struct Parser<'a> {
    units: &'a [u16],
    at: usize,
    given: &'a JsValue,
}

const fn unit(byte: u8) -> u16 {
    byte as u16
}

impl Parser<'_> {
    fn document(&mut self, context: &mut Context) -> JsResult<JsValue> {
        self.space();
        let value = self.value(0, context)?;
        self.space();
        if self.at < self.units.len() {
            return Err(self.failed("Unexpected non-whitespace character after JSON"));
        }
        Ok(value)
    }

    fn peek(&self) -> Option<u16> {
        self.units.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(0x20 | 0x09 | 0x0a | 0x0d)) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize, context: &mut Context) -> JsResult<JsValue> {
        if depth > DEEPEST {
            return Err(JsNativeError::range()
                .with_message("Maximum call stack size exceeded")
                .into());
        }
        let Some(first) = self.peek() else {
            return Err(self.unexpected());
        };
        match u8::try_from(first) {
            Ok(b'{') => self.object(depth, context),
            Ok(b'[') => self.array(depth, context),
            Ok(b'"') => self.string().map(JsValue::from),
            Ok(b'-' | b'0'..=b'9') => self.number(),
            Ok(b't') => self.word("true", true.into()),
            Ok(b'f') => self.word("false", false.into()),
            Ok(b'n') => self.word("null", JsValue::null()),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &str, value: JsValue) -> JsResult<JsValue> {
        for byte in word.bytes() {
            if self.peek() != Some(unit(byte)) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize, context: &mut Context) -> JsResult<JsValue> {
        let object = native::object(context);
        self.at += 1;
        self.space();
        if self.peek() == Some(unit(b'}')) {
            self.at += 1;
            return Ok(object.into());
        }
        let mut wanted = "Expected property name or '}' in JSON";
        loop {
            if self.peek() != Some(unit(b'"')) {
                return Err(self.failed(wanted));
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(unit(b':')) {
                return Err(self.failed("Expected ':' after property name in JSON"));
            }
            self.at += 1;
            self.space();
            let value = self.value(depth + 1, context)?;
            object.create_data_property_or_throw(PropertyKey::from(key), value, context)?;
            self.space();
            match self.peek() {
                Some(next) if next == unit(b',') => self.at += 1,
                Some(next) if next == unit(b'}') => {
                    self.at += 1;
                    return Ok(object.into());
                }
                _ => return Err(self.failed("Expected ',' or '}' after property value in JSON")),
            }
            self.space();
            wanted = "Expected double-quoted property name in JSON";
        }
    }

    fn array(&mut self, depth: usize, context: &mut Context) -> JsResult<JsValue> {
        let mut values = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(unit(b']')) {
            self.at += 1;
            return Ok(JsArray::from_iter(values, context).into());
        }
        loop {
            values.push(self.value(depth + 1, context)?);
            self.space();
            match self.peek() {
                Some(next) if next == unit(b',') => self.at += 1,
                Some(next) if next == unit(b']') => {
                    self.at += 1;
                    return Ok(JsArray::from_iter(values, context).into());
                }
                _ => return Err(self.failed("Expected ',' or ']' after array element in JSON")),
            }
            self.space();
        }
    }

    fn string(&mut self) -> JsResult<JsString> {
        self.at += 1;
        let start = self.at;
        // Mostly there is nothing to unescape.
        while let Some(next) = self.peek() {
            if next == unit(b'"') {
                let string = JsString::from(&self.units[start..self.at]);
                self.at += 1;
                return Ok(string);
            }
            if next == unit(b'\\') || next < 0x20 {
                break;
            }
            self.at += 1;
        }
        let mut units = self.units[start..self.at].to_vec();
        loop {
            let Some(next) = self.peek() else {
                return Err(self.failed("Unterminated string in JSON"));
            };
            if next == unit(b'"') {
                self.at += 1;
                return Ok(JsString::from(units.as_slice()));
            }
            if next < 0x20 {
                return Err(self.failed("Bad control character in string literal in JSON"));
            }
            self.at += 1;
            if next == unit(b'\\') {
                units.push(self.escape()?);
            } else {
                units.push(next);
            }
        }
    }

    fn escape(&mut self) -> JsResult<u16> {
        let Some(kind) = self.peek() else {
            return Err(self.failed("Unterminated string in JSON"));
        };
        let plain = match u8::try_from(kind) {
            Ok(byte @ (b'"' | b'\\' | b'/')) => unit(byte),
            Ok(b'b') => 0x08,
            Ok(b'f') => 0x0c,
            Ok(b'n') => 0x0a,
            Ok(b'r') => 0x0d,
            Ok(b't') => 0x09,
            Ok(b'u') => {
                self.at += 1;
                return self.code_unit();
            }
            _ => return Err(self.failed("Bad escaped character in JSON")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn code_unit(&mut self) -> JsResult<u16> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self
                .peek()
                .and_then(|next| char::from_u32(u32::from(next)))
                .and_then(|c| c.to_digit(16));
            let Some(digit) = digit else {
                return Err(self.failed("Bad Unicode escape in JSON"));
            };
            value = value << 4 | digit as u16;
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|next| (unit(b'0')..=unit(b'9')).contains(&next))
        {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> JsResult<JsValue> {
        let start = self.at;
        if self.peek() == Some(unit(b'-')) {
            self.at += 1;
        }
        if self.peek() == Some(unit(b'0')) {
            self.at += 1;
            if self
                .peek()
                .is_some_and(|next| (unit(b'0')..=unit(b'9')).contains(&next))
            {
                return Err(self.failed("Unexpected number in JSON"));
            }
        } else if !self.digits() {
            return Err(self.failed("No number after minus sign in JSON"));
        }
        let mut whole = true;
        if self.peek() == Some(unit(b'.')) {
            whole = false;
            self.at += 1;
            if !self.digits() {
                return Err(self.failed("Unterminated fractional number in JSON"));
            }
        }
        if self
            .peek()
            .is_some_and(|next| next == unit(b'e') || next == unit(b'E'))
        {
            whole = false;
            self.at += 1;
            if self
                .peek()
                .is_some_and(|next| next == unit(b'+') || next == unit(b'-'))
            {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.failed("Exponent part is missing a number in JSON"));
            }
        }
        let text: String = self.units[start..self.at]
            .iter()
            .map(|unit| char::from(*unit as u8))
            .collect();
        if whole
            && let Ok(small) = text.parse::<i32>()
            && text != "-0"
        {
            return Ok(small.into());
        }
        Ok(text.parse::<f64>().unwrap_or(f64::NAN).into())
    }

    /// An error at this place.
    fn failed(&self, what: &str) -> JsError {
        // At the end, only some forms say more than that.
        JsNativeError::syntax()
            .with_message(format!("{what} at position {}", self.at))
            .into()
    }

    /// No value begins with what stands here.
    fn unexpected(&self) -> JsError {
        /// Code units around the place that the message shows.
        const AROUND: usize = 10;
        let text = String::from_utf16_lossy(self.units);
        let message = match self.peek() {
            None => "Unexpected end of JSON input".to_owned(),
            Some(_) if self.given.is_undefined() || self.given.is_object() => {
                format!("\"{text}\" is not valid JSON")
            }
            Some(found) => {
                let token = String::from_utf16_lossy(&[found]);
                let from = self.at.saturating_sub(AROUND);
                let to = (self.at + AROUND).min(self.units.len());
                let long = self.units.len() > AROUND * 4;
                let (shown, before, after) = if long {
                    let before = if from > 0 { "..." } else { "" };
                    let after = if to < self.units.len() { "..." } else { "" };
                    (
                        String::from_utf16_lossy(&self.units[from..to]),
                        before,
                        after,
                    )
                } else {
                    (text, "", "")
                };
                format!("Unexpected token '{token}', {before}\"{shown}\"{after} is not valid JSON")
            }
        };
        JsNativeError::syntax().with_message(message).into()
    }
}

fn stringify(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let error = match original.call(this, args, context) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let is_type_error = error
        .try_native(context)
        .is_ok_and(|native| native.is_type());
    if is_type_error && let Some(object) = argument(args, 0).as_object() {
        let mut path = Vec::new();
        if let Some(message) = circle(&object, None, &mut path, context) {
            return Err(JsNativeError::typ().with_message(message).into());
        }
    }
    Err(error)
}

/// V8's message for the first circle below `object`.
fn circle(
    object: &JsObject,
    key: Option<PropertyKey>,
    path: &mut Vec<(JsObject, Option<PropertyKey>)>,
    context: &mut Context,
) -> Option<String> {
    if let Some(start) = path
        .iter()
        .position(|(seen, _)| JsObject::equals(seen, object))
    {
        return Some(describe(&path[start..], key, context));
    }
    if path.len() > 500 {
        return None;
    }
    path.push((object.clone(), key));
    let keys = context.intrinsics().constructors().object().constructor();
    let keys = native::invoke(&keys, "keys", &[object.clone().into()], context)
        .ok()?
        .as_object()?;
    let length = native::get(&keys, "length", context)
        .ok()?
        .to_length(context)
        .ok()?;
    for index in 0..length {
        let key = keys
            .get(index, context)
            .ok()?
            .to_property_key(context)
            .ok()?;
        let value = object.get(key.clone(), context).ok()?;
        if let Some(inner) = value.as_object().filter(|inner| !inner.is_callable())
            && let Some(message) = circle(&inner, Some(key), path, context)
        {
            return Some(message);
        }
    }
    path.pop();
    None
}

fn describe(
    circle: &[(JsObject, Option<PropertyKey>)],
    last: Option<PropertyKey>,
    context: &mut Context,
) -> String {
    let mut class = |object: &JsObject| -> String {
        let constructor = native::get(object, "constructor", context).ok();
        let name = constructor
            .and_then(|constructor| constructor.as_object())
            .and_then(|constructor| native::get(&constructor, "name", context).ok())
            .and_then(|name| name.as_string());
        name.map_or_else(|| "Object".to_owned(), |name| native::lossy(&name))
    };
    let step = |key: &PropertyKey| match key {
        PropertyKey::Index(index) => format!("index {}", index.get()),
        PropertyKey::String(name) => format!("property '{}'", native::lossy(name)),
        PropertyKey::Symbol(symbol) => native::lossy(&symbol.descriptive_string()),
    };
    let mut lines = vec!["Converting circular structure to JSON".to_owned()];
    let steps: Vec<String> = circle
        .iter()
        .enumerate()
        .map(|(index, (object, key))| {
            let class = class(object);
            match key {
                Some(key) if index > 0 => {
                    format!(
                        "    |     {} -> object with constructor '{class}'",
                        step(key)
                    )
                }
                _ => format!("    --> starting at object with constructor '{class}'"),
            }
        })
        .collect();
    // Of a long circle only the ends are shown.
    if steps.len() > 4 {
        lines.extend_from_slice(&steps[..2]);
        lines.push("    |     ...".to_owned());
        lines.push(steps[steps.len() - 1].clone());
    } else {
        lines.extend(steps);
    }
    if let Some(last) = last {
        lines.push(format!("    --- {} closes the circle", step(&last)));
    }
    lines.join("\n")
}
