//! Bytes behind buffers, typed arrays and views.

use boa_engine::builtins::array_buffer::{ArrayBuffer, SharedArrayBuffer};
use boa_engine::builtins::dataview::DataView;
use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsArrayBuffer, JsDataView, JsSharedArrayBuffer, JsTypedArray};
use boa_engine::{Context, JsNativeError, JsResult, JsValue};

use super::text;
use crate::host::Host;
use crate::native::{self, argument, lossy};

/// A range of the bytes of a buffer.
#[derive(Debug, Clone)]
pub struct View {
    buffer: JsObject,
    offset: usize,
    /// Bytes.
    pub length: usize,
}

/// The bytes that `value` shows, where it is a typed array, a `DataView` or a buffer.
///
/// # Errors
/// For a view whose buffer is detached.
pub fn view(value: &JsValue, context: &mut Context) -> JsResult<Option<View>> {
    let Some(object) = value.as_object() else {
        return Ok(None);
    };
    if object.is::<TypedArray>() {
        let array = JsTypedArray::from_object(object)?;
        let buffer = array.buffer(context)?.to_object(context)?;
        let offset = array.byte_offset(context)?;
        let length = array.byte_length(context)?;
        return Ok(Some(View {
            buffer,
            offset,
            length,
        }));
    }
    if object.is::<DataView>() {
        let data = JsDataView::from_object(object)?;
        let buffer = data.buffer(context)?.to_object(context)?;
        let offset = data.byte_offset(context)? as usize;
        let length = data.byte_length(context)? as usize;
        return Ok(Some(View {
            buffer,
            offset,
            length,
        }));
    }
    if object.is::<ArrayBuffer>() {
        let length = JsArrayBuffer::from_object(object.clone())?.byte_length();
        return Ok(Some(View {
            buffer: object,
            offset: 0,
            length,
        }));
    }
    if object.is::<SharedArrayBuffer>() {
        let length = JsSharedArrayBuffer::from_object(object.clone())?.byte_length();
        return Ok(Some(View {
            buffer: object,
            offset: 0,
            length,
        }));
    }
    Ok(None)
}

/// The bytes of a typed array.
///
/// # Errors
/// If it is none.
pub fn read(object: &JsObject, context: &mut Context) -> JsResult<Vec<u8>> {
    Ok(required(&object.clone().into(), context)?.to_vec())
}

fn required(value: &JsValue, context: &mut Context) -> JsResult<View> {
    view(value, context)?.ok_or_else(|| {
        JsNativeError::typ()
            .with_message("argument must be a buffer")
            .into()
    })
}

impl View {
    /// Acts on the bytes where they are; on a copy, if threads could share them.
    pub fn with<T>(&self, act: impl FnOnce(&[u8]) -> T) -> T {
        let range = self.offset..self.offset + self.length;
        if let Ok(buffer) = JsArrayBuffer::from_object(self.buffer.clone())
            && let Some(data) = buffer.data()
        {
            return act(data.get(range).unwrap_or_default());
        }
        let shared = JsSharedArrayBuffer::from_object(self.buffer.clone());
        let copy = shared.map(|buffer| buffer.to_vec()).unwrap_or_default();
        act(copy.get(range).unwrap_or_default())
    }

    /// The bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.with(<[u8]>::to_vec)
    }

    /// Changes the bytes.
    pub fn with_mut<T: Default>(&self, act: impl FnOnce(&mut [u8]) -> T) -> T {
        let range = self.offset..self.offset + self.length;
        if let Ok(buffer) = JsArrayBuffer::from_object(self.buffer.clone())
            && let Some(mut data) = buffer.data_mut()
            && let Some(bytes) = data.get_mut(range)
        {
            return act(bytes);
        }
        T::default()
    }
}

/// An `ArrayBuffer` with these bytes.
///
/// # Errors
/// If there is no memory for it.
pub fn array_buffer(bytes: &[u8], context: &mut Context) -> JsResult<JsObject> {
    let buffer = JsArrayBuffer::new(bytes.len(), context)?;
    if let Some(mut data) = buffer.data_mut() {
        data.copy_from_slice(bytes);
    }
    Ok(buffer.into())
}

/// A `Buffer` with these bytes.
///
/// # Errors
/// What loading the module throws.
pub fn buffer(bytes: &[u8], context: &mut Context) -> JsResult<JsValue> {
    let array = array_buffer(bytes, context)?;
    let exports = Host::of(context).builtin_object("buffer", context)?;
    let class = native::get(&exports, "Buffer", context)?.to_object(context)?;
    native::invoke(&class, "from", &[array.into()], context)
}

/// Functions for `js/buffer.js`.
pub fn binding(context: &mut Context) -> JsObject {
    let binding = native::object(context);
    native::functions(
        &binding,
        &[
            ("encode", 2, encode),
            ("decode", 4, decode),
            ("write", 5, write),
            ("byteLength", 2, byte_length),
            ("compare", 2, compare),
            ("copy", 5, copy),
            ("indexOf", 4, index_of),
            ("fill", 4, fill),
            ("swap", 2, swap),
        ],
        context,
    );
    binding
}

fn encoding_name(args: &[JsValue], index: usize) -> String {
    argument(args, index)
        .as_string()
        .map_or_else(|| "utf8".to_owned(), |name| lossy(&name))
}

/// `encode(string, encoding)`: an `ArrayBuffer`.
fn encode(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let string = argument(args, 0).to_string(context)?;
    let bytes = text::encode(&string, &encoding_name(args, 1)).unwrap_or_default();
    Ok(array_buffer(&bytes, context)?.into())
}

/// `decode(view, encoding, start, end)`.
fn decode(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let view = required(&argument(args, 0), context)?;
    let start = argument(args, 2).as_number().map_or(0, |at| at as usize);
    let end = argument(args, 3)
        .as_number()
        .map_or(view.length, |at| at as usize);
    let name = encoding_name(args, 1);
    let string = view.with(|bytes| {
        let end = end.min(bytes.len());
        text::decode(&bytes[start.min(end)..end], &name)
    });
    Ok(string.unwrap_or_default().into())
}

/// `write(view, string, offset, length, encoding)`: how many bytes were written. A
/// character that does not fit as a whole is left out.
fn write(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let view = required(&argument(args, 0), context)?;
    let string = argument(args, 1).to_string(context)?;
    let offset = argument(args, 2).to_number(context)? as usize;
    let limit = argument(args, 3).to_number(context)? as usize;
    let name = encoding_name(args, 4);
    let bytes = text::encode(&string, &name).unwrap_or_default();
    let room = limit.min(view.length.saturating_sub(offset));
    let count = text::whole_characters(&bytes, room, &name);
    view.with_mut(|target| target[offset..offset + count].copy_from_slice(&bytes[..count]));
    Ok((count as f64).into())
}

/// `byteLength(string, encoding)`.
fn byte_length(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let string = argument(args, 0).to_string(context)?;
    let length = text::encode(&string, &encoding_name(args, 1)).map_or(0, |bytes| bytes.len());
    Ok((length as f64).into())
}

/// `compare(a, b)`: -1, 0 or 1.
fn compare(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let a = required(&argument(args, 0), context)?.to_vec();
    let b = required(&argument(args, 1), context)?;
    Ok((b.with(|b| a.as_slice().cmp(b)) as i32).into())
}

/// `copy(source, target, targetStart, sourceStart, sourceEnd)`: how many bytes were copied.
fn copy(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let source = required(&argument(args, 0), context)?.to_vec();
    let target = required(&argument(args, 1), context)?;
    let start = argument(args, 2).to_number(context)? as usize;
    let from = (argument(args, 3).to_number(context)? as usize).min(source.len());
    let to = (argument(args, 4).to_number(context)? as usize).clamp(from, source.len());
    let count = (to - from).min(target.length.saturating_sub(start));
    target.with_mut(|bytes| {
        if count > 0 {
            bytes[start..start + count].copy_from_slice(&source[from..from + count]);
        }
    });
    Ok((count as f64).into())
}

/// `indexOf(view, needle, from, backwards)`: where the needle's bytes stand, or -1.
fn index_of(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let view = required(&argument(args, 0), context)?;
    let needle = required(&argument(args, 1), context)?.to_vec();
    let from = argument(args, 2).to_number(context)? as usize;
    let backwards = argument(args, 3).to_boolean();
    let step = if argument(args, 4).to_boolean() { 2 } else { 1 };
    let found = view.with(|bytes| {
        let last = bytes.len().checked_sub(needle.len())?;
        let here = |at: &usize| at.is_multiple_of(step) && bytes[*at..].starts_with(&needle);
        if backwards {
            (0..=last.min(from)).rev().find(here)
        } else {
            (from..=last).find(here)
        }
    });
    Ok(found.map_or(-1.0, |at| at as f64).into())
}

/// `fill(view, pattern, start, end)`: repeats the pattern's bytes.
fn fill(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let view = required(&argument(args, 0), context)?;
    let pattern = required(&argument(args, 1), context)?.to_vec();
    let end = (argument(args, 3).to_number(context)? as usize).min(view.length);
    let start = (argument(args, 2).to_number(context)? as usize).min(end);
    if !pattern.is_empty() {
        view.with_mut(|bytes| {
            let source = pattern.iter().copied().cycle();
            for (target, byte) in bytes[start..end].iter_mut().zip(source) {
                *target = byte;
            }
        });
    }
    Ok(JsValue::undefined())
}

/// `swap(view, size)`: reverses the bytes of each group of `size`.
fn swap(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let view = required(&argument(args, 0), context)?;
    let size = argument(args, 1).to_u32(context)? as usize;
    view.with_mut(|bytes| {
        bytes
            .chunks_exact_mut(size.max(1))
            .for_each(<[u8]>::reverse);
    });
    Ok(JsValue::undefined())
}
