//! Encodings of text.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/buffer.html#buffers-and-character-encodings>.

use boa_engine::object::JsObject;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue};

use super::bytes;
use crate::native::{self, argument, lossy};

/// What bytes mean as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16,
    /// A byte for each of the first 256 characters.
    Latin1,
    /// As Latin-1, without the highest bit when read.
    Ascii,
    /// Two digits for a byte.
    Hex,
    /// Base 64.
    Base64,
    /// Base 64 with `-` and `_`, without padding.
    Base64Url,
}

impl Encoding {
    /// The encoding that Node calls `name`, in whatever case.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "utf8" | "utf-8" => Self::Utf8,
            "utf16le" | "utf-16le" | "ucs2" | "ucs-2" => Self::Utf16,
            "latin1" | "binary" => Self::Latin1,
            "ascii" => Self::Ascii,
            "hex" => Self::Hex,
            "base64" => Self::Base64,
            "base64url" => Self::Base64Url,
            _ => return None,
        })
    }
}

/// The bytes of a string. `None` for an unknown encoding.
pub fn encode(string: &JsString, encoding: &str) -> Option<Vec<u8>> {
    Some(match Encoding::named(encoding)? {
        Encoding::Utf8 => lossy(string).into_bytes(),
        Encoding::Utf16 => string.iter().flat_map(u16::to_le_bytes).collect(),
        Encoding::Latin1 | Encoding::Ascii => string.iter().map(|unit| unit as u8).collect(),
        Encoding::Hex => from_hex(string),
        Encoding::Base64 | Encoding::Base64Url => from_base64(string.iter()),
    })
}

/// The text of bytes. `None` for an unknown encoding.
pub fn decode(bytes: &[u8], encoding: &str) -> Option<JsString> {
    Some(match Encoding::named(encoding)? {
        Encoding::Utf8 => JsString::from(String::from_utf8_lossy(bytes).as_ref()),
        Encoding::Utf16 => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            JsString::from(units.as_slice())
        }
        Encoding::Latin1 => {
            let units: Vec<u16> = bytes.iter().map(|byte| u16::from(*byte)).collect();
            JsString::from(units.as_slice())
        }
        Encoding::Ascii => {
            let text: String = bytes.iter().map(|byte| char::from(byte & 0x7f)).collect();
            JsString::from(text)
        }
        Encoding::Hex => {
            use std::fmt::Write as _;
            let mut hex = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                let _ = write!(hex, "{byte:02x}");
            }
            JsString::from(hex)
        }
        Encoding::Base64 => JsString::from(to_base64(bytes, STANDARD, true)),
        Encoding::Base64Url => JsString::from(to_base64(bytes, URL, false)),
    })
}

/// How many of the first `room` bytes are whole characters.
pub fn whole_characters(bytes: &[u8], room: usize, encoding: &str) -> usize {
    if bytes.len() <= room {
        return bytes.len();
    }
    match Encoding::named(encoding) {
        Some(Encoding::Utf8) => {
            // Back to where a character begins.
            (0..=room)
                .rev()
                .find(|at| bytes[*at] & 0xc0 != 0x80)
                .unwrap_or(0)
        }
        Some(Encoding::Utf16) => room & !1,
        _ => room,
    }
}

fn from_hex(string: &JsString) -> Vec<u8> {
    let digit = |unit: u16| char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(16));
    let units = string.to_vec();
    let mut bytes = Vec::with_capacity(units.len() / 2);
    // What follows the first wrong digit is ignored, as is half a byte.
    for pair in units.chunks_exact(2) {
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            break;
        };
        bytes.push((high << 4 | low) as u8);
    }
    bytes
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Source: RFC 4648.
fn to_base64(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            if index <= group.len() {
                let value = bits >> (18 - 6 * index) & 0x3f;
                text.push(char::from(alphabet[value as usize]));
            } else if pad {
                text.push('=');
            }
        }
    }
    text
}

fn base64_value(unit: u16) -> Option<u32> {
    let byte = u8::try_from(unit).ok()?;
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Reads both alphabets, ignores what is in neither, ends at the padding.
fn from_base64(units: impl Iterator<Item = u16>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    let mut count = 0;
    for unit in units.take_while(|unit| *unit != u16::from(b'=')) {
        let Some(value) = base64_value(unit) else {
            continue;
        };
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// `btoa(text)`.
pub fn btoa(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let string = required(args, context)?;
    if string.iter().any(|unit| unit > 0xff) {
        return Err(invalid_character("Invalid character", context));
    }
    let bytes: Vec<u8> = string.iter().map(|unit| unit as u8).collect();
    Ok(JsString::from(to_base64(&bytes, STANDARD, true)).into())
}

/// `atob(text)`. Source: <https://infra.spec.whatwg.org/#forgiving-base64-decode>.
pub fn atob(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let string = required(args, context)?;
    let is_space = |unit: u16| matches!(unit, 0x09 | 0x0a | 0x0c | 0x0d | 0x20);
    let mut units: Vec<u16> = string.iter().filter(|unit| !is_space(*unit)).collect();
    if units.len().is_multiple_of(4) {
        for _ in 0..2 {
            if units.last() == Some(&u16::from(b'=')) {
                units.pop();
            }
        }
    }
    let known = |unit: &u16| {
        base64_value(*unit).is_some() && *unit != u16::from(b'-') && *unit != u16::from(b'_')
    };
    if units.len() % 4 == 1 || !units.iter().all(known) {
        let message = "The string to be decoded is not correctly encoded.";
        return Err(invalid_character(message, context));
    }
    let latin: Vec<u16> = from_base64(units.into_iter())
        .into_iter()
        .map(u16::from)
        .collect();
    Ok(JsString::from(latin.as_slice()).into())
}

fn required(args: &[JsValue], context: &mut Context) -> JsResult<JsString> {
    match args.first() {
        Some(value) => value.to_string(context),
        None => {
            let message = "The \"input\" argument must be specified".to_owned();
            Err(crate::errors::type_error(
                "ERR_MISSING_ARGS",
                message,
                context,
            ))
        }
    }
}

fn invalid_character(message: &str, context: &mut Context) -> boa_engine::JsError {
    let make = |context: &mut Context| -> JsResult<JsValue> {
        let class = native::get(&context.global_object(), "DOMException", context)?;
        let class = class.to_object(context)?;
        let args = [native::text(message), native::text("InvalidCharacterError")];
        Ok(class.construct(&args, None, context)?.into())
    };
    match make(context) {
        Ok(error) => boa_engine::JsError::from_opaque(error),
        Err(error) => error,
    }
}

/// Functions for `TextEncoder` and `TextDecoder`.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("isEncoding", 1, is_encoding),
            ("decodeUtf8", 2, decode_utf8),
        ],
        context,
    );
    binding
}

fn is_encoding(_: &JsValue, args: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    let name = argument(args, 0).as_string().map(|name| lossy(&name));
    Ok(name
        .is_some_and(|name| Encoding::named(&name).is_some())
        .into())
}

/// `decodeUtf8(view, fatal)`: the text, or undefined where bytes are wrong and that is fatal.
fn decode_utf8(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let Some(view) = bytes::view(&argument(args, 0), context)? else {
        return Err(JsNativeError::typ()
            .with_message("argument must be a buffer")
            .into());
    };
    let fatal = argument(args, 1).to_boolean();
    Ok(view.with(|bytes| match std::str::from_utf8(bytes) {
        Ok(text) => native::text(text),
        Err(_) if fatal => JsValue::undefined(),
        Err(_) => native::text(&String::from_utf8_lossy(bytes)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, encoding: &str) -> Vec<u8> {
        encode(&JsString::from(text), encoding).unwrap()
    }

    fn decoded(bytes: &[u8], encoding: &str) -> String {
        lossy(&decode(bytes, encoding).unwrap())
    }

    #[test]
    fn base64_round_trip() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xfb\xff", "+/8="),
        ] {
            assert_eq!(decoded(bytes, "base64"), text);
            assert_eq!(encoded(text, "base64"), bytes);
        }
        assert_eq!(decoded(b"\xfb\xff", "base64url"), "-_8");
        assert_eq!(encoded("-_8", "base64"), b"\xfb\xff");
        assert_eq!(encoded("Z\n m9 v", "base64"), b"foo");
    }

    #[test]
    fn hex_stops_at_the_first_wrong_digit() {
        assert_eq!(encoded("0aFfzz12", "hex"), [0x0a, 0xff]);
        assert_eq!(encoded("abc", "hex"), [0xab]);
        assert_eq!(decoded(&[0, 255], "hex"), "00ff");
    }

    #[test]
    fn characters_are_written_whole() {
        let bytes = "aé€".as_bytes();
        assert_eq!(whole_characters(bytes, 2, "utf8"), 1);
        assert_eq!(whole_characters(bytes, 3, "utf8"), 3);
        assert_eq!(whole_characters(bytes, 5, "utf8"), 3);
        assert_eq!(whole_characters(bytes, 6, "utf8"), 6);
    }

    #[test]
    fn other_encodings() {
        assert_eq!(encoded("aÿ", "latin1"), [0x61, 0xff]);
        assert_eq!(encoded("a€", "utf16le"), [0x61, 0, 0xac, 0x20]);
        assert_eq!(decoded(&[0xe1], "ascii"), "a");
        assert!(decode(&[], "ebcdic").is_none());
    }
}
